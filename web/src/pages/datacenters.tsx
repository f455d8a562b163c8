import { AppstoreOutlined, BarsOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Alert, Button, Card, Flex, Input, Segmented, Table, theme, Typography } from "antd";
import { useState } from "react";
import { ask } from "../api/ask";
import { getEricicOverview, type OverviewItem } from "../api/generated";
import { every } from "../app/query";
import { useMay } from "../app/Shell";
import { useTexts } from "../i18n";
import { Age, PartTable, partKey, worstState } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { formatDisk, formatMemory, formatNumber } from "../kit/format";
import { Page } from "../kit/Page";
import { Mark } from "../kit/Status";
import { Usage } from "../kit/Usage";
import { DatacenterDialog } from "./datacenterDialog";

const route = getRouteApi("/app/datacenters");

export function overviewQuery() {
  return { queryKey: ["overview"], queryFn: () => ask(getEricicOverview()), ...every(10) } as const;
}

export type Health = "ok" | "attention" | "offline";

/** Whether somebody should look at a data center. */
export function healthOf(dc: OverviewItem): Health {
  if (!dc.mode) return "offline";
  const failed = [dc.dynamic_task, dc.static_task].some((task) => task?.last_run?.state === "failed");
  return failed || Object.keys(dc.gaps).length > 0 || dc.totals.host_info.down > 0 ? "attention" : "ok";
}

export function DatacentersPage() {
  const { t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayChange = useMay("operator");
  const [adding, setAdding] = useState(false);
  const result = useQuery(overviewQuery());
  return (
    <Page
      title={t("nav.datacenters")}
      actions={
        <>
          <Input.Search
            allowClear
            aria-label={t("dcs.find")}
            placeholder={t("dcs.find")}
            defaultValue={search.filter}
            onSearch={(filter) => void navigate({ search: (old) => ({ ...old, filter: filter || undefined, page: undefined }) })}
            style={{ width: 220 }}
          />
          <Segmented
            aria-label={t("dcs.state")}
            value={search.state ?? "all"}
            onChange={(state) => void navigate({ search: (old) => ({ ...old, state: state === "all" ? undefined : (state as Health), page: undefined }) })}
            options={[
              { value: "all", label: t("dcs.all") },
              { value: "attention", label: t("dcs.attention") },
              { value: "ok", label: t("dcs.ok") },
              { value: "offline", label: t("dcs.offline") },
            ]}
          />
          <Segmented
            aria-label={t("dcs.view")}
            value={search.view ?? "cards"}
            onChange={(view) => void navigate({ search: (old) => ({ ...old, view: view === "table" ? "table" : undefined }) })}
            options={[
              { value: "cards", icon: <AppstoreOutlined />, label: t("dcs.cards") },
              { value: "table", icon: <BarsOutlined />, label: t("dcs.table") },
            ]}
          />
          {mayChange && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
              {t("dcs.add")}
            </Button>
          )}
        </>
      }
    >
      <Asked result={result} rows={10}>
        {({ data }) => {
          if (data.length === 0) {
            return (
              <Card>
                <Nothing text={t("dcs.none")}>
                  {mayChange && (
                    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
                      {t("dcs.addFirst")}
                    </Button>
                  )}
                </Nothing>
              </Card>
            );
          }
          const wanted = data.filter((dc) => matches(dc, search.filter, search.state));
          if (wanted.length === 0) {
            return (
              <Card>
                <Nothing text={t("list.nothingMatches")}>
                  <Button onClick={() => void navigate({ search: (old) => ({ view: old.view }) })}>{t("list.clear")}</Button>
                </Nothing>
              </Card>
            );
          }
          return search.view === "table" ? <DcTable data={wanted} /> : <Cards data={wanted} />;
        }}
      </Asked>
      {adding && <DatacenterDialog onClose={() => setAdding(false)} />}
    </Page>
  );
}

function matches(dc: OverviewItem, filter: string | undefined, state: Health | undefined): boolean {
  const words = [dc.name, dc.city, dc.province, dc.country, dc.cee_version, dc.system_name].join(" ").toLowerCase();
  return (!filter || words.includes(filter.toLowerCase())) && (!state || healthOf(dc) === state);
}

export function Health({ dc }: { dc: OverviewItem }) {
  const { t } = useTexts();
  const health = healthOf(dc);
  if (health === "offline") return <Mark look="off">{t("dcs.offline")}</Mark>;
  if (health === "ok") return <Mark look="good">{t("dcs.ok")}</Mark>;
  const failed = [dc.dynamic_task, dc.static_task].some((task) => task?.last_run?.state === "failed");
  return <Mark look={failed ? "bad" : "warn"}>{failed ? t("dcs.failing") : t("dcs.attention")}</Mark>;
}

/** What somebody should look at, in sentences. */
export function Alerts({ dc, whole }: { dc: OverviewItem; whole?: boolean }) {
  const { t } = useTexts();
  const lines: string[] = [];
  for (const task of [dc.dynamic_task, dc.static_task]) {
    if (task?.last_run?.state === "failed" && task.last_run.error) lines.push(task.last_run.error);
  }
  const down = dc.totals.host_info.down;
  if (down > 0) lines.push(t("dcs.hostsDown", { down }));
  const gaps = Object.keys(dc.gaps);
  const uncollected = gaps.length > 0 && gaps.every((part) => dc.gaps[part]!.state === "not_collected");
  if (uncollected) lines.push(t("dcs.notCollected"));
  else if (gaps.length > 0) lines.push(t("dcs.gaps", { parts: gaps.map((part) => t(partKey(part))).join(", ") }));
  if (lines.length === 0) return null;
  return (
    <Alert
      type={worstState(dc.gaps) === "failed" ? "error" : "warning"}
      showIcon
      title={whole ? lines.join(" ") : lines[0]}
      description={whole && !uncollected && gaps.length > 0 ? <PartTable parts={dc.gaps} /> : lines.length > 1 && !whole ? lines.slice(1).join(" ") : undefined}
    />
  );
}

function Cards({ data }: { data: OverviewItem[] }) {
  return (
    <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(340px, 1fr))", gap: 16 }}>
      {data.map((dc) => (
        <DcCard key={dc.id} dc={dc} />
      ))}
    </div>
  );
}

function DcCard({ dc }: { dc: OverviewItem }) {
  const { t, locale } = useTexts();
  const { token } = theme.useToken();
  const place = [dc.city, dc.province, dc.country].filter(Boolean).join(", ");
  const { totals } = dc;
  return (
    <Card size="small" data-testid="dc-card" styles={{ body: { padding: 16 } }} style={{ height: "100%" }}>
      <Flex vertical gap={14} style={{ height: "100%" }}>
        <Flex justify="space-between" align="start" gap={8}>
          <div style={{ minWidth: 0 }}>
            <Typography.Title level={2} style={{ fontSize: 16, margin: 0, overflowWrap: "anywhere" }}>
              <Link to="/dc/$cid" params={{ cid: dc.id }}>
                {dc.name}
              </Link>
            </Typography.Title>
            <Typography.Text type="secondary">{[place, dc.cee_version].filter(Boolean).join(" · ") || "–"}</Typography.Text>
          </div>
          <Health dc={dc} />
        </Flex>
        <Usage named label={t("capacity.vcpus")} used={totals.used_vcpus} total={totals.total_vcpus} format={(v) => formatNumber(v, locale)} />
        <Usage named label={t("capacity.memory")} used={totals.used_memory} total={totals.total_memory} format={(v) => formatMemory(v, locale)} />
        <Usage named label={t("capacity.disk")} used={totals.used_storage} total={totals.total_storage} format={(v) => formatDisk(v, locale)} />
        <Flex justify="space-between" gap={8} wrap>
          <span>
            <strong className="number">{totals.host_info.up}</strong> / {totals.host_info.total} {t("dcs.hostsUp")}
          </span>
          <span>
            <strong className="number">{formatNumber(totals.servers, locale)}</strong> {t("dcs.vms")}
          </span>
        </Flex>
        <Alerts dc={dc} />
        <span style={{ flex: 1 }} />
        <Typography.Text type="secondary" style={{ fontSize: token.fontSizeSM }}>
          {dc.mode ? (
            <>
              <div>
                {t("dcs.dynamic")}: <Age at={dc.dynamic_task?.collected_at} />
              </div>
              <div>
                {t("dcs.static")}: <Age at={dc.static_task?.collected_at} />
              </div>
            </>
          ) : (
            t("dcs.neverCollected")
          )}
        </Typography.Text>
      </Flex>
    </Card>
  );
}

function DcTable({ data }: { data: OverviewItem[] }) {
  const { t, locale } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const order = (key: string) => (search.sort === key ? (search.order === "desc" ? ("descend" as const) : ("ascend" as const)) : undefined);
  const share = (used: number | null, total: number | null) => (used != null && total ? used / total : -1);
  return (
    <Table<OverviewItem>
      size="small"
      rowKey="id"
      dataSource={data}
      scroll={{ x: "max-content" }}
      pagination={{ current: search.page ?? 1, pageSize: search.size ?? 50, hideOnSinglePage: true, showSizeChanger: true, pageSizeOptions: [20, 50, 100, 200] }}
      onChange={(page, _, sorter) => {
        const one = Array.isArray(sorter) ? sorter[0] : sorter;
        void navigate({
          search: (old) => ({
            ...old,
            page: page.current === 1 ? undefined : page.current,
            size: page.pageSize === 50 ? undefined : page.pageSize,
            sort: one?.order ? (one.columnKey as typeof old.sort) : undefined,
            order: one?.order === "descend" ? "desc" : undefined,
          }),
        });
      }}
      columns={[
        {
          key: "name",
          title: t("dcs.name"),
          sorter: (a, b) => a.name.localeCompare(b.name, locale),
          sortOrder: order("name") ?? null,
          render: (_, dc) => (
            <Link to="/dc/$cid" params={{ cid: dc.id }}>
              {dc.name}
            </Link>
          ),
        },
        { key: "state", title: t("dcs.state"), render: (_, dc) => <Health dc={dc} /> },
        { key: "place", title: t("dcs.place"), render: (_, dc) => [dc.city, dc.province, dc.country].filter(Boolean).join(", ") || "–" },
        { key: "version", title: t("dcs.version"), dataIndex: "cee_version", render: (version: string | null) => version ?? "–" },
        {
          key: "hosts",
          title: t("dcs.hosts"),
          sorter: (a, b) => a.totals.host_info.total - b.totals.host_info.total,
          sortOrder: order("hosts") ?? null,
          render: (_, { totals: { host_info: hosts } }) => (
            <span className="number">
              {hosts.up} / {hosts.total}
            </span>
          ),
        },
        {
          key: "servers",
          title: t("dcs.vms"),
          align: "right",
          sorter: (a, b) => (a.totals.servers ?? -1) - (b.totals.servers ?? -1),
          sortOrder: order("servers") ?? null,
          render: (_, dc) => <span className="number">{formatNumber(dc.totals.servers, locale)}</span>,
        },
        {
          key: "vcpus",
          title: t("capacity.vcpus"),
          width: 104,
          sorter: (a, b) => share(a.totals.used_vcpus, a.totals.total_vcpus) - share(b.totals.used_vcpus, b.totals.total_vcpus),
          sortOrder: order("vcpus") ?? null,
          render: (_, { totals }) => <Usage compact label={t("capacity.vcpus")} used={totals.used_vcpus} total={totals.total_vcpus} format={(v) => formatNumber(v, locale)} />,
        },
        {
          key: "memory",
          title: t("capacity.memory"),
          width: 104,
          sorter: (a, b) => share(a.totals.used_memory, a.totals.total_memory) - share(b.totals.used_memory, b.totals.total_memory),
          sortOrder: order("memory") ?? null,
          render: (_, { totals }) => <Usage compact label={t("capacity.memory")} used={totals.used_memory} total={totals.total_memory} format={(v) => formatMemory(v, locale)} />,
        },
        {
          key: "disk",
          title: t("capacity.disk"),
          width: 104,
          sorter: (a, b) => share(a.totals.used_storage, a.totals.total_storage) - share(b.totals.used_storage, b.totals.total_storage),
          sortOrder: order("disk") ?? null,
          render: (_, { totals }) => <Usage compact label={t("capacity.disk")} used={totals.used_storage} total={totals.total_storage} format={(v) => formatDisk(v, locale)} />,
        },
        {
          key: "collected",
          title: t("age.collectedAt"),
          sorter: (a, b) => (a.dynamic_task?.collected_at ?? 0) - (b.dynamic_task?.collected_at ?? 0),
          sortOrder: order("collected") ?? null,
          render: (_, dc) => <Age at={dc.dynamic_task?.collected_at} />,
        },
      ]}
    />
  );
}
