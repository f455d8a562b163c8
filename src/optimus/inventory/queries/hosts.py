"""Hosts (nova-compute services) with their aggregates and VMs."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, String, and_, bindparam, func, select

from optimus.db.position import Position
from optimus.facts.parts import Part
from optimus.http.inputs import Order
from optimus.inventory.errors import ObjectUnknown
from optimus.inventory.queries.parts import Picture
from optimus.inventory.schemas import (
    DEFAULT_LIMIT,
    HostChoices,
    HostFilter,
    HostItem,
    HostQuery,
    HostSort,
    ServiceItem,
    ServiceState,
    VmOfHost,
)
from optimus.inventory.tables import UNKNOWN, Aggregate, AggregateHost, ComputeService, HostRecord, Project, Server

_SORT_COLUMNS = {HostSort.UPDATE_TIME: ComputeService.updated_at, HostSort.VM_NUM: ComputeService.vm_num}
_COLUMNS = (
    ComputeService.id,
    ComputeService.host,
    ComputeService.availability_zone,
    ComputeService.state,
    ComputeService.status,
    ComputeService.disabled_reason,
    ComputeService.updated_at,
    ComputeService.vm_num,
)


def page(connection: Connection, dc_id: str, wanted: HostQuery, picture: Picture) -> tuple[list[HostItem], int]:
    """A page of hosts and how many match."""
    filtered = wanted.query if wanted.query and wanted.filter else None
    needle = wanted.filter or ""
    values: dict[str, Any] = {"dc_id": dc_id, "needle": needle.lower() if filtered is HostFilter.HOST else needle}
    if filtered is None:
        total = picture.rows(Part.COMPUTE_SERVICES)
    else:
        total = connection.execute(_count(filtered), values).scalar_one()
    limits = {"limit": wanted.limit or DEFAULT_LIMIT, "offset": wanted.offset or 0}
    statement = _page(filtered, wanted.sort or HostSort.UPDATE_TIME, wanted.order or Order.DESC)
    rows = connection.execute(statement, {**values, **limits}).all()
    return _items(connection, dc_id, rows, picture.collected_at(Part.COMPUTE_SERVICES)), total


def one(connection: Connection, dc_id: str, service_id: str, picture: Picture) -> HostItem:
    """The host of a nova-compute service that exists."""
    query = _rows().where(ComputeService.dc_id == dc_id, ComputeService.id == service_id)
    rows: Sequence[Any] = connection.execute(query).all()
    return _items(connection, dc_id, rows, picture.collected_at(Part.COMPUTE_SERVICES))[0]


@cache
def _count(filtered: HostFilter) -> Select[Any]:
    where = (ComputeService.dc_id == bindparam("dc_id"), _matches(filtered))
    return select(func.count()).select_from(ComputeService).where(*where)


def _rows() -> Select[*tuple[Any, ...]]:
    asked = and_(HostRecord.dc_id == ComputeService.dc_id, HostRecord.host == ComputeService.host)
    return select(*_COLUMNS, HostRecord.probed_at, HostRecord.reason).outerjoin(HostRecord, asked)


@cache
def _page(filtered: HostFilter | None, sort: HostSort, order: Order) -> Select[*tuple[Any, ...]]:
    column = _SORT_COLUMNS[sort]
    ordering: list[Any] = [column.asc(), ComputeService.host.asc(), ComputeService.id.asc()]
    if order is Order.DESC:
        ordering = [column.desc(), ComputeService.host.desc(), ComputeService.id.desc()]
    query = _rows().where(ComputeService.dc_id == bindparam("dc_id"))
    if filtered is not None:
        query = query.where(_matches(filtered))
    return query.order_by(*ordering).limit(bindparam("limit")).offset(bindparam("offset"))


def _matches(filtered: HostFilter) -> ColumnElement[bool]:
    """A host is found by part of its name; by its whole aggregate, zone or state."""
    needle = bindparam("needle", type_=String)
    if filtered is HostFilter.HOST:
        return Position(func.lower(ComputeService.host), needle) > 0
    if filtered is HostFilter.ZONE:
        return ComputeService.availability_zone == needle
    if filtered is HostFilter.STATE:
        return ComputeService.state == needle
    members = (
        select(AggregateHost.host)
        .join(Aggregate, and_(Aggregate.dc_id == AggregateHost.dc_id, Aggregate.id == AggregateHost.aggregate_id))
        .where(AggregateHost.dc_id == bindparam("dc_id"), Aggregate.name == needle)
    )
    return ComputeService.host.in_(members)


def _items(connection: Connection, dc_id: str, rows: Sequence[Row[Any]], collected_at: int | None) -> list[HostItem]:
    hosts = [row.host for row in rows]
    aggregates = _aggregates(connection, dc_id, hosts)
    vms = _vms(connection, dc_id, hosts)
    return [
        {
            "availability_zone": row.availability_zone,
            "dc_id": dc_id,
            "host": row.host,
            "probed_at": row.probed_at,
            "probe_reason": row.reason,
            "host_aggregate": ", ".join(aggregates[row.host]),
            "host_aggregates": aggregates[row.host],
            "id": row.id,
            "state": row.state,
            "status": row.status,
            "disabled_reason": row.disabled_reason,
            "timestamp": collected_at,
            "update_at": None if row.updated_at == UNKNOWN else row.updated_at,
            "vm_info": vms[row.host],
            "vm_num": row.vm_num,
        }
        for row in rows
    ]


_AGGREGATES = (
    select(AggregateHost.host, Aggregate.name)
    .join(Aggregate, and_(Aggregate.dc_id == AggregateHost.dc_id, Aggregate.id == AggregateHost.aggregate_id))
    .where(AggregateHost.dc_id == bindparam("dc_id"), AggregateHost.host.in_(bindparam("hosts", expanding=True)))
    .order_by(AggregateHost.host, Aggregate.name, Aggregate.id)
)


def _aggregates(connection: Connection, dc_id: str, hosts: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for host, name in connection.execute(_AGGREGATES, {"dc_id": dc_id, "hosts": hosts}).all():
        found[host].append(name)
    return found


_VMS = (
    select(Server.host, Server.id, Server.name, Server.status, Server.project_id, Project.name.label("project_name"))
    .outerjoin(Project, and_(Project.dc_id == Server.dc_id, Project.id == Server.project_id))
    .where(Server.dc_id == bindparam("dc_id"), Server.host.in_(bindparam("hosts", expanding=True)))
    .order_by(Server.host, Server.name, Server.id)
)


def _vms(connection: Connection, dc_id: str, hosts: list[str]) -> dict[str, list[VmOfHost]]:
    found: dict[str, list[VmOfHost]] = defaultdict(list)
    # Fetched at once and unpacked: rows by the hundred, and asking each for its columns by name takes longer.
    rows: Sequence[Any] = connection.execute(_VMS, {"dc_id": dc_id, "hosts": hosts}).all()
    for host, vm_id, name, status, tenant_id, tenant_name in rows:
        found[host].append(
            {"id": vm_id, "name": name, "status": status, "tenant_id": tenant_id, "tenant_name": tenant_name}
        )
    return found


def services(connection: Connection, dc_id: str, state: ServiceState) -> list[ServiceItem]:
    """The hosts that are up, or those that are not."""
    is_up = ComputeService.state == ServiceState.UP
    where = is_up if state is ServiceState.UP else ~is_up
    query = select(*_COLUMNS).where(ComputeService.dc_id == dc_id, where).order_by(ComputeService.host)
    return [
        {
            "availability_zone": row.availability_zone,
            "cid": dc_id,
            "host": row.host,
            "id": row.id,
            "state": row.state,
            "status": row.status,
            "disabled_reason": row.disabled_reason,
        }
        for row in connection.execute(query)
    ]


def host_of(connection: Connection, dc_id: str, service_id: str) -> str:
    """The host's name. Raises ObjectUnknown."""
    query = select(ComputeService.host).where(ComputeService.dc_id == dc_id, ComputeService.id == service_id)
    host = connection.execute(query).scalar_one_or_none()
    if host is None:
        raise ObjectUnknown(
            f"This data center has no host with the id {service_id!r}: host_data and nova_service list the ids."
        )
    return host


def must_exist(connection: Connection, dc_id: str, host: str) -> None:
    """Raises ObjectUnknown where the data center has no such host."""
    query = select(ComputeService.host).where(ComputeService.dc_id == dc_id, ComputeService.host == host)
    if connection.execute(query).first() is None:
        raise ObjectUnknown(f"This data center has no host named {host!r}: host_data lists the names.")


def choices(connection: Connection, dc_id: str) -> HostChoices:
    """What the hosts' list can be filtered by: the aggregates' zones, and the aggregates."""
    query = select(Aggregate.name, Aggregate.availability_zone).where(Aggregate.dc_id == dc_id)
    rows = connection.execute(query).all()
    zones = sorted({row.availability_zone for row in rows if row.availability_zone})
    return {
        "host_az": [{"availability_zone": zone} for zone in zones],
        "host_ha": [{"aggregate_name": name} for name in sorted({row.name for row in rows})],
    }
