"""One request as an endpoint sees it: who calls, the open transaction, and the process's shared parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from optimus.db.database import Database
from optimus.errors import Code, Kind, OptimusError
from optimus.facts.roles import Role
from optimus.kit.secrecy import Vault
from optimus.settings import Settings

if TYPE_CHECKING:
    from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Services:
    """What one process shares between its requests. Nothing in it is state that another process needs."""

    settings: Settings
    database: Database
    vault: Vault
    token_key: bytes
    # Reads that wait for a data center hold a request thread meanwhile: some are always left for all the others.
    long_reads: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(4))


@dataclass(frozen=True, slots=True)
class Doer:
    """Who did something, for the audit trail."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Caller:
    """The logged-in user of a request."""

    user_id: str
    name: str
    role: Role
    session_id: str


class TokenMissing(OptimusError):
    """The request has no access token."""

    code, kind = Code.TOKEN_MISSING, Kind.UNAUTHENTICATED


class RoleTooLow(OptimusError):
    """The caller is known, but the role is not enough for this."""

    code, kind = Code.ROLE_TOO_LOW, Kind.FORBIDDEN


class Call:
    """Made by the edge for each request. `connection` is the transaction that the edge opened and will commit."""

    __slots__ = (
        "_caller",
        "_connection",
        "client_address",
        "cookies",
        "doer",
        "headers",
        "is_https",
        "request_id",
        "services",
        "subject",
    )

    def __init__(self, services: Services, request: "Request", caller: Caller | None) -> None:
        self.services = services
        self.client_address = request.client.host if request.client else ""
        self.headers: Mapping[str, str] = request.headers
        self.cookies: Mapping[str, str] = request.cookies
        self.is_https = request.url.scheme == "https"
        self.request_id: str = request.scope.get("optimus.request_id", "")
        self.subject: str | None = None  # id of what was changed, for the audit trail
        # Of a public call: who it turned out to be.
        self.doer: Doer | None = Doer(caller.user_id, caller.name) if caller else None
        self._caller = caller
        self._connection: Connection | None = None

    @property
    def caller(self) -> Caller:
        assert self._caller is not None, "a public route has no caller"
        return self._caller

    @property
    def connection(self) -> Connection:
        assert self._connection is not None, "this route opens its own transactions"
        return self._connection

    def use(self, connection: Connection) -> None:
        self._connection = connection
