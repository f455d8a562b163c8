import { CloudSyncOutlined, DeleteOutlined, EditOutlined, ImportOutlined, LinkOutlined, MoreOutlined } from "@ant-design/icons";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Alert, Breadcrumb, Button, Dropdown, Flex, Modal, Skeleton, Typography, Upload } from "antd";
import { useState } from "react";
import { ask } from "../api/ask";
import {
  type DataCenterItem,
  deleteEricicDataCenter,
  getEricicConnectStatus,
  getEricicDataCenter,
  postEricicDataCenterHostKey,
  postEricicDataCenterRefresh,
  postEricicDataCenterUpload,
} from "../api/generated";
import { sentenceOf } from "../api/sentence";
import { useMay } from "../app/Shell";
import { type PlainKey, useTexts } from "../i18n";
import { Failure, Nothing } from "../kit/Failure";
import { useChange, useConfirm } from "../kit/useChange";
import { ConnectionResult, DatacenterDialog } from "./datacenterDialog";
import { Health, overviewQuery } from "./datacenters";

const route = getRouteApi("/app/dc/$cid");

const TABS: { path: string; key: PlainKey }[] = [
  { path: "", key: "dc.overview" },
  { path: "hosts", key: "dc.hosts" },
  { path: "vms", key: "dc.vms" },
  { path: "tenants", key: "dc.tenants" },
  { path: "stacks", key: "dc.stacks" },
  { path: "runs", key: "dc.runs" },
];

/** What all pages of a data center have above them: its name, its state, what can be done to it, and its pages. */
export function DatacenterLayout() {
  const { t } = useTexts();
  const { cid } = route.useParams();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const result = useQuery(overviewQuery());
  const dc = result.data?.data.find((each) => each.id === cid);
  if (!dc) {
    if (result.error) return <Failure error={result.error} retry={() => void result.refetch()} />;
    if (!result.data) return <Skeleton active />;
    return (
      <Nothing text={t("dc.unknown")}>
        <Link to="/datacenters">{t("nav.datacenters")}</Link>
      </Nothing>
    );
  }
  const page = path.split("/")[3] ?? "";
  const names: Record<string, PlainKey> = { hosts: "dc.hosts", vms: "dc.vms", tenants: "dc.tenants", stacks: "dc.stacks", runs: "dc.runs" };
  return (
    <Flex vertical gap={12}>
      <Breadcrumb
        items={[
          { title: <Link to="/datacenters">{t("nav.datacenters")}</Link> },
          { title: page ? <Link to="/dc/$cid" params={{ cid }}>{dc.name}</Link> : dc.name },
          ...(page && names[page] ? [{ title: <Link to={`/dc/$cid/${page}` as "/dc/$cid/hosts"} params={{ cid }}>{t(names[page])}</Link> }] : []),
        ]}
      />
      <Flex justify="space-between" align="center" gap={12} wrap>
        <Flex gap={10} align="center" wrap>
          <Typography.Title level={1} style={{ margin: 0, fontSize: 22 }}>
            {dc.name}
          </Typography.Title>
          <Health dc={dc} />
          <Typography.Text type="secondary">{[dc.city, dc.province, dc.country, dc.cee_version, dc.system_name].filter(Boolean).join(" · ")}</Typography.Text>
        </Flex>
        <Actions cid={cid} name={dc.name} online={dc.mode} />
      </Flex>
      <nav aria-label={t("dc.pages")}>
        <ul className="dc-pages">
          {TABS.map((tab) => (
            <li key={tab.path}>
              <Link
                to={(tab.path ? `/dc/$cid/${tab.path}` : "/dc/$cid") as "/dc/$cid"}
                params={{ cid }}
                aria-current={page === tab.path ? "page" : undefined}
                activeProps={{}}
                activeOptions={{ exact: true, includeSearch: false }}
              >
                {t(tab.key)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Outlet />
    </Flex>
  );
}

function Actions({ cid, name, online }: { cid: string; name: string; online: boolean }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const mayChange = useMay("operator");
  const [editing, setEditing] = useState(false);
  const [checking, setChecking] = useState(false);
  const confirm = useConfirm();
  const one = useQuery({ queryKey: ["dc", cid], queryFn: () => ask(getEricicDataCenter({ query: { id: cid } })), staleTime: 30_000 });
  const refresh = useChange({ run: () => ask(postEricicDataCenterRefresh({ body: { id: cid } })), done: t("dc.collecting") });
  const bring = useChange<File>({ run: (file) => ask(postEricicDataCenterUpload({ body: { json_file: file }, query: { id: cid } })), done: t("dc.imported") });
  const remove = useChange({
    run: async () => {
      await ask(deleteEricicDataCenter({ body: { id: cid } }));
      await navigate({ to: "/datacenters" });
    },
    done: t("dc.deleted", { name }),
  });
  const present = one.data?.data as DataCenterItem | undefined;
  return (
    <Flex gap={8}>
      {online && (
        <Button icon={<LinkOutlined />} onClick={() => setChecking(true)}>
          {t("dc.check")}
        </Button>
      )}
      {online && mayChange && (
        <Button icon={<CloudSyncOutlined />} loading={refresh.isPending} onClick={() => refresh.mutate()}>
          {t("dc.collect")}
        </Button>
      )}
      {!online && mayChange && (
        <Upload
          accept=".json,.gz"
          showUploadList={false}
          beforeUpload={(file) => {
            bring.mutate(file);
            return false;
          }}
        >
          <Button icon={<ImportOutlined />} loading={bring.isPending}>
            {t("dc.import")}
          </Button>
        </Upload>
      )}
      {mayChange && (
        <Dropdown
          trigger={["click"]}
          menu={{
            items: [
              { key: "edit", icon: <EditOutlined />, label: t("action.edit"), disabled: !present, onClick: () => setEditing(true) },
              {
                key: "delete",
                icon: <DeleteOutlined />,
                danger: true,
                label: t("action.delete"),
                onClick: () => void confirm({ title: t("dc.deleteTitle", { name }), text: t("dc.deleteText"), action: t("action.delete"), run: () => remove.mutateAsync() }),
              },
            ],
          }}
        >
          <Button icon={<MoreOutlined />} aria-label={t("action.more")} />
        </Dropdown>
      )}
      {editing && present && <DatacenterDialog present={present} onClose={() => setEditing(false)} />}
      {checking && <ConnectionDialog cid={cid} pinned={present?.host_key_fingerprint ?? null} onClose={() => setChecking(false)} />}
    </Flex>
  );
}

/** A real log-in to the LCM, and what to do when its host key is another one than the one that was pinned. */
function ConnectionDialog({ cid, pinned, onClose }: { cid: string; pinned: string | null; onClose: () => void }) {
  const { t } = useTexts();
  const mayChange = useMay("operator");
  const check = useQuery({ queryKey: ["connection", cid], queryFn: () => ask(getEricicConnectStatus({ query: { cid } })), staleTime: 0, gcTime: 0, retry: false });
  const trust = useMutation({
    mutationFn: (fingerprint: string) => ask(postEricicDataCenterHostKey({ body: { id: cid, fingerprint } })),
    onSuccess: () => void check.refetch(),
  });
  const found = check.data;
  const changed = found?.reason === "host_key_changed" ? found.host_key_fingerprint : null;
  return (
    <Modal open title={t("dc.check")} onCancel={onClose} footer={<Button onClick={onClose}>{t("action.close")}</Button>}>
      <Flex vertical gap={12} aria-live="polite">
        {pinned && (
          <div>
            {t("dc.pinned")}: <span className="mono">{pinned}</span>
          </div>
        )}
        {check.isFetching && <Skeleton active paragraph={{ rows: 1 }} title={false} />}
        {!check.isFetching && check.error ? <Failure error={check.error} retry={() => void check.refetch()} /> : null}
        {!check.isFetching && found && <ConnectionResult ok={found.data} message={found.message} reason={found.reason} fingerprint={found.host_key_fingerprint} />}
        {changed && (
          <Alert
            type="warning"
            showIcon
            title={t("dc.newKey")}
            description={
              <Flex vertical gap={8}>
                <span className="mono">{changed}</span>
                <span>{t("dc.newKeyNote")}</span>
                {mayChange && (
                  <Button danger loading={trust.isPending} onClick={() => trust.mutate(changed)}>
                    {t("dc.trust")}
                  </Button>
                )}
              </Flex>
            }
          />
        )}
        {trust.error ? <Alert type="error" showIcon title={sentenceOf(trust.error, t)} /> : null}
      </Flex>
    </Modal>
  );
}
