"""login, refresh, sign, logout."""

import base64
import json
import unicodedata
from typing import Any

import jwt
import pytest
from tests.contract.api import DC, Api, StartApi, unique
from tests.contract.document import SYSTEM
from tests.contract.recorder import refused

from optimus.accounts import service, tokens
from optimus.accounts.common_passwords import COMMON_PASSWORDS
from optimus.facts.roles import Role
from optimus.kit.clock import epoch

LOGIN, REFRESH, SIGN, LOGOUT = (f"{SYSTEM}/{name}" for name in ("login", "refresh", "sign", "logout"))
PASSWORD = "a long enough password"


def credentials(name: str, password: str = PASSWORD) -> dict[str, str]:
    return {"name": name, "password": password}


@pytest.fixture
def user(api: Api) -> str:
    name = unique("user")
    api.sign(name)
    return name


def session_of(api: Api, access_token: str) -> str:
    return str(jwt.decode(access_token, api.services.token_key, ["HS256"])["sid"])


class TestSign:
    @pytest.mark.parametrize("field", ["name", "password"])
    def test_a_missing_key_is_named(self, api: Api, field: str) -> None:
        body = credentials(unique())
        del body[field]
        refused(api.anonymous.post(SIGN, body), 400, field, "required", field=field)

    def test_no_body(self, api: Api) -> None:
        refused(api.anonymous.post(SIGN), 400, "required")

    @pytest.mark.parametrize("name", ["", "   ", "x" * 129, "a\x00b", "a\x1bb", 7, None, ["a"], {"a": 1}, True])
    def test_names_that_cannot_be_taken(self, api: Api, name: Any) -> None:
        refused(api.anonymous.post(SIGN, {"name": name, "password": PASSWORD}), 422, field="name")

    @pytest.mark.parametrize("password", ["", "seven77", "x" * 129, "x" * 1025, 12345678, None, ["password"], True])
    def test_passwords_that_cannot_be_taken(self, api: Api, password: Any) -> None:
        refused(api.anonymous.post(SIGN, {"name": unique(), "password": password}), 422, field="password")

    @pytest.mark.parametrize("change", [str.lower, str.upper])
    def test_common_passwords_whatever_their_case(self, api: Api, change: Any) -> None:
        common = next(word for word in sorted(COMMON_PASSWORDS) if len(word) >= 8 and word.isalpha())
        reply = api.anonymous.post(SIGN, credentials(unique(), change(common)))
        refused(reply, 422, "common", field="password")

    @pytest.mark.parametrize("password", ["8 chars!", "x" * 128, "密码密码密码密码", "        "])
    def test_length_is_all_that_counts(self, api: Api, password: str) -> None:
        name = unique()
        assert api.anonymous.post(SIGN, credentials(name, password)).status == 201
        api.log_in(name, password)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("Zoë", "zOË"),
            ("Strasse", "Straße"),
            ("Chess", "cheſs"),  # noqa: RUF001 - the long s is the point
            ("optimus", "ＯＰＴＩＭＵＳ"),  # noqa: RUF001 - full width is the point
            ("finance", "ﬁnance"),
            ("café", unicodedata.normalize("NFD", "café")),
        ],
    )
    def test_names_that_are_the_same_name(self, api: Api, first: str, second: str) -> None:
        tail = unique("")
        api.sign(first + tail)
        refused(api.anonymous.post(SIGN, credentials(second + tail)), 409, "taken")
        assert api.log_in(second + tail)["access_token"]

    def test_a_name_is_shown_as_typed(self, api: Api) -> None:
        name = unique("MiXed")
        api.sign(f"  {name} ")
        assert api.sql("SELECT name FROM user_account WHERE name_key = :key", key=name.casefold()) == [(name,)]

    def test_the_first_user_is_admin_and_later_ones_are_operators(self, own_api: Api) -> None:
        for name in ("first", "second", "third"):
            own_api.sign(name)
        roles = own_api.sql("SELECT name, role FROM user_account ORDER BY name")
        assert roles == [("first", "admin"), ("second", "operator"), ("third", "operator")]
        second = own_api.anonymous.as_user(own_api.log_in("second")["access_token"])
        assert second.post(DC, {"name": "an operator may"}).status == 200

    def test_closed_registration(self, start_api: StartApi) -> None:
        api = start_api(registration="closed")
        refused(api.anonymous.post(SIGN, credentials("anybody")), 403, "closed")
        assert api.sql("SELECT count(*) FROM user_account") == [(0,)]

    def test_the_password_is_nowhere(self, own_api: Api) -> None:
        own_api.sign("somebody", "canary-canary-canary")
        stored = own_api.sql("SELECT name, password_hash FROM user_account")
        assert "canary" not in str(stored)
        assert "$argon2id$" in str(stored)


class TestLogin:
    @pytest.mark.parametrize("field", ["name", "password"])
    def test_a_missing_key_is_named(self, api: Api, field: str) -> None:
        body = credentials("somebody")
        del body[field]
        refused(api.anonymous.post(LOGIN, body), 400, field, "required", field=field)

    @pytest.mark.parametrize("wrong", [{"name": 1}, {"password": []}, {"name": "x" * 129}, {"password": "x" * 1025}])
    def test_wrong_types(self, api: Api, wrong: dict[str, Any]) -> None:
        refused(api.anonymous.post(LOGIN, credentials("somebody") | wrong), 422, field=next(iter(wrong)))

    def test_wrong_name_and_wrong_password_look_the_same(self, start_api: StartApi) -> None:
        api = start_api(login_failures_allowed=100)
        api.sign("somebody")
        wrong = refused(api.anonymous.post(LOGIN, credentials("somebody", "not the password")), 401)
        unknown = refused(api.anonymous.post(LOGIN, credentials("nobody", "not the password")), 401)
        assert wrong.body == unknown.body
        assert {*wrong.headers} == {*unknown.headers}
        assert wrong.headers["www-authenticate"] == "Bearer"

    def test_tokens_and_lifetimes(self, api: Api, user: str) -> None:
        found = api.log_in(user)
        assert (found["expires_in"], found["time"]) == (600, 259200)
        assert api.anonymous.as_user(found["access_token"]).get(DC).status == 200

    def test_lifetimes_are_the_settings(self, start_api: StartApi) -> None:
        api = start_api(access_token_seconds=77, refresh_token_seconds=7777)
        api.sign("somebody")
        found = api.log_in("somebody")
        assert (found["expires_in"], found["time"]) == (77, 7777)
        assert api.anonymous.post(REFRESH, {"refresh_token": found["refresh_token"]}).data["expires_in"] == 77

    def test_the_refresh_token_is_stored_hashed(self, api: Api, user: str) -> None:
        found = api.log_in(user)
        session = session_of(api, found["access_token"])
        (row,) = api.sql("SELECT * FROM user_session WHERE id = :id", id=session)
        assert found["refresh_token"] not in map(str, row)
        assert tokens.digest(found["refresh_token"]) in row

    def test_too_many_failures(self, start_api: StartApi) -> None:
        api = start_api(login_failures_allowed=2)
        api.sign("somebody")
        api.sign("another")
        for _ in range(2):
            refused(api.anonymous.post(LOGIN, credentials("SOMEBODY", "wrong wrong")), 401)
        reply = refused(api.anonymous.post(LOGIN, credentials("somebody")), 429, "seconds")
        assert 0 < int(reply.headers["retry-after"]) <= 900
        assert reply.body["retry_after"] == int(reply.headers["retry-after"])
        assert api.log_in("another")["access_token"]  # other names at this address are not shut out

    def test_too_many_failures_of_one_address(self, start_api: StartApi) -> None:
        api = start_api(login_failures_allowed=1)
        api.sign("somebody")
        for n in range(10):
            refused(api.anonymous.post(LOGIN, credentials(f"guess-{n}", "wrong wrong")), 401)
        refused(api.anonymous.post(LOGIN, credentials("somebody")), 429)


class TestRefresh:
    def test_wrong_cases(self, api: Api, user: str) -> None:
        refused(api.anonymous.post(REFRESH, {}), 400, "refresh_token", field="refresh_token")
        refused(api.anonymous.post(REFRESH), 400)
        for wrong in ("", "x" * 4097, 7, None, ["a"]):
            refused(api.anonymous.post(REFRESH, {"refresh_token": wrong}), 422, field="refresh_token")
        refused(api.anonymous.post(REFRESH, {"refresh_token": "unknown"}), 401)
        access = api.log_in(user)["access_token"]
        refused(api.anonymous.post(REFRESH, {"refresh_token": access}), 401)

    def test_a_new_access_token_of_the_same_session(self, api: Api, user: str) -> None:
        found = api.log_in(user)
        for _ in range(2):  # the refresh token stays valid
            new = api.anonymous.post(REFRESH, {"refresh_token": found["refresh_token"]}).data
            assert new["expires_in"] == 600
            assert api.anonymous.as_user(new["access_token"]).get(DC).status == 200
            assert session_of(api, new["access_token"]) == session_of(api, found["access_token"])

    def test_an_expired_session(self, api: Api, user: str) -> None:
        found = api.log_in(user)
        session = session_of(api, found["access_token"])
        api.sql("UPDATE user_session SET expires_at = :now WHERE id = :id", now=epoch(), id=session)
        refused(api.anonymous.post(REFRESH, {"refresh_token": found["refresh_token"]}), 401)
        refused(api.anonymous.as_user(found["access_token"]).get(DC), 401)


class TestLogout:
    def test_wrong_cases(self, api: Api) -> None:
        refused(api.anonymous.post(LOGOUT, {}), 400, "refresh_token", field="refresh_token")
        refused(api.anonymous.post(LOGOUT), 400)
        refused(api.anonymous.post(LOGOUT, {"refresh_token": 1}), 422, field="refresh_token")

    def test_unknown_tokens_are_fine(self, api: Api) -> None:
        reply = api.anonymous.post(LOGOUT, {"refresh_token": "unknown"})
        assert reply.body == {"status": True, "code": 200}

    def test_it_ends_this_session_at_once_and_no_other(self, api: Api, user: str) -> None:
        ended, kept = api.log_in(user), api.log_in(user)
        for _ in range(2):
            assert api.anonymous.post(LOGOUT, {"refresh_token": ended["refresh_token"], "_t": 1}).status == 200
        refused(api.anonymous.as_user(ended["access_token"]).get(DC), 401)
        refused(api.anonymous.post(REFRESH, {"refresh_token": ended["refresh_token"]}), 401)
        assert api.anonymous.as_user(kept["access_token"]).get(DC).status == 200
        assert api.anonymous.post(REFRESH, {"refresh_token": kept["refresh_token"]}).status == 200


class TestTokens:
    def test_how_the_token_may_be_sent(self, api: Api, user: str) -> None:
        token = api.log_in(user)["access_token"]
        for header in (f"Bearer {token}", f"bearer  {token} ", token, f" {token} "):
            assert api.anonymous.request("GET", DC, headers={"Authorization": header}).status == 200, header
        for header in ("", "Bearer", "Bearer ", f"Basic {token}", f"Bearer {token}x", f"Token {token}", "garbage"):
            reply = api.anonymous.request("GET", DC, headers={"Authorization": header})
            assert refused(reply, 401).headers["www-authenticate"] == "Bearer"
        refused(api.anonymous.get(DC, access_token=token), 401)

    def test_an_expired_token(self, api: Api, user: str) -> None:
        session = session_of(api, api.log_in(user)["access_token"])
        key, now = api.services.token_key, epoch()
        late = tokens.make_access(key, session_id=session, now=now - 600, lifetime=600)
        refused(api.anonymous.as_user(late).get(DC), 401, "expired")
        still = tokens.make_access(key, session_id=session, now=now - 500, lifetime=600)
        assert api.anonymous.as_user(still).get(DC).status == 200

    def test_forged_tokens(self, api: Api, user: str) -> None:
        session = session_of(api, api.log_in(user)["access_token"])
        key, claims = api.services.token_key, {"sid": session, "exp": epoch() + 600}
        forged = [
            jwt.encode(claims, b"x" * 32, "HS256"),
            jwt.encode(claims, "", "none"),
            jwt.encode(claims, key + key, "HS512"),
            jwt.encode({"sid": session}, key, "HS256"),
            jwt.encode({"exp": claims["exp"]}, key, "HS256"),
            jwt.encode({**claims, "sid": ["x"]}, key, "HS256"),
            jwt.encode({**claims, "exp": str(claims["exp"])}, key, "HS256")[:-2],
            jwt.encode({**claims, "sid": "0" * 32}, key, "HS256"),
            jwt.encode({**claims, "sid": "' OR '1'='1"}, key, "HS256"),
        ]
        for token in forged:
            refused(api.anonymous.as_user(token).get(DC), 401)

    def test_a_token_whose_payload_was_exchanged(self, api: Api, user: str) -> None:
        head, payload, signature = api.log_in(user)["access_token"].split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        changed = base64.urlsafe_b64encode(json.dumps({**claims, "exp": 2**40}).encode()).decode().rstrip("=")
        refused(api.anonymous.as_user(f"{head}.{changed}.{signature}").get(DC), 401)

    def test_a_deleted_user(self, api: Api, user: str) -> None:
        found = api.log_in(user)
        assert api.sql("DELETE FROM user_account WHERE name = :name", name=user) == 1
        refused(api.anonymous.as_user(found["access_token"]).get(DC), 401)
        refused(api.anonymous.post(REFRESH, {"refresh_token": found["refresh_token"]}), 401)

    def test_a_new_password_ends_all_sessions(self, api: Api, user: str) -> None:
        found = api.log_in(user)
        service.set_password(api.services.database, user, "quite another password")
        refused(api.anonymous.as_user(found["access_token"]).get(DC), 401)
        refused(api.anonymous.post(LOGIN, credentials(user)), 401)
        assert api.log_in(user, "quite another password")

    def test_a_role_counts_from_the_next_request_on(self, api: Api, user: str) -> None:
        client = api.anonymous.as_user(api.log_in(user)["access_token"])
        assert client.post(DC, {"name": unique()}).status == 200
        service.set_role(api.services.database, user, Role.VIEWER)
        refused(client.post(DC, {"name": unique()}), 403, "operator", "viewer")
        assert client.get(DC).status == 200
        service.set_role(api.services.database, user, Role.OPERATOR)
        assert client.post(DC, {"name": unique()}).status == 200
