import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Flex, Input } from "antd";
import { ask } from "../api/ask";
import { type AuditItem, getAudit } from "../api/generated";
import { every } from "../app/query";
import { cut, type ListSearch } from "../app/search";
import { useTexts } from "../i18n";
import { Asked, Nothing } from "../kit/Failure";
import { formatTime } from "../kit/format";
import { ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";
import { Mark } from "../kit/Status";

const route = getRouteApi("/app/admin/audit");
const FILTERS = ["user", "action", "subject"] as const;

export function AuditPage() {
  const { t, locale } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { user, action, subject } = search;
  const result = useQuery({
    queryKey: ["audit", search],
    queryFn: () => ask(getAudit({ query: { user, action, subject, ...cut(search) } })),
    ...every(15),
  });
  return (
    <Page title={t("nav.audit")}>
      <Flex gap={8} wrap role="search">
        {FILTERS.map((name) => (
          <Input.Search
            key={`${name} ${search[name] ?? ""}`}
            allowClear
            maxLength={255}
            aria-label={t(`audit.${name}`)}
            placeholder={t(`audit.${name}`)}
            defaultValue={search[name] ?? ""}
            onSearch={(value) => void navigate({ search: (old) => ({ ...old, [name]: value.trim() || undefined, page: undefined }) })}
            style={{ width: 240 }}
          />
        ))}
      </Flex>
      <Asked result={result} rows={10}>
        {({ data, total }) => (
          <ListTable<AuditItem>
            label={t("nav.audit")}
            search={search}
            onChange={(wanted: ListSearch) => void navigate({ search: (old) => ({ ...old, page: wanted.page, size: wanted.size }) })}
            rows={data}
            total={total}
            rowKey="id"
            loading={result.isPlaceholderData}
            empty={<Nothing text={t("audit.none")} />}
            columns={[
              { key: "at", title: t("audit.at"), render: (_, event) => <span className="number">{formatTime(event.at, locale)}</span> },
              { key: "user", title: t("audit.user"), render: (_, event) => event.user_name ?? "–" },
              { key: "action", title: t("audit.action"), render: (_, event) => <span className="mono">{event.action}</span> },
              { key: "outcome", title: t("audit.outcome"), render: (_, event) => <Mark look={event.outcome < 400 ? "good" : "bad"}>{event.outcome}</Mark> },
              { key: "subject", title: t("audit.subject"), render: (_, event) => <span className="mono">{event.subject ?? "–"}</span> },
              { key: "address", title: t("account.address"), render: (_, event) => <span className="mono">{event.client_address ?? "–"}</span> },
            ]}
          />
        )}
      </Asked>
    </Page>
  );
}
