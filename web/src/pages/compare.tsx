import { DownloadOutlined } from "@ant-design/icons";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Alert, App, Button, Card, Flex, Tag, Typography } from "antd";
import { ask } from "../api/ask";
import { type ChangeItem, getEricicRecordDiff } from "../api/generated";
import { sentenceOf } from "../api/sentence";
import { cut, type ListSearch } from "../app/search";
import { useTexts } from "../i18n";
import { Asked, Nothing } from "../kit/Failure";
import { saveFrom } from "../kit/files";
import { ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";

const route = getRouteApi("/app/records/compare");

type Row = ChangeItem & { id: string };

export function ComparePage() {
  const { t, language } = useTexts();
  const { message } = App.useApp();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { a = "", b = "" } = search;
  const result = useQuery({ queryKey: ["diff", search], queryFn: () => ask(getEricicRecordDiff({ query: { a, b, lang: language, ...cut(search) } })), staleTime: Number.POSITIVE_INFINITY });
  const get = useMutation({
    mutationFn: () => saveFrom(`/api/ericic/v1/record/diff?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}&format=xlsx&lang=${language}`, "changes.xlsx"),
    onError: (error) => void message.error({ content: sentenceOf(error, t), duration: 8 }),
  });
  const nameOf = (record: { [key: string]: unknown } | undefined) => String(record?.["name"] ?? "…");
  return (
    <Page
      title={t("record.compareTitle", { a: nameOf(result.data?.a), b: nameOf(result.data?.b) })}
      below={<Link to="/records">{t("nav.records")}</Link>}
      actions={
        <Button icon={<DownloadOutlined />} loading={get.isPending} onClick={() => get.mutate()}>
          Excel
        </Button>
      }
    >
      <Asked result={result} rows={8}>
        {({ data, total, counts, not_compared }) => (
          <>
            <Card size="small">
              <Flex gap={24} wrap>
                {Object.entries(counts).map(([section, kinds]) => (
                  <div key={section}>
                    <Typography.Text strong>{section}</Typography.Text>
                    <div>
                      {Object.entries(kinds)
                        .map(([kind, count]) => `${kind}: ${count}`)
                        .join(" · ")}
                    </div>
                  </div>
                ))}
                {Object.keys(counts).length === 0 && t("record.same")}
              </Flex>
            </Card>
            {not_compared.length > 0 && (
              <Alert type="warning" showIcon title={t("record.notCompared")} description={not_compared.map((gap) => [gap.section, gap.host, gap.reason].filter(Boolean).join(" · ")).join("; ")} />
            )}
            <ListTable<Row>
              label={t("record.compare")}
              search={search}
              onChange={(wanted: ListSearch) => void navigate({ search: (old) => ({ ...old, page: wanted.page, size: wanted.size }) })}
              rows={data.map((item) => ({ ...item, id: `${item.section} ${Object.values(item.key).join(" ")}` }))}
              total={total}
              rowKey="id"
              empty={<Nothing text={t("record.same")} />}
              columns={[
                { key: "section", title: t("record.section"), dataIndex: "section" },
                { key: "change", title: t("record.change"), render: (_, item) => <Tag>{item.change}</Tag> },
                { key: "name", title: t("dcs.name"), render: (_, item) => item.name ?? Object.values(item.key).join(" ") },
                {
                  key: "fields",
                  title: t("record.fields"),
                  render: (_, item) => (
                    <div style={{ maxWidth: 720, whiteSpace: "normal" }}>
                      {item.change === "added" || item.change === "removed" ? (
                        <Typography.Text type="secondary">{item.fields.slice(0, 6).map((f) => `${f.field}: ${told(f.new ?? f.old)}`).join(" · ")}</Typography.Text>
                      ) : (
                        item.fields.map((field) => (
                          <div key={field.field}>
                            {field.field}: <del>{told(field.old)}</del> → <ins style={{ textDecoration: "none", fontWeight: 600 }}>{told(field.new)}</ins>
                          </div>
                        ))
                      )}
                    </div>
                  ),
                },
              ]}
            />
          </>
        )}
      </Asked>
    </Page>
  );
}

function told(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
