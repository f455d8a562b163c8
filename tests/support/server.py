"""A running Optimus server for tests: real HTTP on a loopback port, in a thread of this process, without a worker."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from tests.support.client import Client

from optimus.accounts import service as accounts
from optimus.app import build_app
from optimus.facts.roles import Role
from optimus.http.call import Services
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
            name = f"{role.value}-user"
            accounts.add_user(self.services.database, name, PASSWORD, role=role)
            _, tokens = accounts.log_in(self.services, name, PASSWORD, client_address="")
            self._tokens[role] = tokens["access_token"]
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


@contextmanager
def running_server(services: Services) -> Iterator[RunningServer]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
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
