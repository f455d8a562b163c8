import { CheckOutlined, DownloadOutlined, FileExcelOutlined, FileTextOutlined, ThunderboltOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Alert, App, Button, Card, Flex, Input, Segmented, Select, Typography, Upload } from "antd";
import { type ReactNode, useState } from "react";
import { ask } from "../api/ask";
import { ApiError } from "../api/errors";
import { type Checked, getConfigYamlGenExample, getConfigYamlGenPacks, getConfigYamlGenPreview, getConfigYamlGenResult, type IssueItem, postConfigYamlGen, type YamlChecked, type YamlMade } from "../api/generated";
import { sentenceOf } from "../api/sentence";
import { useMay } from "../app/Shell";
import { useTexts } from "../i18n";
import { Asked, Failure } from "../kit/Failure";
import { saveBase64 } from "../kit/files";
import { Page } from "../kit/Page";
import { Issues } from "../kit/Issues";
import { Previews } from "../kit/Previews";
import { YamlHistory } from "./yamlHistory";

const route = getRouteApi("/app/yaml");

export function YamlPage() {
  const { t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayMake = useMay("operator");
  return (
    <Page
      title={t("nav.yaml")}
      below={<Typography.Text type="secondary">{t("yaml.about")}</Typography.Text>}
      actions={
        <Segmented
          aria-label={t("dcs.view")}
          value={search.tab ?? "make"}
          onChange={(tab) => void navigate({ search: { tab: tab === "history" ? "history" : undefined } })}
          options={[
            { value: "make", label: t("yaml.make") },
            { value: "history", label: t("yaml.history") },
          ]}
        />
      }
    >
      {search.tab === "history" ? <YamlHistory /> : mayMake ? <Maker /> : <Alert type="info" showIcon title={t("yaml.needsOperator")} />}
    </Page>
  );
}

interface Outcome {
  issues: IssueItem[];
  checked?: Checked;
  jobId?: string;
  message?: string;
}

function Maker() {
  const { t, language } = useTexts();
  const { message } = App.useApp();
  const client = useQueryClient();
  const packs = useQuery({ queryKey: ["packs"], queryFn: () => ask(getConfigYamlGenPacks()), staleTime: 300_000 });
  const [drop, setDrop] = useState<string>();
  const [site, setSite] = useState<string>();
  const [project, setProject] = useState("");
  const [workbook, setWorkbook] = useState<File | null>(null);
  const [templates, setTemplates] = useState<File[]>([]);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const missing = !drop || !site || !project.trim() || !workbook || templates.length === 0;

  const say = (error: unknown) => void message.error({ content: sentenceOf(error, t), duration: 8 });
  const example = useMutation({ mutationFn: () => ask(getConfigYamlGenExample({ query: { site: site!, cee_ver: drop! } })), onSuccess: ({ data, file_name }) => saveBase64(data, file_name), onError: say });
  const run = useMutation({
    mutationFn: (dry: boolean) =>
      ask(postConfigYamlGen({ body: { excel: workbook!, yaml: templates }, query: { site: site!, cee_ver: drop!, pjt_name: project.trim(), ...(dry ? { dry_run: "1" as const } : {}) } })) as Promise<YamlChecked | YamlMade>,
    onMutate: () => setOutcome(null),
    onSuccess: async (found) => {
      if (found.code === 200) {
        const checked = found.data as Checked;
        setOutcome({ issues: checked.issues, checked });
      } else {
        const { data, message: told } = found as YamlMade;
        setOutcome({ issues: [], jobId: data.id, message: told });
        await client.invalidateQueries({ queryKey: ["yamlHistory"] });
      }
    },
    onError: (error) => {
      // A fault of the content: every issue is told, and the job stands in the history as failed.
      const issues = error instanceof ApiError && Array.isArray(error.details["errors"]) ? (error.details["errors"] as IssueItem[]).filter((each) => "code" in each) : [];
      if (issues.length > 0) setOutcome({ issues });
      void client.invalidateQueries({ queryKey: ["yamlHistory"] });
    },
  });

  return (
    <Asked result={packs}>
      {({ data }) => {
        const notice = data.drops.find((each) => each.name === drop);
        const told = language === "zh" ? notice?.notice_zh : notice?.notice;
        return (
          <>
            <Card size="small" title={<h2 style={{ margin: 0, fontSize: 14 }}>{t("yaml.what")}</h2>}>
              <Flex gap={12} wrap align="end">
                <Field label={t("yaml.drop")}>
                  {(id) => <Select id={id} style={{ width: 170 }} value={drop ?? null} onChange={setDrop} options={data.drops.map((each) => ({ value: each.name, label: each.title }))} />}
                </Field>
                <Field label={t("yaml.site")}>
                  {(id) => <Select id={id} style={{ width: 170 }} value={site ?? null} onChange={setSite} options={data.sites.map((each) => ({ value: each.name, label: language === "zh" ? each.title_zh : each.title }))} />}
                </Field>
                <Field label={t("yaml.project")}>{(id) => <Input id={id} style={{ width: 240 }} maxLength={128} value={project} onChange={({ target }) => setProject(target.value)} />}</Field>
                <Button icon={<DownloadOutlined />} disabled={!drop || !site} loading={example.isPending} onClick={() => example.mutate()}>
                  {t("yaml.example")}
                </Button>
              </Flex>
              {told && <Alert type="info" showIcon title={told} style={{ marginTop: 12 }} />}
            </Card>
            <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(320px, 1fr))", gap: 16 }}>
              <Card size="small" data-testid="workbook" title={<h2 style={{ margin: 0, fontSize: 14 }}>{t("yaml.workbook")}</h2>}>
                <Upload.Dragger
                  accept=".xlsx,.xlsm"
                  maxCount={1}
                  beforeUpload={(file) => {
                    setWorkbook(file);
                    return false;
                  }}
                  onRemove={() => setWorkbook(null)}
                  fileList={workbook ? [{ uid: "workbook", name: workbook.name }] : []}
                >
                  <Drop icon={<FileExcelOutlined />} text={t("yaml.dropWorkbook")} />
                </Upload.Dragger>
              </Card>
              <Card size="small" data-testid="templates" title={<h2 style={{ margin: 0, fontSize: 14 }}>{t("yaml.templates")}</h2>}>
                <Upload.Dragger
                  multiple
                  accept=".yaml,.yml,.j2"
                  beforeUpload={(file) => {
                    setTemplates((old) => [...old.filter((each) => each.name !== file.name), file]);
                    return false;
                  }}
                  onRemove={({ name }) => setTemplates((old) => old.filter((each) => each.name !== name))}
                  fileList={templates.map(({ name }) => ({ uid: name, name }))}
                >
                  <Drop icon={<FileTextOutlined />} text={t("yaml.dropTemplates", { files: data.files.join(", ") })} />
                </Upload.Dragger>
              </Card>
            </div>
            <Flex gap={8} align="center" wrap>
              <Button icon={<CheckOutlined />} disabled={missing} loading={run.isPending && run.variables} onClick={() => run.mutate(true)}>
                {t("yaml.check")}
              </Button>
              <Button type="primary" icon={<ThunderboltOutlined />} disabled={missing} loading={run.isPending && !run.variables} onClick={() => run.mutate(false)}>
                {t("yaml.generate")}
              </Button>
              <Typography.Text type="secondary">{missing ? t("yaml.missing") : t("yaml.checkNote")}</Typography.Text>
            </Flex>
            <div aria-live="polite" style={{ display: "flex", flexDirection: "column", gap: 16 }}>
              {run.error ? <Failure error={run.error} title={t("yaml.failed")} /> : null}
              {outcome?.jobId && <Made jobId={outcome.jobId} message={outcome.message ?? ""} />}
              {outcome?.checked && <Alert type={outcome.checked.ok ? "success" : "error"} showIcon title={outcome.checked.ok ? t("yaml.wouldWork") : t("yaml.wouldFail")} />}
              {outcome && outcome.issues.length > 0 && <Issues issues={outcome.issues} />}
              {outcome?.checked && outcome.checked.files.length > 0 && <Previews files={outcome.checked.files} />}
            </div>
          </>
        );
      }}
    </Asked>
  );
}

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = `yaml-${label}`;
  return (
    <Flex vertical gap={4}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </Flex>
  );
}

function Drop({ icon, text }: { icon: ReactNode; text: string }) {
  return (
    <Flex vertical align="center" gap={6} style={{ padding: 8 }}>
      <span style={{ fontSize: 24 }}>{icon}</span>
      <span>{text}</span>
    </Flex>
  );
}

function Made({ jobId, message: told }: { jobId: string; message: string }) {
  const { t } = useTexts();
  const { message } = App.useApp();
  const preview = useQuery({ queryKey: ["yamlPreview", jobId], queryFn: () => ask(getConfigYamlGenPreview({ query: { id: jobId } })), staleTime: Number.POSITIVE_INFINITY });
  const get = useMutation({
    mutationFn: () => ask(getConfigYamlGenResult({ query: { id: jobId } })),
    onSuccess: ({ data, file_name }) => saveBase64(data, file_name),
    onError: (error) => void message.error({ content: sentenceOf(error, t), duration: 8 }),
  });
  return (
    <>
      <Alert
        type="success"
        showIcon
        title={t("yaml.made")}
        description={told}
        action={
          <Button type="primary" icon={<DownloadOutlined />} loading={get.isPending} onClick={() => get.mutate()}>
            {t("action.download")}
          </Button>
        }
      />
      <Asked result={preview}>{({ data }) => <Previews files={data} />}</Asked>
    </>
  );
}

