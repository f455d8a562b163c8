"""Reads of schedules and runs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from sqlalchemy import Connection, Row, func, select

from optimus.facts.parts import Task
from optimus.schedules.schemas import RunItem, ScheduleItem, TaskItem
from optimus.schedules.tables import Run, Schedule

# The document's names of the two tasks, in job ids and in the history.
METHOD_NAMES = {Task.DYNAMIC: "dynamic_data_refresh", Task.STATIC: "refresh_static_task"}

_SCHEDULE = Schedule.__table__.c
_RUN = Run.__table__.c


@dataclass(frozen=True, slots=True)
class Due:
    """A firing: `planned` is the `next_run_at` that was reached, `number` how many there were before it."""

    dc_id: str
    task: Task
    planned: int
    number: int

    @property
    def key(self) -> str:
        """What only one job at a time may have."""
        return f"{self.dc_id}:{self.task.value}"

    @property
    def job_id(self) -> str:
        """The same for every worker that sees this firing, and different for any other."""
        return f"{self.key}:{self.planned}:{self.number}"


def due(connection: Connection, *, now: int, limit: int = 100) -> list[Due]:
    query = (
        select(Schedule.dc_id, Schedule.task, Schedule.next_run_at, Schedule.firings)
        .where(Schedule.next_run_at <= now)
        .order_by(Schedule.next_run_at)
        .limit(limit)
    )
    return [Due(row.dc_id, Task(row.task), row.next_run_at, row.firings) for row in connection.execute(query)]


def schedule_row(connection: Connection, dc_id: str, task: Task) -> Row[tuple[object, ...]] | None:
    query = select(*_SCHEDULE).where(Schedule.dc_id == dc_id, Schedule.task == task)
    return connection.execute(query).one_or_none()


def next_runs(connection: Connection, dc_id: str) -> dict[Task, int | None]:
    """Next run of each planned task, epoch seconds."""
    query = select(Schedule.task, Schedule.next_run_at).where(Schedule.dc_id == dc_id)
    return {Task(row.task): row.next_run_at for row in connection.execute(query)}


def items(connection: Connection, *, dc_id: str | None, time_zone: str) -> list[ScheduleItem]:
    """One item for each data center that is planned."""
    query = select(*_SCHEDULE).order_by(Schedule.dc_id)
    if dc_id is not None:
        query = query.where(Schedule.dc_id == dc_id)
    found: dict[str, ScheduleItem] = {}
    for row in connection.execute(query):
        item = found.setdefault(row.dc_id, {"cid": row.dc_id, "dynamic_task": None, "static_task": None})
        if row.task == Task.DYNAMIC:
            item["dynamic_task"] = _task_item(row, time_zone)
        else:
            item["static_task"] = _task_item(row, time_zone)
    return list(found.values())


def _task_item(row: Row[tuple[object, ...]], time_zone: str) -> TaskItem:
    at = None if row.paused else row.next_run_at
    return {
        "job_id": f"{row.dc_id}:taskModel:method_view:{METHOD_NAMES[Task(row.task)]}",
        "next_run_time": None if at is None else format_datetime(datetime.fromtimestamp(at, UTC), usegmt=True),
        "next_run_at": at,
        "interval": row.interval_seconds,
        "start": row.window_start,
        "end": row.window_end,
        "status": not row.paused,
        "time_zone": time_zone,
    }


def history(
    connection: Connection, dc_id: str, *, task: Task | None, limit: int, offset: int
) -> tuple[list[RunItem], int]:
    """A page of runs, newest first, and how many there are."""
    where = [Run.dc_id == dc_id] + ([Run.task == task] if task else [])
    total = connection.execute(select(func.count()).select_from(Run).where(*where)).scalar_one()
    query = select(*_RUN).where(*where).order_by(Run.started_at.desc(), Run.id.desc()).limit(limit).offset(offset)
    return [_run_item(row) for row in connection.execute(query)], total


def _run_item(row: Row[tuple[object, ...]]) -> RunItem:
    return {
        "id": row.id,
        "task_name": METHOD_NAMES[Task(row.task)],
        "dc_id": row.dc_id,
        "dc_name": row.dc_name,
        "status": None if row.state == "running" else row.state == "successful",
        "state": row.state,
        "error": row.error,
        "error_info": row.traceback,
        "timestamp": row.started_at,
        "finished_at": row.finished_at,
        "skipped": row.skipped,
        "api_calls": row.api_calls,
        "api_bytes": row.api_bytes,
        "collect_seconds": None if row.visit_ms is None else row.visit_ms / 1000,
        "store_seconds": None if row.store_ms is None else row.store_ms / 1000,
        "rows": row.rows_read,
        "rows_changed": row.rows_changed,
        "hosts_asked": row.hosts_asked,
        "hosts_failed": row.hosts_failed,
    }


def is_running(connection: Connection, run_id: str) -> bool:
    query = select(Run.id).where(Run.id == run_id, Run.state == "running")
    return connection.execute(query).first() is not None


def is_task_running(connection: Connection, dc_id: str, task: Task) -> bool:
    query = select(Run.id).where(Run.dc_id == dc_id, Run.task == task, Run.state == "running")
    return connection.execute(query).first() is not None


def ended_since(connection: Connection, dc_id: str, run_id: str) -> set[Task]:
    """The tasks of which a run has ended that began after that id was made."""
    query = select(Run.task).where(Run.dc_id == dc_id, Run.id > run_id, Run.state != "running").distinct()
    return {Task(task) for task in connection.execute(query).scalars()}


def running_nodes(connection: Connection) -> set[str]:
    """Which workers hold runs that are going on."""
    return set(connection.execute(select(Run.node_id).where(Run.state == "running").distinct()).scalars())


def latest_runs(connection: Connection) -> dict[tuple[str, Task], RunItem]:
    """The newest run of each data center's tasks; run ids sort by time."""
    newest = select(func.max(Run.id)).group_by(Run.dc_id, Run.task)
    rows = connection.execute(select(*_RUN).where(Run.id.in_(newest)))
    return {(row.dc_id, Task(row.task)): _run_item(row) for row in rows}
