import { TableOutlined, AppstoreOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Alert, Button, Card, Col, Descriptions, Flex, Row, Segmented, Table, Tooltip, Typography } from "antd";
import { useMemo } from "react";
import { ask } from "../api/ask";
import {
  type CpuLayout,
  type Firmware,
  getEricicCidCpuLayoutHid,
  getEricicCidHostHid,
  getEricicCidInterfaceDriverHid,
  type InterfaceCounters,
  type VmOfHost,
} from "../api/generated";
import { every } from "../app/query";
import { useTexts } from "../i18n";
import { Age, Freshness } from "../kit/Age";
import { CpuPicture, kindKey } from "../kit/CpuPicture";
import { cpuPicture, ranges } from "../kit/cpuModel";
import { Asked, Failure, Nothing } from "../kit/Failure";
import { formatDisk, formatMemory, formatNumber } from "../kit/format";
import { Live } from "../kit/Live";
import { Page } from "../kit/Page";
import { HostState, Mark, ServerStatus } from "../kit/Status";
import { Usage } from "../kit/Usage";

const route = getRouteApi("/app/dc/$cid/hosts/$hid");

export function HostPage() {
  const { t, locale } = useTexts();
  const { cid, hid } = route.useParams();
  const result = useQuery({ queryKey: ["host", cid, hid], queryFn: () => ask(getEricicCidHostHid({ path: { cid, hid } })), ...every(15) });
  return (
    <Asked result={result} rows={12}>
      {({ data: host, collected_at, parts }) => (
        <Page title={host.host} level={2} marks={<HostState state={host.state} status={host.status} />} below={<Freshness collectedAt={collected_at} parts={parts} />}>
          <Row gutter={[16, 16]}>
            <Col xs={24} lg={14}>
              <Card size="small" title={t("host.about")} style={{ height: "100%" }}>
                <Descriptions
                  size="small"
                  column={{ xs: 1, sm: 2 }}
                  items={[
                    { key: "zone", label: t("host.zone"), children: host.availability_zone ?? "–" },
                    { key: "aggregates", label: t("host.aggregate"), children: host.host_aggregates.join(", ") || "–" },
                    { key: "type", label: t("host.hypervisor"), children: [host.hypervisor_type, version(host.hypervisor_version)].filter(Boolean).join(" ") || "–" },
                    { key: "ip", label: t("host.address"), children: <span className="mono">{host.host_ip ?? "–"}</span> },
                    { key: "heard", label: t("host.heard"), children: <Age at={host.update_at} /> },
                    { key: "reason", label: t("host.reason"), children: host.disabled_reason ?? "–" },
                  ]}
                />
              </Card>
            </Col>
            <Col xs={24} lg={10}>
              <Card size="small" title={t("dc.capacity")} style={{ height: "100%" }}>
                <Flex vertical gap={10}>
                  <Usage named label={t("capacity.vcpus")} used={host.used_cpu} total={host.total_cpu} format={(v) => formatNumber(v, locale)} />
                  <Usage named label={t("capacity.memory")} used={host.used_ram} total={host.total_ram} format={(v) => formatMemory(v, locale)} />
                  <Usage named label={t("capacity.disk")} used={host.used_rom} total={host.total_rom} format={(v) => formatDisk(v, locale)} />
                </Flex>
              </Card>
            </Col>
          </Row>
          <Cpus />
          <Guests cid={cid} vms={host.vm_info} />
          <Nics />
        </Page>
      )}
    </Asked>
  );
}

/** QEMU's 4002001 is 4.2.1. */
function version(number: number | null): string | null {
  if (number === null) return null;
  return number < 1000 ? String(number) : `${Math.floor(number / 1e6)}.${Math.floor(number / 1000) % 1000}.${number % 1000}`;
}

export function cpuQuery(cid: string, hid: string) {
  return { queryKey: ["cpus", cid, hid], queryFn: () => ask(getEricicCidCpuLayoutHid({ path: { cid, hid } })), retry: false, ...every(30) } as const;
}

function Cpus() {
  const { t } = useTexts();
  const { cid, hid } = route.useParams();
  const { cpus } = route.useSearch();
  const navigate = route.useNavigate();
  const result = useQuery(cpuQuery(cid, hid));
  return (
    <Card
      size="small"
      title={<h3 style={{ margin: 0, fontSize: 14 }}>{t("cpu.title")}</h3>}
      data-testid="cpus"
      extra={
        <Flex gap={12} align="center" wrap>
          <Live result={result} />
          <Segmented
            size="small"
            aria-label={t("dcs.view")}
            value={cpus ?? "picture"}
            onChange={(value) => void navigate({ search: (old) => ({ ...old, cpus: value === "table" ? ("table" as const) : undefined }), replace: true })}
            options={[
              { value: "picture", icon: <AppstoreOutlined />, label: t("cpu.asPicture") },
              { value: "table", icon: <TableOutlined />, label: t("cpu.asTable") },
            ]}
          />
        </Flex>
      }
    >
      {result.error && !result.data ? (
        <Failure error={result.error} title={t("host.notAsked")} retry={() => void result.refetch()} />
      ) : (
        <Asked result={result} rows={8}>
          {({ data }) => (
            <Flex vertical gap={12}>
              <Gaps reasons={data.reasons} />
              {Object.keys(data.socket_info).length === 0 ? (
                <Nothing text={t("cpu.none")} />
              ) : cpus === "table" ? (
                <CpuTables layout={data} />
              ) : (
                <CpuPicture layout={data} />
              )}
              <CpuFacts layout={data} />
            </Flex>
          )}
        </Asked>
      )}
    </Card>
  );
}

function Gaps({ reasons }: { reasons: Record<string, string> }) {
  const { t } = useTexts();
  const lines = Object.entries(reasons);
  if (lines.length === 0) return null;
  return (
    <Alert
      type="warning"
      showIcon
      title={t("host.gaps")}
      description={
        <ul style={{ margin: 0, paddingInlineStart: 18 }}>
          {lines.map(([section, reason]) => (
            <li key={section}>
              <strong>{section}</strong>: {reason}
            </li>
          ))}
        </ul>
      }
    />
  );
}

function CpuFacts({ layout }: { layout: CpuLayout }) {
  const { t } = useTexts();
  const { nova_info: nova, kernel, ovs_info: ovs } = layout;
  const show = (cpus: number[] | null | undefined) => (cpus == null ? "–" : ranges(cpus) || t("cpu.noneOfThem"));
  return (
    <Descriptions
      size="small"
      column={{ xs: 1, md: 2, xl: 3 }}
      items={[
        { key: "dedicated", label: t("cpu.dedicated"), children: <Tooltip title={nova?.source}>{show(nova?.dedicated)}</Tooltip> },
        { key: "shared", label: t("cpu.sharedSet"), children: show(nova?.shared) },
        {
          key: "ovs",
          label: t("cpu.kind.ovs"),
          children: ovs ? `${show(Object.values(ovs).flat().map(Number))}${layout.ovs_source ? ` (${layout.ovs_source})` : ""}` : "–",
        },
        { key: "isolated", label: "isolcpus", children: show(kernel?.isolated) },
        { key: "nohz", label: "nohz_full", children: show(kernel?.nohz_full) },
        { key: "offline", label: t("cpu.offline"), children: show(layout.offline_cpus) },
      ]}
    />
  );
}

function CpuTables({ layout }: { layout: CpuLayout }) {
  const { t } = useTexts();
  const { cid } = route.useParams();
  const model = useMemo(() => cpuPicture(layout), [layout]);
  const rows = useMemo(
    () => [...model.threads.values()].map(({ thread, ...place }) => ({ ...place, ...thread })).sort((a, b) => a.cpu - b.cpu),
    [model],
  );
  return (
    <Flex gap={16} wrap align="start">
      <Table
        size="small"
        rowKey="uuid"
        style={{ flex: "1 1 460px" }}
        pagination={false}
        dataSource={model.guests}
        title={() => t("cpu.pinnings")}
        scroll={{ x: "max-content" }}
        columns={[
          {
            key: "vm",
            title: t("vm.name"),
            render: (_, guest) => (
              <Link to="/dc/$cid/vms/$vid" params={{ cid, vid: guest.uuid }}>
                {guest.mark} {guest.vm ?? guest.instance}
              </Link>
            ),
          },
          { key: "tenant", title: t("vm.tenant"), render: (_, guest) => guest.tenant ?? "–" },
          { key: "pinned", title: t("cpu.pinned"), render: (_, guest) => (guest.pinned ? t("cpu.yes") : t("cpu.floats")) },
          { key: "cpus", title: t("cpu.cpus"), render: (_, guest) => <span className="mono">{ranges(guest.vcpu)}</span> },
          { key: "numa", title: "NUMA", render: (_, guest) => guest.numa_nodes.join(", ") || "–" },
          { key: "emulator", title: t("cpu.emulator"), render: (_, guest) => <span className="mono">{guest.emulator ? ranges(guest.emulator) : "–"}</span> },
        ]}
      />
      <Table
        size="small"
        rowKey="cpu"
        style={{ flex: "1 1 460px" }}
        dataSource={rows}
        title={() => t("cpu.eachCpu")}
        pagination={{ pageSize: 48, size: "small", hideOnSinglePage: true, showSizeChanger: false }}
        columns={[
          { key: "cpu", title: "CPU", dataIndex: "cpu", sorter: (a, b) => a.cpu - b.cpu },
          { key: "core", title: t("cpu.coreTitle"), dataIndex: "core", sorter: (a, b) => a.core - b.core },
          { key: "socket", title: t("cpu.socketTitle"), dataIndex: "socket", sorter: (a, b) => a.socket - b.socket },
          { key: "node", title: "NUMA", render: (_, row) => row.node ?? "–" },
          { key: "owner", title: t("cpu.owner"), render: (_, row) => (row.guests.length ? row.guests.map((guest) => guest.vm ?? guest.instance).join(", ") : t(kindKey(row.kind))) },
          { key: "vcpu", title: "vCPU", render: (_, row) => row.vcpu ?? "" },
        ]}
      />
    </Flex>
  );
}

function Guests({ cid, vms }: { cid: string; vms: VmOfHost[] }) {
  const { t } = useTexts();
  return (
    <Card size="small" title={<h3 style={{ margin: 0, fontSize: 14 }}>{t("host.guests", { count: vms.length })}</h3>}>
      <Table
        size="small"
        rowKey="id"
        dataSource={vms}
        locale={{ emptyText: <Nothing text={t("host.noGuests")} /> }}
        pagination={{ pageSize: 20, size: "small", hideOnSinglePage: true, showSizeChanger: false }}
        columns={[
          {
            key: "name",
            title: t("vm.name"),
            render: (_, vm) => (
              <Link to="/dc/$cid/vms/$vid" params={{ cid, vid: vm.id }}>
                {vm.name}
              </Link>
            ),
          },
          { key: "status", title: t("vm.status"), render: (_, vm) => <ServerStatus status={vm.status} /> },
          { key: "tenant", title: t("vm.tenant"), render: (_, vm) => vm.tenant_name ?? vm.tenant_id ?? "–" },
        ]}
      />
    </Card>
  );
}

type Nic = Firmware & { counters: InterfaceCounters | undefined };

function Nics() {
  const { t } = useTexts();
  const { cid, hid } = route.useParams();
  const result = useQuery({ queryKey: ["nics", cid, hid], queryFn: () => ask(getEricicCidInterfaceDriverHid({ path: { cid, hid } })), retry: false, ...every(30) });
  return (
    <Card size="small" title={<h3 style={{ margin: 0, fontSize: 14 }}>{t("nic.title")}</h3>} extra={<Live result={result} />} data-testid="nics">
      {result.error && !result.data ? (
        <Failure error={result.error} title={t("host.notAsked")} retry={() => void result.refetch()} />
      ) : (
        <Asked result={result} rows={5}>
          {({ data }) => {
            const rows: Nic[] = Object.values(data.firmware).map((nic) => ({ ...nic, counters: data.static[nic.interface] }));
            return (
              <Flex vertical gap={12}>
                {data.reason && <Alert type="warning" showIcon title={data.reason} />}
                <NicTable rows={rows} />
              </Flex>
            );
          }}
        </Asked>
      )}
    </Card>
  );
}

function NicTable({ rows }: { rows: Nic[] }) {
  const { t, locale } = useTexts();
  const count = (value: number | null | undefined, isFault = false) =>
    value == null ? (
      "–"
    ) : isFault && value > 0 ? (
      <Typography.Text type="danger" strong className="number">
        {formatNumber(value, locale)}
      </Typography.Text>
    ) : (
      <span className="number">{formatNumber(value, locale)}</span>
    );
  return (
    <Table<Nic>
      size="small"
      rowKey="interface"
      dataSource={rows}
      pagination={false}
      scroll={{ x: "max-content" }}
      locale={{ emptyText: <Nothing text={t("nic.none")} /> }}
      expandable={{
        expandedRowRender: (nic) => (
          <Descriptions
            size="small"
            column={{ xs: 1, lg: 2 }}
            items={[
              { key: "desc", label: t("nic.device"), children: nic.desc ?? "–" },
              { key: "firmware", label: t("nic.firmware"), children: <span className="mono">{nic.firmware_version ?? "–"}</span> },
              { key: "numa", label: "NUMA", children: nic.numa_node ?? "–" },
              { key: "mtu", label: "MTU", children: nic.mtu ?? "–" },
              { key: "mac", label: "MAC", children: <span className="mono">{nic.mac ?? "–"}</span> },
              { key: "bond", label: t("nic.bond"), children: nic.bond ?? "–" },
              { key: "bound", label: t("nic.bound"), children: nic.bound_to ?? "–" },
              { key: "reason", label: t("age.reason"), children: nic.reason ?? "–" },
            ]}
          />
        ),
      }}
      columns={[
        {
          key: "name",
          title: t("nic.name"),
          render: (_, nic) => (
            <Flex gap={6} align="center">
              <strong>{nic.interface}</strong>
              {nic.link_up !== null && <Mark look={nic.link_up ? "good" : "bad"}>{nic.link_up ? t("nic.up") : t("nic.down")}</Mark>}
              {nic.reason && (
                <Tooltip title={nic.reason}>
                  <Button size="small" type="text" aria-label={nic.reason} style={{ padding: 0 }}>
                    <Mark look="warn">{t("nic.unread")}</Mark>
                  </Button>
                </Tooltip>
              )}
            </Flex>
          ),
        },
        { key: "pci", title: "PCI", render: (_, nic) => <span className="mono">{nic.pci_number ?? "–"}</span> },
        { key: "driver", title: t("nic.driver"), render: (_, nic) => (
            <div>
              {nic.driver ?? "–"}
              <div>
                <Typography.Text type="secondary">{nic.driver_info}</Typography.Text>
              </div>
            </div>
          ),
        },
        { key: "speed", title: t("nic.speed"), align: "right", render: (_, nic) => (nic.speed_mbps == null ? "–" : nic.speed_mbps >= 1000 ? `${nic.speed_mbps / 1000} Gb/s` : `${nic.speed_mbps} Mb/s`) },
        { key: "rx", title: t("nic.rx"), align: "right", render: (_, nic) => count(nic.counters?.rx_packets) },
        { key: "rxe", title: t("nic.rxErrors"), align: "right", render: (_, nic) => count(nic.counters?.rx_errors, true) },
        { key: "rxd", title: t("nic.rxDropped"), align: "right", render: (_, nic) => count(nic.counters?.rx_dropped, true) },
        { key: "tx", title: t("nic.tx"), align: "right", render: (_, nic) => count(nic.counters?.tx_packets) },
        { key: "txe", title: t("nic.txErrors"), align: "right", render: (_, nic) => count(nic.counters?.tx_errors, true) },
        { key: "txd", title: t("nic.txDropped"), align: "right", render: (_, nic) => count(nic.counters?.tx_dropped, true) },
      ]}
    />
  );
}
