import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled, MinusCircleOutlined, PauseCircleFilled, SyncOutlined } from "@ant-design/icons";
import { theme } from "antd";
import type { ReactNode } from "react";
import { useTexts } from "../i18n";

type Look = "good" | "bad" | "busy" | "off" | "warn" | "paused";

const ICONS: Record<Look, ReactNode> = {
  good: <CheckCircleFilled aria-hidden />,
  bad: <CloseCircleFilled aria-hidden />,
  busy: <SyncOutlined aria-hidden />,
  off: <MinusCircleOutlined aria-hidden />,
  warn: <ExclamationCircleFilled aria-hidden />,
  paused: <PauseCircleFilled aria-hidden />,
};

/** A state in a word, with a sign of its own: colour alone says nothing. */
export function Mark({ look, children }: { look: Look; children: ReactNode }) {
  const { token } = theme.useToken();
  const [text, ground, border] = {
    good: [token.colorSuccess, token.colorSuccessBg, token.colorSuccessBorder],
    bad: [token.colorError, token.colorErrorBg, token.colorErrorBorder],
    busy: [token.colorInfo, token.colorInfoBg, token.colorInfoBorder],
    warn: [token.colorWarning, token.colorWarningBg, token.colorWarningBorder],
    off: [token.colorTextSecondary, token.colorFillQuaternary, token.colorBorder],
    paused: [token.colorTextSecondary, token.colorFillQuaternary, token.colorBorder],
  }[look];
  return (
    <span
      style={{
        display: "inline-flex",
        alignItems: "center",
        gap: 5,
        paddingInline: 7,
        borderRadius: token.borderRadiusSM,
        border: `1px solid ${border}`,
        background: ground,
        color: text,
        fontSize: token.fontSizeSM,
        lineHeight: "20px",
        whiteSpace: "nowrap",
      }}
    >
      {ICONS[look]}
      {children}
    </span>
  );
}

/** Nova's own words stay as they are: engineers look for them. */
export function ServerStatus({ status }: { status: string }) {
  return <Mark look={serverLook(status)}>{status}</Mark>;
}

function serverLook(status: string): Look {
  if (status === "ACTIVE") return "good";
  if (status === "ERROR" || status === "DELETED") return "bad";
  if (status === "PAUSED" || status === "SUSPENDED") return "paused";
  if (status.startsWith("SHUTOFF") || status.startsWith("SHELVED")) return "off";
  return "busy";
}

export function HostState({ state, status }: { state: string; status?: string | undefined }) {
  const { t } = useTexts();
  return (
    <span style={{ display: "inline-flex", gap: 4 }}>
      <Mark look={state === "up" ? "good" : "bad"}>{state === "up" ? t("host.up") : t("host.down")}</Mark>
      {status === "disabled" && <Mark look="warn">{t("host.disabled")}</Mark>}
    </span>
  );
}

export function RunState({ state }: { state: string }) {
  const { t } = useTexts();
  if (state === "running") return <Mark look="busy">{t("run.running")}</Mark>;
  return state === "successful" || state === "success" ? <Mark look="good">{t("run.successful")}</Mark> : <Mark look="bad">{t("run.failed")}</Mark>;
}

export function StackStatus({ status }: { status: string }) {
  const look = status.endsWith("_COMPLETE") ? "good" : status.endsWith("_FAILED") ? "bad" : "busy";
  return <Mark look={look}>{status}</Mark>;
}
