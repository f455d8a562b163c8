"""Changing when a data center is collected: only online ones have schedules."""

from sqlalchemy import Connection

from optimus.datacenters import queries as datacenter_queries
from optimus.facts.parts import Task
from optimus.schedules import queries, service
from optimus.schedules.schemas import TaskChange
from optimus.settings import Settings
from optimus.workflows.register_datacenter import default_interval


def change(connection: Connection, settings: Settings, wanted: TaskChange) -> None:
    """Plan the task if it is not planned, then change it. Raises DataCenterUnknown, DataCenterOffline."""
    datacenter_queries.get_online_row(connection, wanted.cid)
    _plan_missing(connection, settings, wanted.cid, wanted.task)
    service.change(connection, wanted, settings.zone)


def run_now(connection: Connection, settings: Settings, dc_id: str) -> dict[str, object]:
    """Make both tasks due; their times by the names of the registration's answer.

    Raises DataCenterUnknown, DataCenterOffline.
    """
    datacenter_queries.get_online_row(connection, dc_id)
    for task in Task:
        _plan_missing(connection, settings, dc_id, task)
        service.run_now(connection, dc_id, task)
    return {f"{task.value}_job": at for task, at in queries.next_runs(connection, dc_id).items() if at is not None}


def _plan_missing(connection: Connection, settings: Settings, dc_id: str, task: Task) -> None:
    if queries.schedule_row(connection, dc_id, task) is None:
        service.plan(connection, dc_id, task, interval=default_interval(settings, task))
