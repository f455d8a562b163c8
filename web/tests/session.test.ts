// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../src/api/errors";
import { accessToken, currentSession, logIn, logOut, refuseToken, resume, startAnew } from "../src/api/session";

const page = (access_token: string, expires_in = 600) => ({ access_token, expires_in, time: 1000, user_id: "u", name: "zhang", role: "operator" });
const answer = (data: unknown, status = 200) => Promise.resolve(new Response(JSON.stringify({ status: status < 400, code: status, data, message: "no" }), { status }));

let server: ReturnType<typeof vi.fn>;

beforeEach(() => {
  startAnew();
  localStorage.clear();
  server = vi.fn();
  vi.stubGlobal("fetch", server);
});

async function loggedIn(expires_in = 600) {
  server.mockReturnValueOnce(answer(page("first", expires_in), 201));
  await logIn("zhang", "secret");
}

describe("the session", () => {
  it("asks for nothing when nobody ever logged in here", async () => {
    expect(await resume()).toBeNull();
    expect(server).not.toHaveBeenCalled();
  });

  it("uses a good token again and again", async () => {
    await loggedIn();
    expect(await accessToken()).toBe("first");
    expect(await accessToken()).toBe("first");
    expect(server).toHaveBeenCalledTimes(1);
  });

  it("renews once for all requests that wait", async () => {
    await loggedIn(10); // less than the margin: already too old to be sent
    server.mockReturnValueOnce(answer(page("second")));
    expect(await Promise.all([accessToken(), accessToken(), accessToken()])).toEqual(["second", "second", "second"]);
    expect(server).toHaveBeenCalledTimes(2);
  });

  it("does not use a token again that was refused", async () => {
    await loggedIn();
    refuseToken("another");
    expect(await accessToken()).toBe("first");
    refuseToken("first");
    server.mockReturnValueOnce(answer(page("second")));
    expect(await accessToken()).toBe("second");
  });

  it("ends when the server says so, and not when it cannot be reached", async () => {
    await loggedIn(10);
    server.mockReturnValueOnce(Promise.reject(new TypeError("network")));
    await expect(accessToken()).rejects.toMatchObject({ status: 0 });
    expect(currentSession()?.name).toBe("zhang");
    server.mockReturnValueOnce(answer(null, 401));
    await expect(accessToken()).rejects.toBeInstanceOf(ApiError);
    expect(currentSession()).toBeNull();
    expect(await resume()).toBeNull();
  });

  it("ends here even when logging out fails on the way", async () => {
    await loggedIn();
    server.mockReturnValueOnce(Promise.reject(new TypeError("network")));
    await expect(logOut()).rejects.toMatchObject({ status: 0 });
    expect(currentSession()).toBeNull();
  });

  it("keeps the token out of the browser's storage", async () => {
    await loggedIn();
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain("first");
  });
});
