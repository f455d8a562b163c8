import { Flex, theme, Typography } from "antd";
import { type KeyboardEvent, useId, useMemo, useState } from "react";
import type { CpuLayout, NodeMemory } from "../api/generated";
import { type Theme, usePreferences } from "../app/preferences";
import { type PlainKey, type Translate, useTexts } from "../i18n";
import { type CpuPictureModel, cpuPicture, type Guest, type OwnerKind, ranges, type Socket, type Thread } from "./cpuModel";
import { formatMemory } from "./format";

/** Fills dark enough for white text in the light theme and light enough for black text in the dark one (AA). */
const GUESTS: Record<Theme, string[]> = {
  light: ["#005a9c", "#a33c00", "#00664a", "#8d2f6d", "#6b5200", "#2b5fb3", "#5b3d94", "#8a2b1e", "#3c640a", "#005d75", "#7a3e00", "#3d4f8f"],
  dark: ["#6cb9f2", "#f0a94e", "#55cda4", "#e3a1cd", "#efe26a", "#9cc2ff", "#c3aef0", "#f59b88", "#b0d873", "#74d9e6", "#d9b98c", "#aab8f5"],
};

interface Look {
  fill: string;
  text: string;
  stroke: string;
  dashed?: boolean;
  hatch?: "lines" | "dots" | "cross";
}

function looks(theme: Theme): Record<Exclude<OwnerKind, "vm">, Look> {
  return theme === "dark"
    ? {
        several: { fill: "#ff9d96", text: "#1b0503", stroke: "#ff5247" },
        free: { fill: "#171d26", text: "#e6ebf1", stroke: "#6b7887", dashed: true },
        shared: { fill: "#26313f", text: "#e6ebf1", stroke: "#8ea0b5", hatch: "cross" },
        ovs: { fill: "#4a2f66", text: "#f6edff", stroke: "#c8a2f0", hatch: "lines" },
        host: { fill: "#3a434f", text: "#f1f4f8", stroke: "#697585", hatch: "dots" },
        unknown: { fill: "#2a2a2a", text: "#e0e0e0", stroke: "#7a7a7a" },
      }
    : {
        several: { fill: "#b3001b", text: "#ffffff", stroke: "#5f000e" },
        free: { fill: "#ffffff", text: "#1b2430", stroke: "#76818f", dashed: true },
        shared: { fill: "#e8eef5", text: "#1b2430", stroke: "#5d7186", hatch: "cross" },
        ovs: { fill: "#e6d8f7", text: "#2e1250", stroke: "#7a4fb0", hatch: "lines" },
        host: { fill: "#dde2e8", text: "#1b2430", stroke: "#8a95a3", hatch: "dots" },
        unknown: { fill: "#f4f4f4", text: "#333333", stroke: "#8f8f8f" },
      };
}

const WIDTH = 34;
const HEIGHT = 30;
const GAP = 8;
const LABEL = 13;

interface PictureProps {
  layout: CpuLayout;
  /** Only this guest in full colour: for the page of a VM. */
  only?: string;
}

/** Sockets, cores and threads of a host, each thread marked by who owns it. Arrow keys walk from CPU to CPU. */
export function CpuPicture({ layout, only }: PictureProps) {
  const { t } = useTexts();
  const { token } = theme.useToken();
  const { theme: look } = usePreferences();
  const model = useMemo(() => cpuPicture(layout), [layout]);
  const order = useMemo(() => model.sockets.flatMap((s) => s.nodes.flatMap((n) => n.cores.flatMap((c) => c.threads.map((x) => x.cpu)))), [model]);
  const [chosen, setChosen] = useState<number | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const [legend, setLegend] = useState<string | null>(only ?? null);
  const shown = hovered ?? chosen;
  const emphasis = legend ?? only ?? null;

  const walk = (event: KeyboardEvent) => {
    const at = order.indexOf(chosen ?? order[0] ?? -1);
    const step = { ArrowRight: 1, ArrowDown: 2, ArrowLeft: -1, ArrowUp: -2, Home: -order.length, End: order.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = order[Math.max(0, Math.min(order.length - 1, at + step))];
    if (next === undefined) return;
    setChosen(next);
    setHovered(null);
    document.getElementById(`cpu-${next}`)?.focus();
  };

  return (
    <Flex vertical gap={12}>
      <Legend model={model} look={look} onHover={(key) => setLegend(key ?? only ?? null)} chosen={emphasis} />
      <div
        aria-live="polite"
        data-testid="cpu-told"
        style={{ minHeight: 40, padding: "8px 12px", borderRadius: token.borderRadius, background: token.colorFillQuaternary, border: `1px solid ${token.colorBorderSecondary}` }}
      >
        {shown === null ? <Typography.Text type="secondary">{t("cpu.hint")}</Typography.Text> : <Told model={model} cpu={shown} t={t} />}
      </div>
      {/* biome-ignore lint/a11y: the CPUs inside take the focus */}
      <div role="group" aria-label={t("cpu.picture")} onKeyDown={walk} style={{ display: "flex", flexWrap: "wrap", gap: 16 }}>
        {model.sockets.map((socket) => (
          <SocketPanel
            key={socket.socket}
            socket={socket}
            memory={layout.memory_info}
            look={look}
            emphasis={emphasis}
            tabStop={chosen ?? order[0] ?? null}
            onHover={setHovered}
            onFocus={setChosen}
          />
        ))}
      </div>
    </Flex>
  );
}

function keyOf(thread: Thread): string {
  return thread.kind === "vm" || thread.kind === "several" ? thread.guests[0]!.uuid : thread.kind;
}

function dimmed(thread: Thread, emphasis: string | null): boolean {
  return emphasis !== null && keyOf(thread) !== emphasis && !thread.guests.some((guest) => guest.uuid === emphasis);
}

function lookOf(thread: Thread, look: Theme): Look {
  if (thread.kind !== "vm") return looks(look)[thread.kind];
  const fills = GUESTS[look];
  const fill = fills[thread.guests[0]!.index % fills.length]!;
  return { fill, text: look === "dark" ? "#0b0f14" : "#ffffff", stroke: fill };
}

interface PanelProps {
  socket: Socket;
  memory: Record<string, NodeMemory>;
  look: Theme;
  emphasis: string | null;
  tabStop: number | null;
  onHover: (cpu: number | null) => void;
  onFocus: (cpu: number) => void;
}

function SocketPanel({ socket, memory, look, ...rest }: PanelProps) {
  const { t } = useTexts();
  const { token } = theme.useToken();
  return (
    <section
      aria-label={t("cpu.socket", { socket: socket.socket })}
      style={{ border: `1px solid ${token.colorBorder}`, borderRadius: token.borderRadiusLG, padding: 12, background: token.colorBgContainer, flex: "0 1 auto", maxWidth: "100%" }}
    >
      <Typography.Title level={3} style={{ fontSize: 14, margin: "0 0 8px" }}>
        {t("cpu.socket", { socket: socket.socket })}
      </Typography.Title>
      {socket.nodes.map((node) => (
        <div key={node.node ?? "none"} style={{ marginBottom: 8 }}>
          {node.node !== null && <NodeTitle node={node.node} memory={memory[`node ${node.node}`]} />}
          <Cores cores={node.cores} look={look} {...rest} />
        </div>
      ))}
    </section>
  );
}

function NodeTitle({ node, memory }: { node: number; memory: NodeMemory | undefined }) {
  const { t, locale } = useTexts();
  const parts = [t("cpu.node", { node })];
  if (memory?.total_kib != null) parts.push(formatMemory(memory.total_kib / 1024, locale));
  for (const pages of memory?.hugepages ?? []) {
    if (pages.total > 0) parts.push(t("cpu.hugepages", { size: formatMemory(pages.size_kib / 1024, locale), free: pages.free, total: pages.total }));
  }
  return (
    <Typography.Text type="secondary" style={{ fontSize: 12, display: "block", marginBottom: 4, width: 0, minWidth: "100%" /* it wraps, and does not widen the picture */ }}>
      {parts.join(" · ")}
    </Typography.Text>
  );
}

interface CoresProps extends Omit<PanelProps, "socket" | "memory"> {
  cores: Socket["nodes"][number]["cores"];
}

function Cores({ cores, look, emphasis, tabStop, onHover, onFocus }: CoresProps) {
  const { t } = useTexts();
  const { token } = theme.useToken();
  const patterns = useId();
  const siblings = Math.max(...cores.map((core) => core.threads.length), 1);
  const columns = Math.min(cores.length, siblings > 2 ? 3 : siblings === 2 ? 6 : 12);
  const coreWidth = siblings * WIDTH + GAP;
  const rowHeight = HEIGHT + LABEL + GAP;
  const rows = Math.ceil(cores.length / columns);
  const width = columns * coreWidth;
  const height = rows * rowHeight;
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} style={{ maxWidth: "100%", height: "auto", display: "block" }} role="presentation">
      <Patterns id={patterns} look={look} />
      {cores.map((core, index) => {
        const x = (index % columns) * coreWidth;
        const y = Math.floor(index / columns) * rowHeight;
        return (
          <g key={core.core} transform={`translate(${x} ${y})`}>
            <text x={1} y={LABEL - 4} fontSize={9} fill={token.colorTextSecondary} aria-hidden="true">
              {t("cpu.core", { core: core.core })}
            </text>
            {core.threads.map((thread, n) => (
              <Cpu
                key={thread.cpu}
                thread={thread}
                x={n * WIDTH}
                look={look}
                patterns={patterns}
                dim={dimmed(thread, emphasis)}
                isTabStop={thread.cpu === tabStop}
                label={told(t, thread, { core: core.core })}
                onHover={onHover}
                onFocus={onFocus}
              />
            ))}
          </g>
        );
      })}
    </svg>
  );
}

interface CpuProps {
  thread: Thread;
  x: number;
  look: Theme;
  patterns: string;
  dim: boolean;
  isTabStop: boolean;
  label: string;
  onHover: (cpu: number | null) => void;
  onFocus: (cpu: number) => void;
}

function Cpu({ thread, x, look, patterns, dim, isTabStop, label, onHover, onFocus }: CpuProps) {
  const { fill, text, stroke, dashed, hatch } = lookOf(thread, look);
  const box = { x: x + 0.75, y: LABEL + 0.75, width: WIDTH - 1.5, height: HEIGHT - 1.5, rx: 4 };
  const mark = thread.kind === "several" ? "!" : (thread.guests[0]?.mark ?? "");
  return (
    // biome-ignore lint/a11y: one CPU is a picture with a name; the arrow keys of the group walk over them
    <g
      id={`cpu-${thread.cpu}`}
      data-cpu={thread.cpu}
      data-kind={thread.kind}
      role="img"
      aria-label={label}
      tabIndex={isTabStop ? 0 : -1}
      opacity={dim ? 0.28 : 1}
      onMouseEnter={() => onHover(thread.cpu)}
      onMouseLeave={() => onHover(null)}
      onFocus={() => onFocus(thread.cpu)}
      style={{ outlineOffset: 1, cursor: "default" }}
    >
      <rect {...box} fill={fill} stroke={stroke} strokeWidth={1.25} {...(dashed ? { strokeDasharray: "3 2" } : {})} />
      {hatch && <rect {...box} fill={`url(#${patterns}-${hatch})`} />}
      <text x={x + WIDTH / 2} y={LABEL + (mark ? 13 : 19)} textAnchor="middle" fontSize={mark ? 10.5 : 11.5} fill={text} style={{ fontVariantNumeric: "tabular-nums" }}>
        {thread.cpu}
      </text>
      {mark && (
        <text x={x + WIDTH / 2} y={LABEL + 25} textAnchor="middle" fontSize={11} fontWeight={700} fill={text}>
          {mark}
        </text>
      )}
    </g>
  );
}

/** Patterns lie at the edges of the contrast: texts stand on the fill between their strokes. */
function Patterns({ id, look }: { id: string; look: Theme }) {
  const ovs = looks(look).ovs.stroke;
  const host = looks(look).host.stroke;
  const shared = looks(look).shared.stroke;
  return (
    <defs>
      <pattern id={`${id}-lines`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line x1="0" y1="0" x2="0" y2="6" stroke={ovs} strokeWidth="1.6" opacity="0.45" />
      </pattern>
      <pattern id={`${id}-dots`} width="5" height="5" patternUnits="userSpaceOnUse">
        <circle cx="1.2" cy="1.2" r="0.8" fill={host} opacity="0.8" />
      </pattern>
      <pattern id={`${id}-cross`} width="7" height="7" patternUnits="userSpaceOnUse">
        <path d="M0 0L7 7M7 0L0 7" stroke={shared} strokeWidth="0.7" opacity="0.5" />
      </pattern>
    </defs>
  );
}

const KINDS: Exclude<OwnerKind, "vm">[] = ["several", "free", "shared", "ovs", "host", "unknown"];

export function kindKey(kind: OwnerKind): PlainKey {
  return `cpu.kind.${kind}`;
}

function Legend({ model, look, onHover, chosen }: { model: CpuPictureModel; look: Theme; onHover: (key: string | null) => void; chosen: string | null }) {
  const { t } = useTexts();
  const { token } = theme.useToken();
  const patterns = useId();
  const entry = (key: string, shown: Look, mark: string, label: string, count: string) => (
    <li key={key}>
      <button
        type="button"
        onMouseEnter={() => onHover(key)}
        onMouseLeave={() => onHover(null)}
        onFocus={() => onHover(key)}
        onBlur={() => onHover(null)}
        style={{
          display: "inline-flex",
          alignItems: "center",
          gap: 6,
          padding: "2px 8px 2px 4px",
          borderRadius: 5,
          border: `1px solid ${chosen === key ? token.colorPrimary : token.colorBorderSecondary}`,
          background: token.colorBgContainer,
          color: token.colorText,
          font: "inherit",
          fontSize: 13,
          cursor: "default",
        }}
      >
        <svg width="26" height="20" aria-hidden="true">
          <Patterns id={patterns} look={look} />
          <rect x="1" y="1" width="24" height="18" rx="3" fill={shown.fill} stroke={shown.stroke} {...(shown.dashed ? { strokeDasharray: "3 2" } : {})} />
          {shown.hatch && <rect x="1" y="1" width="24" height="18" rx="3" fill={`url(#${patterns}-${shown.hatch})`} />}
          <text x="13" y="14.5" textAnchor="middle" fontSize="11.5" fontWeight="700" fill={shown.text}>
            {mark}
          </text>
        </svg>
        <span>{label}</span>
        <span style={{ color: token.colorTextSecondary }} className="number">
          {count}
        </span>
      </button>
    </li>
  );
  const guest = (one: Guest) => {
    const fills = GUESTS[look];
    const fill = fills[one.index % fills.length]!;
    return entry(one.uuid, { fill, text: look === "dark" ? "#0b0f14" : "#ffffff", stroke: fill }, one.mark, one.vm ?? one.instance, String(new Set(one.vcpu).size));
  };
  const floating = model.guests.filter((one) => !one.pinned);
  return (
    <Flex vertical gap={6}>
      <ul aria-label={t("cpu.legend")} style={{ listStyle: "none", margin: 0, padding: 0, display: "flex", flexWrap: "wrap", gap: 6 }}>
        {model.guests.filter((one) => one.pinned).map(guest)}
        {KINDS.filter((kind) => model.counts[kind] > 0).map((kind) => entry(kind, looks(look)[kind], kind === "several" ? "!" : "", t(kindKey(kind)), String(model.counts[kind])))}
      </ul>
      {floating.length > 0 && (
        <Typography.Text type="secondary">
          {t("cpu.floating", { guests: byRange(floating) })}
        </Typography.Text>
      )}
    </Flex>
  );
}

/** Guests that may run on the same CPUs are named together. */
function byRange(guests: Guest[]): string {
  const found = new Map<string, Guest[]>();
  for (const one of guests) found.set(ranges(one.vcpu), [...(found.get(ranges(one.vcpu)) ?? []), one]);
  return [...found].map(([cpus, those]) => `${those.map((one) => one.vm ?? one.instance).join(", ")} (${cpus})`).join("; ");
}

function told(t: Translate, thread: Thread, place: { core: number; socket?: number; node?: number | null }): string {
  const parts = [t("cpu.cpu", { cpu: thread.cpu }), t("cpu.core", { core: place.core })];
  if (place.socket !== undefined) parts.push(t("cpu.socket", { socket: place.socket }));
  if (place.node != null) parts.push(t("cpu.node", { node: place.node }));
  for (const guest of thread.guests) {
    parts.push(`${guest.mark} ${guest.vm ?? guest.instance}`, t("cpu.vcpu", { vcpu: guest.vcpu.indexOf(thread.cpu) }));
  }
  if (thread.kind !== "vm") parts.push(t(kindKey(thread.kind)));
  return parts.join(" · ");
}

function Told({ model, cpu, t }: { model: CpuPictureModel; cpu: number; t: Translate }) {
  const found = model.threads.get(cpu);
  if (!found) return null;
  const [guest] = found.thread.guests;
  return (
    <span>
      <strong>{told(t, found.thread, found)}</strong>
      {guest && (
        <Typography.Text type="secondary">
          {" "}
          {[guest.instance, guest.tenant, guest.state].filter(Boolean).join(" · ")}
        </Typography.Text>
      )}
    </span>
  );
}
