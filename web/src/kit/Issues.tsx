import { Card, Table, Typography } from "antd";
import type { IssueItem } from "../api/generated";
import { useTexts } from "../i18n";
import { Mark } from "./Status";

/** What is wrong, each with its sheet and cell and with the template's line. */
export function Issues({ issues }: { issues: IssueItem[] }) {
  const { t, language } = useTexts();
  const rows = issues.map((issue, index) => ({ ...issue, key: index }));
  return (
    <Card size="small" title={<h2 style={{ margin: 0, fontSize: 14 }}>{t("yaml.issues", { count: issues.length })}</h2>} data-testid="issues">
      <Table
        size="small"
        rowKey="key"
        dataSource={rows}
        scroll={{ x: "max-content" }}
        pagination={{ pageSize: 20, size: "small", hideOnSinglePage: true, showSizeChanger: false }}
        columns={[
          {
            key: "level",
            title: t("yaml.level"),
            render: (_, issue) => <Mark look={issue.level === "error" ? "bad" : issue.level === "warning" ? "warn" : "off"}>{issue.level}</Mark>,
          },
          { key: "code", title: t("yaml.code"), render: (_, issue) => <span className="mono">{issue.code}</span> },
          { key: "cell", title: t("yaml.cell"), render: (_, issue) => <span className="mono">{issue.where?.cell || issue.where?.sheet || "–"}</span> },
          {
            key: "line",
            title: t("yaml.line"),
            render: (_, issue) => <span className="mono">{issue.template ? `${issue.template.file}${issue.template.line ? `:${issue.template.line}` : ""}` : "–"}</span>,
          },
          {
            key: "message",
            title: t("yaml.message"),
            render: (_, issue) => (
              <div style={{ maxWidth: 620, whiteSpace: "normal" }}>
                <div>{language === "zh" ? issue.message_zh : issue.message}</div>
                {(issue.hint || issue.hint_zh) && <Typography.Text type="secondary">{language === "zh" ? issue.hint_zh : issue.hint}</Typography.Text>}
                {issue.folded > 0 && <Typography.Text type="secondary"> {t("yaml.folded", { count: issue.folded })}</Typography.Text>}
              </div>
            ),
          },
          { key: "value", title: t("yaml.value"), render: (_, issue) => <span className="mono">{issue.value}</span> },
        ]}
      />
    </Card>
  );
}
