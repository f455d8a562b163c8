import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Button, Segmented } from "antd";
import { ask } from "../api/ask";
import { getEricicSchedulerTaskHistory, type RunItem } from "../api/generated";
import { every } from "../app/query";
import { cut, type ListSearch } from "../app/search";
import { useTexts } from "../i18n";
import { Age } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { formatNumber, formatSpan } from "../kit/format";
import { ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";
import { RunState } from "../kit/Status";

const route = getRouteApi("/app/dc/$cid/runs");

export function RunsPage() {
  const { t, locale } = useTexts();
  const { cid } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (wanted: ListSearch) => void navigate({ search: wanted as typeof search });
  const result = useQuery({
    queryKey: ["runs", cid, search],
    queryFn: () => ask(getEricicSchedulerTaskHistory({ query: { cid, ...(search.query ? { filter: search.query } : {}), ...cut(search) } as { cid: string } })),
    ...every(10),
  });
  return (
    <Page
      title={t("dc.runs")}
      level={2}
      actions={
        <>
          <Segmented
            aria-label={t("run.task")}
            value={search.query ?? "all"}
            onChange={(value) => change({ ...search, query: value === "all" ? undefined : value, page: undefined })}
            options={[
              { value: "all", label: t("dcs.all") },
              { value: "dynamic", label: t("dcs.dynamic") },
              { value: "static", label: t("dcs.static") },
            ]}
          />
          <Link to="/schedules" search={{ filter: undefined }}>
            <Button>{t("nav.schedules")}</Button>
          </Link>
        </>
      }
    >
      <Asked result={result} rows={10}>
        {({ data, total_num }) => (
          <ListTable<RunItem>
            label={t("dc.runs")}
            search={search}
            onChange={change}
            rows={data}
            total={total_num}
            rowKey="id"
            loading={result.isPlaceholderData}
            empty={<Nothing text={t("run.none")} />}
            expandable={{
              rowExpandable: (run) => run.error !== null || run.error_info !== null,
              expandedRowRender: (run) => (
                <>
                  {run.error && <p style={{ marginTop: 0 }}>{run.error}</p>}
                  {run.error_info && (
                    <details>
                      <summary>{t("run.traceback")}</summary>
                      <pre className="trace" tabIndex={0}>
                        {run.error_info}
                      </pre>
                    </details>
                  )}
                </>
              ),
            }}
            columns={[
              { key: "task", title: t("run.task"), render: (_, run) => (run.task_name.startsWith("dynamic") ? t("dcs.dynamic") : t("dcs.static")) },
              { key: "state", title: t("run.state"), render: (_, run) => <RunState state={run.state} /> },
              { key: "began", title: t("run.began"), render: (_, run) => <Age at={run.timestamp} /> },
              { key: "took", title: t("run.took"), align: "right", render: (_, run) => formatSpan(run.finished_at == null ? null : run.finished_at - run.timestamp) },
              { key: "calls", title: t("run.calls"), align: "right", render: (_, run) => <span className="number">{formatNumber(run.api_calls, locale)}</span> },
              { key: "rows", title: t("run.rows"), align: "right", render: (_, run) => <span className="number">{formatNumber(run.rows, locale)}</span> },
              { key: "changed", title: t("run.changed"), align: "right", render: (_, run) => <span className="number">{formatNumber(run.rows_changed, locale)}</span> },
              { key: "skipped", title: t("run.skipped"), align: "right", render: (_, run) => <span className="number">{run.skipped}</span> },
              { key: "error", title: t("run.error"), render: (_, run) => <span style={{ display: "inline-block", maxWidth: 420, whiteSpace: "normal" }}>{run.error ?? ""}</span> },
            ]}
          />
        )}
      </Asked>
    </Page>
  );
}
