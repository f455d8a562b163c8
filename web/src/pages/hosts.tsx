import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Flex } from "antd";
import { ask } from "../api/ask";
import { getEricicHostConfigData, getEricicHostData, type HostItem } from "../api/generated";
import { every } from "../app/query";
import { cut, type ListSearch } from "../app/search";
import { useTexts } from "../i18n";
import { Age, Freshness } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { FilterBar, ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";
import { HostState } from "../kit/Status";

const route = getRouteApi("/app/dc/$cid/hosts");

export function HostsPage() {
  const { t } = useTexts();
  const { cid } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (wanted: ListSearch) => void navigate({ search: wanted as typeof search });
  const result = useQuery({
    queryKey: ["hosts", cid, search],
    queryFn: () => ask(getEricicHostData({ query: { dc_id: cid, query: search.query, filter: search.filter, sort: search.sort, order: search.order, ...cut(search) } })),
    ...every(15),
  });
  const choices = useQuery({ queryKey: ["hostChoices", cid], queryFn: () => ask(getEricicHostConfigData({ query: { dc_id: cid } })), staleTime: 60_000 });
  const [found] = choices.data?.data ?? [];
  return (
    <Page title={t("dc.hosts")} level={2} below={result.data && <Freshness collectedAt={result.data.collected_at} parts={result.data.parts} />}>
      <FilterBar
        search={search}
        onChange={change}
        fields={[
          { value: "host", label: t("host.name") },
          { value: "host_aggregate", label: t("host.aggregate"), choices: found?.host_ha.map(({ aggregate_name: value }) => ({ value, label: value })) ?? [] },
          { value: "availability_zone", label: t("host.zone"), choices: found?.host_az.map(({ availability_zone: value }) => ({ value, label: value })) ?? [] },
          {
            value: "state",
            label: t("host.state"),
            choices: [
              { value: "up", label: t("host.up") },
              { value: "down", label: t("host.down") },
            ],
          },
        ]}
      />
      <Asked result={result} rows={12}>
        {({ data, total, collected_at }) => (
          <ListTable<HostItem>
            label={t("dc.hosts")}
            search={search}
            onChange={change}
            rows={data}
            total={total}
            rowKey="id"
            loading={result.isPlaceholderData}
            empty={<Nothing text={search.filter ? t("list.nothingMatches") : collected_at == null ? t("list.notCollected") : t("host.none")} />}
            columns={[
              {
                key: "host",
                title: t("host.name"),
                render: (_, row) => (
                  <Link to="/dc/$cid/hosts/$hid" params={{ cid, hid: row.id }}>
                    {row.host}
                  </Link>
                ),
              },
              { key: "state", title: t("host.state"), render: (_, row) => <HostState state={row.state} status={row.status} /> },
              { key: "vm_num", title: t("dcs.vms"), align: "right", sorter: true, render: (_, row) => <span className="number">{row.vm_num}</span> },
              { key: "zone", title: t("host.zone"), render: (_, row) => row.availability_zone ?? "–" },
              {
                key: "aggregates",
                title: t("host.aggregate"),
                render: (_, row) => (
                  <Flex gap={4} wrap>
                    {row.host_aggregates.join(", ") || "–"}
                  </Flex>
                ),
              },
              { key: "update_time", title: t("host.heard"), sorter: true, render: (_, row) => <Age at={row.update_at} /> },
              { key: "reason", title: t("host.reason"), render: (_, row) => row.disabled_reason ?? "" },
            ]}
          />
        )}
      </Asked>
    </Page>
  );
}
