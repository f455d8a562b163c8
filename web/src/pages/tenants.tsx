import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Input } from "antd";
import type { TenantCapacity } from "../api/generated";
import type { ListSearch } from "../app/search";
import { useTexts } from "../i18n";
import { Freshness } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { formatDisk, formatMemory, formatNumber } from "../kit/format";
import { ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";
import { Usage } from "../kit/Usage";
import { capacityQuery } from "./datacenterOverview";

const route = getRouteApi("/app/dc/$cid/tenants");

export function TenantsPage() {
  const { t, locale } = useTexts();
  const { cid } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (wanted: ListSearch) => void navigate({ search: wanted as typeof search });
  const result = useQuery(capacityQuery(cid));
  const by = (kind: "cores" | "ram" | "instances" | "volume") => (a: TenantCapacity, b: TenantCapacity) => (a[kind].in_use ?? -1) - (b[kind].in_use ?? -1);
  const needle = (search.filter ?? "").toLowerCase();
  return (
    <Page
      title={t("dc.tenants")}
      level={2}
      below={result.data && <Freshness collectedAt={result.data.collected_at} parts={result.data.parts} />}
      actions={
        <Input.Search
          key={search.filter ?? ""}
          allowClear
          aria-label={t("tenant.find")}
          placeholder={t("tenant.find")}
          defaultValue={search.filter ?? ""}
          onSearch={(filter) => change({ ...search, filter: filter.trim() || undefined, page: undefined })}
          style={{ width: 240 }}
        />
      }
    >
      <Asked result={result} rows={10}>
        {({ data, collected_at }) => (
          <ListTable<TenantCapacity>
            label={t("dc.tenants")}
            search={search}
            onChange={change}
            rows={data.tenants.filter((tenant) => tenant.name.toLowerCase().includes(needle) || tenant.id === search.filter)}
            rowKey="id"
            empty={<Nothing text={search.filter ? t("list.nothingMatches") : collected_at == null ? t("list.notCollected") : t("tenant.none")} />}
            columns={[
              {
                key: "name",
                title: t("tenant.name"),
                sorter: (a: TenantCapacity, b: TenantCapacity) => a.name.localeCompare(b.name, locale),
                render: (_, tenant) => (
                  <Link to="/dc/$cid/tenants/$tid" params={{ cid, tid: tenant.id }}>
                    {tenant.name}
                  </Link>
                ),
              },
              { key: "cores", title: t("capacity.vcpus"), sorter: by("cores"), width: 200, render: (_, x) => <Usage label={t("capacity.vcpus")} used={x.cores.in_use} total={x.cores.limit} format={(v) => formatNumber(v, locale)} /> },
              { key: "ram", title: t("capacity.memory"), sorter: by("ram"), width: 200, render: (_, x) => <Usage label={t("capacity.memory")} used={x.ram.in_use} total={x.ram.limit} format={(v) => formatMemory(v, locale)} /> },
              { key: "instances", title: t("dcs.vms"), sorter: by("instances"), width: 180, render: (_, x) => <Usage label={t("dcs.vms")} used={x.instances.in_use} total={x.instances.limit} format={(v) => formatNumber(v, locale)} /> },
              { key: "volume", title: t("tenant.volume"), sorter: by("volume"), width: 200, render: (_, x) => <Usage label={t("tenant.volume")} used={x.volume.in_use} total={x.volume.limit} format={(v) => formatDisk(v, locale)} /> },
            ]}
          />
        )}
      </Asked>
    </Page>
  );
}
