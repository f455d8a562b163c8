"""Real databases for tests: SQLite files and a PostgreSQL of our own, each copied from a migrated template."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

import psycopg

from optimus.db import schema
from optimus.db.database import Database

START_SECONDS = 60


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL that this test run started on a loopback port; it ends with the run."""

    port: int

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres", autocommit=True) as c:
            c.execute(statement.encode())


def postgres_binaries() -> Path | None:
    """The folder of initdb and postgres, where the server is installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        folders.append(Path(found).parent)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


@contextmanager
def postgres_server(folder: Path) -> Iterator[PostgresServer]:
    """Start one in a folder of its own. As root, it runs as another user: PostgreSQL refuses root."""
    binaries = postgres_binaries()
    assert binaries is not None
    user = _unprivileged_user()
    # Not under `folder`: as root, every pytest that starts takes the others' right to enter pytest's own folders.
    home = Path(tempfile.mkdtemp(prefix="optimus-postgres-"))
    data = home / "data"
    data.mkdir(mode=0o700)
    if user:
        home.chmod(0o711)
        shutil.chown(data, user)
    run_as = {"user": user} if user else {}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        check=True,
        capture_output=True,
        cwd="/",
        **run_as,  # type: ignore[call-overload]
    )
    port = _free_port()
    options = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
    options |= {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(port)}
    command = [str(binaries / "postgres"), "-D", str(data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **run_as)  # type: ignore[call-overload]
    server = PostgresServer(port)
    try:
        _wait_until_it_answers(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged_user() -> str | None:
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(server: PostgresServer, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError:
            assert process.poll() is None, "PostgreSQL ended at its start"
            assert time.monotonic() < deadline, "PostgreSQL did not answer in time"
            time.sleep(0.1)
        else:
            return


class Databases:
    """Gives out fresh, migrated databases of one kind, copied from a template that is migrated once."""

    def __init__(self, folder: Path, postgres: PostgresServer | None) -> None:
        self._folder = folder
        self._postgres = postgres
        self._mark = f"d{uuid4().hex[:12]}"  # pytest may make this fixture again for the same server
        self._numbers = count()
        self._template: str | None = None

    def new_url(self) -> str:
        """The URL of a database that nobody else uses."""
        if self._template is None:
            self._template = self._make_template()
        number = next(self._numbers)
        if self._postgres:
            name = f"{self._mark}_{number}"
            self._postgres.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
            return self._postgres.url(name)
        copy = self._folder / f"test_{number}.db"
        shutil.copy(self._template, copy)
        return f"sqlite:///{copy}"

    def empty_url(self) -> str:
        """The URL of a database without any table."""
        number = next(self._numbers)
        if self._postgres:
            name = f"{self._mark}_empty_{number}"
            self._postgres.execute(f"CREATE DATABASE {name}")
            return self._postgres.url(name)
        return f"sqlite:///{self._folder / f'empty_{number}.db'}"

    def _make_template(self) -> str:
        if self._postgres:
            name = f"{self._mark}_template"
            self._postgres.execute(f"CREATE DATABASE {name}")
            _migrate(self._postgres.url(name))
            return name
        path = self._folder / "template.db"
        _migrate(f"sqlite:///{path}")
        return str(path)


def _migrate(url: str) -> None:
    database = Database(url, connections=1)
    schema.upgrade(database)
    database.close()
