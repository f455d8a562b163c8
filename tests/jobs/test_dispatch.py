"""What every worker does beside its jobs: hands in what is due, closes what dead workers left, forgets what is old."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from tests.jobs.fakes import FakeEngine
from tests.support.databases import Databases
from tests.support.server import make_services

from optimus.audit.tables import AuditEvent
from optimus.facts.parts import Task
from optimus.inventory.tables import CapacitySample
from optimus.jobs.tables import Node
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id
from optimus.schedules import service as schedules
from optimus.schedules.tables import Run, Schedule
from optimus.workflows.dispatch import AUDIT_DAYS, DAY, Dispatcher
from optimus.workflows.refresh_datacenter import JOB_NAME

DC = "d" * 32


@pytest.fixture
def dispatcher(databases: Databases, tmp_path: Path) -> Iterator[Dispatcher]:
    services = make_services(
        databases.new_url(), tmp_path, node_dead_seconds=10, history_days=2, capacity_history_days=3
    )
    yield Dispatcher(services.settings, services.database, FakeEngine(), "this-node")
    services.database.close()


def fake(dispatcher: Dispatcher) -> FakeEngine:
    assert isinstance(dispatcher.engine, FakeEngine)
    return dispatcher.engine


def plan(dispatcher: Dispatcher, *tasks: Task) -> None:
    with dispatcher.database.writing() as connection:
        for task in tasks:
            schedules.plan(connection, DC, task, interval=600)


def begin(dispatcher: Dispatcher, node_id: str, task: Task = Task.DYNAMIC) -> None:
    with dispatcher.database.writing() as connection:
        assert schedules.begin(connection, dc_id=DC, dc_name="gz1", task=task, node_id=node_id)


def seen(dispatcher: Dispatcher, node_id: str, ago: float) -> None:
    with dispatcher.database.writing() as connection:
        connection.execute(insert(Node).values(id=node_id, started_at=1, seen_at=time.time() - ago))


def column(dispatcher: Dispatcher, wanted: Any) -> list[Any]:
    with dispatcher.database.reading() as connection:
        return sorted(connection.execute(select(wanted)).scalars())


def test_what_is_due_is_handed_in_once(dispatcher: Dispatcher) -> None:
    plan(dispatcher, *Task)
    assert dispatcher.fire_due() == 2
    assert dispatcher.fire_due() == 0
    assert {name for name, _ in fake(dispatcher).handed_in} == {JOB_NAME}
    assert len({job_id for _, job_id in fake(dispatcher).handed_in}) == 2
    assert min(column(dispatcher, Schedule.next_run_at)) > epoch()


def test_a_crash_between_the_job_and_the_schedule_hands_in_the_same_job(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(dispatcher, Task.DYNAMIC)

    def crash(*_: object) -> bool:
        raise RuntimeError

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):  # noqa: PT012 - patched for as long as it lasts
        patched.setattr(schedules, "advance", crash)
        dispatcher.fire_due()
    dispatcher.fire_due()
    [first, second] = fake(dispatcher).handed_in
    assert first == second


def test_a_firing_that_finds_the_last_run_going_on_is_counted_on_it(dispatcher: Dispatcher) -> None:
    plan(dispatcher, Task.DYNAMIC)
    begin(dispatcher, "this-node")
    fake(dispatcher).busy = {f"{DC}:dynamic"}
    for _ in range(3):
        with dispatcher.database.writing() as connection:
            connection.execute(update(Schedule).values(next_run_at=epoch()))
        assert dispatcher.fire_due() == 0
    assert column(dispatcher, Run.skipped) == [3]
    assert min(column(dispatcher, Schedule.next_run_at)) > epoch()


def test_a_firing_that_finds_a_job_without_a_run_stays_due(dispatcher: Dispatcher) -> None:
    """The last run has ended and its job not quite: a collection asked for in that moment was lost once."""
    plan(dispatcher, Task.DYNAMIC)
    fake(dispatcher).busy = {f"{DC}:dynamic"}
    assert dispatcher.fire_due() == 0
    assert max(column(dispatcher, Schedule.next_run_at)) <= epoch()
    fake(dispatcher).busy.clear()
    assert dispatcher.fire_due() == 1


def test_dead_workers_are_reaped_and_others_are_not(dispatcher: Dispatcher) -> None:
    plan(dispatcher, *Task)
    dispatcher.beat()
    seen(dispatcher, "dead", 11)
    seen(dispatcher, "alive", 5)
    begin(dispatcher, "dead")
    begin(dispatcher, "alive", Task.STATIC)
    assert dispatcher.reap() == 1
    assert fake(dispatcher).abandoned == ["dead"]
    assert column(dispatcher, Run.state) == ["failed", "running"]
    assert column(dispatcher, Node.id) == ["alive", "this-node"]
    assert dispatcher.reap() == 0


def test_a_worker_does_not_reap_itself(dispatcher: Dispatcher) -> None:
    seen(dispatcher, "this-node", 1000)
    begin(dispatcher, "this-node")
    assert dispatcher.reap() == 0
    assert column(dispatcher, Run.state) == ["running"]


def test_a_run_of_a_worker_that_left_no_trace_is_closed(dispatcher: Dispatcher) -> None:
    """One that said good-bye while a job would not end: without this, the task would never run again."""
    plan(dispatcher, Task.DYNAMIC)
    begin(dispatcher, "left")
    assert dispatcher.reap() == 1
    assert fake(dispatcher).abandoned == ["left"]
    assert column(dispatcher, Run.state) == ["failed"]
    assert column(dispatcher, Schedule.forced) == [True]


def test_a_worker_that_leaves_is_not_waited_for(dispatcher: Dispatcher) -> None:
    dispatcher.beat()
    assert column(dispatcher, Node.id) == ["this-node"]
    dispatcher.leave()
    assert column(dispatcher, Node.id) == []


def test_pruning_goes_by_the_settings(dispatcher: Dispatcher) -> None:
    now = epoch()
    with dispatcher.database.writing() as connection:
        for days in (1, 2.5, 5):
            values = {"dc_id": DC, "run_id": new_id(), "taken_at": now - int(days * DAY)}
            connection.execute(insert(CapacitySample).values(values))
        for days in (1, 2.5, 5):
            run = {"id": new_id(), "dc_id": DC, "dc_name": "x", "task": "static", "state": "failed", "node_id": "n"}
            connection.execute(insert(Run).values(**run, started_at=now - int(days * DAY), skipped=0))
        for days in (AUDIT_DAYS - 1, AUDIT_DAYS + 1):
            connection.execute(insert(AuditEvent).values(id=new_id(), at=now - days * DAY, action="a", outcome=200))
    dispatcher.prune()
    assert [(now - at) // DAY for at in column(dispatcher, CapacitySample.taken_at)] == [2, 1]
    assert [(now - at) // DAY for at in column(dispatcher, Run.started_at)] == [1]
    assert len(column(dispatcher, AuditEvent.id)) == 1
    assert fake(dispatcher).purged == [2]
