"""Jobs that say what they did, and an engine that only notes what it is asked."""

import threading
import time
from collections.abc import Callable

from optimus.jobs.engine import Engine, Enqueued

PATIENCE = 30.0


def wait_for(what: str, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.02)


class Notebook:
    """The jobs of these tests."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.under_way: list[str] = []
        self.go_on = threading.Event()

    def note(self, text: str) -> None:
        self.done.append(text)

    def wait(self, text: str) -> None:
        self.under_way.append(text)
        self.go_on.wait(PATIENCE)
        self.done.append(text)

    def fail(self, text: str) -> None:
        self.done.append(text)
        raise ValueError(text)


class FakeEngine(Engine):
    """Runs nothing. `busy` keys have a job under way."""

    def __init__(self) -> None:
        super().__init__(database_url="sqlite://", node_id="fake", at_once=1)
        self.handed_in: list[tuple[str, str]] = []
        self.busy: set[str] = set()
        self.abandoned: list[str] = []
        self.purged: list[int] = []

    def enqueue(self, name: str, *, job_id: str, key: str, arguments: tuple[str, ...]) -> Enqueued:
        if key in self.busy:
            return Enqueued.BUSY
        self.handed_in.append((name, job_id))
        assert ":".join(arguments) == key
        return Enqueued.ACCEPTED

    def abandon(self, node_id: str) -> int:
        self.abandoned.append(node_id)
        return 0

    def purge(self, *, days: int) -> None:
        self.purged.append(days)
