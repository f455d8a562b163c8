"""Decisions about schedules: planning, changing, firing, and the life of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from optimus.facts.parts import Task
from optimus.facts.visits import Cost
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id_in_order
from optimus.schedules import queries, store
from optimus.schedules.errors import ScheduleUnknown
from optimus.schedules.planning import Window, into_window, next_firing
from optimus.schedules.schemas import Action, TaskChange

MAX_TRACEBACK = 64 * 1024


def plan(connection: Connection, dc_id: str, task: Task, *, interval: int) -> int:
    """Add the schedule, due at once whatever the window; returns the next run's time."""
    now = epoch()
    store.add_schedule(
        connection,
        {
            "dc_id": dc_id,
            "task": task,
            "interval_seconds": interval,
            "window_start": 0,
            "window_end": 0,
            "paused": False,
            "next_run_at": now,
            "forced": True,
        },
    )
    return now


def change(connection: Connection, wanted: TaskChange, zone: ZoneInfo) -> None:
    """Change a schedule that exists. A paused one stays paused unless the action says otherwise.

    Raises ScheduleUnknown.
    """
    row = queries.schedule_row(connection, wanted.cid, wanted.task)
    if row is None:
        raise ScheduleUnknown("This task is not planned: resume it first.")
    now = epoch()
    interval = wanted.interval or row.interval_seconds
    window = Window(
        row.window_start if wanted.start is None else wanted.start,
        row.window_end if wanted.end is None else wanted.end,
    )
    paused = row.paused if wanted.action is None else wanted.action is Action.PAUSE
    # A run asked for by a person, or the first one, stays due whatever changes, unless it is paused away.
    forced = row.forced and row.next_run_at is not None and wanted.action is not Action.PAUSE
    if forced:
        next_run_at = row.next_run_at
    elif paused:
        next_run_at = None
    elif row.next_run_at is None:
        next_run_at = into_window(now, window, zone)
    else:
        moved = row.next_run_at if wanted.interval is None else now + interval
        next_run_at = into_window(moved, window, zone)
    values = {
        "interval_seconds": interval,
        "window_start": window.start,
        "window_end": window.end,
        "paused": paused,
        "next_run_at": next_run_at,
        "forced": forced,
    }
    store.change_schedule(connection, wanted.cid, wanted.task, values)


def run_now(connection: Connection, dc_id: str, task: Task) -> bool:
    """Make a task due at once, whatever its window or pause; a paused one runs once. False: not planned.

    It is a firing of its own, also when it is asked for in the very second of another one: the job of that one has
    begun, and perhaps read the cloud, before this wish.
    """
    return store.make_due(connection, dc_id, task, now=epoch())


def run_again(connection: Connection, dc_id: str, task: Task) -> None:
    """Make a task due whose run was broken off by no fault of its own; one that was paused meanwhile stays so."""
    row = queries.schedule_row(connection, dc_id, task)
    if row is not None and not row.paused:
        run_now(connection, dc_id, task)


def advance(connection: Connection, firing: queries.Due, zone: ZoneInfo) -> bool:
    """Plan the firing after this one; False when another worker has done so."""
    row = queries.schedule_row(connection, firing.dc_id, firing.task)
    if row is None:
        return False
    window = Window(row.window_start, row.window_end)
    following: int | None = next_firing(firing.planned, row.interval_seconds, window, zone, now=epoch())
    if row.paused:
        following = None
    return store.advance(connection, firing, next_run_at=following)


def begin(connection: Connection, *, dc_id: str, dc_name: str, task: Task, node_id: str) -> str | None:
    """The new run's id; None when one of this task is going on."""
    run_id = new_id_in_order()
    values = {
        "id": run_id,
        "dc_id": dc_id,
        "dc_name": dc_name,
        "task": task,
        "state": "running",
        "node_id": node_id,
        "started_at": epoch(),
        "skipped": 0,
    }
    return run_id if store.begin_run(connection, values) else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `error` is one sentence, `traceback` scrubbed; both None for a success."""

    error: str | None = None
    traceback: str | None = None
    cost: Cost | None = None
    store_seconds: float | None = None
    rows_read: int | None = None
    rows_changed: int | None = None
    hosts_asked: int | None = None
    hosts_failed: int | None = None


def end(connection: Connection, run_id: str, outcome: Outcome) -> bool:
    """False when the run had been closed by somebody else."""
    return store.end_run(connection, run_id, _values(outcome))


def _values(outcome: Outcome) -> Mapping[str, Any]:
    cost = outcome.cost
    return {
        "state": "successful" if outcome.error is None else "failed",
        "finished_at": epoch(),
        "error": outcome.error,
        "traceback": outcome.traceback[-MAX_TRACEBACK:] if outcome.traceback else None,
        "api_calls": cost.api_calls if cost else None,
        "api_bytes": cost.api_bytes if cost else None,
        "visit_ms": round(cost.seconds * 1000) if cost else None,
        "store_ms": None if outcome.store_seconds is None else round(outcome.store_seconds * 1000),
        "rows_read": outcome.rows_read,
        "rows_changed": outcome.rows_changed,
        "hosts_asked": outcome.hosts_asked,
        "hosts_failed": outcome.hosts_failed,
    }


def close_abandoned(connection: Connection, dead_nodes: set[str]) -> int:
    """Fail the runs of workers that are gone and make their tasks due again; returns how many there were."""
    abandoned = store.runs_of_nodes(connection, dead_nodes)
    for run_id, dc_id, task in abandoned:
        sentence = "The worker that ran this stopped before it ended; the task was planned again at once."
        end(connection, run_id, Outcome(error=sentence, traceback=sentence))
        run_again(connection, dc_id, task)
    return len(abandoned)
