import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Card, Flex, Form, Input, Table, Tag } from "antd";
import { ask } from "../api/ask";
import { deleteSessions, getSessions, putPassword, type SessionItem } from "../api/generated";
import { every } from "../app/query";
import { useSession } from "../app/Shell";
import { useTexts } from "../i18n";
import { Age, When } from "../kit/Age";
import { Asked } from "../kit/Failure";
import { showFieldErrors } from "../kit/fields";
import { Page } from "../kit/Page";
import { useChange, useConfirm } from "../kit/useChange";

export function AccountPage() {
  const { t } = useTexts();
  const session = useSession();
  return (
    <Page title={t("account.title")} below={session ? `${session.name} · ${t(`role.${session.role}`)}` : undefined}>
      <Flex gap={16} wrap align="start">
        <Card title={t("account.sessions")} style={{ flex: "2 1 480px" }}>
          <Sessions />
        </Card>
        <Card title={t("account.password")} style={{ flex: "1 1 320px" }}>
          <PasswordForm />
        </Card>
      </Flex>
    </Page>
  );
}

function Sessions() {
  const { t } = useTexts();
  const result = useQuery({ queryKey: ["sessions"], queryFn: () => ask(getSessions()), ...every(30) });
  const end = useChange<string>({ run: (id) => ask(deleteSessions({ body: { id } })), done: t("account.ended") });
  const confirm = useConfirm();
  return (
    <Asked result={result}>
      {({ data }) => (
        <Table<SessionItem>
          size="small"
          rowKey="id"
          pagination={false}
          dataSource={data}
          scroll={{ x: "max-content" }}
          columns={[
            {
              title: t("account.address"),
              dataIndex: "client_address",
              render: (address: string | null, row) => (
                <Flex gap={8} align="center">
                  <span className="mono">{address ?? "–"}</span>
                  {row.current && <Tag color="blue">{t("account.this")}</Tag>}
                </Flex>
              ),
            },
            { title: t("account.since"), dataIndex: "created_at", render: (at: number) => <Age at={at} /> },
            { title: t("account.used"), dataIndex: "refreshed_at", render: (at: number) => <Age at={at} /> },
            { title: t("account.until"), dataIndex: "expires_at", render: (at: number) => <When at={at} /> },
            {
              key: "end",
              align: "right",
              title: <span className="visually-hidden">{t("action.actions")}</span>,
              render: (_, row) =>
                !row.current && (
                  <Button size="small" danger onClick={() => confirm({ title: t("account.endTitle"), text: t("account.endText"), action: t("account.end"), run: () => end.mutateAsync(row.id) })}>
                    {t("account.end")}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Asked>
  );
}

interface Passwords {
  password: string;
  new_password: string;
}

function PasswordForm() {
  const { t } = useTexts();
  const [form] = Form.useForm<Passwords>();
  const change = useChange<Passwords>({
    run: (values) => ask(putPassword({ body: values })),
    done: t("account.changed"),
    after: () => form.resetFields(),
  });
  return (
    <Form form={form} layout="vertical" onFinish={(values) => change.mutate(values, { onError: (error) => showFieldErrors(form, error) })}>
      <Alert type="info" showIcon title={t("account.passwordNote")} style={{ marginBottom: 16 }} />
      <Form.Item name="password" label={t("account.present")} rules={[{ required: true, message: t("login.needsPassword") }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item name="new_password" label={t("account.new")} rules={[{ required: true, min: 8, message: t("sign.policy") }]}>
        <Input.Password autoComplete="new-password" maxLength={128} />
      </Form.Item>
      <Button htmlType="submit" type="primary" loading={change.isPending}>
        {t("account.change")}
      </Button>
    </Form>
  );
}
