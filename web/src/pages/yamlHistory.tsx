import { DeleteOutlined, DownloadOutlined, EyeOutlined } from "@ant-design/icons";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { App, Button, Drawer, Dropdown, Flex } from "antd";
import { useState } from "react";
import { ask } from "../api/ask";
import { deleteConfigYamlGenHistory, getConfigYamlGenAnnotated, getConfigYamlGenHistory, getConfigYamlGenPreview, getConfigYamlGenReport, getConfigYamlGenResult, type IssueItem, type JobItem } from "../api/generated";
import { sentenceOf } from "../api/sentence";
import { every } from "../app/query";
import { cut, type ListSearch } from "../app/search";
import { useMay } from "../app/Shell";
import { useTexts } from "../i18n";
import { Age } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { saveBase64 } from "../kit/files";
import { Issues } from "../kit/Issues";
import { ListTable } from "../kit/ListTable";
import { Previews } from "../kit/Previews";
import { RunState } from "../kit/Status";
import { useChange, useConfirm } from "../kit/useChange";

const route = getRouteApi("/app/yaml");

export function YamlHistory() {
  const { t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayChange = useMay("operator");
  const [shown, setShown] = useState<JobItem | null>(null);
  const confirm = useConfirm();
  const result = useQuery({ queryKey: ["yamlHistory", search], queryFn: () => ask(getConfigYamlGenHistory({ query: cut(search) })), ...every(15) });
  const remove = useChange<string>({ run: (id) => ask(deleteConfigYamlGenHistory({ body: { id: [id] } })), done: t("yaml.deleted") });
  return (
    <>
      <Asked result={result} rows={8}>
        {({ data, total }) => (
          <ListTable<JobItem>
            label={t("yaml.history")}
            search={search}
            onChange={(wanted: ListSearch) => void navigate({ search: (old) => ({ ...old, page: wanted.page, size: wanted.size }) })}
            rows={data}
            total={total}
            rowKey="id"
            empty={
              <Nothing text={t("yaml.none")}>
                <Button onClick={() => void navigate({ search: {} })}>{t("yaml.make")}</Button>
              </Nothing>
            }
            columns={[
              { key: "project", title: t("yaml.project"), dataIndex: "project_name" },
              { key: "drop", title: t("yaml.drop"), dataIndex: "cee_version" },
              { key: "site", title: t("yaml.site"), dataIndex: "site" },
              { key: "status", title: t("run.state"), render: (_, job) => <RunState state={job.task_status} /> },
              { key: "errors", title: t("yaml.errors"), align: "right", render: (_, job) => <span className="number">{job.errors}</span> },
              { key: "warnings", title: t("yaml.warnings"), align: "right", render: (_, job) => <span className="number">{job.warnings}</span> },
              { key: "at", title: t("run.began"), render: (_, job) => <Age at={job.timestamp} /> },
              { key: "by", title: t("record.by"), dataIndex: "user_name" },
              {
                key: "actions",
                align: "right",
                title: <span className="visually-hidden">{t("action.actions")}</span>,
                render: (_, job) =>
                  mayChange && (
                    <Flex gap={6} justify="end">
                      <Button size="small" icon={<EyeOutlined />} onClick={() => setShown(job)}>
                        {t("yaml.show")}
                      </Button>
                      <Downloads job={job} />
                      <Button
                        size="small"
                        danger
                        icon={<DeleteOutlined />}
                        aria-label={`${t("action.delete")}: ${job.project_name}`}
                        disabled={job.task_status === "running"}
                        onClick={() => void confirm({ title: t("yaml.deleteTitle", { name: job.project_name }), text: t("yaml.deleteText"), action: t("action.delete"), run: () => remove.mutateAsync(job.id) })}
                      />
                    </Flex>
                  ),
              },
            ]}
          />
        )}
      </Asked>
      {shown && (
        <Drawer open size={1000} title={`${shown.project_name} · ${shown.cee_version} · ${shown.site}`} onClose={() => setShown(null)}>
          <Flex vertical gap={16}>
            <Report job={shown} />
            {shown.task_status === "success" && <Shown job={shown} />}
          </Flex>
        </Drawer>
      )}
    </>
  );
}

function Report({ job }: { job: JobItem }) {
  const { t } = useTexts();
  const result = useQuery({ queryKey: ["yamlReport", job.id], queryFn: () => ask(getConfigYamlGenReport({ query: { id: job.id } })), staleTime: Number.POSITIVE_INFINITY, retry: false });
  return (
    <Asked result={result}>
      {({ data }) => {
        const issues = typeof data === "object" && Array.isArray(data["issues"]) ? (data["issues"] as IssueItem[]) : [];
        return issues.length > 0 ? <Issues issues={issues} /> : <Nothing text={t("yaml.noIssues")} />;
      }}
    </Asked>
  );
}

function Shown({ job }: { job: JobItem }) {
  const result = useQuery({ queryKey: ["yamlPreview", job.id], queryFn: () => ask(getConfigYamlGenPreview({ query: { id: job.id } })), staleTime: Number.POSITIVE_INFINITY, retry: false });
  return <Asked result={result}>{({ data }) => <Previews files={data} />}</Asked>;
}

function Downloads({ job }: { job: JobItem }) {
  const { t } = useTexts();
  const { message } = App.useApp();
  const get = useMutation({
    mutationFn: (kind: "result" | "annotated") => ask((kind === "result" ? getConfigYamlGenResult : getConfigYamlGenAnnotated)({ query: { id: job.id } })),
    onSuccess: ({ data, file_name }) => saveBase64(data, file_name),
    onError: (error) => void message.error({ content: sentenceOf(error, t), duration: 8 }),
  });
  return (
    <Dropdown
      trigger={["click"]}
      disabled={job.task_status === "running"}
      menu={{
        items: [
          { key: "result", label: t("yaml.zip"), disabled: job.task_status !== "success", onClick: () => get.mutate("result") },
          { key: "annotated", label: t("yaml.annotated"), onClick: () => get.mutate("annotated") },
        ],
      }}
    >
      <Button size="small" icon={<DownloadOutlined />} loading={get.isPending} aria-label={`${t("action.download")}: ${job.project_name}`} />
    </Dropdown>
  );
}
