"""Rubbish in every field of every call: a clear refusal or a harmless success, never a 5xx, never long, nothing run.

Fields come from the API description, so that those of a new route are swept too. `valid` gives the other fields
good values, so that the rubbish gets past the first check.
"""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from tests.contract.api import DC, ONLINE, Api, unique
from tests.contract.document import ERICIC, SYSTEM
from tests.contract.recorder import Recorder
from tests.contract.test_roles import name_of
from tests.support.databases import Databases
from tests.support.forms import form
from tests.support.pictures import MME, take_in_picture
from tests.support.server import make_services, running_server

from optimus.db.base import Base
from optimus.facts.hosts import HostFacts
from optimus.http.routing import Route
from optimus.inventory import host_store
from optimus.kit.clock import epoch
from optimus.routes import ROUTES

SLOW_SECONDS = 10
PROOF = Path("/tmp/optimus-contract-proof")  # what the shell payloads would make
PASSWORD = "a long enough password"

TEXTS = [
    "'; DROP TABLE server;--",
    '" OR ""="',
    "1 UNION SELECT * FROM user_account",
    f"$(touch {PROOF})",
    f"`touch {PROOF}`",
    f"x; touch {PROOF} #",
    f"x\ntouch {PROOF}\n",
    "-oProxyCommand=touch " + str(PROOF),
    "../../etc/passwd",
    "%00",
    "%s%n%x{0}{self}",
    "{{7*7}}${7*7}",
    "<script>alert(1)</script>",
    "a\r\nX-Injected: yes",
    "\x00",
    "a\x00b",
    "\x1b[2J",
    "\u202eabc",
    "😀 数据 ßſ",
    " ",
    "",
    "x" * 300_000,
]
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**30,
    1.5,
    float("nan"),
    float("-inf"),
    "\ud800",
    "a\udfffb",
    [],
    {},
    ["a"],
    [[[[]]]],
    {"a": {"b": [1]}},
    {"$ne": None},
]
# As they come in an address: not UTF-8, a lone surrogate, an encoded slash, a doubled escape.
RAW = ["%FF%FE", "%ED%A0%80", "a%2Fb", "%2500", "%0d%0aX-Injected:%20yes", "%", "+", "&", "a=b;c"]


MAKES_USERS = {("POST", f"{SYSTEM}/sign"), ("POST", f"{SYSTEM}/users")}
WITHOUT_FIELDS = {f"GET {SYSTEM}/{name}" for name in ("about", "me", "sessions", "users", "settings")}
WITHOUT_FIELDS |= {f"POST {SYSTEM}/session/refresh", f"DELETE {SYSTEM}/session", f"GET {ERICIC}/overview"}
WITHOUT_FIELDS |= {f"GET {SYSTEM}/config/yaml_gen/packs/schema"}


class Fields(NamedTuple):
    path: list[str]
    query: list[str]
    body: list[str]


@pytest.fixture(scope="module")
def swept(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server of the sweep's own, that does not mind many failed log-ins."""
    folder = tmp_path_factory.mktemp("sweep")
    settings: dict[str, Any] = {"login_failures_allowed": 1_000_000, "connect_timeout_seconds": 1}
    settings["host_answer_seconds"] = 1e6  # hosts answer with what is stored
    with running_server(make_services(databases.new_url(), folder, **settings)) as running:
        yield Api(running)


@pytest.fixture(scope="module")
def description(swept: Api) -> Any:
    return swept.server.anonymous.get("/openapi.json").body


@pytest.fixture(scope="module")
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def fields_of(description: Any, route: Route) -> Fields:
    call = description["paths"][route.path][route.method.lower()]
    names: dict[str, list[str]] = {"path": [], "query": []}
    for parameter in call.get("parameters", []):
        names[parameter["in"]].append(parameter["name"])
    text = json.dumps(call.get("requestBody", {}))
    schemas = [s for s in description["components"]["schemas"] if f'schemas/{s}"' in text]
    body = [name for s in schemas for name in description["components"]["schemas"][s]["properties"]]
    if route.path.endswith("/task/history"):
        names["query"] += ["filter", "?filter"]  # read past the framework
    return Fields(names["path"], names["query"], body)


def valid(api: Api, route: Route, closed_port: int) -> dict[str, Any]:
    """Good values for a call's fields; a data center of its own where one is changed."""
    if route.path.startswith(SYSTEM):
        yaml = {"site": "GZ", "cee_ver": "26", "pjt_name": unique(), "id": "0" * 32}
        return {"name": unique(), "password": PASSWORD, "refresh_token": "unknown"} | yaml
    lcm: dict[str, Any] = ONLINE | {"lcm_ip": f"127.0.0.1:{closed_port}"}
    dc_id = api.add_online(**lcm)
    take_in_picture(api.services.database, dc_id)
    with api.database() as connection:
        facts = HostFacts("compute1.site.example", epoch())
        host_store.put(connection, [host_store.record_of(dc_id, facts, now=facts.probed_at)])
    ids = {"id": dc_id, "cid": dc_id, "dc_id": dc_id, "hid": "101", "vid": MME, "tid": "c0" * 16, "state": "up"}
    if (route.method, route.path) == ("POST", DC):
        return lcm | {"name": unique()}
    if (route.method, route.path) == ("PUT", DC):
        return {"id": dc_id}
    change = {"task": "static", "interval": 900, "fingerprint": "SHA256:" + "A" * 43}
    lists = {"limit": "5", "offset": "0"} if route.path.endswith("_data") else {}
    return lcm | ids | change | lists


class Sweep:
    """One route's sweep: sends one piece of rubbish at a time and counts what came of it."""

    def __init__(self, api: Api, route: Route, good: dict[str, Any], fields: Fields) -> None:
        self.client: Recorder = api.allowed(route)
        self.route = route
        self.good = good
        self.fields = fields
        self.statuses: list[int] = []

    def send(self, *, path: dict[str, str] | None = None, query: str = "", body: Any = None) -> None:
        values = {name: quote(str(self.good.get(name, "x")), safe="") for name in self.fields.path} | (path or {})
        given = [
            f"{n}={quote(str(self.good[n]))}" for n in self.fields.query if n in self.good and f"{n}=" not in query
        ]
        address = self.route.path.format_map(values) + "?" + "&".join([*given, query])
        content = None if body is None else json.dumps(body).encode()
        headers = {"X-Optimus-Page": "1"} | ({"Content-Type": "application/json"} if content else {})
        if self.route.uploads:
            # The file's name is refused last of all, so that every parameter is looked at and no job is started.
            content, headers = form(("excel", "a.xlsx", b"PK"), ("yaml", "unknown.yaml", b"a: 1"))
        started = time.monotonic()
        reply = self.client.request(self.route.method, address, content=content, headers=headers)
        assert time.monotonic() - started < SLOW_SECONDS, (self.route.path, path, query[:80], str(body)[:80])
        # The LCM of the sweep is a closed port: the routes that contact one may say so.
        assert reply.status < 500 or reply.status in self.route.statuses() - {500, 503}, (
            reply.body,
            path,
            query[:80],
            str(body)[:80],
        )
        assert "x-injected" not in reply.headers
        self.statuses.append(reply.status)

    def body_with(self, **changed: Any) -> dict[str, Any]:
        return {name: self.good[name] for name in self.fields.body if name in self.good} | changed

    def default_body(self) -> Any:
        return self.body_with() if self.fields.body else None

    def all(self) -> None:
        for name in self.fields.body:
            for value in [*TEXTS, *VALUES]:
                good = {"name": unique()} if self.route.method == "POST" and self.route.path == DC else {}
                self.send(body=self.body_with(**(good | {name: value})))
            self.send(body=self.body_with(**{name: "x" * 1_100_000}))
        for text in [*TEXTS, "9" * 5000, "-1", "1e5", "NaN", "\ud800"]:
            encoded = quote(text[:3000], safe="", errors="surrogatepass")
            for name in self.fields.query:
                self.send(
                    query=f"{quote(name)}={encoded}",
                    body=None if self.route.method == "DELETE" else self.default_body(),
                )
            for name in self.fields.path:
                self.send(path={name: encoded})
        for raw in RAW:
            for name in self.fields.query:
                self.send(query=f"{quote(name)}={raw}&{quote(name)}={raw}")
            for name in self.fields.path:
                self.send(path={name: raw})


def table_sizes(api: Api) -> dict[str, int]:
    return {t.name: int(api.sql(f"SELECT count(*) FROM {t.name}")[0][0]) for t in Base.metadata.sorted_tables}


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_rubbish_everywhere(swept: Api, description: Any, closed_port: int, route: Route) -> None:
    sweep = Sweep(swept, route, valid(swept, route, closed_port), fields_of(description, route))
    assert not any("{" + name + "}" not in route.path for name in sweep.fields.path)
    centers = {d["id"]: d["name"] for d in swept.viewer.get(DC).data}
    before = table_sizes(swept)
    sweep.all()

    after = table_sizes(swept)
    added = sweep.statuses.count(200) if (route.method, route.path) == ("POST", DC) else 0
    removed = sweep.statuses.count(200) if (route.method, route.path) == ("DELETE", DC) else 0
    assert after["data_center"] == before["data_center"] + added - removed
    assert after["user_account"] - before["user_account"] == (
        sweep.statuses.count(201) if (route.method, route.path) in MAKES_USERS else 0
    )
    assert after["run"] == before["run"]
    if not added and not removed:
        assert after["server"] == before["server"]
        assert {d["id"]: d["name"] for d in swept.viewer.get(DC).data} == centers
    if route.method == "GET":
        kept = {"port_sample": after["port_sample"]} if route.path.endswith("network_port") else {}  # what it is for
        assert after == before | kept
    assert not PROOF.exists()


def test_every_field_is_swept(swept: Api, description: Any) -> None:
    found = {name_of(route): fields_of(description, route) for route in ROUTES}
    assert {name for name, fields in found.items() if not any(fields)} == WITHOUT_FIELDS
    assert set(found[f"POST {DC}"].body) >= {"name", "mode", "country", "province", "city", *ONLINE}
    assert found[f"GET {ERICIC}/{{cid}}/infra_resource/{{hid}}"].path == ["cid", "hid"]


class TestNothingIsRun:
    """Stored rubbish stays text: it comes back as it was typed, in every list."""

    @pytest.mark.parametrize("text", [t for t in TEXTS if t.strip() and t.isprintable() and len(t) < 250])
    def test_names_come_back_as_typed(self, swept: Api, text: str) -> None:
        name = text + unique()
        dc_id = swept.add_online(name, city=text, country=text, system_name=text, lcm_user=text)
        item = swept.viewer.get(DC, id=dc_id).data
        assert [item[f] for f in ("name", "city", "country", "system_name", "lcm_user")] == [name, *[text] * 4]
        assert swept.operator.delete(DC, id=dc_id).status == 200

    def test_a_megabyte_of_name(self, swept: Api) -> None:
        before = table_sizes(swept)
        for size, status in ((256, 422), (1_000_000, 422), (1_048_576, 413)):
            reply = swept.operator.post(DC, {"name": "x" * size})
            assert reply.status == status
            assert len(reply.content) < 1000  # it is not sent back
        after = table_sizes(swept)
        assert after["data_center"] == before["data_center"]
