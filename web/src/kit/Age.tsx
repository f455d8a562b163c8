import { ClockCircleOutlined } from "@ant-design/icons";
import { Button, Flex, Popover, Table, Tooltip, Typography } from "antd";
import type { PartItem } from "../api/generated";
import { type PlainKey, useTexts } from "../i18n";
import { useNow } from "./clock";
import { formatAge, formatTime } from "./format";
import { Mark } from "./Status";

/** How long ago something was, with the exact time on hover. */
export function Age({ at }: { at: number | null | undefined }) {
  const { t, locale } = useTexts();
  const now = useNow();
  if (at == null) return <span>{t("age.never")}</span>;
  return (
    <Tooltip title={formatTime(at, locale)}>
      <time dateTime={new Date(at * 1000).toISOString()}>{formatAge(at, Math.max(now, at), locale)}</time>
    </Tooltip>
  );
}

/** As Age, for times that may be ahead. */
export function When({ at }: { at: number | null | undefined }) {
  const { locale } = useTexts();
  const now = useNow();
  if (at == null) return <span>–</span>;
  return (
    <Tooltip title={formatTime(at, locale)}>
      <time dateTime={new Date(at * 1000).toISOString()}>{formatAge(at, now, locale)}</time>
    </Tooltip>
  );
}

export type Parts = Record<string, PartItem>;

const WORST = ["failed", "not_permitted", "stale", "not_collected", "fresh"] as const;
type State = (typeof WORST)[number];

export function worstState(parts: Parts): State {
  const states = new Set(Object.values(parts).map((part) => part.state));
  return WORST.find((state) => states.has(state)) ?? "fresh";
}

const LOOKS = { fresh: "good", stale: "warn", failed: "bad", not_permitted: "warn", not_collected: "off" } as const;

export function stateKey(state: string): PlainKey {
  return `state.${WORST.includes(state as State) ? (state as State) : "not_collected"}`;
}

export function partKey(part: string): PlainKey {
  return `part.${part}` as PlainKey;
}

/** The age of what is shown, and a mark when any part of it is not as fresh as it should be. */
export function Freshness({ collectedAt, parts }: { collectedAt: number | null; parts: Parts }) {
  const { t } = useTexts();
  const worst = worstState(parts);
  return (
    <Flex gap={8} align="center" wrap data-testid="freshness">
      <Typography.Text type="secondary">
        <ClockCircleOutlined aria-hidden /> {t("age.collected")} <Age at={collectedAt} />
      </Typography.Text>
      {worst !== "fresh" && (
        <Popover trigger={["hover", "click"]} title={t("age.parts")} content={<PartTable parts={parts} />} placement="bottom">
          <Button size="small" type="text" style={{ paddingInline: 0 }} aria-label={`${t(stateKey(worst))}: ${t("age.parts")}`}>
            <Mark look={LOOKS[worst]}>{t(stateKey(worst))}</Mark>
          </Button>
        </Popover>
      )}
    </Flex>
  );
}

export function PartTable({ parts }: { parts: Parts }) {
  const { t } = useTexts();
  const rows = Object.entries(parts).map(([part, item]) => ({ part, ...item }));
  return (
    <Table
      size="small"
      rowKey="part"
      pagination={false}
      dataSource={rows}
      style={{ maxWidth: 640 }}
      columns={[
        { title: t("age.part"), dataIndex: "part", render: (part: string) => t(partKey(part)) },
        {
          title: t("age.state"),
          dataIndex: "state",
          render: (state: State) => <Mark look={LOOKS[state] ?? "off"}>{t(stateKey(state))}</Mark>,
        },
        { title: t("age.collectedAt"), dataIndex: "collected_at", render: (at: number | null) => <Age at={at} /> },
        { title: t("age.reason"), dataIndex: "reason", render: (reason: string | null) => reason ?? "" },
      ]}
    />
  );
}
