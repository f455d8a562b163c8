import { Flex, Form, Input, InputNumber, Select, Typography } from "antd";
import type { DataCenterItem } from "../api/generated";
import { useTexts } from "../i18n";

export interface HostAccessFields {
  host_access?: "lcm" | "direct";
  host_become?: "none" | "sudo";
  host_user?: string;
  host_port?: number | null;
  host_pwd?: string;
  host_private_key?: string;
}

const HALF = { flex: "1 1 45%", minWidth: 0, marginBottom: 12 };

/** What is sent of them: a secret that was left empty stays as it is, and nothing that the chosen way has no use for. */
export function hostAccessBody({ host_access = "lcm", host_become = "none", host_user, host_port, host_pwd, host_private_key }: HostAccessFields) {
  if (host_access === "lcm") return { host_access, host_become };
  return {
    host_access,
    host_become,
    ...(host_user ? { host_user } : {}),
    ...(host_port ? { host_port } : {}),
    ...(host_pwd ? { host_pwd } : {}),
    ...(host_private_key ? { host_private_key } : {}),
  };
}

/** How compute hosts are reached: part of a data center's form. */
export function HostAccess({ present }: { present?: DataCenterItem | undefined }) {
  const { t } = useTexts();
  const way = Form.useWatch("host_access") as HostAccessFields["host_access"];
  const kept = (secret: string | null | undefined) => (secret ? t("dc.keepSecret") : undefined);
  return (
    <>
      <Typography.Title level={3} style={{ fontSize: 14, marginTop: 4 }}>
        {t("hostAccess.title")}
      </Typography.Title>
      <Flex gap={12} wrap>
        <Form.Item name="host_access" label={t("field.host_access")} style={HALF}>
          <Select
            options={[
              { value: "lcm", label: t("hostAccess.lcm") },
              { value: "direct", label: t("hostAccess.direct") },
            ]}
          />
        </Form.Item>
        <Form.Item name="host_become" label={t("field.host_become")} style={HALF}>
          <Select
            options={[
              { value: "none", label: t("hostBecome.none") },
              { value: "sudo", label: "sudo -n" },
            ]}
          />
        </Form.Item>
        {way === "direct" && (
          <>
            <Form.Item name="host_user" label={t("field.host_user")} style={HALF} rules={[{ required: true, whitespace: true, message: t("field.required") }]}>
              <Input autoComplete="off" />
            </Form.Item>
            <Form.Item name="host_port" label={t("field.host_port")} style={HALF}>
              <InputNumber min={1} max={65535} placeholder="22" style={{ width: "100%" }} />
            </Form.Item>
            <Form.Item name="host_pwd" label={t("field.host_pwd")} extra={kept(present?.host_pwd)} style={HALF}>
              <Input.Password autoComplete="new-password" />
            </Form.Item>
            <Form.Item name="host_private_key" label={t("field.host_private_key")} extra={kept(present?.host_private_key)} style={HALF}>
              <Input.TextArea rows={3} className="mono" autoComplete="off" spellCheck={false} placeholder="-----BEGIN OPENSSH PRIVATE KEY-----" />
            </Form.Item>
          </>
        )}
      </Flex>
    </>
  );
}
