"""Registering and deleting a data center: the registry, its schedules and its picture change together."""

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from optimus.datacenters import queries as datacenter_queries
from optimus.datacenters import service as datacenters
from optimus.datacenters import store as datacenter_store
from optimus.datacenters.schemas import DataCenterNew
from optimus.facts.parts import Task
from optimus.inventory import store as inventory_store
from optimus.kit.secrecy import Vault
from optimus.records import store as record_store
from optimus.schedules import service as schedules
from optimus.schedules import store as schedule_store
from optimus.settings import Settings

log = structlog.get_logger()


class Registered:
    """A new data center: its id, when each task runs next (None: could not be planned), and a sentence."""

    def __init__(self, dc_id: str, next_runs: dict[Task, int | None], message: str) -> None:
        self.dc_id = dc_id
        self.next_runs = next_runs
        self.message = message


def register(connection: Connection, settings: Settings, vault: Vault, new: DataCenterNew) -> Registered:
    """Raises what datacenters.service.register raises. Planning that fails keeps the data center and says so."""
    dc_id = datacenters.register(connection, vault, new)
    inventory_store.open_picture(connection, dc_id)
    if not new.mode:
        return Registered(dc_id, {}, f"The offline data center {new.name!r} was added; it is never collected.")
    try:
        with connection.begin_nested():
            planned = plan_both(connection, settings, dc_id)
    except SQLAlchemyError:
        log.exception("planning failed", dc_id=dc_id)
        return Registered(
            dc_id,
            dict.fromkeys(Task),
            f"The data center {new.name!r} was added, but planning its tasks failed: resume them in the scheduler.",
        )
    return Registered(dc_id, planned, f"The data center {new.name!r} was added; its first collection starts now.")


def plan_both(connection: Connection, settings: Settings, dc_id: str) -> dict[Task, int | None]:
    return {task: schedules.plan(connection, dc_id, task, interval=default_interval(settings, task)) for task in Task}


def default_interval(settings: Settings, task: Task) -> int:
    """Seconds between the runs of a new data center's task."""
    return settings.dynamic_interval_seconds if task is Task.DYNAMIC else settings.static_interval_seconds


def delete(connection: Connection, dc_id: str) -> str:
    """Remove a data center, all that was collected, and its records; returns its name. Raises DataCenterUnknown.

    A collection under way loses its run's row here, and a record its own, and so cannot store anything any more.
    """
    row = datacenter_queries.get_row(connection, dc_id)
    schedule_store.remove_all(connection, dc_id)
    record_store.remove_of_datacenter(connection, dc_id)
    inventory_store.forget_picture(connection, dc_id)
    datacenter_store.remove(connection, dc_id)
    return str(row.name)
