"""All data centers at a glance: registry, capacity, freshness, schedules and last runs in one answer."""

from sqlalchemy import Connection
from typing_extensions import TypedDict

from optimus.datacenters import queries as datacenters
from optimus.facts.parts import PARTS_OF_TASK, Part, Task
from optimus.inventory.queries import capacity
from optimus.inventory.queries.parts import PartItem, Picture, pictures
from optimus.inventory.schemas import DcTotals
from optimus.schedules import queries as schedules
from optimus.schedules.schemas import RunItem, ScheduleItem, TaskItem

NO_PICTURE = Picture(
    {part: PartItem(state="not_collected", collected_at=None, attempted_at=None, reason=None, rows=0) for part in Part}
)


class RunBrief(TypedDict):
    """A run without its traceback."""

    id: str
    state: str
    error: str | None
    timestamp: int
    finished_at: int | None


class TaskState(TypedDict):
    """`next_run_at` is null when paused; `collected_at` is the age of the oldest part that the task collects."""

    paused: bool
    interval: int
    next_run_at: int | None
    collected_at: int | None
    last_run: RunBrief | None


class OverviewItem(TypedDict):
    """`gaps` are the parts of the picture that are not fresh; the tasks are null for an offline data center."""

    id: str
    name: str
    mode: bool
    country: str | None
    province: str | None
    city: str | None
    system_name: str | None
    cee_version: str | None
    lcm_ip: str | None
    totals: DcTotals
    dynamic_task: TaskState | None
    static_task: TaskState | None
    gaps: dict[str, PartItem]


def overview(connection: Connection, *, time_zone: str) -> list[OverviewItem]:
    """By name; six statements, however many data centers there are."""
    totals = capacity.totals(connection)
    found = pictures(connection)
    plans = {item["cid"]: item for item in schedules.items(connection, dc_id=None, time_zone=time_zone)}
    runs = schedules.latest_runs(connection)
    items: list[OverviewItem] = []
    for dc in datacenters.items(connection):
        dc_id, picture = dc["id"], found.get(dc["id"], NO_PICTURE)
        of_dc = totals.get(dc_id) or capacity.no_totals()
        if picture.collected_at(Part.SERVERS) is not None:
            of_dc["servers"] = picture.rows(Part.SERVERS)
        plan = plans.get(dc_id)
        dynamic, static = (_task(task, plan, picture, runs.get((dc_id, task))) for task in Task)
        items.append(
            {
                "id": dc_id,
                "name": dc["name"],
                "mode": dc["mode"],
                "country": dc["country"],
                "province": dc["province"],
                "city": dc["city"],
                "system_name": dc["system_name"],
                "cee_version": dc["cee_version"],
                "lcm_ip": dc["lcm_ip"],
                "totals": of_dc,
                "dynamic_task": dynamic,
                "static_task": static,
                "gaps": picture.gaps() if dc["mode"] else {},
            }
        )
    return items


def _task(task: Task, plan: ScheduleItem | None, picture: Picture, run: RunItem | None) -> TaskState | None:
    planned: TaskItem | None = None
    if plan is not None:
        planned = plan["dynamic_task"] if task is Task.DYNAMIC else plan["static_task"]
    if planned is None:
        return None
    return {
        "paused": not planned["status"],
        "interval": planned["interval"],
        "next_run_at": planned["next_run_at"],
        "collected_at": picture.collected_at(*PARTS_OF_TASK[task]),
        "last_run": _brief(run) if run else None,
    }


def _brief(run: RunItem) -> RunBrief:
    return {
        "id": run["id"],
        "state": run["state"],
        "error": run["error"],
        "timestamp": run["timestamp"],
        "finished_at": run["finished_at"],
    }
