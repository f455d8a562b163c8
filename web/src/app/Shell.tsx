import { ApiOutlined, CalendarOutlined, CloudServerOutlined, DownOutlined, FileTextOutlined, HeartOutlined, LogoutOutlined, MenuFoldOutlined, MenuUnfoldOutlined, SettingOutlined, SnippetsOutlined, TeamOutlined, UnorderedListOutlined, UserOutlined } from "@ant-design/icons";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { App, Button, Dropdown, Layout, Menu, type MenuProps, theme } from "antd";
import { useState, useSyncExternalStore } from "react";
import { currentSession, includesRole, logOut, onSessionChange } from "../api/session";
import { useTexts } from "../i18n";
import { useScrollingByKeyboard } from "../kit/scrolling";
import { Logo } from "./Logo";
import { queryClient } from "./query";
import { Switches } from "./Switches";

const WIDE = 1200;

export function useSession() {
  return useSyncExternalStore(onSessionChange, currentSession);
}

/** Whether the person may change things. */
export function useMay(role: "operator" | "admin"): boolean {
  const session = useSession();
  return session !== null && includesRole(session.role, role);
}

export function Shell() {
  const { t } = useTexts();
  const { token } = theme.useToken();
  const [folded, setFolded] = useState(() => window.innerWidth < WIDE);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const navigate = useNavigate();
  const session = useSession();
  const isAdmin = useMay("admin");
  useScrollingByKeyboard();

  const items: MenuProps["items"] = [
    { key: "/datacenters", icon: <CloudServerOutlined />, label: <Link to="/datacenters">{t("nav.datacenters")}</Link> },
    { key: "/schedules", icon: <CalendarOutlined />, label: <Link to="/schedules">{t("nav.schedules")}</Link> },
    { key: "/records", icon: <SnippetsOutlined />, label: <Link to="/records">{t("nav.records")}</Link> },
    { key: "/yaml", icon: <FileTextOutlined />, label: <Link to="/yaml">{t("nav.yaml")}</Link> },
    {
      key: "admin",
      type: "group",
      label: folded ? null : t("nav.administration"),
      children: [
        ...(isAdmin
          ? [
              { key: "/admin/users", icon: <TeamOutlined />, label: <Link to="/admin/users">{t("nav.users")}</Link> },
              { key: "/admin/audit", icon: <UnorderedListOutlined />, label: <Link to="/admin/audit">{t("nav.audit")}</Link> },
              { key: "/admin/settings", icon: <SettingOutlined />, label: <Link to="/admin/settings">{t("nav.settings")}</Link> },
            ]
          : []),
        { key: "/admin/health", icon: <HeartOutlined />, label: <Link to="/admin/health">{t("nav.health")}</Link> },
        {
          key: "/docs",
          icon: <ApiOutlined />,
          label: (
            <a href="/docs" target="_blank" rel="noreferrer">
              {t("nav.docs")}
            </a>
          ),
        },
      ],
    },
  ];

  const leave = async () => {
    await logOut().catch(() => undefined);
    queryClient.clear();
    await navigate({ to: "/login" });
  };

  return (
    <App>
      <a className="skip-link" href="#content">
        {t("nav.skip")}
      </a>
      <Layout style={{ minHeight: "100vh" }}>
        <Layout.Sider collapsed={folded} collapsible trigger={null} width={216} collapsedWidth={64} style={{ position: "sticky", top: 0, height: "100vh", overflow: "auto" }}>
          <Link to="/datacenters" aria-label="Optimus" style={{ display: "flex", alignItems: "center", gap: 10, padding: folded ? "14px 16px" : "14px 20px", color: "#fff" }}>
            <Logo />
            {!folded && <strong style={{ fontSize: 18, letterSpacing: 0.2 }}>Optimus</strong>}
          </Link>
          <nav aria-label={t("nav.main")}>
            <Menu theme="dark" mode="inline" items={items} selectedKeys={[selected(path)]} style={{ background: "transparent", borderInlineEnd: 0 }} />
          </nav>
        </Layout.Sider>
        <Layout>
          <Layout.Header style={{ display: "flex", alignItems: "center", gap: 4, paddingInline: 12, height: 52, lineHeight: "normal", borderBottom: `1px solid ${token.colorBorderSecondary}`, position: "sticky", top: 0, zIndex: 10 }}>
            <Button type="text" aria-label={t("nav.fold")} aria-expanded={!folded} icon={folded ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />} onClick={() => setFolded(!folded)} />
            <span style={{ flex: 1 }} />
            <Switches />
            <Dropdown
              trigger={["click"]}
              menu={{
                items: [
                  { key: "who", disabled: true, label: session ? t(`role.${session.role}`) : "" },
                  { type: "divider" },
                  { key: "account", icon: <UserOutlined />, label: <Link to="/account">{t("nav.account")}</Link> },
                  { key: "leave", icon: <LogoutOutlined />, label: t("nav.logOut"), onClick: () => void leave() },
                ],
              }}
            >
              <Button type="text" icon={<UserOutlined />} data-testid="user-menu">
                {session?.name} <DownOutlined aria-hidden />
              </Button>
            </Dropdown>
          </Layout.Header>
          <Layout.Content id="content" tabIndex={-1} style={{ padding: 20, minWidth: 0, outline: "none" }}>
            <main>
              <Outlet />
            </main>
          </Layout.Content>
        </Layout>
      </Layout>
    </App>
  );
}

const PLACES = ["/schedules", "/records", "/yaml", "/admin/users", "/admin/audit", "/admin/settings", "/admin/health", "/account"];

function selected(path: string): string {
  return PLACES.find((place) => path.startsWith(place)) ?? "/datacenters";
}

