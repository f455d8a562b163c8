"""A worker: the job engine, and a loop that fires schedules, shows that it is alive, and reaps dead workers."""

import threading
import time

import structlog

from optimus.db import schema
from optimus.errors import DatabaseUnavailable
from optimus.http.call import Services
from optimus.jobs import engine as job_engine
from optimus.jobs.engine import Engine
from optimus.jobs.nodes import BEAT_SECONDS, new_node_id
from optimus.workflows import make_record
from optimus.workflows.dispatch import Dispatcher
from optimus.workflows.refresh_datacenter import JOB_NAME, Refresher

PRUNE_SECONDS = 3600
RETRY_SECONDS = 2.0

log = structlog.get_logger()


def migrate(services: Services) -> None:
    """Bring both databases, ours and the engine's, to the newest version."""
    schema.upgrade(services.database)
    job_engine.migrate(services.settings.engine_database_url())


class Worker:
    """One in a process; as many processes as wanted on one PostgreSQL."""

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self.node_id = new_node_id()
        self._poll = settings.dispatch_poll_seconds
        self._stopping = threading.Event()
        self._engine = Engine(
            database_url=settings.engine_database_url(), node_id=self.node_id, at_once=settings.collections_at_once
        )
        refresher = Refresher(settings, services.database, services.vault, self.node_id, self._stopping)
        self._engine.register(JOB_NAME, refresher.refresh)
        maker = make_record.RecordMaker(settings, services.database, self.node_id, self._stopping)
        self._engine.register(make_record.JOB_NAME, maker.make)
        self._dispatcher = Dispatcher(settings, services.database, self._engine, self.node_id)
        self._loop = threading.Thread(target=self._run, name="optimus-dispatch", daemon=True)

    def start(self) -> None:
        self._dispatcher.beat()
        self._engine.start()
        self._loop.start()

    def stop(self) -> None:
        """Break off the collections under way (they are due again at the next start), and end."""
        self._stopping.set()
        self._loop.join(timeout=30)
        self._engine.stop()
        self._dispatcher.leave()

    def _run(self) -> None:
        next_beat = next_prune = 0.0
        while not self._stopping.is_set():
            now = time.monotonic()
            try:
                if now >= next_beat:
                    self._dispatcher.beat()
                    self._dispatcher.reap()
                    next_beat = now + BEAT_SECONDS
                self._dispatcher.fire_due()
                self._dispatcher.fire_records()
                if now >= next_prune:
                    self._dispatcher.prune()
                    next_prune = now + PRUNE_SECONDS
            except DatabaseUnavailable as error:
                log.warning("dispatching waits for the database", reason=error.message)
                self._stopping.wait(RETRY_SECONDS)
            except Exception:
                # The loop is the heart of the worker: a bug in one round must not end it.
                log.exception("dispatching failed; trying again")
                self._stopping.wait(RETRY_SECONDS)
            self._stopping.wait(self._poll)
