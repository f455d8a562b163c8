"""What the scheduler's calls take and answer."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from optimus.facts.parts import Task
from optimus.http.inputs import Body, Id, StrictInt, one_of

MIN_INTERVAL = 30
MAX_INTERVAL = 30 * 86400


class Action(StrEnum):
    RESUME = "resume"
    PAUSE = "pause"


class TaskChange(Body):
    """One dialog's worth: interval (seconds), daily window (seconds after local midnight), pause or resume."""

    cid: Id
    task: Annotated[Task, one_of(Task)]
    action: Annotated[Action | None, one_of(Action)] = None
    interval: Annotated[StrictInt | None, Field(ge=MIN_INTERVAL, le=MAX_INTERVAL)] = None
    start: Annotated[StrictInt | None, Field(ge=0, lt=86400)] = None
    end: Annotated[StrictInt | None, Field(ge=0, le=86400)] = None

    def says_something(self) -> bool:
        return any(value is not None for value in (self.action, self.interval, self.start, self.end))


class TaskItem(TypedDict):
    """`next_run_time` is an HTTP date, null when paused; `next_run_at` the same in epoch seconds."""

    job_id: str
    next_run_time: str | None
    next_run_at: int | None
    interval: int
    start: int
    end: int
    status: bool
    time_zone: str


class ScheduleItem(TypedDict):
    cid: str
    dynamic_task: TaskItem | None
    static_task: TaskItem | None


class RunItem(TypedDict):
    """`timestamp` is when the run began. Counts are null where the run did not get that far."""

    id: str
    task_name: str
    dc_id: str
    dc_name: str
    status: bool | None
    state: str
    error: str | None
    error_info: str | None
    timestamp: int
    finished_at: int | None
    skipped: int
    api_calls: int | None
    api_bytes: int | None
    collect_seconds: float | None
    store_seconds: float | None
    rows: int | None
    rows_changed: int | None
    hosts_asked: int | None
    hosts_failed: int | None
