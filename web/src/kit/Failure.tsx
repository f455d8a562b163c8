import { ReloadOutlined } from "@ant-design/icons";
import { Alert, Button, Empty, Flex, Skeleton } from "antd";
import type { ReactNode } from "react";
import { sentenceOf } from "../api/sentence";
import { useTexts } from "../i18n";

export function Failure({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  const { t } = useTexts();
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={title ?? t("error.title")}
      description={sentenceOf(error, t)}
      action={
        retry && (
          <Button size="small" icon={<ReloadOutlined />} onClick={retry}>
            {t("action.retry")}
          </Button>
        )
      }
    />
  );
}

interface Result<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** Something that is being asked for: a skeleton, a failure, or what came; what came stays when asking again fails. */
export function Asked<T>({ result, children, rows = 6 }: { result: Result<T>; children: (data: T) => ReactNode; rows?: number }) {
  const { t } = useTexts();
  if (result.data !== undefined) {
    return (
      <Flex vertical gap={16}>
        {result.error ? (
          <Alert
            type="warning"
            showIcon
            title={t("error.old")}
            description={sentenceOf(result.error, t)}
            action={
              <Button size="small" onClick={() => result.refetch()}>
                {t("action.retry")}
              </Button>
            }
          />
        ) : null}
        {children(result.data)}
      </Flex>
    );
  }
  if (result.error) return <Failure error={result.error} retry={() => result.refetch()} />;
  return <Skeleton active paragraph={{ rows }} title={false} />;
}

export function Nothing({ text, children }: { text: ReactNode; children?: ReactNode }) {
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text}>
      {children}
    </Empty>
  );
}
