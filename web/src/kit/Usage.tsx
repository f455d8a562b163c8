import { theme, Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTexts } from "../i18n";
import { percent } from "./format";

const HIGH = 80;
const FULL = 95;

interface UsageProps {
  used: number | null | undefined;
  total: number | null | undefined;
  format: (value: number | null | undefined) => string;
  label: string;
  compact?: boolean;
  /** With the label in sight, where no heading says what is measured. */
  named?: boolean;
}

/** How much of a capacity is used: a bar, and the numbers beside it. A total of -1 is no limit. */
export function Usage({ used, total, format, label, compact, named }: UsageProps) {
  const { t } = useTexts();
  const { token } = theme.useToken();
  const unlimited = total === -1;
  const share = unlimited ? null : percent(used, total);
  const colour = share == null ? token.colorFill : share >= FULL ? token.colorError : share >= HIGH ? token.colorWarning : token.colorPrimary;
  const numbers =
    used == null ? t("usage.unknown") : unlimited ? t("usage.unlimited", { used: format(used) }) : t("usage.of", { used: format(used), total: format(total) });
  const mark = share == null ? "" : `${share} %`;
  return (
    <Tooltip title={compact ? `${label}: ${numbers}` : undefined}>
      <div role="img" aria-label={`${label}: ${numbers} ${mark}`} style={{ minWidth: compact ? 90 : 140 }}>
        <div style={{ display: "flex", justifyContent: "space-between", gap: 8, fontSize: token.fontSizeSM, lineHeight: 1.6 }}>
          <span style={{ color: token.colorTextSecondary, whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis" }}>
            {named && <span style={{ color: token.colorText, fontWeight: 500 }}>{label} </span>}
            {compact ? mark || numbers : numbers}
          </span>
          {!compact && <strong style={{ fontWeight: 600, color: share != null && share >= HIGH ? colour : undefined, whiteSpace: "nowrap" }}>{mark}</strong>}
        </div>
        <div style={{ height: 6, borderRadius: 3, background: token.colorFillSecondary, overflow: "hidden" }}>
          <div style={{ width: `${Math.min(share ?? 0, 100)}%`, height: "100%", background: colour, borderRadius: 3 }} />
        </div>
      </div>
    </Tooltip>
  );
}

export interface Slice {
  key: string;
  label: string;
  value: number;
  colour: string;
}

/** A ring of shares with its legend: the numbers are in the legend, colour only connects the two. */
export function Ring({ slices, middle, below, format, label }: { slices: Slice[]; middle: ReactNode; below?: ReactNode; format: (v: number) => string; label: string }) {
  const { token } = theme.useToken();
  const whole = slices.reduce((sum, slice) => sum + slice.value, 0);
  const radius = 42;
  const length = 2 * Math.PI * radius;
  let before = 0;
  return (
    <div style={{ display: "flex", gap: 16, alignItems: "center" }}>
      <svg viewBox="0 0 100 100" width={116} height={116} role="img" aria-label={label} style={{ flex: "none" }}>
        <circle cx="50" cy="50" r={radius} fill="none" stroke={token.colorFillSecondary} strokeWidth="12" />
        {whole > 0 &&
          slices.map((slice) => {
            const part = (slice.value / whole) * length;
            const gap = part > 3 ? 1 : 0;
            const arc = (
              <circle
                key={slice.key}
                cx="50"
                cy="50"
                r={radius}
                fill="none"
                stroke={slice.colour}
                strokeWidth="12"
                strokeDasharray={`${Math.max(part - gap, 0)} ${length}`}
                strokeDashoffset={-before}
                transform="rotate(-90 50 50)"
              />
            );
            before += part;
            return arc;
          })}
        <text x="50" y={below ? 49 : 54} textAnchor="middle" fontSize="15" fontWeight="600" fill={token.colorText}>
          {middle}
        </text>
        {below && (
          <text x="50" y="63" textAnchor="middle" fontSize="8.5" fill={token.colorTextSecondary}>
            {below}
          </text>
        )}
      </svg>
      <ul style={{ listStyle: "none", margin: 0, padding: 0, minWidth: 0, flex: 1, fontSize: token.fontSizeSM }}>
        {slices.map((slice) => (
          <li key={slice.key} style={{ display: "flex", alignItems: "baseline", gap: 6, lineHeight: 1.75 }}>
            <span aria-hidden style={{ width: 9, height: 9, borderRadius: 2, background: slice.colour, flex: "none", border: `1px solid ${token.colorBorder}` }} />
            <span title={slice.label} style={{ flex: 1, minWidth: 0, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>
              {slice.label}
            </span>
            <span style={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}>{format(slice.value)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
