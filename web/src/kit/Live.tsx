import { ReloadOutlined } from "@ant-design/icons";
import { Button, Flex, Tooltip, Typography } from "antd";
import { useTexts } from "../i18n";
import { Age } from "./Age";
import { Mark } from "./Status";

interface LiveAnswer {
  collected_at: number | null;
  stale: boolean;
  stale_reason: string | null;
}

/** The age of what a host was asked for just now; a mark when it is an older answer, with the reason. */
export function Live({ result }: { result: { data: LiveAnswer | undefined; isFetching: boolean; refetch: () => unknown } }) {
  const { t } = useTexts();
  const { data } = result;
  return (
    <Flex gap={8} align="center">
      {data && (
        <Typography.Text type="secondary">
          {t("age.asked")} <Age at={data.collected_at} />
        </Typography.Text>
      )}
      {data?.stale && (
        <Tooltip title={data.stale_reason}>
          <Button size="small" type="text" style={{ padding: 0 }} aria-label={`${t("state.stale")}: ${data.stale_reason ?? ""}`}>
            <Mark look="warn">{t("state.stale")}</Mark>
          </Button>
        </Tooltip>
      )}
      <Button size="small" icon={<ReloadOutlined spin={result.isFetching} />} aria-label={t("action.refresh")} onClick={() => result.refetch()} />
    </Flex>
  );
}
