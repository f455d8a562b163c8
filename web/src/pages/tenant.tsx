import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Alert, Button, Card, Col, Flex, Row } from "antd";
import { ask } from "../api/ask";
import { getEricicCidTidTenantQuota, type Share } from "../api/generated";
import { usePreferences } from "../app/preferences";
import { every } from "../app/query";
import { useTexts } from "../i18n";
import { Freshness } from "../kit/Age";
import { colourOf } from "../kit/colours";
import { Asked, Nothing } from "../kit/Failure";
import { formatDisk, formatMemory, formatNumber, percent } from "../kit/format";
import { Page } from "../kit/Page";
import { Ring, Usage } from "../kit/Usage";
import { capacityQuery } from "./datacenterOverview";

const route = getRouteApi("/app/dc/$cid/tenants/$tid");

export function TenantPage() {
  const { t, locale } = useTexts();
  const { cid, tid } = route.useParams();
  const result = useQuery({ queryKey: ["quota", cid, tid], queryFn: () => ask(getEricicCidTidTenantQuota({ path: { cid, tid } })), ...every(30) });
  const capacity = useQuery(capacityQuery(cid));
  const name = capacity.data?.data.tenants.find((tenant) => tenant.id === tid)?.name ?? tid;
  return (
    <Asked result={result} rows={8}>
      {({ data, collected_at, parts }) => (
        <Page
          title={name}
          level={2}
          below={<Freshness collectedAt={collected_at} parts={parts} />}
          actions={
            <Link to="/dc/$cid/vms" params={{ cid }} search={{ query: "nova_tenant", filter: tid }}>
              <Button>{t("tenant.itsVms")}</Button>
            </Link>
          }
        >
          <Row gutter={[16, 16]}>
            <Col xs={24} lg={12}>
              <ShareCard title={t("capacity.vcpus")} share={data.cores} format={(v) => formatNumber(v, locale)} />
            </Col>
            <Col xs={24} lg={12}>
              <ShareCard title={t("capacity.memory")} share={data.ram} format={(v) => formatMemory(v, locale)} />
            </Col>
          </Row>
          <Card size="small" title={<h3 style={{ margin: 0, fontSize: 14 }}>{t("tenant.volumeByType")}</h3>}>
            <Flex vertical gap={12}>
              {Object.entries(data.volume).map(([type, { in_use, limit }]) => (
                <div key={type} style={{ display: "grid", gridTemplateColumns: "minmax(120px, 220px) minmax(200px, 480px)", gap: 16, alignItems: "center" }}>
                  <span>{type === "default" ? t("tenant.allTypes") : type}</span>
                  <Usage label={type} used={in_use} total={limit} format={(v) => formatDisk(v, locale)} />
                </div>
              ))}
            </Flex>
          </Card>
        </Page>
      )}
    </Asked>
  );
}

/** What the tenant uses, what it may still take, and the rest of the data center. */
function ShareCard({ title, share, format }: { title: string; share: Share; format: (v: number | null | undefined) => string }) {
  const { t } = useTexts();
  const { theme } = usePreferences();
  const limit = share.limit === -1 ? t("tenant.noLimit") : format(share.limit);
  return (
    <Card size="small" title={<h3 style={{ margin: 0, fontSize: 14 }}>{title}</h3>} style={{ height: "100%" }}>
      {share.total === null ? (
        <Nothing text={share.in_use === null ? t("list.notCollected") : t("tenant.onlyUse", { used: format(share.in_use), limit })} />
      ) : (
        <Flex vertical gap={12}>
          {share.overcommitted && <Alert type="warning" showIcon title={t("tenant.overcommitted")} />}
          <Ring
            label={`${title}: ${t("usage.of", { used: format(share.in_use), total: limit })}`}
            middle={percent(share.in_use, share.limit === -1 ? share.total : share.limit) === null ? "–" : `${percent(share.in_use, share.limit === -1 ? share.total : share.limit)} %`}
            below={t("tenant.ofQuota")}
            format={format}
            slices={[
              { key: "used", label: t("tenant.inUse"), value: share.in_use ?? 0, colour: colourOf(0, theme) },
              { key: "available", label: t("tenant.available"), value: share.availability ?? 0, colour: colourOf(2, theme) },
              { key: "other", label: t("tenant.other"), value: share.other ?? 0, colour: theme === "dark" ? "#5b6776" : "#b4bdc9" },
            ]}
          />
          <div>
            {t("tenant.quota")}: <strong>{limit}</strong> · {t("tenant.total")}: <strong>{format(share.total)}</strong>
          </div>
        </Flex>
      )}
    </Card>
  );
}
