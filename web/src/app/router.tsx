import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  type SearchSchemaInput,
} from "@tanstack/react-router";
import { currentSession, includesRole, onSessionChange, resume, type Role } from "../api/session";
import { RouteFailure, RouteMissing, RoutePending } from "./RouteStates";
import { listSearch, oneOf, parseSearch, positive, type Raw, stringifySearch, text } from "./search";

type Input = Raw & SearchSchemaInput;

const root = createRootRoute({ component: Outlet, notFoundComponent: RouteMissing, errorComponent: RouteFailure });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (raw: Input): { next?: string | undefined } => ({ next: ownAddress(raw) }),
  beforeLoad: async ({ search }) => {
    if (await resume().catch(() => null)) throw redirect({ to: search.next ?? "/" });
  },
  component: lazyRouteComponent(() => import("../pages/login"), "LoginPage"),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: "/sign-up",
  component: lazyRouteComponent(() => import("../pages/login"), "SignUpPage"),
});

/** Only addresses of this page: a link must not lead a person who logs in to somewhere else. */
function ownAddress(raw: Raw): string | undefined {
  const next = text(raw, "next");
  return next?.startsWith("/") && !next.startsWith("//") && !next.includes("\\") ? next : undefined;
}

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ location }) => {
    if (!(await resume())) throw redirect({ to: "/login", search: { next: location.href === "/" ? undefined : location.href } });
  },
  component: lazyRouteComponent(() => import("./Shell"), "Shell"),
  errorComponent: RouteFailure,
});

const STATES = ["ok", "attention", "offline"] as const;
const DC_SORTS = ["name", "vcpus", "memory", "disk", "hosts", "servers", "collected"] as const;

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/datacenters" });
  },
});

const datacenters = createRoute({
  getParentRoute: () => app,
  path: "/datacenters",
  validateSearch: (raw: Input) => ({
    view: oneOf(raw, "view", ["table"] as const),
    state: oneOf(raw, "state", STATES),
    ...listSearch(raw, DC_SORTS, []),
  }),
  component: lazyRouteComponent(() => import("../pages/datacenters"), "DatacentersPage"),
});

const dc = createRoute({
  getParentRoute: () => app,
  path: "/dc/$cid",
  component: lazyRouteComponent(() => import("../pages/datacenter"), "DatacenterLayout"),
});

const dcOverview = createRoute({
  getParentRoute: () => dc,
  path: "/",
  validateSearch: (raw: Input) => ({ span: oneOf(raw, "span", ["day", "month", "year"] as const) }),
  component: lazyRouteComponent(() => import("../pages/datacenterOverview"), "OverviewPage"),
});

const hosts = createRoute({
  getParentRoute: () => dc,
  path: "hosts",
  validateSearch: (raw: Input) =>
    listSearch(raw, ["vm_num", "update_time"] as const, ["host", "host_aggregate", "availability_zone", "state"] as const),
  component: lazyRouteComponent(() => import("../pages/hosts"), "HostsPage"),
});

const host = createRoute({
  getParentRoute: () => dc,
  path: "hosts/$hid",
  validateSearch: (raw: Input) => ({
    cpus: oneOf(raw, "cpus", ["table"] as const),
    ...listSearch(raw, [], []),
  }),
  component: lazyRouteComponent(() => import("../pages/host"), "HostPage"),
});

const vms = createRoute({
  getParentRoute: () => dc,
  path: "vms",
  validateSearch: (raw: Input) =>
    listSearch(
      raw,
      ["time", "memory", "disk", "vcpu"] as const,
      ["nova_name", "nova_status", "nova_host", "nova_tenant", "stack_id"] as const,
    ),
  component: lazyRouteComponent(() => import("../pages/vms"), "VmsPage"),
});

const vm = createRoute({
  getParentRoute: () => dc,
  path: "vms/$vid",
  validateSearch: (raw: Input) => ({ interval: oneOf(raw, "interval", ["6", "15", "30"] as const) }),
  component: lazyRouteComponent(() => import("../pages/vm"), "VmPage"),
});

const tenants = createRoute({
  getParentRoute: () => dc,
  path: "tenants",
  validateSearch: (raw: Input) => listSearch(raw, ["name", "cores", "ram", "instances", "volume"] as const, []),
  component: lazyRouteComponent(() => import("../pages/tenants"), "TenantsPage"),
});

const tenant = createRoute({
  getParentRoute: () => dc,
  path: "tenants/$tid",
  component: lazyRouteComponent(() => import("../pages/tenant"), "TenantPage"),
});

const stacks = createRoute({
  getParentRoute: () => dc,
  path: "stacks",
  validateSearch: (raw: Input) => listSearch(raw, ["name", "servers", "created"] as const, []),
  component: lazyRouteComponent(() => import("../pages/stacks"), "StacksPage"),
});

const runs = createRoute({
  getParentRoute: () => dc,
  path: "runs",
  validateSearch: (raw: Input) => listSearch(raw, [], ["static", "dynamic"] as const),
  component: lazyRouteComponent(() => import("../pages/runs"), "RunsPage"),
});

const schedules = createRoute({
  getParentRoute: () => app,
  path: "/schedules",
  validateSearch: (raw: Input) => listSearch(raw, ["name", "dynamic", "static"] as const, []),
  component: lazyRouteComponent(() => import("../pages/schedules"), "SchedulesPage"),
});

const records = createRoute({
  getParentRoute: () => app,
  path: "/records",
  validateSearch: (raw: Input) => listSearch(raw, ["timestamp", "name", "status", "data_center", "cee_version"] as const, []),
  component: lazyRouteComponent(() => import("../pages/records"), "RecordsPage"),
});

const compare = createRoute({
  getParentRoute: () => app,
  path: "/records/compare",
  validateSearch: (raw: Input) => ({ a: text(raw, "a"), b: text(raw, "b"), ...listSearch(raw, [], []) }),
  component: lazyRouteComponent(() => import("../pages/compare"), "ComparePage"),
});

const yaml = createRoute({
  getParentRoute: () => app,
  path: "/yaml",
  validateSearch: (raw: Input) => ({ tab: oneOf(raw, "tab", ["history"] as const), ...listSearch(raw, [], []) }),
  component: lazyRouteComponent(() => import("../pages/yaml"), "YamlPage"),
});

const account = createRoute({
  getParentRoute: () => app,
  path: "/account",
  component: lazyRouteComponent(() => import("../pages/account"), "AccountPage"),
});

function needs(role: Role) {
  return () => {
    const session = currentSession();
    if (session && !includesRole(session.role, role)) throw redirect({ to: "/" });
  };
}

const users = createRoute({
  getParentRoute: () => app,
  path: "/admin/users",
  beforeLoad: needs("admin"),
  validateSearch: (raw: Input) => listSearch(raw, ["name", "role", "seen"] as const, []),
  component: lazyRouteComponent(() => import("../pages/users"), "UsersPage"),
});

const audit = createRoute({
  getParentRoute: () => app,
  path: "/admin/audit",
  beforeLoad: needs("admin"),
  validateSearch: (raw: Input) => ({
    user: text(raw, "user"),
    action: text(raw, "action"),
    subject: text(raw, "subject"),
    ...listSearch(raw, [], []),
  }),
  component: lazyRouteComponent(() => import("../pages/audit"), "AuditPage"),
});

const settings = createRoute({
  getParentRoute: () => app,
  path: "/admin/settings",
  beforeLoad: needs("admin"),
  validateSearch: (raw: Input) => ({ filter: text(raw, "filter"), page: positive(raw, "page") }),
  component: lazyRouteComponent(() => import("../pages/settings"), "SettingsPage"),
});

const health = createRoute({
  getParentRoute: () => app,
  path: "/admin/health",
  component: lazyRouteComponent(() => import("../pages/health"), "HealthPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    signUp,
    app.addChildren([
      home,
      datacenters,
      dc.addChildren([dcOverview, hosts, host, vms, vm, tenants, tenant, stacks, runs]),
      schedules,
      records,
      compare,
      yaml,
      account,
      users,
      audit,
      settings,
      health,
    ]),
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultPendingComponent: RoutePending,
  defaultErrorComponent: RouteFailure,
  scrollRestoration: true,
});

// Whoever is logged out, here or in another tab, is led to the log-in page and back afterwards.
onSessionChange(() => {
  if (!currentSession()) void router.invalidate();
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
