"""A running server as its clients see it, with shorthands for what many tests need first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, text
from tests.contract.document import ERICIC, SYSTEM
from tests.contract.recorder import Recorder
from tests.support.server import RunningServer

from optimus.facts.roles import Role
from optimus.http.call import Services
from optimus.http.routing import Route

DC = f"{ERICIC}/data_center"
ONLINE = {
    "mode": True,
    "system_name": "DL33",
    "lcm_ip": "192.0.2.7",
    "lcm_user": "ceeinfra",
    "lcm_pwd": "lcm-pass",
    "openstackrc_dir": "/home/ceeinfra/admin-openrc.sh",
    "lcmrc_dir": "/home/ceeinfra/lcmrc",
}


class Api:
    """A running server as its clients see it."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.anonymous = Recorder.of(server.anonymous)

    @property
    def services(self) -> Services:
        return self.server.services

    @contextmanager
    def database(self) -> Iterator[Connection]:
        with self.services.database.writing() as connection:
            yield connection

    def sql(self, statement: str, **values: Any) -> Any:
        """Past the server, straight into its database."""
        with self.database() as connection:
            found = connection.execute(text(statement), values)
            return found.all() if found.returns_rows else found.rowcount

    def as_role(self, role: Role) -> Recorder:
        return Recorder.of(self.server.client(role))

    def allowed(self, route: Route) -> Recorder:
        """Somebody who may call it: nobody in particular, an operator, or an administrator."""
        if route.role is None:
            return self.anonymous
        return self.as_role(Role.ADMIN if route.role is Role.ADMIN else Role.OPERATOR)

    @property
    def viewer(self) -> Recorder:
        return self.as_role(Role.VIEWER)

    @property
    def operator(self) -> Recorder:
        return self.as_role(Role.OPERATOR)

    @property
    def admin(self) -> Recorder:
        return self.as_role(Role.ADMIN)

    def sign(self, name: str, password: str = "a long enough password") -> None:
        assert self.anonymous.post(f"{SYSTEM}/sign", {"name": name, "password": password}).status == 201

    def log_in(self, name: str, password: str = "a long enough password") -> Any:
        return self.anonymous.post(f"{SYSTEM}/login", {"name": name, "password": password}).data

    def add_offline(self, name: str | None = None, **fields: Any) -> str:
        reply = self.operator.post(DC, {"name": name or uuid4().hex, **fields})
        return str(reply.data)

    def add_online(self, name: str | None = None, **fields: Any) -> str:
        return self.add_offline(name, **(ONLINE | fields))


def unique(word: str = "dc") -> str:
    return f"{word}-{uuid4().hex[:12]}"


StartApi = Callable[..., Api]
