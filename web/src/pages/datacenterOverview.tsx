import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Button, Card, Col, Flex, Row, Segmented, Skeleton, Statistic, Table } from "antd";
import { lazy, Suspense } from "react";
import { ask } from "../api/ask";
import { type Capacity, getEricicCidCapacity, getEricicCidCapacitySeries, getEricicCidNovaServiceState, getEricicSchedulerTaskHistory, type TenantCapacity } from "../api/generated";
import { usePreferences } from "../app/preferences";
import { every } from "../app/query";
import { useTexts } from "../i18n";
import { Age, Freshness } from "../kit/Age";
import { colourOf } from "../kit/colours";
import { Asked, Nothing } from "../kit/Failure";
import { formatDisk, formatMemory, formatNumber, formatSpan, percent } from "../kit/format";
import { Page } from "../kit/Page";
import { RunState } from "../kit/Status";
import { Ring, type Slice, Usage } from "../kit/Usage";
import { Alerts, overviewQuery } from "./datacenters";

const route = getRouteApi("/app/dc/$cid/");
const Trend = lazy(() => import("../kit/Trend"));

const SPANS = { day: 86400, week: 7 * 86400, month: 30 * 86400, year: 365 * 86400 } as const;

export function capacityQuery(cid: string) {
  return { queryKey: ["capacity", cid], queryFn: () => ask(getEricicCidCapacity({ path: { cid } })), ...every(15) } as const;
}

export function OverviewPage() {
  const { t } = useTexts();
  const { cid } = route.useParams();
  const result = useQuery(capacityQuery(cid));
  const overview = useQuery(overviewQuery());
  const dc = overview.data?.data.find((each) => each.id === cid);
  return (
    <Asked result={result} rows={12}>
      {({ data, collected_at, parts }) => (
        <Page title={t("dc.capacity")} level={2} below={<Freshness collectedAt={collected_at} parts={parts} />}>
          {dc && <Alerts dc={dc} whole />}
          {collected_at == null && data.total_vcpus == null ? (
            <Card>
              <Nothing text={dc?.mode === false ? t("dc.offlineEmpty") : t("dc.notYet")} />
            </Card>
          ) : (
            <>
              <Totals data={data} />
              <Row gutter={[16, 16]}>
                <Col xs={24} xl={14}>
                  <Trends cid={cid} />
                </Col>
                <Col xs={24} xl={10}>
                  <HostsDown cid={cid} data={data} />
                </Col>
                <Col xs={24} xl={14}>
                  <VolumeTypes data={data} />
                </Col>
                <Col xs={24} xl={10}>
                  <RecentRuns cid={cid} />
                </Col>
              </Row>
            </>
          )}
        </Page>
      )}
    </Asked>
  );
}

const NAMED_TENANTS = 5;

/** The tenants with the most, the others together, and what is free. */
function useShares(tenants: TenantCapacity[], kind: "cores" | "ram", total: number | null): Slice[] {
  const { t } = useTexts();
  const { theme } = usePreferences();
  const known = tenants.map((tenant) => ({ tenant, value: tenant[kind].in_use ?? 0 })).filter(({ value }) => value > 0);
  known.sort((a, b) => b.value - a.value);
  const slices: Slice[] = known.slice(0, NAMED_TENANTS).map(({ tenant, value }, index) => ({ key: tenant.id, label: tenant.name, value, colour: colourOf(index, theme) }));
  const others = known.slice(NAMED_TENANTS).reduce((sum, { value }) => sum + value, 0);
  if (others > 0) slices.push({ key: "others", label: t("capacity.others"), value: others, colour: theme === "dark" ? "#8a94a3" : "#7a8594" });
  const free = (total ?? 0) - known.reduce((sum, { value }) => sum + value, 0);
  if (free > 0) slices.push({ key: "free", label: t("capacity.free"), value: free, colour: "transparent" });
  return slices;
}

function Totals({ data }: { data: Capacity }) {
  const { t, locale } = useTexts();
  const { theme } = usePreferences();
  const cpu = useShares(data.tenants, "cores", data.total_vcpus);
  const memory = useShares(data.tenants, "ram", data.total_memory);
  const disk: Slice[] = [
    { key: "used", label: t("capacity.used"), value: data.used_storage ?? 0, colour: colourOf(0, theme) },
    { key: "free", label: t("capacity.free"), value: Math.max((data.total_storage ?? 0) - (data.used_storage ?? 0), 0), colour: "transparent" },
  ];
  const show = (v: number) => formatNumber(v, locale);
  const card = (title: string, used: number | null, total: number | null, slices: Slice[], format: (v: number) => string) => (
    <Col xs={24} lg={8}>
      <Card size="small" title={title} style={{ height: "100%" }}>
        <Ring
          slices={slices}
          middle={percent(used, total) == null ? "–" : `${percent(used, total)} %`}
          below={t("capacity.used")}
          format={format}
          label={`${title}: ${t("usage.of", { used: format(used ?? 0), total: format(total ?? 0) })}`}
        />
        <div style={{ marginTop: 8 }}>{t("usage.of", { used: used == null ? "–" : format(used), total: total == null ? "–" : format(total) })}</div>
      </Card>
    </Col>
  );
  return (
    <Row gutter={[16, 16]}>
      {card(`${t("capacity.vcpus")} · ${t("capacity.byTenant")}`, data.used_vcpus, data.total_vcpus, cpu, show)}
      {card(`${t("capacity.memory")} · ${t("capacity.byTenant")}`, data.used_memory, data.total_memory, memory, (v) => formatMemory(v, locale))}
      {card(t("capacity.disk"), data.used_storage, data.total_storage, disk, (v) => formatDisk(v, locale))}
    </Row>
  );
}

function HostsDown({ cid, data }: { cid: string; data: Capacity }) {
  const { t, locale } = useTexts();
  const { up, down, total } = data.host_info;
  const result = useQuery({
    queryKey: ["services", cid, "down"],
    queryFn: () => ask(getEricicCidNovaServiceState({ path: { cid, state: "down" } })),
    enabled: down > 0,
    ...every(30),
  });
  return (
    <Card
      size="small"
      title={t("dc.hostsAndVms")}
      style={{ height: "100%" }}
      extra={
        <Link to="/dc/$cid/hosts" params={{ cid }}>
          {t("dc.allHosts")}
        </Link>
      }
    >
      <Flex gap={32} wrap style={{ marginBottom: 12 }}>
        <Statistic title={t("dcs.hosts")} value={up} suffix={`/ ${total}`} />
        <Statistic title={t("host.down")} value={down} />
        <Statistic title={t("dcs.vms")} value={formatNumber(data.servers, locale)} />
      </Flex>
      {down === 0 ? (
        <Nothing text={t("dc.noneDown")} />
      ) : (
        <Asked result={result} rows={3}>
          {({ data: hosts }) => (
            <Table
              size="small"
              rowKey="id"
              pagination={{ pageSize: 5, hideOnSinglePage: true, size: "small" }}
              dataSource={hosts}
              columns={[
                {
                  title: t("host.name"),
                  dataIndex: "host",
                  render: (host: string, row) => (
                    <Link to="/dc/$cid/hosts/$hid" params={{ cid, hid: row.id }}>
                      {host}
                    </Link>
                  ),
                },
                { title: t("host.zone"), dataIndex: "availability_zone", render: (zone: string | null) => zone ?? "–" },
                { title: t("host.reason"), dataIndex: "disabled_reason", render: (reason: string | null) => reason ?? "–" },
              ]}
            />
          )}
        </Asked>
      )}
    </Card>
  );
}

function Trends({ cid }: { cid: string }) {
  const { t } = useTexts();
  const { span } = route.useSearch();
  const navigate = route.useNavigate();
  const chosen = span ?? "week";
  const result = useQuery({
    queryKey: ["series", cid, chosen],
    queryFn: () => {
      const end = Math.floor(Date.now() / 1000) + 1;
      return ask(getEricicCidCapacitySeries({ path: { cid }, query: { start: end - SPANS[chosen], end, points: 200 } }));
    },
    ...every(60),
  });
  return (
    <Card
      size="small"
      title={t("trend.title")}
      style={{ height: "100%" }}
      extra={
        <Segmented
          size="small"
          aria-label={t("trend.span")}
          value={chosen}
          onChange={(value) => void navigate({ search: { span: value === "week" ? undefined : (value as "day") }, replace: true })}
          options={[
            { value: "day", label: t("trend.day") },
            { value: "week", label: t("trend.week") },
            { value: "month", label: t("trend.month") },
            { value: "year", label: t("trend.year") },
          ]}
        />
      }
    >
      <Asked result={result} rows={6}>
        {({ data }) =>
          data.length === 0 ? (
            <Nothing text={t("trend.none")} />
          ) : (
            <Suspense fallback={<Skeleton active paragraph={{ rows: 6 }} title={false} />}>
              <Trend points={data} seconds={SPANS[chosen]} />
            </Suspense>
          )
        }
      </Asked>
    </Card>
  );
}

function VolumeTypes({ data }: { data: Capacity }) {
  const { t, locale } = useTexts();
  return (
    <Card size="small" title={t("volume.types")} style={{ height: "100%" }}>
      {data.volume_types.length === 0 ? (
        <Nothing text={t("volume.none")} />
      ) : (
        <Table
          size="small"
          rowKey="name"
          pagination={{ pageSize: 8, hideOnSinglePage: true, size: "small" }}
          dataSource={data.volume_types}
          columns={[
            { title: t("volume.type"), dataIndex: "name" },
            { title: t("volume.count"), dataIndex: "count", align: "right", render: (v: number) => <span className="number">{formatNumber(v, locale)}</span> },
            {
              title: t("volume.size"),
              key: "size",
              width: 220,
              render: (_, row) => <Usage label={row.name} used={row.size} total={row.quota ?? -1} format={(v) => formatDisk(v, locale)} />,
            },
          ]}
        />
      )}
    </Card>
  );
}

function RecentRuns({ cid }: { cid: string }) {
  const { t } = useTexts();
  const result = useQuery({
    queryKey: ["runs", cid, "recent"],
    queryFn: () => ask(getEricicSchedulerTaskHistory({ query: { cid, limit: 6 } })),
    ...every(10),
  });
  return (
    <Card
      size="small"
      title={t("run.recent")}
      style={{ height: "100%" }}
      extra={
        <Link to="/dc/$cid/runs" params={{ cid }}>
          {t("run.all")}
        </Link>
      }
    >
      <Asked result={result} rows={4}>
        {({ data }) =>
          data.length === 0 ? (
            <Nothing text={t("run.none")}>
              <Link to="/schedules">
                <Button>{t("nav.schedules")}</Button>
              </Link>
            </Nothing>
          ) : (
            <Table
              size="small"
              rowKey="id"
              pagination={false}
              dataSource={data}
              columns={[
                { title: t("run.task"), dataIndex: "task_name", render: (name: string) => (name.startsWith("dynamic") ? t("dcs.dynamic") : t("dcs.static")) },
                { title: t("run.state"), dataIndex: "state", render: (state: string) => <RunState state={state} /> },
                { title: t("run.began"), dataIndex: "timestamp", render: (at: number) => <Age at={at} /> },
                { title: t("run.took"), key: "took", render: (_, run) => formatSpan(run.finished_at == null ? null : run.finished_at - run.timestamp) },
              ]}
            />
          )
        }
      </Asked>
    </Card>
  );
}
