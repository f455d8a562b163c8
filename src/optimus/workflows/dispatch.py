"""From schedules to jobs: hand in what is due, close what dead workers left, forget what is old."""

import time
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from optimus.accounts import service as accounts
from optimus.audit import store as audit_store
from optimus.db.database import Database
from optimus.facts.parts import Task
from optimus.inventory import host_store
from optimus.inventory import store as inventory_store
from optimus.jobs import nodes
from optimus.jobs.engine import Engine, Enqueued
from optimus.kit.clock import epoch
from optimus.records import queries as record_queries
from optimus.records import service as records
from optimus.records import store as record_store
from optimus.records.schemas import Step
from optimus.schedules import queries as schedule_queries
from optimus.schedules import service as schedules
from optimus.schedules import store as schedule_store
from optimus.settings import Settings
from optimus.workflows import make_record
from optimus.workflows.refresh_datacenter import JOB_NAME

DAY = 86400
AUDIT_DAYS = 1095
COLLECTIONS = 3  # one that goes on, and one for each task: a record waits no longer than these may take

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """What every worker does beside its jobs. Any number of them work on the same tables without a leader."""

    settings: Settings
    database: Database
    engine: Engine
    node_id: str

    def fire_due(self) -> int:
        """Hand in every task that is due; returns how many were accepted.

        First the job, then the schedule's next time: a crash in between hands in the same job (same id) again.
        """
        now = epoch()
        with self.database.reading() as connection:
            due = schedule_queries.due(connection, now=now)
        return sum(self._fire(firing) for firing in due)

    def _fire(self, firing: schedule_queries.Due) -> bool:
        enqueued = self.engine.enqueue(
            JOB_NAME, job_id=firing.job_id, key=firing.key, arguments=(firing.dc_id, firing.task.value)
        )
        with self.database.writing() as connection:
            if enqueued is Enqueued.BUSY and not schedule_queries.is_task_running(
                connection, firing.dc_id, firing.task
            ):
                # The job before this one waits in the queue, or has ended its run and is about to end itself: a
                # firing that somebody asked for must not be lost on it. It stays due, and is tried again in a moment.
                return False
            ours = schedules.advance(connection, firing, self.settings.zone)
            if ours and enqueued is Enqueued.BUSY:
                schedule_store.count_skip(connection, firing.dc_id, firing.task)
        return ours and enqueued is Enqueued.ACCEPTED

    def fire_records(self) -> int:
        """Hand in every record that waits for nothing any more; returns how many were accepted."""
        with self.database.reading() as connection:
            waiting = record_queries.waiting(connection)
            ready = [one for one in waiting if self._is_collected(connection, one)]
        for one in waiting:
            if one not in ready:
                with self.database.writing() as connection:
                    record_store.set_step(connection, one.record_id, Step.COLLECTING)
        return sum(self._fire_record(one) for one in ready)

    def _is_collected(self, connection: Connection, record: record_queries.Waiting) -> bool:
        """Whether the collections have ended that were asked for with it, well or badly, or take too long."""
        if record.after_run is None:
            return True
        late = epoch() > record.created_at + COLLECTIONS * self.settings.visit_timeout_seconds
        return late or schedule_queries.ended_since(connection, record.dc_id, record.after_run) == set(Task)

    def _fire_record(self, record: record_queries.Waiting) -> bool:
        enqueued = self.engine.enqueue(
            make_record.JOB_NAME, job_id=record.job_id, key=record.record_id, arguments=(record.record_id,)
        )
        if enqueued is Enqueued.BUSY:
            return False  # its last job is about to end, or will claim it: tried again in a moment
        with self.database.writing() as connection:
            record_store.note_handed_in(connection, record.record_id, record.attempt)
        return True

    def beat(self) -> None:
        with self.database.writing() as connection:
            nodes.beat(connection, self.node_id, now=time.time())

    def reap(self) -> int:
        """Close the runs of workers that are gone; returns how many there were."""
        limit = time.time() - self.settings.node_dead_seconds
        with self.database.reading() as connection:
            holders = schedule_queries.running_nodes(connection) | record_queries.making_nodes(connection)
            left = holders - nodes.known(connection, holders)  # they said good-bye before their runs had ended
            dead = (nodes.dead(connection, before=limit) | left) - {self.node_id}
        for node_id in dead:
            self.engine.abandon(node_id)
        if not dead:
            return 0
        with self.database.writing() as connection:
            closed = schedules.close_abandoned(connection, dead)
            taken_back = records.take_back(connection, dead)
            nodes.forget(connection, dead)
        log.warning("dead workers reaped", nodes=sorted(dead), runs=closed, records=taken_back)
        return closed

    def leave(self) -> None:
        """Say good-bye, so that nobody waits for this worker to be dead."""
        with self.database.writing() as connection:
            nodes.forget(connection, {self.node_id})

    def prune(self) -> None:
        """Forget what is older than the settings say."""
        now = epoch()
        with self.database.writing() as connection:
            schedule_store.prune_runs(connection, before=now - self.settings.history_days * DAY)
            inventory_store.prune_samples(connection, before=now - self.settings.capacity_history_days * DAY)
            host_store.prune_samples(connection, before=now - DAY)
            record_store.prune(connection, before=now - self.settings.record_days * DAY)
            audit_store.prune(connection, before=now - AUDIT_DAYS * DAY)
            accounts.prune(connection)
        self.engine.purge(days=self.settings.history_days)
