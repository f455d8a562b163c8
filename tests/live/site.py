"""A real `optimus serve` in a process of its own, and one data center in it as a client sees it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.client import Client

START_SECONDS = 120
COLLECT_SECONDS = 300
END_SECONDS = 60
ERICIC = "/api/ericic/v1"
TASKS = {"dynamic": "dynamic_data_refresh", "static": "refresh_static_task"}
USER = {"name": "live-admin", "password": "compares a real cloud"}
# Nothing is collected by the clock while things are compared; a run takes longer than a token lives.
ENVIRONMENT = {
    "OPTIMUS_PORT": "0",
    "OPTIMUS_SECRET_KEY": "live-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    "OPTIMUS_DYNAMIC_INTERVAL_SECONDS": "86400",
    "OPTIMUS_STATIC_INTERVAL_SECONDS": "86400",
    "OPTIMUS_ACCESS_TOKEN_SECONDS": "86400",
    "PYTHONUNBUFFERED": "1",
}
_READY = re.compile(r"Optimus answers at http://127\.0\.0\.1:(\d+)")


class Serving:
    """A running server: an administrator's client, and what the process printed."""

    def __init__(self, client: Client, log: Path) -> None:
        self.client = client
        self.log = log


@contextmanager
def serving(folder: Path, database_url: str) -> Iterator[Serving]:
    log = folder / "serve.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPTIMUS_")}
    environment |= ENVIRONMENT | {"OPTIMUS_DATA_DIR": str(folder / "data"), "OPTIMUS_DATABASE_URL": database_url}
    with log.open("wb") as output:
        command = [sys.executable, "-m", "optimus", "serve"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
    try:
        client = Client("127.0.0.1", _port(process, log))
        client.post("/api/v1/sign", USER)
        tokens = client.post("/api/v1/login", USER).data
        yield Serving(client.as_user(tokens["access_token"]), log)
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
    assert process.returncode == 0, f"optimus serve ended with {process.returncode}:\n{log.read_text()[-4000:]}"


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while not (found := _READY.search(log.read_text())):
        assert process.poll() is None, f"optimus serve ended at its start:\n{log.read_text()}"
        assert time.monotonic() < deadline, f"optimus serve did not start in {START_SECONDS} s:\n{log.read_text()}"
        time.sleep(0.1)
    return int(found[1])


class Site:
    """One registered data center."""

    def __init__(self, client: Client, registration: dict[str, Any], database: str) -> None:
        self.client = client
        self.database = database
        self.dc_id: str = client.post(f"{ERICIC}/data_center", {"mode": True, **registration}).data
        self.first_runs = self.wait_for_runs(set())

    def get(self, path: str, **query: Any) -> Any:
        """The whole body of a successful answer."""
        reply = self.client.get(f"{ERICIC}/{path}", **query)
        assert reply.status == 200, f"GET {path} {query}: {reply.body}"
        return reply.body

    def refresh(self) -> dict[str, Any]:
        """Collect now; the new runs by task."""
        before = {run["id"] for run in self.history()}
        assert self.client.post(f"{ERICIC}/data_center/refresh", {"id": self.dc_id}).status == 201
        return self.wait_for_runs(before)

    def history(self) -> list[Any]:
        return list(self.get("scheduler/task/history", cid=self.dc_id, limit=1000)["data"])

    def wait_for_runs(self, before: set[str]) -> dict[str, Any]:
        """Both tasks' next run after those in `before`, successfully ended."""
        deadline = time.monotonic() + COLLECT_SECONDS
        while True:
            new = [run for run in self.history() if run["id"] not in before and run["state"] != "running"]
            failed = [run for run in new if run["state"] != "successful"]
            assert not failed, f"a collection failed: {failed}"
            found = {task: run for run in new for task, name in TASKS.items() if run["task_name"] == name}
            if found.keys() == TASKS.keys():
                return found
            assert time.monotonic() < deadline, f"not collected in {COLLECT_SECONDS} s: {self.history()}"
            time.sleep(0.2)

    def servers(self, **query: Any) -> list[Any]:
        """Every VM that matches, in the order answered; addresses and volumes sorted."""
        items = self.all("nova_data", **query)
        for item in items:
            item["networks"].sort(key=lambda one: str(one["ip"]))
            item["volume"].sort(key=lambda one: str(one["id"]))
        return items

    def hosts(self, **query: Any) -> list[Any]:
        items = self.all("host_data", **query)
        for item in items:
            item["vm_info"].sort(key=lambda one: str(one["id"]))
        return items

    def all(self, path: str, *, limit: int = 1000, **query: Any) -> list[Any]:
        """All pages of a list, which must add up to its total."""
        items: list[Any] = []
        while True:
            body = self.get(path, dc_id=self.dc_id, limit=limit, offset=len(items), **query)
            assert len(body["data"]) <= limit
            items += body["data"]
            if len(items) >= body["total"] or not body["data"]:
                assert len(items) == body["total"], f"{path} {query}: {len(items)} items, total {body['total']}"
                return items
