"""Schedules and runs: who may begin one, what closes one, what is kept of old ones."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from optimus.accounts.tables import LoginFailure, Session
from optimus.audit import store as audit_store
from optimus.audit.tables import AuditEvent
from optimus.db.database import Database
from optimus.facts.parts import Task
from optimus.facts.visits import Cost
from optimus.inventory import store as inventory_store
from optimus.inventory.tables import CapacitySample
from optimus.jobs import nodes
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id
from optimus.schedules import queries, service, store
from optimus.schedules.errors import ScheduleUnknown
from optimus.schedules.planning import DAY
from optimus.schedules.schemas import Action, TaskChange
from optimus.schedules.service import Outcome
from optimus.schedules.tables import Run, Schedule
from optimus.settings import Settings

ZONE = Settings().zone
DC, OTHER = "d" * 32, "e" * 32
FAILED = Outcome(error="It failed.", traceback="Traceback")


def begin(connection: Connection, task: Task = Task.DYNAMIC, *, node: str = "n1", dc_id: str = DC) -> str:
    run_id = service.begin(connection, dc_id=dc_id, dc_name="gz1", task=task, node_id=node)
    assert run_id is not None
    return run_id


def states(connection: Connection) -> list[str]:
    return sorted(connection.execute(select(Run.state)).scalars())


def schedule(connection: Connection, task: Task = Task.DYNAMIC) -> Any:
    return queries.schedule_row(connection, DC, task)


def set_schedule(connection: Connection, **values: Any) -> None:
    connection.execute(update(Schedule).values(**values))


def test_one_run_of_a_task_at_a_time(database: Database) -> None:
    with database.writing() as connection:
        first = begin(connection)
        assert service.begin(connection, dc_id=DC, dc_name="gz1", task=Task.DYNAMIC, node_id="n2") is None
        begin(connection, Task.STATIC)
        begin(connection, dc_id=OTHER)
        service.end(connection, first, Outcome())
        begin(connection)
    with database.reading() as connection:
        assert states(connection) == ["running", "running", "running", "successful"]


def test_a_run_ends_once(database: Database) -> None:
    with database.writing() as connection:
        run_id = begin(connection)
        cost = Cost(api_calls=12, api_bytes=3456, seconds=1.2346)
        done = Outcome(cost=cost, store_seconds=0.5, rows_read=7, rows_changed=2)
        assert store.hold_run(connection, run_id)
        assert service.end(connection, run_id, done)
        assert not service.end(connection, run_id, FAILED)
        assert not store.hold_run(connection, run_id)
    with database.reading() as connection:
        [run], total = queries.history(connection, DC, task=None, limit=10, offset=0)
    assert (total, run["state"], run["status"], run["error"], run["error_info"]) == (1, "successful", True, None, None)
    assert (run["api_calls"], run["api_bytes"], run["collect_seconds"], run["store_seconds"]) == (12, 3456, 1.235, 0.5)
    assert (run["rows"], run["rows_changed"]) == (7, 2)


def test_a_long_traceback_keeps_its_end(database: Database) -> None:
    with database.writing() as connection:
        told = "x" * service.MAX_TRACEBACK + "the last line"
        service.end(connection, begin(connection), Outcome(error="e", traceback=told))
        [run], _ = queries.history(connection, DC, task=None, limit=10, offset=0)
    assert run["error_info"] is not None
    assert len(run["error_info"]) == service.MAX_TRACEBACK
    assert run["error_info"].endswith("the last line")


def test_history_is_paged_newest_first_and_filtered(database: Database) -> None:
    with database.writing() as connection:
        for number in range(6):
            run_id = begin(connection, Task.STATIC if number % 3 == 0 else Task.DYNAMIC)
            service.end(connection, run_id, Outcome())
            connection.execute(update(Run).where(Run.id == run_id).values(started_at=number))
        everything, total = queries.history(connection, DC, task=None, limit=4, offset=1)
        assert ([run["timestamp"] for run in everything], total) == ([4, 3, 2, 1], 6)
        static, total = queries.history(connection, DC, task=Task.STATIC, limit=4, offset=0)
        assert ([run["timestamp"] for run in static], total) == ([3, 0], 2)
        assert {run["task_name"] for run in static} == {"refresh_static_task"}
        assert queries.history(connection, OTHER, task=None, limit=4, offset=0) == ([], 0)


def test_the_runs_of_dead_workers_are_closed_and_due_again(database: Database) -> None:
    with database.writing() as connection:
        for task in Task:
            service.plan(connection, DC, task, interval=3600)
        set_schedule(connection, next_run_at=epoch() + 3600, forced=False)
        begin(connection, node="dead")
        begin(connection, Task.STATIC, node="alive")
        assert service.close_abandoned(connection, {"dead", "never-heard-of"}) == 1
        assert states(connection) == ["failed", "running"]
        dynamic, static = schedule(connection), schedule(connection, Task.STATIC)
    assert dynamic.next_run_at <= epoch()
    assert dynamic.forced
    assert static.next_run_at > epoch()


def test_a_paused_task_stays_paused_when_its_worker_dies(database: Database) -> None:
    with database.writing() as connection:
        service.plan(connection, DC, Task.DYNAMIC, interval=3600)
        set_schedule(connection, paused=True, next_run_at=None, forced=False)
        begin(connection, node="dead")
        service.close_abandoned(connection, {"dead"})
        assert schedule(connection).next_run_at is None


def test_a_deleted_data_centers_dead_run_is_closed_without_a_schedule(database: Database) -> None:
    with database.writing() as connection:
        begin(connection, node="dead")
        assert service.close_abandoned(connection, {"dead"}) == 1


def test_a_firing_is_moved_on_from_once(database: Database) -> None:
    with database.writing() as connection:
        planned = service.plan(connection, DC, Task.DYNAMIC, interval=600)
        [firing] = queries.due(connection, now=epoch())
        assert firing.planned == planned
        assert service.advance(connection, firing, ZONE)
        assert not service.advance(connection, firing, ZONE), "another worker was faster"
        assert queries.due(connection, now=epoch()) == []
        row = schedule(connection)
        assert (row.next_run_at, row.forced, row.firings) == (planned + 600, False, 1)


def test_two_firings_within_one_second_are_two_jobs(database: Database) -> None:
    with database.writing() as connection:
        service.plan(connection, DC, Task.DYNAMIC, interval=600)
        [first] = queries.due(connection, now=epoch())
        service.advance(connection, first, ZONE)
        set_schedule(connection, next_run_at=first.planned)
        [second] = queries.due(connection, now=epoch())
        assert first.job_id != second.job_id
        assert first.key == second.key
        assert not service.advance(connection, first, ZONE)


def test_a_run_asked_for_while_a_firing_of_that_second_is_handed_in_is_not_lost(database: Database) -> None:
    with database.writing() as connection:
        service.plan(connection, DC, Task.DYNAMIC, interval=600)
        [handed_in] = queries.due(connection, now=epoch())
        service.run_now(connection, DC, Task.DYNAMIC)
        set_schedule(connection, next_run_at=handed_in.planned)
        assert not service.advance(connection, handed_in, ZONE)
        [asked_for] = queries.due(connection, now=epoch())
        assert asked_for.job_id != handed_in.job_id


def test_runs_begun_in_one_second_are_told_in_their_order(database: Database) -> None:
    with database.writing() as connection:
        begun = []
        for _ in range(5):
            begun.append(begin(connection))
            service.end(connection, begun[-1], Outcome())
        connection.execute(update(Run).values(started_at=1))
        told, _ = queries.history(connection, DC, task=None, limit=10, offset=0)
    assert [run["id"] for run in told] == begun[::-1]


def test_a_paused_task_that_somebody_asks_for_runs_once(database: Database) -> None:
    with database.writing() as connection:
        service.plan(connection, DC, Task.DYNAMIC, interval=600)
        service.change(connection, TaskChange(cid=DC, task=Task.DYNAMIC, action=Action.PAUSE), ZONE)
        assert queries.due(connection, now=epoch()) == []
        assert service.run_now(connection, DC, Task.DYNAMIC)
        [firing] = queries.due(connection, now=epoch())
        service.advance(connection, firing, ZONE)
        row = schedule(connection)
        assert (row.paused, row.next_run_at) == (True, None)


def test_resuming_plans_within_the_window(database: Database) -> None:
    now = epoch()
    opens = (now % DAY + 7200) % DAY
    with database.writing() as connection:
        service.plan(connection, DC, Task.DYNAMIC, interval=600)
        service.change(connection, TaskChange(cid=DC, task=Task.DYNAMIC, action=Action.PAUSE), ZONE)
        window = {"start": opens, "end": (opens + 3600) % DAY, "action": Action.RESUME}
        service.change(connection, TaskChange.model_validate({"cid": DC, "task": "dynamic", **window}), ZONE)
        assert schedule(connection).next_run_at % DAY == opens


def test_changing_what_is_not_planned(database: Database) -> None:
    with database.writing() as connection, pytest.raises(ScheduleUnknown):
        service.change(connection, TaskChange(cid=DC, task=Task.DYNAMIC, interval=60), ZONE)


def test_pruning_keeps_the_last_success_and_the_last_failure_of_each_task(database: Database) -> None:
    kept: set[int] = set()
    with database.writing() as connection:
        for number, (task, outcome, stays) in enumerate(_OLD_RUNS):
            run_id = begin(connection, task)
            service.end(connection, run_id, outcome)
            connection.execute(update(Run).where(Run.id == run_id).values(started_at=1000 + number))
            kept |= {1000 + number} if stays else set()
        still_going = begin(connection)
        connection.execute(update(Run).where(Run.id == still_going).values(started_at=1))
        store.prune_runs(connection, before=5000)
        left = set(connection.execute(select(Run.started_at)).scalars())
    assert left == {1, *kept}


_OLD_RUNS = [
    (Task.DYNAMIC, Outcome(), False),
    (Task.DYNAMIC, FAILED, False),
    (Task.DYNAMIC, FAILED, True),
    (Task.STATIC, FAILED, True),
    (Task.DYNAMIC, Outcome(), False),
    (Task.STATIC, Outcome(), True),
    (Task.DYNAMIC, Outcome(), True),
]


def test_pruning_leaves_what_is_young(database: Database) -> None:
    with database.writing() as connection:
        for _ in range(3):
            service.end(connection, begin(connection), Outcome())
        store.prune_runs(connection, before=epoch() - 10)
        assert len(states(connection)) == 3


def _sample(at: int) -> Any:
    return insert(CapacitySample).values(dc_id=DC, run_id=new_id(), taken_at=at)


def _audit(at: int) -> Any:
    return insert(AuditEvent).values(id=new_id(), at=at, action="a", outcome=200)


@pytest.mark.parametrize(
    ("row", "column", "prune"),
    [
        (_sample, CapacitySample.taken_at, inventory_store.prune_samples),
        (_audit, AuditEvent.at, audit_store.prune),
    ],
)
def test_pruning_by_age(database: Database, row: Callable[[int], Any], column: Any, prune: Callable[..., None]) -> None:
    with database.writing() as connection:
        for at in (99, 100, 101):
            connection.execute(row(at))
        prune(connection, before=100)
        assert sorted(connection.execute(select(column)).scalars()) == [100, 101]


def test_nodes_beat_are_found_dead_and_are_forgotten(database: Database) -> None:
    with database.writing() as connection:
        nodes.beat(connection, "one", now=100.0)
        nodes.beat(connection, "two", now=101.5)
        nodes.beat(connection, "one", now=103.0)
        assert nodes.dead(connection, before=102.0) == {"two"}
        assert (nodes.alive(connection, since=101.5), nodes.alive(connection, since=103.0)) == (2, 1)
        nodes.forget(connection, {"two", "three"})
        assert nodes.dead(connection, before=200.0) == {"one"}


def test_every_start_is_another_node() -> None:
    made = {nodes.new_node_id() for _ in range(20)}
    assert len(made) == 20
    assert max(len(name) for name in made) <= 64


def test_sessions_and_failures_grow_old(database: Database) -> None:
    from optimus.accounts import service as accounts

    now = epoch()
    period = now // accounts.FAILURE_PERIOD_SECONDS
    with database.writing() as connection:
        for name, expires in (("old", now - 1), ("young", now + 60)):
            values = {"id": name, "user_id": "u", "refresh_hash": name, "created_at": 1, "refreshed_at": 1}
            connection.execute(insert(Session).values(**values, expires_at=expires))
        for age in range(4):
            connection.execute(insert(LoginFailure).values(subject="s", period=period - age, failures=1))
        accounts.prune(connection)
        assert connection.execute(select(Session.id)).scalars().all() == ["young"]
        left = sorted(connection.execute(select(LoginFailure.period)).scalars())
    assert left == [period - 1, period]
