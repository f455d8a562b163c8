import { PauseCircleOutlined, PlayCircleOutlined, SettingOutlined, SyncOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Button, Card, Flex, Form, Input, InputNumber, Modal, Select, Switch, Tooltip, Typography } from "antd";
import { useState } from "react";
import { ask } from "../api/ask";
import { getEricicSchedulerTask, type OverviewItem, postEricicDataCenterRefresh, postEricicSchedulerTask, putEricicSchedulerTask, type TaskItem, type TaskState } from "../api/generated";
import { every } from "../app/query";
import type { ListSearch } from "../app/search";
import { useMay } from "../app/Shell";
import { useTexts } from "../i18n";
import { Age, When } from "../kit/Age";
import { Asked, Nothing } from "../kit/Failure";
import { showFieldErrors } from "../kit/fields";
import { clockOf, formatSpan, secondsOf } from "../kit/format";
import { ListTable } from "../kit/ListTable";
import { Page } from "../kit/Page";
import { Mark, RunState } from "../kit/Status";
import { useChange } from "../kit/useChange";
import { overviewQuery } from "./datacenters";

const route = getRouteApi("/app/schedules");

type TaskName = "dynamic" | "static";

interface Row {
  id: string;
  name: string;
  dc: OverviewItem;
  plans: Record<TaskName, TaskItem | null>;
}

export function SchedulesPage() {
  const { t, locale } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (wanted: ListSearch) => void navigate({ search: wanted as typeof search });
  const mayChange = useMay("operator");
  const overview = useQuery(overviewQuery());
  const plans = useQuery({ queryKey: ["schedules"], queryFn: () => ask(getEricicSchedulerTask()), ...every(10) });
  const [edited, setEdited] = useState<{ row: Row; task: TaskName } | null>(null);
  const needle = (search.filter ?? "").toLowerCase();
  const cell = (task: TaskName) => (_: unknown, row: Row) => (
    <TaskCell row={row} task={task} state={task === "dynamic" ? row.dc.dynamic_task : row.dc.static_task} mayChange={mayChange} onEdit={() => setEdited({ row, task })} />
  );
  const next = (task: TaskName) => (a: Row, b: Row) => (a.plans[task]?.next_run_at ?? Number.MAX_SAFE_INTEGER) - (b.plans[task]?.next_run_at ?? Number.MAX_SAFE_INTEGER);
  return (
    <Page
      title={t("nav.schedules")}
      below={<Typography.Text type="secondary">{t("schedule.about")}</Typography.Text>}
      actions={
        <Input.Search
          key={search.filter ?? ""}
          allowClear
          aria-label={t("dcs.find")}
          placeholder={t("dcs.find")}
          defaultValue={search.filter ?? ""}
          onSearch={(filter) => change({ ...search, filter: filter.trim() || undefined, page: undefined })}
          style={{ width: 240 }}
        />
      }
    >
      <Asked result={overview} rows={8}>
        {({ data }) => (
          <Asked result={plans} rows={8}>
            {({ data: items }) => {
              const rows: Row[] = data
                .filter((dc) => dc.mode && dc.name.toLowerCase().includes(needle))
                .map((dc) => {
                  const item = items.find((each) => each.cid === dc.id);
                  return { id: dc.id, name: dc.name, dc, plans: { dynamic: item?.dynamic_task ?? null, static: item?.static_task ?? null } };
                });
              return (
                <ListTable<Row>
                  label={t("nav.schedules")}
                  search={search}
                  onChange={change}
                  rows={rows}
                  rowKey="id"
                  empty={<Nothing text={search.filter ? t("list.nothingMatches") : t("schedule.none")} />}
                  columns={[
                    {
                      key: "name",
                      title: t("dcs.name"),
                      sorter: (a: Row, b: Row) => a.name.localeCompare(b.name, locale),
                      render: (_, row) => (
                        <Link to="/dc/$cid/runs" params={{ cid: row.id }}>
                          {row.name}
                        </Link>
                      ),
                    },
                    { key: "dynamic", title: t("dcs.dynamic"), sorter: next("dynamic"), render: cell("dynamic") },
                    { key: "static", title: t("dcs.static"), sorter: next("static"), render: cell("static") },
                    ...(mayChange ? [{ key: "now", title: <span className="visually-hidden">{t("action.actions")}</span>, align: "right" as const, render: (_: unknown, row: Row) => <CollectNow cid={row.id} /> }] : []),
                  ]}
                />
              );
            }}
          </Asked>
        )}
      </Asked>
      {edited && <TaskDialog row={edited.row} task={edited.task} onClose={() => setEdited(null)} />}
    </Page>
  );
}

function CollectNow({ cid }: { cid: string }) {
  const { t } = useTexts();
  const now = useChange({ run: () => ask(postEricicDataCenterRefresh({ body: { id: cid } })), done: t("dc.collecting") });
  return (
    <Button size="small" icon={<SyncOutlined />} loading={now.isPending} onClick={() => now.mutate()}>
      {t("dc.collect")}
    </Button>
  );
}

function TaskCell({ row, task, state, mayChange, onEdit }: { row: Row; task: TaskName; state: TaskState | null; mayChange: boolean; onEdit: () => void }) {
  const { t } = useTexts();
  const plan = row.plans[task];
  const turn = useChange({
    run: () => ask(postEricicSchedulerTask({ body: { cid: row.id, task, action: plan?.status ? "pause" : "resume" } })),
    done: plan?.status ? t("schedule.paused") : t("schedule.resumed"),
  });
  const label = plan?.status ? t("schedule.pause") : t("schedule.resume");
  return (
    <Flex vertical gap={4} style={{ minWidth: 260 }}>
      <Flex gap={8} align="center" wrap>
        {plan === null ? (
          <Mark look="off">{t("schedule.notPlanned")}</Mark>
        ) : plan.status ? (
          <span>
            {t("schedule.next")} <When at={plan.next_run_at} />
          </span>
        ) : (
          <Mark look="paused">{t("schedule.isPaused")}</Mark>
        )}
        {state?.last_run && (
          <Tooltip title={state.last_run.error}>
            <span>
              <RunState state={state.last_run.state} /> <Age at={state.last_run.timestamp} />
            </span>
          </Tooltip>
        )}
      </Flex>
      <Flex gap={6} align="center" wrap>
        {plan && (
          <Typography.Text type="secondary">
            {t("schedule.each", { span: formatSpan(plan.interval) })}
            {plan.start !== plan.end && ` · ${clockOf(plan.start)}–${clockOf(plan.end)} ${plan.time_zone}`}
          </Typography.Text>
        )}
        {mayChange && (
          <>
            <Tooltip title={label}>
              <Button
                size="small"
                type="text"
                aria-label={`${label}: ${row.name}, ${t(`dcs.${task}`)}`}
                icon={plan?.status ? <PauseCircleOutlined /> : <PlayCircleOutlined />}
                loading={turn.isPending}
                onClick={() => turn.mutate()}
              />
            </Tooltip>
            {plan && (
              <Tooltip title={t("schedule.edit")}>
                <Button size="small" type="text" aria-label={`${t("schedule.edit")}: ${row.name}, ${t(`dcs.${task}`)}`} icon={<SettingOutlined />} onClick={onEdit} />
              </Tooltip>
            )}
          </>
        )}
      </Flex>
    </Flex>
  );
}

interface TaskFields {
  interval: number;
  unit: 1 | 60 | 3600;
  start: string;
  end: string;
  running: boolean;
}

const UNITS = [3600, 60, 1] as const;

function TaskDialog({ row, task, onClose }: { row: Row; task: TaskName; onClose: () => void }) {
  const { t } = useTexts();
  const [form] = Form.useForm<TaskFields>();
  const plan = row.plans[task]!;
  const unit = UNITS.find((each) => plan.interval % each === 0) ?? 1;
  const hasWindow = plan.start !== plan.end;
  const save = useChange<TaskFields>({
    run: (values) => {
      const isWindow = Boolean(values.start && values.end);
      return ask(
        putEricicSchedulerTask({
          body: {
            cid: row.id,
            task,
            interval: values.interval * values.unit,
            start: isWindow ? secondsOf(values.start) : 0,
            end: isWindow ? secondsOf(values.end) : 0,
            action: values.running ? "resume" : "pause",
          },
        }),
      );
    },
    done: t("schedule.saved"),
    after: onClose,
  });
  return (
    <Modal open title={t("schedule.title", { name: row.name, task: t(`dcs.${task}`) })} okText={t("action.save")} cancelText={t("action.cancel")} confirmLoading={save.isPending} onCancel={onClose} onOk={() => form.submit()}>
      <Form<TaskFields>
        form={form}
        layout="vertical"
        initialValues={{ interval: plan.interval / unit, unit, start: hasWindow ? clockOf(plan.start) : "", end: hasWindow ? clockOf(plan.end) : "", running: plan.status }}
        onFinish={(values) => save.mutate(values, { onError: (error) => showFieldErrors(form, error) })}
      >
        <Form.Item name="running" label={t("schedule.running")} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Flex gap={8}>
          <Form.Item
            name="interval"
            label={t("schedule.interval")}
            extra={t("schedule.intervalNote")}
            dependencies={["unit"]}
            rules={[
              ({ getFieldValue }) => ({
                validator: (_, value: number | null) => {
                  const seconds = (value ?? 0) * Number(getFieldValue("unit"));
                  return seconds >= 30 && seconds <= 30 * 86400 ? Promise.resolve() : Promise.reject(new Error(t("schedule.intervalNote")));
                },
              }),
            ]}
          >
            <InputNumber min={1} precision={0} style={{ width: 140 }} />
          </Form.Item>
          <Form.Item name="unit" label={t("schedule.unit")}>
            <Select
              style={{ width: 130 }}
              options={[
                { value: 1, label: t("schedule.seconds") },
                { value: 60, label: t("schedule.minutes") },
                { value: 3600, label: t("schedule.hours") },
              ]}
            />
          </Form.Item>
        </Flex>
        <Card size="small" title={t("schedule.window")}>
          <Typography.Paragraph type="secondary">{t("schedule.windowNote", { zone: plan.time_zone })}</Typography.Paragraph>
          <Flex gap={8}>
            <Form.Item name="start" label={t("schedule.from")} style={{ marginBottom: 0 }}>
              <Input type="time" />
            </Form.Item>
            <Form.Item
              name="end"
              label={t("schedule.to")}
              dependencies={["start"]}
              style={{ marginBottom: 0 }}
              rules={[
                ({ getFieldValue }) => ({
                  validator: (_, value) => (Boolean(value) === Boolean(getFieldValue("start")) ? Promise.resolve() : Promise.reject(new Error(t("schedule.bothOrNone")))),
                }),
              ]}
            >
              <Input type="time" />
            </Form.Item>
          </Flex>
        </Card>
      </Form>
    </Modal>
  );
}
