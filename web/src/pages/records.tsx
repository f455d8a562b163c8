import { DeleteOutlined, DiffOutlined, DownloadOutlined, PlusOutlined } from "@ant-design/icons";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { App, Button, Checkbox, Dropdown, Flex, Form, Input, Modal, Progress, Select, Tooltip, Typography } from "antd";
import { useState } from "react";
import { ask } from "../api/ask";
import { deleteEricicRecord, getEricicRecord, postEricicRecord, type RecordItem } from "../api/generated";
import { sentenceOf } from "../api/sentence";
import { pause } from "../app/query";
import { cut, type ListSearch } from "../app/search";
import { useMay } from "../app/Shell";
import { useTexts } from "../i18n";
import { Age } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { saveFrom } from "../kit/files";
import { showFieldErrors } from "../kit/fields";
import { ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";
import { RunState } from "../kit/Status";
import { useChange, useConfirm } from "../kit/useChange";
import { overviewQuery } from "./datacenters";

const route = getRouteApi("/app/records");

export function RecordsPage() {
  const { t } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayChange = useMay("operator");
  const [making, setMaking] = useState(false);
  const [chosen, setChosen] = useState<RecordItem[]>([]);
  const confirm = useConfirm();
  const change = (wanted: ListSearch) => void navigate({ search: wanted as typeof search });
  const result = useQuery({
    queryKey: ["records", search],
    queryFn: () => ask(getEricicRecord({ query: { sort: search.sort, order: search.order, ...cut(search) } })),
    // Closely while one is being made.
    refetchInterval: ({ state }) => pause(state.data?.data.some((record) => record.status === "running") ? 1.5 : 15, state.error ? 2 : 0),
  });
  const remove = useChange<string>({ run: (id) => ask(deleteEricicRecord({ body: { id } })), done: t("record.deleted") });
  const choose = (record: RecordItem, wanted: boolean) => setChosen((old) => [...old.filter((each) => each.id !== record.id), ...(wanted ? [record] : [])].slice(-2));
  // From the older to the newer.
  const [a, b] = [...chosen].sort((x, y) => x.timestamp - y.timestamp);
  return (
    <Page
      title={t("nav.records")}
      below={<Typography.Text type="secondary">{t("record.about")}</Typography.Text>}
      actions={
        <>
          {a && b ? (
            <Link to="/records/compare" search={{ a: a.id, b: b.id }}>
              <Button icon={<DiffOutlined />}>{t("record.compare")}</Button>
            </Link>
          ) : (
            <Tooltip title={t("record.chooseTwo")}>
              <Button icon={<DiffOutlined />} disabled>
                {t("record.compare")}
              </Button>
            </Tooltip>
          )}
          {mayChange && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
              {t("record.make")}
            </Button>
          )}
        </>
      }
    >
      <Asked result={result} rows={8}>
        {({ data, total }) => (
          <ListTable<RecordItem>
            label={t("nav.records")}
            search={search}
            onChange={change}
            rows={data}
            total={total}
            rowKey="id"
            empty={
              <Nothing text={t("record.none")}>
                {mayChange && (
                  <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
                    {t("record.make")}
                  </Button>
                )}
              </Nothing>
            }
            expandable={{
              rowExpandable: (record) => record.error !== null || record.traceback !== null,
              expandedRowRender: (record) => (
                <>
                  {record.error && <p style={{ marginTop: 0 }}>{record.error}</p>}
                  {record.traceback && (
                    <details>
                      <summary>{t("run.traceback")}</summary>
                      <pre className="trace" tabIndex={0}>
                        {record.traceback}
                      </pre>
                    </details>
                  )}
                </>
              ),
            }}
            columns={[
              {
                key: "choose",
                title: <span className="visually-hidden">{t("record.compare")}</span>,
                width: 36,
                render: (_, record) => (
                  <Checkbox
                    aria-label={t("record.choose", { name: record.name })}
                    disabled={record.status !== "successful"}
                    checked={chosen.some((each) => each.id === record.id)}
                    onChange={({ target }) => choose(record, target.checked)}
                  />
                ),
              },
              { key: "name", title: t("record.name"), sorter: true, dataIndex: "name" },
              { key: "data_center", title: t("record.of"), sorter: true, render: (_, record) => (record.host === record.data_center ? record.data_center : `${record.data_center} · ${record.host}`) },
              { key: "cee_version", title: t("dcs.version"), sorter: true, render: (_, record) => record.cee_version ?? "–" },
              {
                key: "status",
                title: t("run.state"),
                sorter: true,
                render: (_, record) =>
                  record.status === "running" ? (
                    <Progress percent={record.progress} size="small" status="active" style={{ width: 140, margin: 0 }} aria-label={t("run.running")} />
                  ) : (
                    <RunState state={record.status} />
                  ),
              },
              { key: "timestamp", title: t("record.made"), sorter: true, render: (_, record) => <Age at={record.timestamp} /> },
              { key: "collected", title: t("record.data"), render: (_, record) => <Age at={record.collected_at} /> },
              { key: "by", title: t("record.by"), dataIndex: "created_by" },
              {
                key: "actions",
                align: "right",
                title: <span className="visually-hidden">{t("action.actions")}</span>,
                render: (_, record) => (
                  <Flex gap={6} justify="end">
                    <Download record={record} />
                    {mayChange && (
                      <Button
                        size="small"
                        danger
                        icon={<DeleteOutlined />}
                        aria-label={`${t("action.delete")}: ${record.name}`}
                        disabled={record.status === "running"}
                        onClick={() => void confirm({ title: t("record.deleteTitle", { name: record.name }), text: t("record.deleteText"), action: t("action.delete"), run: () => remove.mutateAsync(record.id) })}
                      />
                    )}
                  </Flex>
                ),
              },
            ]}
          />
        )}
      </Asked>
      {making && <RecordDialog onClose={() => setMaking(false)} />}
    </Page>
  );
}

const FORMATS = [
  { key: "en", text: "Excel (English)", query: "format=xlsx&lang=en", end: "xlsx" },
  { key: "zh", text: "Excel (中文)", query: "format=xlsx&lang=zh", end: "xlsx" },
  { key: "json", text: "JSON", query: "format=json", end: "json" },
  { key: "csv", text: "CSV", query: "format=csv", end: "zip" },
  { key: "pdf", text: "PDF", query: "format=pdf", end: "pdf" },
] as const;

function Download({ record }: { record: RecordItem }) {
  const { t } = useTexts();
  const { message } = App.useApp();
  const get = useMutation({
    mutationFn: (format: (typeof FORMATS)[number]) => saveFrom(`/api/ericic/v1/record/download?id=${record.id}&${format.query}`, `${record.name}.${format.end}`),
    onError: (error) => void message.error({ content: sentenceOf(error, t), duration: 8 }),
  });
  return (
    <Dropdown trigger={["click"]} disabled={record.status !== "successful"} menu={{ items: FORMATS.map((format) => ({ key: format.key, label: format.text, onClick: () => get.mutate(format) })) }}>
      <Button size="small" icon={<DownloadOutlined />} loading={get.isPending} aria-label={`${t("action.download")}: ${record.name}`}>
        {t("action.download")}
      </Button>
    </Dropdown>
  );
}

interface Fields {
  name: string;
  cid: string;
  host?: string;
  refresh: boolean;
}

function RecordDialog({ onClose }: { onClose: () => void }) {
  const { t, language } = useTexts();
  const [form] = Form.useForm<Fields>();
  const dcs = useQuery(overviewQuery());
  const make = useChange<Fields>({
    run: ({ name, cid, host, refresh }) => ask(postEricicRecord({ body: { name, cid, ...(host ? { host } : {}) }, query: { lang: language, ...(refresh ? { refresh } : {}) } })),
    done: t("record.begun"),
    after: onClose,
  });
  return (
    <Modal open title={t("record.make")} okText={t("record.make")} cancelText={t("action.cancel")} confirmLoading={make.isPending} onCancel={onClose} onOk={() => form.submit()}>
      <Form<Fields> form={form} layout="vertical" initialValues={{ refresh: false }} onFinish={(values) => make.mutate(values, { onError: (error) => showFieldErrors(form, error) })}>
        <Form.Item name="name" label={t("record.name")} rules={[{ required: true, whitespace: true, message: t("field.required") }]}>
          <Input maxLength={255} autoComplete="off" />
        </Form.Item>
        <Form.Item name="cid" label={t("record.of")} rules={[{ required: true, message: t("field.required") }]}>
          <Select showSearch={{ optionFilterProp: "label" }} options={(dcs.data?.data ?? []).map((dc) => ({ value: dc.id, label: dc.name }))} />
        </Form.Item>
        <Form.Item name="host" label={t("record.host")} extra={t("record.hostNote")}>
          <Input maxLength={255} autoComplete="off" />
        </Form.Item>
        <Form.Item name="refresh" valuePropName="checked">
          <Checkbox>{t("record.refresh")}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  );
}
