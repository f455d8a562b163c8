"""A running Optimus server for tests: real HTTP on a loopback port, in a thread of this process, without a worker."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from tests.support.client import Client

from optimus.accounts import passwords, queries, store, tokens
from optimus.app import build_app
from optimus.facts.roles import Role
from optimus.http.call import Services
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id
from optimus.services import build_services
from optimus.settings import Settings

SECRET = "tests-only-0123456789-abcdefghijklmnop"
PASSWORD = "a long enough test password"


def make_services(url: str, folder: Path, **settings: Any) -> Services:
    values = {"secret_key": SECRET, "data_dir": folder, "database_url": url, **settings}
    return build_services(Settings(**values))


class RunningServer:
    """The server, its services, and a client for each role."""

    def __init__(self, services: Services, port: int) -> None:
        self.services = services
        self.port = port
        self.anonymous = Client("127.0.0.1", port)
        self._tokens: dict[Role, str] = {}

    def client(self, role: Role) -> Client:
        """A client logged in as a user of this role; the user is made at the first call."""
        if role not in self._tokens:
            self._tokens[role] = session_of_new_user(self.services, role)
        return self.anonymous.as_user(self._tokens[role])

    @property
    def viewer(self) -> Client:
        return self.client(Role.VIEWER)

    @property
    def operator(self) -> Client:
        return self.client(Role.OPERATOR)

    @property
    def admin(self) -> Client:
        return self.client(Role.ADMIN)


@cache
def _password_hash() -> str:
    return passwords.hash_password(PASSWORD)


def session_of_new_user(services: Services, role: Role) -> str:
    """An access token, made past log-in: hashing passwords for every server would take most of the tests' time."""
    now, user_id, session_id = epoch(), new_id(), new_id()
    name = f"{role.value}-user"
    user = {"id": user_id, "name": name, "name_key": name, "password_hash": _password_hash(), "role": role}
    session = {"id": session_id, "user_id": user_id, "refresh_hash": new_id(), "expires_at": now + 86400}
    with services.database.writing() as connection:
        founder = None if queries.any_user(connection) else True
        assert store.add_user(connection, {**user, "is_founder": founder, "created_at": now})
        store.add_session(connection, {**session, "created_at": now, "refreshed_at": now, "client_address": ""})
    return tokens.make_access(services.token_key, session_id=session_id, now=now, lifetime=86400)


@contextmanager
def running_server(services: Services) -> Iterator[RunningServer]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)  # from here on a client waits for the thread instead of being refused
    config = uvicorn.Config(build_app(services), log_level="error", access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield RunningServer(services, listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
        services.database.close()
