"""Optimus' own processes for tests: started with an environment, ended by id, waited for by condition."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy import update
from tests.support.client import Client
from tests.support.server import SECRET, make_services, session_of_new_user
from tests.system.commands import CommandLine

from optimus.db.database import Database
from optimus.facts.roles import Role
from optimus.http.call import Services
from optimus.jobs.tables import Node

PATIENCE = 60.0  # seconds; far more than anything here takes on a busy machine

T = TypeVar("T")


def wait_for(what: str, condition: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for: {what}"
        time.sleep(0.05)


class Worker:
    """`optimus worker` (or `serve`) in a process of its own; what it says is kept in `log`."""

    def __init__(self, line: CommandLine, environment: dict[str, str], log: Path, command: str = "worker") -> None:
        self.log = log
        log.touch()
        self._line = line
        self.pid = line.start([command], environment, log.parent, Path(os.devnull), log, log)

    def url(self) -> str | None:
        """Where a server answers, once it has said so."""
        said = re.search(r"Optimus answers at (http://\S+)", self.log.read_text())
        return said.group(1) if said else None

    def signal(self, number: signal.Signals) -> None:
        assert self._line.poll(self.pid) is None, "the process has ended"
        os.kill(self.pid, number)

    def wait(self, seconds: float = PATIENCE) -> int:
        return self._line.wait(self.pid, seconds)

    def end(self) -> None:
        if self._line.poll(self.pid) is None:
            self.signal(signal.SIGKILL)
            self.wait(30)


class Installation:
    """One database and as many workers on it as a test wants."""

    def __init__(self, url: str, folder: Path, line: CommandLine) -> None:
        self.folder = folder
        self._line = line
        self.services: Services = make_services(url, folder / "data", connect_timeout_seconds=10)
        self.database: Database = self.services.database
        self.workers: list[Worker] = []
        self._environment = {
            **os.environ,
            "OPTIMUS_DATABASE_URL": url,
            "OPTIMUS_SECRET_KEY": SECRET,
            "OPTIMUS_DATA_DIR": str(folder / "data"),
            "OPTIMUS_DISPATCH_POLL_SECONDS": "0.1",
            "OPTIMUS_NODE_DEAD_SECONDS": "5",
            "OPTIMUS_LOG_LEVEL": "debug",
        }

    def start_server(self) -> Worker:
        """`optimus serve`, API and worker in one, on a free port."""
        environment = {**self._environment, "OPTIMUS_PORT": "0"}
        server = Worker(self._line, environment, self.folder / f"server-{len(self.workers)}.log", "serve")
        self.workers.append(server)
        return server

    def client(self, server: Worker, role: Role = Role.ADMIN) -> Client:
        """A client of a server, logged in as a new user."""
        parts = urlsplit(wait_for("the server", server.url))
        assert parts.hostname is not None
        assert parts.port is not None
        token = session_of_new_user(self.services, role)
        return Client(str(parts.hostname), parts.port, token)

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        """A command to its end."""
        with TemporaryDirectory(dir=self.folder) as made:
            files = [Path(made) / name for name in ("stdin", "stdout", "stderr")]
            for path in files:
                path.write_text(stdin if path.name == "stdin" else "")
            everything = {**self._environment, **environment}
            pid = self._line.start(list(arguments), everything, self.folder, files[0], files[1], files[2])
            code = self._line.wait(pid, PATIENCE)
            return subprocess.CompletedProcess(arguments, code, files[1].read_text(), files[2].read_text())

    def forget_signs_of_life(self) -> None:
        """As if every worker had last been seen an hour ago: for those killed or frozen, instead of waiting."""
        with self.database.writing() as connection:
            connection.execute(update(Node).values(seen_at=Node.seen_at - 3600))

    def start_worker(self) -> Worker:
        worker = Worker(self._line, self._environment, self.folder / f"worker-{len(self.workers)}.log")
        self.workers.append(worker)
        return worker


@contextmanager
def installation(url: str, folder: Path, line: CommandLine) -> Iterator[Installation]:
    found = Installation(url, folder, line)
    try:
        yield found
    finally:
        for worker in found.workers:
            worker.end()
        found.database.close()
