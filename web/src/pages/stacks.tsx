import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Input } from "antd";
import { ask } from "../api/ask";
import { getEricicCidStacks, type StackItem } from "../api/generated";
import { every } from "../app/query";
import type { ListSearch } from "../app/search";
import { useTexts } from "../i18n";
import { Age, Freshness } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";
import { StackStatus } from "../kit/Status";

const route = getRouteApi("/app/dc/$cid/stacks");

export function StacksPage() {
  const { t, locale } = useTexts();
  const { cid } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (wanted: ListSearch) => void navigate({ search: wanted as typeof search });
  const result = useQuery({ queryKey: ["stacks", cid], queryFn: () => ask(getEricicCidStacks({ path: { cid } })), ...every(30) });
  const needle = (search.filter ?? "").toLowerCase();
  return (
    <Page
      title={t("dc.stacks")}
      level={2}
      below={result.data && <Freshness collectedAt={result.data.collected_at} parts={result.data.parts} />}
      actions={
        <Input.Search
          key={search.filter ?? ""}
          allowClear
          aria-label={t("stack.find")}
          placeholder={t("stack.find")}
          defaultValue={search.filter ?? ""}
          onSearch={(filter) => change({ ...search, filter: filter.trim() || undefined, page: undefined })}
          style={{ width: 280 }}
        />
      }
    >
      <Asked result={result} rows={10}>
        {({ data, collected_at }) => (
          <ListTable<StackItem>
            label={t("dc.stacks")}
            search={search}
            onChange={change}
            rows={data.filter((stack) => [stack.stack_name, stack.stack_status, stack.tenant_name].join(" ").toLowerCase().includes(needle))}
            rowKey="stack_id"
            empty={<Nothing text={search.filter ? t("list.nothingMatches") : collected_at == null ? t("list.notCollected") : t("stack.none")} />}
            columns={[
              {
                key: "name",
                title: t("stack.name"),
                sorter: (a: StackItem, b: StackItem) => a.stack_name.localeCompare(b.stack_name, locale),
                render: (_, stack) => (
                  <Link to="/dc/$cid/vms" params={{ cid }} search={{ query: "stack_id", filter: stack.stack_id }}>
                    {stack.stack_name}
                  </Link>
                ),
              },
              { key: "status", title: t("vm.status"), render: (_, stack) => <StackStatus status={stack.stack_status} /> },
              { key: "tenant", title: t("vm.tenant"), render: (_, stack) => stack.tenant_name ?? stack.tenant_id ?? "–" },
              { key: "servers", title: t("dcs.vms"), align: "right", sorter: (a: StackItem, b: StackItem) => a.servers - b.servers, render: (_, stack) => <span className="number">{stack.servers}</span> },
              { key: "created", title: t("vm.created"), sorter: (a: StackItem, b: StackItem) => (a.created_time ?? 0) - (b.created_time ?? 0), render: (_, stack) => <Age at={stack.created_time} /> },
              { key: "updated", title: t("vm.updated"), render: (_, stack) => (stack.updated_time == null ? "–" : <Age at={stack.updated_time} />) },
            ]}
          />
        )}
      </Asked>
    </Page>
  );
}
