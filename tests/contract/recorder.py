"""A client that holds every answer against the contract, and remembers which it has seen.

Each success is checked against the route's declared model and against the document's keys; each failure against the
envelope. Everything that a route answers has to be declared by it.
"""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict
from tests.contract.document import DOCUMENT, missing
from tests.support.client import Client, Reply

from optimus.errors import Code
from optimus.http.routing import Route
from optimus.routes import ROUTES

# Any call may answer these: a body too large, no JSON. A bug (500) or a database that is away (503) is tested apart.
ALWAYS_POSSIBLE = {413, 415}
SEEN: set[tuple[str, str, int]] = set()

_PATTERNS = [(route, re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path))) for route in ROUTES]
_LEAKS = re.compile(r"Traceback|File \"|sqlalchemy|psycopg|sqlite3|pydantic|\.py\b", re.IGNORECASE)


class FieldProblem(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    field: str
    message: str


class IssueProblem(BaseModel):
    """One finding of a YAML job. Where it is, in a cell or a template, is always told."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    level: str
    field: str
    message: str
    message_zh: str
    where: dict[str, str] | None
    template: dict[str, str | int] | None
    value: str
    related: list[str]
    hint: str
    hint_zh: str
    folded: int


class FailureBody(BaseModel):
    """The failure envelope. Details may stand beside it."""

    model_config = ConfigDict(extra="allow", strict=True)
    status: bool
    code: int
    message: str
    error: Code | None = None
    errors: list[FieldProblem | IssueProblem] | None = None


def route_of(method: str, path: str) -> Route | None:
    plain = unquote(urlsplit(path).path).rstrip("/")
    return next((r for r, pattern in _PATTERNS if r.method == method and pattern.fullmatch(plain)), None)


def check_failure(reply: Reply) -> None:
    """Status, envelope and headers of a failure; nothing of the inside shows."""
    assert reply.headers["content-type"] == "application/json", reply
    found = FailureBody.model_validate_json(reply.content)
    assert found.status is False
    assert found.code == reply.status
    assert found.message.strip()
    assert not _LEAKS.search(reply.content.decode()), reply.body
    _check_headers(reply)


def check_success(route: Route, reply: Reply) -> None:
    body = reply.body
    assert reply.headers["content-type"] == "application/json"
    assert body["status"] is True
    expected = route.body_code if route.body_code and reply.status == route.status else reply.status
    assert body["code"] == expected
    assert reply.status in {route.status, *route.also}
    found = route.also.get(reply.status, route.answer).model_validate_json(reply.content, strict=True)
    assert found.model_dump(mode="json", exclude_unset=True) == body, "an answer with undeclared keys"
    shapes = DOCUMENT.get((route.method, route.path))
    if shapes:
        problems = [missing(shape, body) for shape in shapes]
        assert [] in problems, problems
    _check_headers(reply)


def _check_headers(reply: Reply) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", reply.headers["x-request-id"])
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["x-frame-options"] == "DENY"


def observe(method: str, path: str, reply: Reply) -> None:
    """Check one answer, and remember it."""
    route = route_of(method, path)
    if route is None or reply.status >= 400:
        check_failure(reply)
    else:
        check_success(route, reply)
    if route is None:
        assert reply.status in {404, 405, *ALWAYS_POSSIBLE}, reply.body
        return
    SEEN.add((route.method, route.path, reply.status))
    assert reply.status in route.statuses() | ALWAYS_POSSIBLE, f"{method} {path}: undeclared {reply.body}"


class Recorder(Client):
    """Every answer that passes through it has been checked."""

    @classmethod
    def of(cls, client: Client) -> "Recorder":
        return cls(client._host, client._port, client.token)

    def as_user(self, token: str | None) -> "Recorder":
        return Recorder(self._host, self._port, token)

    def request(self, method: str, path: str, **sent: Any) -> Reply:
        reply = super().request(method, path, **sent)
        observe(method, path, reply)
        return reply


def refused(reply: Reply, status: int, *words: str, field: str | None = None) -> Reply:
    """The answer is this failure, its message holds these words, and `field` is among the errors."""
    assert reply.status == status, reply.body
    for word in words:
        assert word.lower() in reply.body["message"].lower(), reply.body
    if field is not None:
        assert field in [e["field"] for e in reply.body.get("errors", [])], reply.body
    return reply
