import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Alert, Button, Flex, Form, Input, Modal, Segmented, Typography } from "antd";
import { useState } from "react";
import { ask } from "../api/ask";
import { type DataCenterItem, postEricicConnectStatus, postEricicDataCenter, putEricicDataCenter } from "../api/generated";
import { sentenceOf } from "../api/sentence";
import { type PlainKey, useTexts } from "../i18n";
import { showFieldErrors } from "../kit/fields";
import { useChange } from "../kit/useChange";
import { HostAccess, hostAccessBody, type HostAccessFields } from "./hostAccess";

interface Fields extends HostAccessFields {
  name: string;
  country?: string;
  province?: string;
  city?: string;
  cee_version?: string;
  system_name?: string;
  lcm_ip?: string;
  lcm_user?: string;
  lcm_pwd?: string;
  openstackrc_dir?: string;
  lcmrc_dir?: string;
}

const SECRETS = ["lcm_pwd", "host_pwd", "host_private_key"];
const PLACE = ["country", "province", "city", "cee_version"] as const;
const REQUIRED = { lcm_ip: true, lcm_user: true, openstackrc_dir: true } as const;

/** Adds a data center, or changes one that is given. */
export function DatacenterDialog({ present, onClose }: { present?: DataCenterItem; onClose: () => void }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const [form] = Form.useForm<Fields>();
  const [online, setOnline] = useState(present?.mode ?? true);
  const save = useChange<Fields>({
    run: async (values) => {
      const { host_access, host_become, host_user, host_port, host_pwd, host_private_key, ...others } = values;
      const hosts = hostAccessBody({ host_access, host_become, host_user, host_port, host_pwd, host_private_key });
      const body = online ? { ...others, ...hosts } : Object.fromEntries(["name", ...PLACE].map((key) => [key, values[key as keyof Fields]]));
      if (present) {
        await ask(putEricicDataCenter({ body: { ...body, id: present.id, name: present.name } }));
        return;
      }
      const { data } = await ask(postEricicDataCenter({ body: { ...body, name: values.name, mode: online } }));
      await navigate({ to: "/dc/$cid", params: { cid: data } });
    },
    done: present ? t("dc.saved") : t("dc.added"),
    after: onClose,
  });
  const initial = present
    ? (Object.fromEntries(Object.entries(present).map(([key, value]) => [key, SECRETS.includes(key) ? "" : (value ?? "")])) as unknown as Fields)
    : { host_access: "lcm" as const, host_become: "none" as const };
  const optional = (name: keyof Fields, extra?: string, placeholder?: string) => (
    <Form.Item key={name} name={name} label={t(`field.${name}` as PlainKey)} extra={extra} style={{ flex: "1 1 45%", marginBottom: 12 }} rules={online && name in REQUIRED ? [{ required: true, whitespace: true, message: t("field.required") }] : []}>
      <Input placeholder={placeholder} autoComplete="off" />
    </Form.Item>
  );
  return (
    <Modal
      open
      width={680}
      title={present ? t("dc.edit", { name: present.name }) : t("dcs.add")}
      okText={present ? t("action.save") : t("dcs.add")}
      cancelText={t("action.cancel")}
      confirmLoading={save.isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
    >
      <Form form={form} layout="vertical" initialValues={initial} onFinish={(values) => save.mutate(values, { onError: (error) => showFieldErrors(form, error) })}>
        {!present && (
          <Flex vertical gap={4} style={{ marginBottom: 12 }}>
            <Segmented
              aria-label={t("field.mode")}
              value={online ? "online" : "offline"}
              onChange={(value) => setOnline(value === "online")}
              options={[
                { value: "online", label: t("dc.online") },
                { value: "offline", label: t("dcs.offline") },
              ]}
            />
            <Typography.Text type="secondary">{online ? t("dc.onlineNote") : t("dc.offlineNote")}</Typography.Text>
          </Flex>
        )}
        <Form.Item name="name" label={t("field.name")} rules={[{ required: true, whitespace: true, message: t("field.required") }]} style={{ marginBottom: 12 }}>
          <Input disabled={present !== undefined} maxLength={255} autoComplete="off" />
        </Form.Item>
        <Flex gap={12} wrap>
          {PLACE.map((name) => optional(name))}
        </Flex>
        {online && (
          <>
            <Flex gap={12} wrap>
              {optional("system_name")}
              {optional("lcm_ip", undefined, "192.0.2.17, [2001:db8::17]:22")}
              {optional("lcm_user")}
              <Form.Item
                name="lcm_pwd"
                label={t("field.lcm_pwd")}
                extra={present ? t("dc.keepPassword") : undefined}
                style={{ flex: "1 1 45%", marginBottom: 12 }}
                rules={present ? [] : [{ required: true, message: t("field.required") }]}
              >
                <Input.Password autoComplete="new-password" />
              </Form.Item>
              {optional("openstackrc_dir", undefined, "/home/ceeinfra/admin-openrc.sh")}
              {optional("lcmrc_dir", undefined, "/home/ceeinfra/lcmrc")}
            </Flex>
            <HostAccess present={present} />
            <Trial read={() => form.getFieldsValue()} hasPassword={present === undefined} />
          </>
        )}
      </Form>
    </Modal>
  );
}

/** Tries the log-in with what stands in the form, before anything is stored. */
function Trial({ read, hasPassword }: { read: () => Fields; hasPassword: boolean }) {
  const { t } = useTexts();
  const trial = useMutation({
    mutationFn: () => {
      const { lcm_ip = "", lcm_user = "", lcm_pwd = "" } = read();
      return ask(postEricicConnectStatus({ body: { lcm_ip, lcm_user, lcm_pwd } }));
    },
  });
  return (
    <Flex vertical gap={8}>
      <Flex gap={8} align="center" wrap>
        <Button onClick={() => trial.mutate()} loading={trial.isPending}>
          {t("dc.verify")}
        </Button>
        <Typography.Text type="secondary">{hasPassword ? t("dc.verifyNote") : t("dc.verifyNoteEdit")}</Typography.Text>
      </Flex>
      <div aria-live="polite">
        {trial.error ? <Alert type="error" showIcon title={sentenceOf(trial.error, t)} /> : null}
        {trial.data && <ConnectionResult ok={trial.data.data} message={trial.data.message} fingerprint={trial.data.host_key_fingerprint} />}
      </div>
    </Flex>
  );
}

export function ConnectionResult({ ok, message, reason, fingerprint }: { ok: boolean; message: string | null; reason?: string | null; fingerprint: string | null }) {
  const { t } = useTexts();
  const key = fingerprint && (
    <span>
      {t("dc.hostKey")}: <span className="mono">{fingerprint}</span>
    </span>
  );
  if (ok) return <Alert type="success" showIcon title={t("dc.connected")} description={key} />;
  return <Alert type="error" showIcon title={message ?? t("dc.notConnected")} description={reason === "host_key_changed" ? t("dc.keyChanged") : key || t(adviceKey(message))} />;
}

function adviceKey(message: string | null): PlainKey {
  if (message === "Authentication failed") return "dc.adviceAuthentication";
  if (message === "Permission denied") return "dc.advicePermission";
  return "dc.adviceReach";
}
