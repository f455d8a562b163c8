import { CaretRightOutlined, PauseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Alert, Button, Card, Col, Descriptions, Flex, Row, Select, Table, Tag, Tooltip, Typography } from "antd";
import { useEffect, useState } from "react";
import { ask } from "../api/ask";
import { getEricicCidServerVid, getEricicCidVidNetworkPort, type PortItem, type PortsAnswer, type ServerDetail } from "../api/generated";
import { every } from "../app/query";
import { useTexts } from "../i18n";
import { Age, Freshness } from "../kit/Age";
import { CpuPicture } from "../kit/CpuPicture";
import { ranges } from "../kit/cpuModel";
import { Asked, Failure, Nothing } from "../kit/Failure";
import { formatDisk, formatMemory, formatNumber } from "../kit/format";
import { Live } from "../kit/Live";
import { Page } from "../kit/Page";
import { COUNTERS, type Counter, counterOf, perSecond } from "../kit/ports";
import { Mark, ServerStatus, StackStatus } from "../kit/Status";
import { cpuQuery } from "./host";

const route = getRouteApi("/app/dc/$cid/vms/$vid");

export function VmPage() {
  const { cid, vid } = route.useParams();
  const result = useQuery({ queryKey: ["vm", cid, vid], queryFn: () => ask(getEricicCidServerVid({ path: { cid, vid } })), ...every(15) });
  return (
    <Asked result={result} rows={12}>
      {({ data: vm, collected_at, parts }) => (
        <Page title={vm.nova_name} level={2} marks={<ServerStatus status={vm.nova_status} />} below={<Freshness collectedAt={collected_at} parts={parts} />}>
          <Row gutter={[16, 16]}>
            <Col xs={24} xl={12}>
              <About vm={vm} />
            </Col>
            <Col xs={24} xl={12}>
              <FlavorCard vm={vm} />
            </Col>
          </Row>
          <Ports cid={cid} vm={vm} />
          {vm.host_id && <Pinning cid={cid} hid={vm.host_id} vid={vid} />}
          <Volumes vm={vm} />
        </Page>
      )}
    </Asked>
  );
}

function Title({ text }: { text: string }) {
  return <h3 style={{ margin: 0, fontSize: 14 }}>{text}</h3>;
}

function About({ vm }: { vm: ServerDetail }) {
  const { t } = useTexts();
  const { cid } = route.useParams();
  return (
    <Card size="small" title={<Title text={t("vm.about")} />} style={{ height: "100%" }}>
      <Descriptions
        size="small"
        column={{ xs: 1, sm: 2 }}
        items={[
          { key: "id", label: "UUID", span: 2, children: <Typography.Text copyable className="mono">{vm.nova_uuid}</Typography.Text> },
          {
            key: "host",
            label: t("vm.host"),
            children: vm.host_id ? (
              <Link to="/dc/$cid/hosts/$hid" params={{ cid, hid: vm.host_id }}>
                {vm.host}
              </Link>
            ) : (
              (vm.host ?? "–")
            ),
          },
          { key: "instance", label: t("vm.instance"), children: <span className="mono">{vm.instance_name ?? "–"}</span> },
          {
            key: "tenant",
            label: t("vm.tenant"),
            children: vm.tenant_id ? (
              <Link to="/dc/$cid/tenants/$tid" params={{ cid, tid: vm.tenant_id }}>
                {vm.tenant ?? vm.tenant_id}
              </Link>
            ) : (
              "–"
            ),
          },
          { key: "zone", label: t("host.zone"), children: vm.availability_zone ?? "–" },
          { key: "power", label: t("vm.power"), children: vm.nova_power_state },
          { key: "task", label: t("vm.task"), children: vm.nova_task_state ?? "–" },
          { key: "created", label: t("vm.created"), children: <Age at={vm.created_time} /> },
          { key: "updated", label: t("vm.updated"), children: <Age at={vm.updated_time} /> },
          {
            key: "stacks",
            label: t("vm.stack"),
            span: 2,
            children: vm.stacks.length ? (
              <Flex gap={8} wrap>
                {vm.stacks.map((stack) => (
                  <span key={stack.stack_id}>
                    <Link to="/dc/$cid/vms" params={{ cid }} search={{ query: "stack_id", filter: stack.stack_id }}>
                      {stack.stack_name}
                    </Link>{" "}
                    <StackStatus status={stack.stack_status} />
                  </span>
                ))}
              </Flex>
            ) : (
              "–"
            ),
          },
        ]}
      />
    </Card>
  );
}

function FlavorCard({ vm }: { vm: ServerDetail }) {
  const { t, locale } = useTexts();
  const { flavor } = vm;
  const specs = Object.entries(flavor?.extra_specs ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return (
    <Card size="small" title={<Title text={t("vm.flavor")} />} style={{ height: "100%" }}>
      <Descriptions
        size="small"
        column={{ xs: 1, sm: 2 }}
        items={[
          { key: "name", label: t("vm.flavorName"), children: flavor?.name ?? vm.flavor_name ?? "–" },
          { key: "vcpu", label: "vCPU", children: flavor?.vcpus ?? vm.flavor_vcpu ?? "–" },
          { key: "memory", label: t("capacity.memory"), children: formatMemory(flavor?.memory ?? vm.flavor_memory, locale) },
          { key: "disk", label: t("vm.disk"), children: formatDisk(flavor?.disk ?? vm.flavor_disk, locale) },
        ]}
      />
      {!flavor && <Typography.Text type="secondary">{t("vm.noFlavor")}</Typography.Text>}
      {specs.length > 0 && (
        <Flex gap={6} wrap style={{ marginTop: 8 }}>
          {specs.map(([key, value]) => (
            <Tag key={key} className="mono" style={{ margin: 0, whiteSpace: "normal" }}>
              {key}={value}
            </Tag>
          ))}
        </Flex>
      )}
    </Card>
  );
}

const INTERVALS = ["6", "15", "30"] as const;

/** The ports with their counters, asked of the host; and what they gained since counting began. */
function Ports({ cid, vm }: { cid: string; vm: ServerDetail }) {
  const { t, locale } = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const interval = Number(search.interval ?? "6");
  const [since, setSince] = useState<string | null>(null);
  const { nova_uuid: vid } = vm;
  useEffect(() => setSince(null), [vid]);
  const result = useQuery<PortsAnswer>({
    queryKey: ["ports", cid, vid, since],
    queryFn: () => ask(getEricicCidVidNetworkPort({ path: { cid, vid }, query: since ? { since } : {} })),
    retry: false,
    ...every(since ? interval : 60),
  });
  const sample = result.data?.sample ?? null;
  const networkOf = new Map(vm.ports.map((port) => [port.id, port]));
  return (
    <Card
      size="small"
      title={<Title text={t("port.title")} />}
      data-testid="ports"
      extra={
        <Flex gap={8} align="center" wrap>
          <Live result={result} />
          <Select
            size="small"
            aria-label={t("port.interval")}
            value={search.interval ?? "6"}
            onChange={(value) => void navigate({ search: { interval: value === "6" ? undefined : value }, replace: true })}
            options={INTERVALS.map((value) => ({ value, label: t("port.every", { seconds: value }) }))}
          />
          {since ? (
            <Button size="small" icon={<PauseOutlined />} onClick={() => setSince(null)}>
              {t("port.stop")}
            </Button>
          ) : (
            <Button size="small" type="primary" icon={<CaretRightOutlined />} disabled={!sample} onClick={() => setSince(sample)}>
              {t("port.watch")}
            </Button>
          )}
        </Flex>
      }
    >
      {result.error && !result.data ? (
        <Flex vertical gap={12}>
          <Failure error={result.error} title={t("host.notAsked")} retry={() => void result.refetch()} />
          <StoredPorts vm={vm} />
        </Flex>
      ) : (
        <Asked result={result} rows={4}>
          {({ data, seconds }) => (
            <Flex vertical gap={12}>
              {since && <Alert type="info" showIcon title={seconds ? t("port.since", { seconds }) : t("port.waiting")} />}
              <Table<PortItem>
                size="small"
                rowKey="id"
                dataSource={data}
                pagination={false}
                scroll={{ x: "max-content" }}
                locale={{ emptyText: <Nothing text={t("port.none")} /> }}
                columns={[
                  {
                    key: "name",
                    title: t("port.name"),
                    render: (_, port) => (
                      <div>
                        <div>{port.name || <span className="mono">{port.id}</span>}</div>
                        <Typography.Text type="secondary" className="mono">
                          {port.mac}
                        </Typography.Text>
                      </div>
                    ),
                  },
                  {
                    key: "network",
                    title: t("port.network"),
                    render: (_, port) => {
                      const known = networkOf.get(port.id);
                      const kind = [known?.network_type, known?.segmentation_id].filter((each) => each != null).join(" ");
                      return (
                        <div>
                          <div>{port.network ?? known?.network_name ?? "–"}</div>
                          <Typography.Text type="secondary" className="mono">
                            {port.ip_address || "–"}
                            {kind && ` · ${kind}`}
                          </Typography.Text>
                        </div>
                      );
                    },
                  },
                  {
                    key: "ovs",
                    title: t("port.ovs"),
                    render: (_, port) => (
                      <div>
                        <span className="mono">{port.vhostuser ?? "–"}</span>
                        <div>
                          <Typography.Text type="secondary">{[port.vif_type, port.bridge].filter(Boolean).join(" · ")}</Typography.Text>
                        </div>
                        {port.reason && <Typography.Text type="warning">{port.reason}</Typography.Text>}
                      </div>
                    ),
                  },
                  ...COUNTERS.map((counter) => ({
                    key: counter,
                    title: t(`port.${counter}`),
                    align: "right" as const,
                    render: (_: unknown, port: PortItem) => <Count port={port} counter={counter} counting={since !== null} seconds={seconds} locale={locale} />,
                  })),
                ]}
              />
            </Flex>
          )}
        </Asked>
      )}
    </Card>
  );
}

function Count({ port, counter, counting, seconds, locale }: { port: PortItem; counter: Counter; counting: boolean; seconds: number | null; locale: string }) {
  const { t } = useTexts();
  const value = counterOf(port, counter);
  const gained = port.increase?.[counter];
  const rate = perSecond(port.increase, counter, seconds);
  const isFault = !counter.endsWith("packets");
  return (
    <div className="number">
      <div>{value === null ? <Tooltip title={port.reason ?? t("port.noCounter")}>?</Tooltip> : new Intl.NumberFormat(locale).format(value)}</div>
      {counting && (
        <Tooltip title={port.increase_reason}>
          <Typography.Text type={isFault && (gained ?? 0) > 0 ? "danger" : "secondary"} strong={(gained ?? 0) > 0}>
            {gained == null ? "–" : `+${formatNumber(gained, locale)}`}
            {rate != null && gained ? ` (${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(rate)}/s)` : ""}
          </Typography.Text>
        </Tooltip>
      )}
    </div>
  );
}

/** Without the host, what was collected of the ports. */
function StoredPorts({ vm }: { vm: ServerDetail }) {
  const { t } = useTexts();
  return (
    <Table
      size="small"
      rowKey="id"
      dataSource={vm.ports}
      pagination={false}
      scroll={{ x: "max-content" }}
      locale={{ emptyText: <Nothing text={t("port.none")} /> }}
      columns={[
        { key: "name", title: t("port.name"), render: (_, port) => port.name || <span className="mono">{port.id}</span> },
        { key: "mac", title: "MAC", render: (_, port) => <span className="mono">{port.mac}</span> },
        { key: "ip", title: t("vm.addresses"), render: (_, port) => <span className="mono">{port.ip_addresses.join(", ") || "–"}</span> },
        { key: "network", title: t("port.network"), render: (_, port) => port.network_name ?? "–" },
        { key: "vif", title: "VIF", render: (_, port) => port.vif_type ?? "–" },
        { key: "status", title: t("vm.status"), render: (_, port) => <Mark look={port.status === "ACTIVE" ? "good" : "off"}>{port.status}</Mark> },
      ]}
    />
  );
}

function Pinning({ cid, hid, vid }: { cid: string; hid: string; vid: string }) {
  const { t } = useTexts();
  const result = useQuery(cpuQuery(cid, hid));
  return (
    <Card size="small" title={<Title text={t("vm.pinning")} />} extra={<Live result={result} />}>
      {result.error && !result.data ? (
        <Failure error={result.error} title={t("host.notAsked")} retry={() => void result.refetch()} />
      ) : (
        <Asked result={result} rows={6}>
          {({ data }) => {
            const guest = data.instance_info.find((each) => each.uuid === vid);
            if (!guest) return <Nothing text={t("vm.notOnHost")} />;
            return (
              <Flex vertical gap={12}>
                <Typography.Text>
                  {guest.pinned ? t("vm.pinnedTo", { cpus: ranges(guest.vcpu) }) : t("vm.floatsOn", { cpus: ranges(guest.vcpu) })}
                  {guest.numa_nodes.length > 0 && ` · NUMA ${guest.numa_nodes.join(", ")}`}
                </Typography.Text>
                <CpuPicture layout={data} {...(guest.pinned ? { only: vid } : {})} />
              </Flex>
            );
          }}
        </Asked>
      )}
    </Card>
  );
}

function Volumes({ vm }: { vm: ServerDetail }) {
  const { t, locale } = useTexts();
  return (
    <Card size="small" title={<Title text={t("vm.volumes")} />}>
      <Table
        size="small"
        rowKey="id"
        dataSource={vm.volume}
        pagination={false}
        scroll={{ x: "max-content" }}
        locale={{ emptyText: <Nothing text={t("vm.noVolumes")} /> }}
        columns={[
          { key: "name", title: t("volume.name"), render: (_, volume) => volume.volume_name || <span className="mono">{volume.id}</span> },
          { key: "type", title: t("volume.type"), render: (_, volume) => volume.volume_type ?? "–" },
          { key: "status", title: t("vm.status"), render: (_, volume) => <Mark look={volume.volume_status.startsWith("error") ? "bad" : "good"}>{volume.volume_status}</Mark> },
          { key: "boot", title: t("volume.boot"), render: (_, volume) => (volume.volume_bootable ? t("cpu.yes") : "–") },
          { key: "size", title: t("volume.size"), align: "right", render: (_, volume) => <span className="number">{formatDisk(volume.volume_size, locale)}</span> },
        ]}
      />
    </Card>
  );
}
