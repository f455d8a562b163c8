import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Button, Flex, Form, Input, Modal, Select, Tag } from "antd";
import { useState } from "react";
import { ask } from "../api/ask";
import { deleteUsers, getUsers, postUsers, putUsers, type UserItem } from "../api/generated";
import type { Role } from "../api/session";
import { every } from "../app/query";
import type { ListSearch } from "../app/search";
import { useSession } from "../app/Shell";
import { type PlainKey, useTexts } from "../i18n";
import { Age } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { showFieldErrors } from "../kit/fields";
import { ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";
import { useChange, useConfirm } from "../kit/useChange";

const route = getRouteApi("/app/admin/users");
const ROLES: Role[] = ["viewer", "operator", "admin"];

export function UsersPage() {
  const { t, locale } = useTexts();
  const session = useSession();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (wanted: ListSearch) => void navigate({ search: wanted as typeof search });
  const [adding, setAdding] = useState(false);
  const [changed, setChanged] = useState<UserItem | null>(null);
  const result = useQuery({ queryKey: ["users"], queryFn: () => ask(getUsers()), ...every(30) });
  const remove = useChange<string>({ run: (id) => ask(deleteUsers({ body: { id } })), done: t("user.deleted") });
  const confirm = useConfirm();
  const needle = (search.filter ?? "").toLowerCase();
  return (
    <Page
      title={t("nav.users")}
      actions={
        <>
          <Input.Search
            key={search.filter ?? ""}
            allowClear
            aria-label={t("user.find")}
            placeholder={t("user.find")}
            defaultValue={search.filter ?? ""}
            onSearch={(filter) => change({ ...search, filter: filter.trim() || undefined, page: undefined })}
            style={{ width: 220 }}
          />
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
            {t("user.add")}
          </Button>
        </>
      }
    >
      <Asked result={result} rows={8}>
        {({ data }) => (
          <ListTable<UserItem>
            label={t("nav.users")}
            search={search}
            onChange={change}
            rows={data.filter((user) => user.name.toLowerCase().includes(needle))}
            rowKey="id"
            empty={<Nothing text={t("list.nothingMatches")} />}
            columns={[
              {
                key: "name",
                title: t("login.name"),
                sorter: (a: UserItem, b: UserItem) => a.name.localeCompare(b.name, locale),
                render: (_, user) => (
                  <Flex gap={8} align="center">
                    {user.name}
                    {user.id === session?.userId && <Tag color="blue">{t("user.you")}</Tag>}
                  </Flex>
                ),
              },
              { key: "role", title: t("user.role"), sorter: (a: UserItem, b: UserItem) => ROLES.indexOf(a.role as Role) - ROLES.indexOf(b.role as Role), render: (_, user) => t(`role.${user.role}` as PlainKey) },
              { key: "sessions", title: t("user.sessions"), align: "right", render: (_, user) => <span className="number">{user.sessions}</span> },
              { key: "seen", title: t("user.seen"), sorter: (a: UserItem, b: UserItem) => (a.last_seen ?? 0) - (b.last_seen ?? 0), render: (_, user) => (user.last_seen == null ? "–" : <Age at={user.last_seen} />) },
              { key: "created", title: t("user.since"), render: (_, user) => <Age at={user.created_at} /> },
              {
                key: "actions",
                align: "right",
                title: <span className="visually-hidden">{t("action.actions")}</span>,
                render: (_, user) => (
                  <Flex gap={6} justify="end">
                    <Button size="small" onClick={() => setChanged(user)}>
                      {t("action.edit")}
                    </Button>
                    <Button size="small" danger onClick={() => void confirm({ title: t("user.deleteTitle", { name: user.name }), text: t("user.deleteText"), action: t("action.delete"), run: () => remove.mutateAsync(user.id) })}>
                      {t("action.delete")}
                    </Button>
                  </Flex>
                ),
              },
            ]}
          />
        )}
      </Asked>
      {adding && <UserDialog onClose={() => setAdding(false)} />}
      {changed && <UserDialog user={changed} onClose={() => setChanged(null)} />}
    </Page>
  );
}

interface Fields {
  name: string;
  role: Role;
  password?: string;
}

function UserDialog({ user, onClose }: { user?: UserItem; onClose: () => void }) {
  const { t } = useTexts();
  const [form] = Form.useForm<Fields>();
  const save = useChange<Fields>({
    run: ({ name, role, password }) =>
      user ? ask(putUsers({ body: { id: user.id, role, ...(password ? { password } : {}) } })) : ask(postUsers({ body: { name, role, password: password ?? "" } })),
    done: user ? t("user.saved") : t("user.added"),
    after: onClose,
  });
  return (
    <Modal open title={user ? t("user.edit", { name: user.name }) : t("user.add")} okText={user ? t("action.save") : t("user.add")} cancelText={t("action.cancel")} confirmLoading={save.isPending} onCancel={onClose} onOk={() => form.submit()}>
      <Form<Fields>
        form={form}
        layout="vertical"
        initialValues={{ name: user?.name ?? "", role: (user?.role as Role | undefined) ?? "operator", password: "" }}
        onFinish={(values) => save.mutate(values, { onError: (error) => showFieldErrors(form, error) })}
      >
        <Form.Item name="name" label={t("login.name")} rules={[{ required: true, whitespace: true, message: t("login.needsName") }]}>
          <Input disabled={user !== undefined} maxLength={128} autoComplete="off" />
        </Form.Item>
        <Form.Item name="role" label={t("user.role")} extra={t("user.roleNote")}>
          <Select options={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))} />
        </Form.Item>
        <Form.Item
          name="password"
          label={user ? t("account.new") : t("login.password")}
          extra={user ? t("user.passwordNote") : t("sign.policy")}
          rules={[{ required: !user, message: t("sign.policy") }, { min: 8, message: t("sign.policy") }]}
        >
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
