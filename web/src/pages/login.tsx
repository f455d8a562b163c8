import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Alert, Button, Card, Flex, Form, Input, Typography } from "antd";
import { type ReactNode, useEffect } from "react";
import type { About } from "../api/generated";
import { ApiError, failureOf, unreachable } from "../api/errors";
import { sentenceOf } from "../api/sentence";
import { logIn } from "../api/session";
import { Logo } from "../app/Logo";
import { Switches } from "../app/Switches";
import { useTexts } from "../i18n";
import { showFieldErrors } from "../kit/fields";

interface Credentials {
  name: string;
  password: string;
}

const route = getRouteApi("/login");

export function LoginPage() {
  const { t } = useTexts();
  const { next } = route.useSearch();
  const navigate = useNavigate();
  const about = useAbout();
  const entering = useMutation({
    mutationFn: ({ name, password }: Credentials) => logIn(name, password),
    onSuccess: () => navigate({ to: next ?? "/", replace: true }),
  });
  return (
    <Door title={t("login.title")}>
      {entering.error ? <Alert type="error" showIcon role="alert" title={sentenceOf(entering.error, t)} /> : null}
      <Form<Credentials> layout="vertical" requiredMark={false} onFinish={(values) => entering.mutate(values)}>
        <NameField />
        <Form.Item name="password" label={t("login.password")} rules={[{ required: true, message: t("login.needsPassword") }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={entering.isPending}>
          {t("login.enter")}
        </Button>
      </Form>
      {about.data?.registration === "open" && (
        <Typography.Text type="secondary">
          {t("login.noAccount")} <Link to="/sign-up">{t("sign.title")}</Link>
        </Typography.Text>
      )}
      {about.data?.registration === "closed" && <Typography.Text type="secondary">{t("sign.closed")}</Typography.Text>}
    </Door>
  );
}

export function SignUpPage() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const about = useAbout();
  const [form] = Form.useForm<Credentials & { again: string }>();
  const signing = useMutation({
    mutationFn: async ({ name, password }: Credentials) => {
      await signUp(name, password);
      await logIn(name, password);
    },
    onSuccess: () => navigate({ to: "/", replace: true }),
    onError: (error) => showFieldErrors(form, error),
  });
  if (about.data?.registration === "closed") {
    return (
      <Door title={t("sign.title")}>
        <Alert type="info" showIcon title={t("sign.closed")} />
        <Link to="/login">{t("login.title")}</Link>
      </Door>
    );
  }
  return (
    <Door title={t("sign.title")}>
      {signing.error ? <Alert type="error" showIcon role="alert" title={sentenceOf(signing.error, t)} /> : null}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => signing.mutate(values)}>
        <NameField />
        <Form.Item name="password" label={t("login.password")} extra={t("sign.policy")} rules={[{ required: true, min: 8, message: t("sign.policy") }]}>
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
        <Form.Item
          name="again"
          label={t("sign.again")}
          dependencies={["password"]}
          rules={[
            { required: true, message: t("sign.differs") },
            ({ getFieldValue }) => ({
              validator: (_, value) => (value === getFieldValue("password") ? Promise.resolve() : Promise.reject(new Error(t("sign.differs")))),
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={signing.isPending}>
          {t("sign.enter")}
        </Button>
      </Form>
      <Typography.Text type="secondary">
        {t("sign.hasAccount")} <Link to="/login">{t("login.title")}</Link>
      </Typography.Text>
    </Door>
  );
}

function NameField() {
  const { t } = useTexts();
  return (
    <Form.Item name="name" label={t("login.name")} rules={[{ required: true, whitespace: true, message: t("login.needsName") }]}>
      <Input autoComplete="username" autoFocus maxLength={128} />
    </Form.Item>
  );
}

function Door({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Optimus`;
  }, [title]);
  const { t } = useTexts();
  return (
    <main style={{ minHeight: "100vh", display: "flex", flexDirection: "column" }}>
      <Flex justify="end" style={{ padding: 12 }}>
        <Switches />
      </Flex>
      <Flex vertical align="center" justify="center" style={{ flex: 1, padding: "0 16px 96px" }}>
        <Flex vertical gap={20} style={{ width: "100%", maxWidth: 380 }}>
          <Flex align="center" gap={12}>
            <Logo size={40} />
            <div>
              <div style={{ fontSize: 22, fontWeight: 650, lineHeight: 1.2 }}>Optimus</div>
              <Typography.Text type="secondary">{t("login.about")}</Typography.Text>
            </div>
          </Flex>
          <Card>
            <Flex vertical gap={16}>
              <Typography.Title level={1} style={{ fontSize: 18, margin: 0 }}>
                {title}
              </Typography.Title>
              {children}
            </Flex>
          </Card>
        </Flex>
      </Flex>
    </main>
  );
}

function useAbout() {
  return useQuery({ queryKey: ["about"], queryFn: about, staleTime: 60_000 });
}

/** These two calls need no token, so they do not go through the session. */
async function about(): Promise<About> {
  const response = await fetch("/api/v1/about").catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await failureOf(response);
  return ((await response.json()) as { data: About }).data;
}

async function signUp(name: string, password: string): Promise<void> {
  const response = await fetch("/api/v1/sign", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, password }),
  }).catch((): never => {
    throw new ApiError(0, "");
  });
  if (!response.ok) throw await failureOf(response);
}
