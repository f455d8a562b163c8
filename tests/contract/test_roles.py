"""Who may call what: one table of route and role, made from the router so that no route can be forgotten."""

import pytest
from tests.contract.api import Api
from tests.contract.document import SYSTEM
from tests.contract.recorder import refused

from optimus.facts.roles import Role
from optimus.http.routing import Route
from optimus.routes import ROUTES

PUBLIC = {("POST", f"{SYSTEM}/{name}") for name in ("login", "refresh", "sign", "logout", "session", "session/refresh")}
PUBLIC |= {("DELETE", f"{SYSTEM}/session"), ("GET", f"{SYSTEM}/about")}
OWN = {("PUT", f"{SYSTEM}/password"), ("DELETE", f"{SYSTEM}/sessions")}  # changes of nothing but the own account
EVERYBODY: tuple[Role | None, ...] = (None, *Role)


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def address(route: Route) -> str:
    return route.path.format_map(dict.fromkeys(("cid", "hid", "tid", "vid", "state", "id"), "0" * 32))


@pytest.mark.parametrize("role", EVERYBODY, ids=lambda role: role or "anonymous")
@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_route_and_role(api: Api, route: Route, role: Role | None) -> None:
    client = api.as_role(role) if role else api.anonymous
    reply = client.request(route.method, address(route))
    if route.role is None:
        assert reply.status not in {401, 403}
    elif role is None:
        assert refused(reply, 401, "log in").headers["www-authenticate"] == "Bearer"
    elif not role.includes(route.role):
        refused(reply, 403, route.role.value, role.value)
    else:
        assert reply.status not in {401, 403}, reply.body


def test_a_refused_call_does_nothing(api: Api) -> None:
    """The guard comes before the input is looked at: nobody learns which ids exist."""
    dc_id = api.add_online()
    for route in ROUTES:
        if route.role is None:
            continue
        sent = {"id": dc_id, "cid": dc_id, "name": dc_id, "task": "static", "action": "pause"}
        body = None if route.uploads else sent
        refused(api.anonymous.request(route.method, address(route), query=sent, json_body=body), 401)
        if route.role is not Role.VIEWER:
            refused(api.viewer.request(route.method, address(route), query=sent, json_body=body), 403)
    assert api.viewer.get("/api/ericic/v1/data_center", id=dc_id).status == 200
    (item,) = api.viewer.get("/api/ericic/v1/scheduler/task", cid=dc_id).data
    assert item["static_task"]["status"] is True


def test_who_may_not_ask_is_told_so_whatever_the_body_is(api: Api) -> None:
    json_type = {"Content-Type": "application/json"}
    for route in ROUTES:
        if route.role is None or route.method == "GET" or route.uploads:
            continue
        sent = {"content": b'{"id": ', "headers": json_type}
        refused(api.anonymous.request(route.method, address(route), **sent), 401)
        assert api.admin.request(route.method, address(route), **sent).status in {400, 415}


def test_only_the_system_calls_are_public_and_only_operators_change() -> None:
    assert {(r.method, r.path) for r in ROUTES if r.role is None} == PUBLIC
    lax = {(r.method, r.path) for r in ROUTES if r.role is Role.VIEWER and r.method != "GET"}
    assert lax == OWN


def test_roles_are_a_ladder() -> None:
    assert [a.includes(b) for a in Role for b in Role] == [True, False, False, True, True, False, True, True, True]
