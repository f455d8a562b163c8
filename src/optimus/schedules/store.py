"""Writes of schedules and runs. Each change of state names the state that it expects (compare and swap)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from optimus.facts.parts import Task
from optimus.schedules.queries import Due
from optimus.schedules.tables import Run, Schedule


def add_schedule(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(Schedule).values(values))


def change_schedule(connection: Connection, dc_id: str, task: Task, values: Mapping[str, Any]) -> bool:
    """False when there is no such schedule."""
    where = and_(Schedule.dc_id == dc_id, Schedule.task == task)
    return connection.execute(update(Schedule).where(where).values(values)).rowcount == 1


def make_due(connection: Connection, dc_id: str, task: Task, *, now: int) -> bool:
    """False when there is no such schedule."""
    return change_schedule(
        connection, dc_id, task, {"next_run_at": now, "forced": True, "firings": Schedule.firings + 1}
    )


def advance(connection: Connection, firing: Due, *, next_run_at: int | None) -> bool:
    """Move on from a firing; False when another worker did."""
    where = and_(
        Schedule.dc_id == firing.dc_id,
        Schedule.task == firing.task,
        Schedule.next_run_at == firing.planned,
        Schedule.firings == firing.number,
    )
    values = {"next_run_at": next_run_at, "forced": False, "firings": firing.number + 1}
    statement = update(Schedule).where(where).values(values)
    return connection.execute(statement).rowcount == 1


def remove_all(connection: Connection, dc_id: str) -> None:
    """Runs first: a collection that is storing holds its run's row, and is waited for here."""
    connection.execute(delete(Run).where(Run.dc_id == dc_id))
    connection.execute(delete(Schedule).where(Schedule.dc_id == dc_id))


def begin_run(connection: Connection, values: Mapping[str, Any]) -> bool:
    """False when a run of this task is going on: the database's unique index decides."""
    try:
        with connection.begin_nested():
            connection.execute(insert(Run).values(values))
    except IntegrityError:
        return False
    return True


def hold_run(connection: Connection, run_id: str) -> bool:
    """Lock the run's row until the transaction ends; False when it is no longer going on."""
    statement = update(Run).where(Run.id == run_id, Run.state == "running").values(state="running")
    return connection.execute(statement).rowcount == 1


def end_run(connection: Connection, run_id: str, values: Mapping[str, Any]) -> bool:
    """False when it had been ended before."""
    statement = update(Run).where(Run.id == run_id, Run.state == "running").values(values)
    return connection.execute(statement).rowcount == 1


def count_skip(connection: Connection, dc_id: str, task: Task) -> None:
    where = and_(Run.dc_id == dc_id, Run.task == task, Run.state == "running")
    connection.execute(update(Run).where(where).values(skipped=Run.skipped + 1))


def runs_of_nodes(connection: Connection, node_ids: set[str]) -> list[tuple[str, str, Task]]:
    """Id, data center and task of the runs that go on at these workers."""
    query = select(Run.id, Run.dc_id, Run.task).where(Run.state == "running", Run.node_id.in_(node_ids))
    return [(row.id, row.dc_id, Task(row.task)) for row in connection.execute(query)]


def prune_runs(connection: Connection, *, before: int) -> None:
    """Forget runs begun before then, but each task's newest of either outcome stays."""
    newest = (
        select(
            Run.id,
            func.row_number()
            .over(partition_by=(Run.dc_id, Run.task, Run.state), order_by=(Run.started_at.desc(), Run.id.desc()))
            .label("place"),
        )
    ).subquery()
    kept = select(newest.c.id).where(newest.c.place == 1)
    old = and_(Run.started_at < before, Run.state != "running", Run.id.not_in(kept))
    connection.execute(delete(Run).where(old))
