/**
 * Who is logged in. The refresh token is in a cookie that no script can read; the access token lives in this module
 * only, so that it ends with the tab. Renewing is done once for all requests of a tab that need it; two tabs may renew
 * at once, since the server does not rotate.
 */
import type { PageSession } from "./generated";
import { ApiError, failureOf, unreachable } from "./errors";

export type Role = "viewer" | "operator" | "admin";

export interface Session {
  userId: string;
  name: string;
  role: Role;
}

interface Token {
  value: string;
  /** By performance.now(), which a change of the machine's clock does not touch. */
  endsAt: number;
}

/** Renew this long before the end, so that no request is sent with a token that ends under way. */
const MARGIN_MS = 30_000;
/** In the browser's storage: whether it is worth asking for a session at all. Holds no secret. */
const HINT = "optimus.session";
const HEADERS = { "X-Optimus-Page": "1" };

let token: Token | null = null;
let session: Session | null = null;
let renewing: Promise<Session> | null = null;
const listeners = new Set<() => void>();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("optimus.session");

channel?.addEventListener("message", (event) => {
  if (event.data === "ended" && session) forget();
});

export function currentSession(): Session | null {
  return session;
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export async function logIn(name: string, password: string): Promise<Session> {
  const headers = { ...HEADERS, "Content-Type": "application/json" };
  return take(await send("POST", "/api/v1/session", headers, JSON.stringify({ name, password })));
}

/** Whoever the browser's cookie says; null when nobody is logged in. Throws when the server cannot be asked. */
export async function resume(): Promise<Session | null> {
  if (session || !localStorage.getItem(HINT)) return session;
  try {
    return await renew();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export async function logOut(): Promise<void> {
  try {
    await send("DELETE", "/api/v1/session", HEADERS);
  } finally {
    channel?.postMessage("ended");
    forget();
  }
}

/** A token that is good for a while yet. Throws an ApiError of status 401 when the session has ended. */
export async function accessToken(): Promise<string> {
  if (!token || performance.now() > token.endsAt - MARGIN_MS) await renew();
  return token!.value;
}

/** The server refused this token (the session ended, or the server has a new key): it is not used again. */
export function refuseToken(value: string): void {
  if (token?.value === value) token = null;
}

function renew(): Promise<Session> {
  renewing ??= send("POST", "/api/v1/session/refresh", HEADERS)
    .then(take)
    .catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) forget();
      throw error;
    })
    .finally(() => {
      renewing = null;
    });
  return renewing;
}

async function send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { method, headers, credentials: "same-origin", ...(body ? { body } : {}) });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await failureOf(response);
  return response;
}

async function take(response: Response): Promise<Session> {
  const { data } = (await response.json()) as { data: PageSession };
  token = { value: data.access_token, endsAt: performance.now() + data.expires_in * 1000 };
  localStorage.setItem(HINT, "1");
  const found: Session = { userId: data.user_id, name: data.name, role: data.role as Role };
  if (session?.userId !== found.userId || session.role !== found.role) {
    session = found;
    announce();
  }
  return session;
}

function forget(): void {
  token = null;
  localStorage.removeItem(HINT);
  if (session) {
    session = null;
    announce();
  }
}

function announce(): void {
  for (const listener of listeners) listener();
}

/** For tests: as a tab that has just been opened. */
export function startAnew(): void {
  token = null;
  session = null;
  renewing = null;
}

const ORDER: Role[] = ["viewer", "operator", "admin"];

export function includesRole(has: Role, wanted: Role): boolean {
  return ORDER.indexOf(has) >= ORDER.indexOf(wanted);
}
