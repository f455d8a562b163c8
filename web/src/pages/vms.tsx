import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Tooltip } from "antd";
import { ask } from "../api/ask";
import { getEricicConfigData, getEricicNovaData, type NetworkOfServer, type ServerItem } from "../api/generated";
import { every } from "../app/query";
import { cut, type ListSearch } from "../app/search";
import { useTexts } from "../i18n";
import { Age, Freshness } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { formatDisk, formatMemory } from "../kit/format";
import { FilterBar, ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";
import { ServerStatus } from "../kit/Status";

const route = getRouteApi("/app/dc/$cid/vms");

export const STATUSES = ["ACTIVE", "ERROR", "SHUTOFF", "PAUSED", "SUSPENDED", "BUILD", "REBOOT", "VERIFY_RESIZE", "MIGRATING", "SHELVED_OFFLOADED"];

export function VmsPage() {
  const { t, locale } = useTexts();
  const { cid } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (wanted: ListSearch) => void navigate({ search: wanted as typeof search });
  const result = useQuery({
    queryKey: ["vms", cid, search],
    queryFn: () => ask(getEricicNovaData({ query: { dc_id: cid, query: search.query, filter: search.filter, sort: search.sort, order: search.order, ...cut(search) } })),
    ...every(15),
  });
  const choices = useQuery({ queryKey: ["vmChoices", cid], queryFn: () => ask(getEricicConfigData({ query: { dc_id: cid } })), staleTime: 60_000 });
  const [found] = choices.data?.data ?? [];
  return (
    <Page title={t("dc.vms")} level={2} below={result.data && <Freshness collectedAt={result.data.collected_at} parts={result.data.parts} />}>
      <FilterBar
        search={search}
        onChange={change}
        fields={[
          { value: "nova_name", label: t("vm.name") },
          { value: "nova_status", label: t("vm.status"), choices: STATUSES.map((value) => ({ value, label: value })) },
          { value: "nova_host", label: t("vm.host") },
          { value: "nova_tenant", label: t("vm.tenant"), choices: found?.tenant.map((each) => ({ value: each.tenant_id, label: each.tenant_name })) ?? [] },
          { value: "stack_id", label: t("vm.stack"), choices: found?.stack.map((each) => ({ value: each.stack_id, label: each.stack_name })) ?? [] },
        ]}
      />
      <Asked result={result} rows={12}>
        {({ data, total, collected_at }) => (
          <ListTable<ServerItem>
            label={t("dc.vms")}
            search={search}
            onChange={change}
            rows={data}
            total={total}
            rowKey="nova_uuid"
            loading={result.isPlaceholderData}
            empty={<Nothing text={search.filter ? t("list.nothingMatches") : collected_at == null ? t("list.notCollected") : t("vm.none")} />}
            columns={[
              {
                key: "name",
                title: t("vm.name"),
                render: (_, vm) => (
                  <Link to="/dc/$cid/vms/$vid" params={{ cid, vid: vm.nova_uuid }}>
                    {vm.nova_name}
                  </Link>
                ),
              },
              { key: "status", title: t("vm.status"), render: (_, vm) => <ServerStatus status={vm.nova_status} /> },
              { key: "power", title: t("vm.power"), dataIndex: "nova_power_state" },
              { key: "tenant", title: t("vm.tenant"), render: (_, vm) => vm.tenant ?? vm.tenant_id ?? "–" },
              { key: "host", title: t("vm.host"), render: (_, vm) => vm.host ?? "–" },
              { key: "vcpu", title: "vCPU", align: "right", sorter: true, render: (_, vm) => <span className="number">{vm.flavor_vcpu ?? "–"}</span> },
              { key: "memory", title: t("capacity.memory"), align: "right", sorter: true, render: (_, vm) => <span className="number">{formatMemory(vm.flavor_memory, locale)}</span> },
              { key: "disk", title: t("vm.disk"), align: "right", sorter: true, render: (_, vm) => <span className="number">{formatDisk(vm.flavor_disk, locale)}</span> },
              { key: "networks", title: t("vm.addresses"), render: (_, vm) => <Addresses networks={vm.networks} /> },
              { key: "time", title: t("vm.created"), sorter: true, render: (_, vm) => <Age at={vm.created_time} /> },
            ]}
          />
        )}
      </Asked>
    </Page>
  );
}

function Addresses({ networks }: { networks: NetworkOfServer[] }) {
  if (networks.length === 0) return <>–</>;
  const [first] = networks;
  const rest = networks.length - 1;
  const all = networks.map(({ ip, name }) => `${name ?? "?"}: ${ip}`);
  return (
    <Tooltip title={<div style={{ whiteSpace: "pre-line" }}>{all.join("\n")}</div>}>
      <span className="mono">
        {first!.ip}
        {rest > 0 && ` +${rest}`}
      </span>
    </Tooltip>
  );
}
