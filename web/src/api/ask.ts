/** Calls of the API: the generated functions, with the session's token, and failures thrown as ApiError. */
import { ApiError, errorOfBody, unreachable } from "./errors";
import { client } from "./generated/client.gen";
import { accessToken, refuseToken } from "./session";

interface Reply<T> {
  data?: T;
  error?: unknown;
  response?: Response;
}

client.setConfig({ baseUrl: "", fetch: fetchWithToken });

/** The answer of a generated call, or its failure thrown. */
export async function ask<T>(reply: Promise<Reply<T>>): Promise<T> {
  const { data, error, response } = await reply;
  if (error instanceof ApiError) throw error;
  if (!response) throw unreachable();
  if (!response.ok) throw errorOfBody(response.status, error);
  return data as T;
}

/** A refused token is renewed once: the session may live on though this token does not. */
export async function fetchWithToken(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const again = request.clone();
  const token = await accessToken();
  const response = await send(request, token);
  if (response.status !== 401) return response;
  refuseToken(token);
  return send(again, await accessToken());
}

async function send(request: Request, token: string): Promise<Response> {
  request.headers.set("Authorization", `Bearer ${token}`);
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw unreachable();
  }
}
