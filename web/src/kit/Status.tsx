import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled, LoadingOutlined, MinusCircleOutlined, PauseCircleFilled } from "@ant-design/icons";
import { Tag } from "antd";
import type { ReactNode } from "react";
import { useTexts } from "../i18n";

type Look = "good" | "bad" | "busy" | "off" | "warn" | "paused";

const LOOKS: Record<Look, { colour: string; icon: ReactNode }> = {
  good: { colour: "green", icon: <CheckCircleFilled /> },
  bad: { colour: "red", icon: <CloseCircleFilled /> },
  busy: { colour: "blue", icon: <LoadingOutlined /> },
  off: { colour: "default", icon: <MinusCircleOutlined /> },
  warn: { colour: "gold", icon: <ExclamationCircleFilled /> },
  paused: { colour: "purple", icon: <PauseCircleFilled /> },
};

export function Mark({ look, children }: { look: Look; children: ReactNode }) {
  const { colour, icon } = LOOKS[look];
  return (
    <Tag color={colour} icon={icon} style={{ margin: 0 }}>
      {children}
    </Tag>
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
