"""The last of the contract tests: route table, API description, document and tests say the same.

What the recorder has seen in this run is compared with what the routes declare, so this works on whole runs only.
"""

from typing import Any

import pytest
from tests.contract.conftest import WHY_PARTIAL
from tests.contract.document import ADDED, DOCUMENT, NOT_YET, SYSTEM
from tests.contract.recorder import ALWAYS_POSSIBLE, SEEN
from tests.support.databases import Databases
from tests.support.server import make_services, running_server

from optimus.http.routing import Route
from optimus.routes import ROUTES

Declared = dict[tuple[str, str], set[int]]


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """From a server of its own: the shared one is gone by now."""
    folder = tmp_path_factory.mktemp("last")
    with running_server(make_services(Databases(folder, None).new_url(), folder)) as server:
        return server.anonymous.get("/openapi.json").body


def described(description: Any) -> Declared:
    return {
        (method.upper(), path): {int(status) for status in call["responses"]}
        for path, calls in description["paths"].items()
        if path.startswith("/api")
        for method, call in calls.items()
    }


def declared() -> Declared:
    return {(route.method, route.path): route.statuses() for route in ROUTES}


def test_no_route_is_there_twice() -> None:
    assert len({(r.method, r.path) for r in ROUTES}) == len(ROUTES)


def test_every_route_is_documented_or_known_to_be_added() -> None:
    documented = set(DOCUMENT)
    assert not documented & NOT_YET
    assert not (documented | NOT_YET) & ADDED
    assert {(r.method, r.path) for r in ROUTES} == documented | ADDED, "see NOT_YET and ADDED in document.py"


def test_the_description_lists_the_same_routes_and_statuses(description: Any) -> None:
    assert described(description) == declared()


def test_the_description_lists_the_documents_keys(description: Any) -> None:
    schemas = description["components"]["schemas"]
    for (method, path), shapes in DOCUMENT.items():
        call = description["paths"][path][method.lower()]
        for shape in shapes:
            # One call's body says another code than its HTTP status.
            status = {("GET", f"{SYSTEM}/config/yaml_gen/history"): 200}.get((method, path), shape["code"])
            content = call["responses"][str(status)]["content"]["application/json"]
            properties = schemas[content["schema"]["$ref"].rpartition("/")[2]]["properties"]
            assert set(shape) <= set(properties), (method, path)


def test_the_description_says_what_every_failure_looks_like(description: Any) -> None:
    for path, calls in description["paths"].items():
        for method, call in calls.items():
            for status, answer in call["responses"].items():
                if path.startswith("/api") and int(status) >= 400:
                    schema = answer["content"]["application/json"]["schema"]["$ref"]
                    assert schema == "#/components/schemas/Failure", (method, path, status)


@pytest.fixture
def seen(pytestconfig: pytest.Config) -> set[tuple[str, str, int]]:
    if why := pytestconfig.stash.get(WHY_PARTIAL, None):
        pytest.skip(f"compares a whole run of tests/contract with the route table: {why}")
    return SEEN


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_every_declared_status_was_seen_and_no_other(seen: set[tuple[str, str, int]], route: Route) -> None:
    statuses = {status for method, path, status in seen if (method, path) == (route.method, route.path)}
    assert statuses - ALWAYS_POSSIBLE == route.statuses()
