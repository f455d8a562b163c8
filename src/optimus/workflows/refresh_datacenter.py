"""One run of a data center's task: visit the cloud, and make what was read the new picture.

The run's row is its licence: it is written before the visit, watched during it, and locked while the picture is
stored. When somebody else closes or deletes it (the data center was deleted, this worker was taken for dead), the
visit is broken off and nothing is stored.
"""

import asyncio
import gc
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog

from optimus.collection.errors import CollectionError, VisitCancelled
from optimus.collection.hosts.probe import HostResult, probe_hosts
from optimus.collection.visit import visit
from optimus.datacenters import queries as datacenter_queries
from optimus.datacenters import service as datacenters
from optimus.datacenters import store as datacenter_store
from optimus.db.database import Database
from optimus.errors import OptimusError
from optimus.facts.hosts import HostAccess, HostFailure, HostLimits, Trouble
from optimus.facts.parts import PartState, Task
from optimus.facts.visits import Limits, Target, Visit
from optimus.inventory import host_store
from optimus.inventory import service as inventory
from optimus.inventory.queries import host_facts
from optimus.kit.clock import epoch
from optimus.kit.secrecy import Vault, scrub
from optimus.schedules import queries as schedule_queries
from optimus.schedules import service as schedules
from optimus.schedules import store as schedule_store
from optimus.schedules.errors import RunSuperseded
from optimus.settings import Settings
from optimus.workflows.look_into_host import secrets_of

WATCH_SECONDS = 1.0
# A part is stale when two collections in a row did not bring it, with a little time for the run itself.
STALE_INTERVALS = 2
STALE_SLACK_SECONDS = 120
# A picture is hundreds of thousands of objects without a cycle among them, built in a few seconds. With Python's own
# thresholds (700, 10, 10) a third of the processor time of that goes into looking for cycles.
GC_THRESHOLDS = (50_000, 20, 20)

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Refresher:
    """Runs collections in one worker. `stopping` breaks off those under way when the worker ends."""

    settings: Settings
    database: Database
    vault: Vault
    node_id: str
    stopping: threading.Event

    def refresh(self, dc_id: str, task_name: str) -> None:
        """The job function. Failures end in the run's history, not in an exception."""
        gc.set_threshold(*GC_THRESHOLDS)
        task = Task(task_name)
        with self.database.reading() as connection:
            name = datacenter_queries.name_of(connection, dc_id)
        if name is None:
            return  # deleted since it was planned
        with self.database.writing() as connection:
            run_id = schedules.begin(connection, dc_id=dc_id, dc_name=name, task=task, node_id=self.node_id)
            if run_id is None:
                schedule_store.count_skip(connection, dc_id, task)
                return
        _Run(self, run_id, dc_id, task).perform()


class _Run:
    """One run, from its row to its outcome."""

    def __init__(self, refresher: Refresher, run_id: str, dc_id: str, task: Task) -> None:
        self._refresher = refresher
        self._database = refresher.database
        self._run_id = run_id
        self._dc_id = dc_id
        self._task = task
        self._secrets: list[str] = []

    def perform(self) -> None:
        try:
            target, access, stamps, interval = self._prepare()
            self._secrets += secrets_of(target, access)
            limits = self._limits()
            found = asyncio.run(self._guarded(visit(target, self._task, known_stacks=stamps, limits=limits)))
            asks_hosts = self._task is Task.STATIC and self._refresher.settings.hosts_collection_seconds > 0
            outcome = self._store(found, interval, is_last=not asks_hosts)
            if asks_hosts:
                self._look_into_hosts(target, access, outcome)
        except RunSuperseded as error:
            log.info("run given up", run_id=self._run_id, reason=error.message)
        except OptimusError as error:
            self._fail(scrub(error.message, self._secrets))
        except Exception:  # the edge of a job: whatever it is, the history must say so
            log.exception("run failed", run_id=self._run_id)
            self._fail("Optimus failed at this run: see the traceback, and please report it.")

    def _prepare(self) -> tuple[Target, HostAccess, dict[str, str], int]:
        with self._database.reading() as connection:
            target = datacenters.target_of(connection, self._refresher.vault, self._dc_id)
            access = datacenters.host_access_of(connection, self._refresher.vault, self._dc_id)
            stamps = inventory.known_stacks(connection, self._dc_id)
            row = schedule_queries.schedule_row(connection, self._dc_id, self._task)
            return target, access, stamps, row.interval_seconds if row else 0

    async def _guarded(self, work: Coroutine[Any, Any, T]) -> T:
        """The work, broken off when the run is no longer ours or the worker ends."""
        visiting = asyncio.create_task(work)
        watching = asyncio.create_task(self._watch())
        done, _ = await asyncio.wait({visiting, watching}, return_when=asyncio.FIRST_COMPLETED)
        for task in (visiting, watching):
            task.cancel()
        await asyncio.gather(visiting, watching, return_exceptions=True)
        if visiting in done:
            return visiting.result()
        raise watching.result()

    async def _watch(self) -> OptimusError:
        """Returns why the visit must end."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._refresher.stopping.is_set():
                return VisitCancelled("The worker was stopped; the task is due again when one starts.")
            if not await asyncio.to_thread(self._is_ours):
                return RunSuperseded("The run was closed by somebody else.")

    def _is_ours(self) -> bool:
        with self._database.reading() as connection:
            return schedule_queries.is_running(connection, self._run_id)

    def _limits(self) -> Limits:
        settings = self._refresher.settings
        return Limits(
            connect_seconds=settings.connect_timeout_seconds,
            visit_seconds=settings.visit_timeout_seconds,
            concurrent_requests=settings.api_requests_at_once,
        )

    def _store(self, found: Visit, interval: int, *, is_last: bool) -> schedules.Outcome:
        """One transaction: the run's row is locked first, so that no deletion slips in between.

        `is_last`: nothing comes after it, and the run ends with it.
        """
        started = time.perf_counter()
        fresh_seconds = interval * STALE_INTERVALS + STALE_SLACK_SECONDS
        with self._database.writing() as connection:
            if not schedule_store.hold_run(connection, self._run_id):
                raise RunSuperseded("The run was closed by somebody else while it was under way.")
            datacenter_store.pin_host_key(
                connection, self._dc_id, host_key=found.host_key, now=epoch(), only_first=True
            )
            stored = inventory.take_in(connection, self._dc_id, found, run_id=self._run_id, fresh_seconds=fresh_seconds)
            error, details = _failed_parts(found)
            outcome = schedules.Outcome(
                error=scrub(error, self._secrets) if error else None,
                traceback=scrub(details, self._secrets) if details else None,
                cost=found.cost,
                store_seconds=time.perf_counter() - started,
                rows_read=stored.read,
                rows_changed=stored.changed,
            )
            if is_last:
                schedules.end(connection, self._run_id, outcome)
        log.info(
            "collected",
            dc_id=self._dc_id,
            task=self._task.value,
            calls=found.cost.api_calls,
            seconds=found.cost.seconds,
            rows=stored.read,
            changed=stored.changed,
            failed=error,
        )
        return outcome

    def _look_into_hosts(self, target: Target, access: HostAccess, outcome: schedules.Outcome) -> None:
        """Ask every compute host, and end the run. Hosts that give nothing are counted; the picture is good without."""
        with self._database.reading() as connection:
            hosts = host_facts.known_hosts(connection, self._dc_id)
        try:
            records, keys = asyncio.run(self._guarded(self._ask_hosts(target, access, hosts)))
        except VisitCancelled:
            records, keys = [], {}  # the worker ends; the hosts keep what they said before
        failed = sum(record["trouble"] is not None for record in records)
        with self._database.writing() as connection:
            if not schedule_store.hold_run(connection, self._run_id):
                raise RunSuperseded("The run was closed by somebody else while it asked the hosts.")
            host_store.put(connection, records)
            host_store.keep_only(connection, self._dc_id, hosts)
            datacenter_store.pin_hosts(connection, self._dc_id, keys, now=epoch())
            told = replace(outcome, hosts_asked=len(records), hosts_failed=failed)
            schedules.end(connection, self._run_id, told)
        log.info("hosts asked", dc_id=self._dc_id, hosts=len(records), failed=failed)

    async def _ask_hosts(
        self, target: Target, access: HostAccess, hosts: list[str]
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """A row for each host, and the keys that hosts showed at their first direct log-in."""
        settings = self._refresher.settings
        limits = HostLimits(
            concurrency=settings.hosts_collected_at_once,
            connect_seconds=settings.connect_timeout_seconds,
            visit_seconds=settings.hosts_collection_seconds,
        )
        records: dict[str, dict[str, Any]] = {}
        keys: dict[str, str] = {}

        def note(result: HostResult) -> None:
            if isinstance(result, HostFailure):
                result = replace(result, reason=scrub(result.reason, self._secrets))
                if result.code is Trouble.HOST_KEY_UNKNOWN and result.host_key:
                    keys[result.host] = result.host_key
            records[result.host] = host_store.record_of(self._dc_id, result, now=epoch())

        try:
            await probe_hosts(target, hosts, limits=limits, access=access, on_result=note)
            if keys and access.direct:
                known = replace(access.direct, host_keys={**access.direct.host_keys, **keys})
                await probe_hosts(
                    target, list(keys), limits=limits, access=replace(access, direct=known), on_result=note
                )
        except CollectionError as failure:  # the LCM itself: it was there a moment ago
            for host in hosts:
                if host not in records:
                    note(HostFailure(host, Trouble.LCM_LOST, failure.message))
        return list(records.values()), keys

    def _fail(self, sentence: str) -> None:
        details = scrub(traceback.format_exc(), self._secrets)
        with self._database.writing() as connection:
            if not schedules.end(connection, self._run_id, schedules.Outcome(error=sentence, traceback=details)):
                return
            inventory.note_failure(connection, self._dc_id, self._task, sentence)
            if self._refresher.stopping.is_set():
                schedules.run_again(connection, self._dc_id, self._task)
        log.warning("collection failed", dc_id=self._dc_id, task=self._task.value, error=sentence)


def _failed_parts(found: Visit) -> tuple[str | None, str | None]:
    """A sentence and the details of the parts that failed. A part that is not permitted is no failure."""
    failed = {part: result.reason for part, result in found.parts.items() if result.state is PartState.FAILED}
    if not failed:
        return None, None
    names = ", ".join(part.value for part in failed)
    sentence = (
        f"{len(failed)} of {len(found.parts)} parts could not be read ({names}) and keep what was collected before."
    )
    return sentence, "\n".join([sentence, *(f"{part.value}: {reason}" for part, reason in failed.items())])


JOB_NAME = "refresh_datacenter"
RefreshJob = Callable[[str, str], None]
