"""What every answer under /api has in common: the failure envelope, media types, limits, addresses."""

import http.client
import inspect
import json
from typing import Any
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs
from tests.contract.api import DC, ONLINE, Api, StartApi, unique
from tests.contract.document import ERICIC, SYSTEM
from tests.contract.recorder import check_failure, refused
from tests.contract.test_roles import address, name_of
from tests.support.databases import Databases

from optimus.http.routing import Route
from optimus.routes import ROUTES

# What takes files takes no JSON: test_yaml_gen.py.
BODIES = [r for r in ROUTES if "body" in inspect.signature(r.endpoint).parameters and not r.uploads]
# DELETE takes its id from the query as well, so its body may be missing.
MANDATORY = [route for route in BODIES if route.method != "DELETE"]
JSON = {"Content-Type": "application/json"}
MEBIBYTE = 1024 * 1024


class TestAddresses:
    @pytest.mark.parametrize(
        "path",
        [
            "/api",
            "/api/",
            "/api/v1",
            "/api/v2/login",
            f"{ERICIC}/nothing",
            f"{ERICIC}/data_center/x/y/z",
            f"{ERICIC}//data_center",
            f"{ERICIC}/DATA_CENTER",
            f"{ERICIC}/..%2f..%2fetc/passwd",
            f"{ERICIC}/%00",
            f"{ERICIC}/{quote('数据中心')}",
        ],
    )
    def test_unknown_ones(self, api: Api, path: str) -> None:
        for client in (api.anonymous, api.operator):
            assert "errors" not in refused(client.get(path), 404).body

    @pytest.mark.parametrize("path", sorted({address(route) for route in ROUTES}))
    def test_methods_that_an_address_does_not_take(self, api: Api, path: str) -> None:
        taken = {route.method for route in ROUTES if address(route) == path}
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} - taken:
            assert refused(api.operator.request(method, path), 405).headers["allow"]

    def test_a_slash_at_the_end_changes_nothing(self, api: Api) -> None:
        name = unique()
        assert api.operator.post(f"{DC}/", {"name": name}).status == 200
        assert api.viewer.get(f"{DC}/").data == api.viewer.get(DC).data
        refused(api.anonymous.get(f"{DC}///"), 401)

    @pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/docs"])
    def test_addresses_outside_have_no_envelope_but_the_headers(self, api: Api, path: str) -> None:
        reply = api.server.anonymous.get(path)
        assert reply.status == 200
        assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("route", BODIES, ids=name_of)
class TestBodies:
    def send(self, api: Api, route: Route, content: Any, headers: dict[str, str] | None = None) -> Any:
        client = api.allowed(route)
        headers = JSON if headers is None else headers
        return client.request(route.method, address(route), content=content, headers=headers)

    @pytest.mark.parametrize(
        "content",
        [
            b"{",
            b"{'id': 1}",
            b'{"id": }',
            b"\xff\xfe{}",
            b"nonsense",
            b'{"id": "x",}',
            b"\x00",
            b'{"a":' * 100_000,
            b"[" * 500_000,
            b'{"interval": ' + b"9" * 5000 + b"}",
        ],
        ids=lambda content: str(content[:12]),
    )
    def test_no_json(self, api: Api, route: Route, content: bytes) -> None:
        refused(self.send(api, route, content), 400)

    @pytest.mark.parametrize("content", [b"[]", b"[{}]", b'"text"', b"1", b"true", b"NaN"], ids=str)
    def test_json_of_another_shape(self, api: Api, route: Route, content: bytes) -> None:
        refused(self.send(api, route, content), 422)

    def test_other_media_types(self, api: Api, route: Route) -> None:
        for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "*/*"):
            reply = refused(self.send(api, route, b"{}", {"Content-Type": media}), 415, "application/json")
            assert reply.body["media_type"] == media

    def test_ways_to_say_json(self, api: Api, route: Route) -> None:
        for media in ("application/json; charset=utf-8", "APPLICATION/JSON", ""):
            headers = {"Content-Type": media} if media else {}
            assert self.send(api, route, b"{}", headers).status == 400  # read, and found to lack something

    def test_too_large(self, api: Api, route: Route) -> None:
        content = b'{"name": "' + b"x" * MEBIBYTE + b'"}'
        refused(self.send(api, route, content), 413, str(MEBIBYTE))
        # in chunks, with no length announced
        chunks = (content[at : at + 65536] for at in range(0, len(content), 65536))
        refused(self.send(api, route, chunks, JSON), 413, str(MEBIBYTE))


@pytest.mark.parametrize("route", MANDATORY, ids=name_of)
def test_missing_bodies(api: Api, route: Route) -> None:
    client = api.allowed(route)
    for content in (None, b"", b"{}"):
        headers = JSON if content else None
        reply = refused(client.request(route.method, address(route), content=content, headers=headers), 400, "required")
        assert all(problem["message"] == "is required" for problem in reply.body["errors"])
    refused(client.request(route.method, address(route), content=b"null", headers=JSON), 422, "object")


def test_the_last_of_doubled_keys_counts(api: Api) -> None:
    first, last = unique(), unique()
    content = f'{{"name": "{first}", "name": "{last}"}}'.encode()
    reply = api.operator.request("POST", DC, content=content, headers=JSON)
    assert api.viewer.get(DC, id=reply.data).data["name"] == last


def test_a_smaller_limit_is_kept(start_api: StartApi) -> None:
    api = start_api(request_body_bytes=2048)
    assert api.operator.post(DC, {"name": "fits", "_pad": "x" * 1900}).status == 200
    refused(api.operator.post(DC, {"name": "too much", "_pad": "x" * 2100}), 413, "2048")


class TestFailuresOfOurOwn:
    """The plain client: these statuses are declared nowhere, and must still have the envelope."""

    def test_a_bug_is_a_500_that_tells_nothing_but_its_number(self, own_api: Api) -> None:
        dc_id = own_api.add_online("broken")
        own_api.sql("UPDATE data_center SET host_key = 'no key at all' WHERE id = :id", id=dc_id)
        with capture_logs() as logs:
            reply = own_api.server.viewer.get(DC, id=dc_id)
        assert reply.status == 500
        check_failure(reply)
        number = reply.body["request_id"]
        assert number == reply.headers["x-request-id"]
        assert number in reply.body["message"]
        assert [event["request_id"] for event in logs if event["event"] == "request failed"] == [number]
        assert own_api.viewer.get(DC, id=own_api.add_offline("sound")).status == 200

    def test_a_database_that_is_away_is_a_503(self, own_api: Api, databases: Databases) -> None:
        client = own_api.server.viewer
        assert client.get(DC).status == 200
        if databases._postgres:
            name = own_api.services.database.engine.url.database
            databases._postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
        else:
            own_api.sql("DROP TABLE user_session")
        for method in ("GET", "POST"):
            reply = client.request(method, DC, json_body={"name": "x"})
            assert reply.status == 503
            check_failure(reply)
            assert reply.body["error"] == "database.unavailable"
        assert json.loads(own_api.server.anonymous.get("/healthz").content)["alive"] is True


class TestHeaders:
    @pytest.mark.parametrize("value", ["Bearer \xff\xfe", "é" * 300, "Bearer " + "x" * 30_000, "Bearer ../../x", "\t"])
    def test_odd_authorization(self, api: Api, value: str) -> None:
        refused(api.anonymous.request("GET", DC, headers={"Authorization": value}), 401)

    def test_an_id_of_the_client_is_not_taken_for_ours(self, api: Api) -> None:
        reply = api.viewer.request("GET", DC, headers={"X-Request-Id": "mine"})
        assert reply.headers["x-request-id"] != "mine"

    def test_a_huge_address_does_not_hurt(self, api: Api) -> None:
        try:
            reply = api.server.viewer.get(DC, id="x" * MEBIBYTE)
        except (ConnectionError, http.client.HTTPException):
            pass  # cut off before it was read
        else:
            assert 400 <= reply.status < 500
        assert api.viewer.get(DC).status == 200

    def test_login_answers_are_not_kept_by_caches_of_others(self, api: Api) -> None:
        reply = api.anonymous.post(f"{SYSTEM}/login", {"name": "x", "password": "y"})
        assert "set-cookie" not in reply.headers
        assert "access-control-allow-origin" not in reply.headers


def test_online_fields_are_what_the_document_lists() -> None:
    assert set(ONLINE) == {
        "mode",
        "system_name",
        "lcm_ip",
        "lcm_user",
        "lcm_pwd",
        "openstackrc_dir",
        "lcmrc_dir",
    }
