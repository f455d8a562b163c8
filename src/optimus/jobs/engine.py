"""The port on the job engine. Only this file knows DBOS; docs/adr/0003 says why it was chosen and its traps."""

import logging
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum

from dbos import DBOS, DBOSConfig, WorkflowStatusString, error
from sqlalchemy.engine import make_url

QUEUE = "optimus"
# Pinned: by default DBOS derives it from the code, and a new release would never see what an old one had queued.
APPLICATION_VERSION = "1"
POLL_SECONDS = 0.2
STOP_SECONDS = 10
PURGE_AT_ONCE = 1000

Job = Callable[..., None]


class Enqueued(Enum):
    """What became of a job that was handed in."""

    ACCEPTED = "accepted"
    # One with the same key is queued or running: this one is skipped.
    BUSY = "busy"


class Engine:
    """Runs jobs by name on worker threads. One in a process.

    Jobs take plain JSON values, and can run twice without harm: a job that was under way when its process died
    may be run again.
    """

    def __init__(self, *, database_url: str, node_id: str, at_once: int) -> None:
        self._url = database_url
        self._at_once = at_once
        self._jobs: dict[str, Job] = {}
        self._node_id = node_id

    def register(self, name: str, job: Job) -> None:
        """Make a job known, before `start`."""
        self._jobs[name] = job

    def start(self) -> None:
        _use_wal(self._url)
        # Its own log lines repeat what the run history says.
        logging.getLogger("dbos").setLevel(logging.ERROR)
        DBOS(config=_config(self._url, self._node_id))
        for name, job in self._jobs.items():
            DBOS.workflow(name=name)(_plain_function(job))
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=self._at_once, polling_interval_sec=POLL_SECONDS)

    def stop(self) -> None:
        """Take no new jobs, wait a little for those under way, and end."""
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=STOP_SECONDS)

    def enqueue(self, name: str, *, job_id: str, key: str, arguments: tuple[str, ...]) -> Enqueued:
        """Hand in a job. The same `job_id` again is the same job; at most one job of a `key` is queued or running.

        Never call it inside a write transaction: with SQLite it writes a database file of its own.
        """
        try:
            DBOS.enqueue_workflow_with_options(
                {
                    "workflow_name": name,
                    "queue_name": QUEUE,
                    "workflow_id": job_id,
                    "deduplication_id": key,
                    "app_version": APPLICATION_VERSION,
                },
                *arguments,
            )
        except error.DBOSQueueDeduplicatedError:
            # The one that holds the key may be this very job, handed in by another worker a moment ago.
            return Enqueued.BUSY if DBOS.get_workflow_status(job_id) is None else Enqueued.ACCEPTED
        return Enqueued.ACCEPTED

    def abandon(self, node_id: str) -> int:
        """Cancel what a dead worker had under way, so that its keys are free again; returns how many.

        Not resumed: DBOS would drop the key on the way, and a resumed run could overlap the next one.
        """
        under_way = DBOS.list_workflows(status=WorkflowStatusString.PENDING.value, executor_id=node_id)
        ids = [w.workflow_id for w in under_way]
        if ids:
            DBOS.cancel_workflows(ids)
        return len(ids)

    def purge(self, *, days: int) -> None:
        """Forget jobs that ended so long ago; DBOS keeps them for ever by itself."""
        before = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        while old := DBOS.list_workflows(
            completed_before=before, limit=PURGE_AT_ONCE, load_input=False, load_output=False
        ):
            DBOS.delete_workflows([w.workflow_id for w in old])


def _plain_function(job: Job) -> Job:
    """DBOS keeps notes on the function that it is given, which a bound method refuses."""

    def run(*arguments: str) -> None:
        job(*arguments)

    return run


def migrate(database_url: str) -> None:
    """Bring the engine's own tables to the newest version."""
    _use_wal(database_url)
    DBOS.migrate(database_url)


def _config(url: str, node_id: str) -> DBOSConfig:
    return {
        "name": "optimus",
        "system_database_url": url,
        "application_version": APPLICATION_VERSION,
        "executor_id": node_id,
        "log_level": "ERROR",
        "enable_otlp": False,
        "sys_db_pool_size": 8,
    }


def _use_wal(url: str) -> None:
    """Readers and writers side by side, several times faster; DBOS leaves SQLite's default. It stays in the file."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        connection = sqlite3.connect(parsed.database)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
