"""The web page's log-in: session, session/refresh; who is logged in, own sessions, own password."""

from concurrent.futures import ThreadPoolExecutor
from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest
from tests.contract.api import DC, Api, StartApi, unique
from tests.contract.document import SYSTEM
from tests.contract.recorder import refused
from tests.support.client import Reply

SESSION, RENEW = f"{SYSTEM}/session", f"{SYSTEM}/session/refresh"
ME, SESSIONS, OWN_PASSWORD = f"{SYSTEM}/me", f"{SYSTEM}/sessions", f"{SYSTEM}/password"
COOKIE = "optimus_refresh"
PASSWORD = "a long enough password"
PAGE = {"X-Optimus-Page": "1"}
FOREIGN = {**PAGE, "Sec-Fetch-Site": "cross-site"}


def open_session(api: Api, name: str, password: str = PASSWORD, **headers: str) -> Reply:
    return api.anonymous.request(
        "POST", SESSION, json_body={"name": name, "password": password}, headers={**PAGE, **headers}
    )


def cookie_of(reply: Reply) -> "Morsel[str]":
    return SimpleCookie(reply.headers["set-cookie"])[COOKIE]


def with_cookie(value: str, **headers: str) -> dict[str, str]:
    return {**PAGE, "Cookie": f"{COOKIE}={value}", **headers}


def renew(api: Api, cookie: str) -> Reply:
    return api.anonymous.request("POST", RENEW, headers=with_cookie(cookie))


@pytest.fixture
def user(api: Api) -> str:
    name = unique("page")
    api.sign(name)
    return name


class TestOpen:
    def test_the_refresh_token_is_in_a_cookie_for_no_script_and_no_other_site(self, api: Api, user: str) -> None:
        reply = open_session(api, user)
        assert set(reply.data) == {"access_token", "expires_in", "time", "user_id", "name", "role"}
        assert (reply.data["name"], reply.data["role"], reply.data["expires_in"]) == (user, "operator", 600)
        cookie = cookie_of(reply)
        assert cookie["httponly"] is True
        assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Strict", SESSION, "259200")
        assert not cookie["secure"]
        assert cookie.value not in reply.content.decode()
        assert api.anonymous.as_user(reply.data["access_token"]).get(DC).status == 200

    def test_over_https_the_cookie_is_never_sent_in_clear(self, start_api: StartApi) -> None:
        api = start_api(registration="open")
        api.sign("somebody")
        # What a proxy that ends TLS says, to a server that trusts its address.
        assert cookie_of(open_session(api, "somebody", **{"X-Forwarded-Proto": "https"}))["secure"]

    def test_wrong_cases(self, start_api: StartApi) -> None:
        api = start_api(login_failures_allowed=2)
        api.sign("somebody")
        refused(api.anonymous.request("POST", SESSION, json_body={"name": "a"}, headers=PAGE), 400, field="password")
        refused(open_session(api, "x" * 129), 422, field="name")
        refused(api.anonymous.post(SESSION, {"name": "somebody", "password": PASSWORD}), 400, field="X-Optimus-Page")
        foreign = api.anonymous.request(
            "POST", SESSION, json_body={"name": "somebody", "password": PASSWORD}, headers=FOREIGN
        )
        refused(foreign, 403, "own page")
        for _ in range(2):
            assert "set-cookie" not in refused(open_session(api, "somebody", "wrong password"), 401).headers
        refused(open_session(api, "somebody"), 429)


class TestRenew:
    def test_wrong_cases(self, api: Api, user: str) -> None:
        cookie = cookie_of(open_session(api, user)).value
        refused(api.anonymous.request("POST", RENEW, headers=PAGE), 401, "not logged in")
        refused(renew(api, "nonsense"), 401, "log in again")
        refused(api.anonymous.request("POST", RENEW, headers={"Cookie": f"{COOKIE}={cookie}"}), 400)
        for site in ("cross-site", "same-site"):
            headers = with_cookie(cookie, **{"Sec-Fetch-Site": site})
            refused(api.anonymous.request("POST", RENEW, headers=headers), 403, "own page")
        own = with_cookie(cookie, **{"Sec-Fetch-Site": "same-origin"})
        assert api.anonymous.request("POST", RENEW, headers=own).status == 200

    def test_tabs_that_renew_at_once_all_stay_logged_in(self, api: Api, user: str) -> None:
        cookie = cookie_of(open_session(api, user)).value
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: renew(api, cookie), range(24)))
        assert {r.status for r in replies} == {200}
        for reply in [*replies[:3], renew(api, cookie)]:
            assert api.anonymous.as_user(reply.data["access_token"]).get(ME).data["name"] == user

    def test_it_says_who_and_for_how_long(self, api: Api, user: str) -> None:
        opened = open_session(api, user)
        found = renew(api, cookie_of(opened).value).data
        assert {k: found[k] for k in ("user_id", "name", "role")} == {
            k: opened.data[k] for k in ("user_id", "name", "role")
        }
        assert 259200 - 60 < found["time"] <= 259200


class TestClose:
    def test_it_ends_the_session_and_takes_the_cookie(self, api: Api, user: str) -> None:
        opened = open_session(api, user)
        cookie = cookie_of(opened).value
        refused(api.anonymous.request("DELETE", SESSION, headers={"Cookie": f"{COOKIE}={cookie}"}), 400)
        refused(api.anonymous.request("DELETE", SESSION, headers={**with_cookie(cookie), **FOREIGN}), 403)
        closed = api.anonymous.request("DELETE", SESSION, headers=with_cookie(cookie))
        assert (cookie_of(closed).value, cookie_of(closed)["max-age"]) == ("", "0")
        refused(renew(api, cookie), 401)
        refused(api.anonymous.as_user(opened.data["access_token"]).get(ME), 401)

    @pytest.mark.parametrize("headers", [PAGE, with_cookie("nonsense")])
    def test_without_a_session_it_is_fine(self, api: Api, headers: dict[str, str]) -> None:
        assert api.anonymous.request("DELETE", SESSION, headers=headers).status == 200


class TestOwnSessions:
    def test_each_log_in_is_one(self, api: Api, user: str) -> None:
        first = api.anonymous.as_user(api.log_in(user)["access_token"])
        second = api.anonymous.as_user(open_session(api, user).data["access_token"])
        found = first.get(SESSIONS)
        assert found.body["total"] == 2
        assert [s["current"] for s in found.data].count(True) == 1
        assert {s["client_address"] for s in found.data} == {"127.0.0.1"}
        mine = next(s["id"] for s in found.data if s["current"])
        assert first.get(ME).data["session_id"] == mine
        assert first.delete(SESSIONS, id=second.get(ME).data["session_id"]).status == 200
        refused(second.get(ME), 401)
        assert [s["id"] for s in first.get(SESSIONS).data] == [mine]

    def test_nobody_ends_anothers(self, api: Api, user: str) -> None:
        mine = api.anonymous.as_user(api.log_in(user)["access_token"])
        for found in (api.operator.get(ME).data["session_id"], "0" * 32):
            refused(mine.delete(SESSIONS, {"id": found}), 404, found)
        assert api.operator.get(ME).status == 200
        refused(mine.delete(SESSIONS), 400, field="id")
        refused(mine.delete(SESSIONS, id="x" * 256), 422)


class TestOwnPassword:
    def change(self, api: Api, token: str, **body: Any) -> Reply:
        return api.anonymous.as_user(token).put(OWN_PASSWORD, body)

    def test_other_sessions_end_and_this_one_goes_on(self, api: Api, user: str) -> None:
        here, there = (api.log_in(user)["access_token"] for _ in range(2))
        assert self.change(api, here, password=PASSWORD, new_password="another long password").status == 200
        assert api.anonymous.as_user(here).get(ME).status == 200
        refused(api.anonymous.as_user(there).get(ME), 401)
        assert api.log_in(user, "another long password")["access_token"]

    def test_wrong_cases(self, api: Api, user: str) -> None:
        token = api.log_in(user)["access_token"]
        refused(self.change(api, token, password=PASSWORD), 400, field="new_password")
        refused(self.change(api, token, password="not it", new_password="another long one"), 422, field="password")
        refused(self.change(api, token, password=PASSWORD, new_password="short"), 422, "characters")
        assert api.log_in(user)["access_token"]
