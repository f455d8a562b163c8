import { useQuery } from "@tanstack/react-query";
import { Alert, Card, Descriptions, Flex, Typography } from "antd";
import { failureOf, unreachable } from "../api/errors";
import { every } from "../app/query";
import { useTexts } from "../i18n";
import { Age } from "../kit/Age";
import { Asked } from "../kit/Failure";
import { Page } from "../kit/Page";
import { Mark } from "../kit/Status";

interface Health {
  version: string;
  ready: boolean;
  database: boolean;
  migrations: boolean;
  engine: boolean;
  askedAt: number;
}

const CHECKS = ["database", "migrations", "engine"] as const;

export function HealthPage() {
  const { t } = useTexts();
  const result = useQuery({ queryKey: ["health"], queryFn: health, ...every(5) });
  return (
    <Page title={t("nav.health")}>
      <Asked result={result}>
        {(found) => (
          <Flex vertical gap={16}>
            <Alert type={found.ready ? "success" : "error"} showIcon title={found.ready ? t("health.ready") : t("health.notReady")} />
            <Card size="small" style={{ maxWidth: 720 }}>
              <Descriptions
                size="small"
                column={1}
                items={[
                  { key: "version", label: t("health.version"), children: found.version },
                  ...CHECKS.map((check) => ({
                    key: check,
                    label: t(`health.${check}`),
                    children: (
                      <Flex gap={8} wrap>
                        <Mark look={found[check] ? "good" : "bad"}>{found[check] ? t("health.good") : t("health.bad")}</Mark>
                        {!found[check] && <Typography.Text>{t(`health.${check}Advice`)}</Typography.Text>}
                      </Flex>
                    ),
                  })),
                  { key: "asked", label: t("age.askedAt"), children: <Age at={found.askedAt} /> },
                  {
                    key: "licenses",
                    label: t("health.licenses"),
                    children: (
                      <a href="/licenses.md" target="_blank" rel="noreferrer">
                        licenses.md
                      </a>
                    ),
                  },
                ]}
              />
            </Card>
          </Flex>
        )}
      </Asked>
    </Page>
  );
}

/** The readiness check answers 503 with the same body when something is missing. */
async function health(): Promise<Health> {
  const [alive, ready] = await Promise.all([fetch("/healthz"), fetch("/readyz")]).catch((): never => {
    throw unreachable();
  });
  if (!alive.ok) throw await failureOf(alive);
  const { version } = (await alive.json()) as { version: string };
  return { version, askedAt: Math.floor(Date.now() / 1000), ...((await ready.json()) as Omit<Health, "version" | "askedAt">) };
}
