import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { Alert, Button, Flex, Spin } from "antd";
import { sentenceOf } from "../api/sentence";
import { useTexts } from "../i18n";

export function RoutePending() {
  return (
    <Flex justify="center" style={{ padding: 64 }}>
      <Spin />
    </Flex>
  );
}

export function RouteMissing() {
  const { t } = useTexts();
  return (
    <main style={{ maxWidth: 640, margin: "64px auto", padding: 16 }}>
      <Alert type="warning" showIcon title={t("error.noPage")} description={<Link to="/datacenters">{t("nav.datacenters")}</Link>} />
    </main>
  );
}

export function RouteFailure({ error, reset }: ErrorComponentProps) {
  const { t } = useTexts();
  return (
    <main style={{ maxWidth: 640, margin: "64px auto", padding: 16 }}>
      <Alert
        type="error"
        showIcon
        title={t("error.title")}
        description={sentenceOf(error, t)}
        action={
          <Button size="small" onClick={reset}>
            {t("action.retry")}
          </Button>
        }
      />
    </main>
  );
}
