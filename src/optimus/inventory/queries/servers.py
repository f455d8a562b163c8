"""The list of VMs, a page at a time: filtered, sorted and cut in the database.

The page's ids come from an index alone, and only those rows are then read whole with their tenants, volumes
and ports: a few short statements, whatever the size of the cloud. Only a filter by "contains" has to look through
one index of its data center.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from optimus.db.position import Position
from optimus.facts.parts import Part
from optimus.http.inputs import Order
from optimus.inventory.queries.parts import Picture
from optimus.inventory.schemas import (
    DEFAULT_LIMIT,
    NetworkOfServer,
    ServerFilter,
    ServerItem,
    ServerQuery,
    ServerSort,
    VolumeOfServer,
)
from optimus.inventory.tables import (
    UNKNOWN,
    Network,
    Port,
    Project,
    Server,
    StackServer,
    Volume,
    VolumeAttachment,
)

FEW = 200  # matches of a filter; sorting so many takes less than finding them in order
_Number = InstrumentedAttribute[int] | ColumnElement[int]
_SORT_COLUMNS: dict[ServerSort, InstrumentedAttribute[int]] = {
    ServerSort.TIME: Server.created_at,
    ServerSort.MEMORY: Server.flavor_memory_mib,
    ServerSort.DISK: Server.flavor_disk_gb,
    ServerSort.VCPU: Server.flavor_vcpus,
}
_COLUMNS = (
    Server.id,
    Server.name,
    Server.project_id,
    Server.status,
    Server.power_state,
    Server.task_state,
    Server.host,
    Server.host_status,
    Server.instance_name,
    Server.availability_zone,
    Server.created_at,
    Server.updated_at,
    Server.flavor_name,
    Server.flavor_vcpus,
    Server.flavor_memory_mib,
    Server.flavor_disk_gb,
    Server.addresses,
    Project.name.label("project_name"),
)


def page(connection: Connection, dc_id: str, wanted: ServerQuery, picture: Picture) -> tuple[list[ServerItem], int]:
    """A page of VMs and how many match."""
    sort, order = wanted.sort or ServerSort.TIME, wanted.order or Order.DESC
    values: dict[str, Any] = {"dc_id": dc_id, "limit": wanted.limit or DEFAULT_LIMIT, "offset": wanted.offset or 0}
    if not (wanted.query and wanted.filter):
        total = picture.rows(Part.SERVERS)
        statement = _page(None, sort, order)
    else:
        values |= _needles(wanted.query, wanted.filter)
        # One look through the filter's own index. Where it finds few, they are all that is left to sort.
        found = connection.execute(_first(wanted.query), {**values, "most": FEW + 1}).scalars().all()
        if len(found) <= FEW:
            total = len(found)
            values["ids"] = found
            statement = _page_of_few(sort, order)
        else:
            total = connection.execute(_count(wanted.query), values).scalar_one()
            statement = _page(wanted.query, sort, order)
    rows = connection.execute(statement, values).all()
    return _items(connection, dc_id, rows), total


def one(connection: Connection, dc_id: str, server_id: str) -> ServerItem | None:
    """None when there is no such VM."""
    rows = connection.execute(_whole().where(Server.id == server_id), {"dc_id": dc_id}).all()
    return next(iter(_items(connection, dc_id, rows)), None)


def _needles(filtered: ServerFilter, needle: str) -> dict[str, str]:
    folded = needle.upper() if filtered is ServerFilter.STATUS else needle.casefold()
    exact = {"exact": needle} if filtered in {ServerFilter.STACK, ServerFilter.TENANT} else {}
    return {"needle": folded, **exact}


@cache
def _first(filtered: ServerFilter) -> Select[Any]:
    of_center = select(Server.id).where(Server.dc_id == bindparam("dc_id"), _matches(filtered))
    return of_center.limit(bindparam("most"))


@cache
def _count(filtered: ServerFilter) -> Select[Any]:
    return select(func.count()).select_from(Server).where(Server.dc_id == bindparam("dc_id"), _matches(filtered))


@cache
def _page(filtered: ServerFilter | None, sort: ServerSort, order: Order) -> Select[Any]:
    ids = select(Server.id).where(Server.dc_id == bindparam("dc_id"))
    if filtered is not None:
        ids = ids.where(_matches(filtered))
    ordering = _ordering(_SORT_COLUMNS[sort], order)
    cut = ids.order_by(*ordering).limit(bindparam("limit")).offset(bindparam("offset")).subquery()
    return _whole().join(cut, cut.c.id == Server.id).order_by(*ordering)


@cache
def _page_of_few(sort: ServerSort, order: Order) -> Select[Any]:
    # Sorted by a sum, which no index offers: SQLite would rather walk a whole data center in order than sort a few.
    ordering = _ordering(_SORT_COLUMNS[sort] + 0, order)
    few = _whole().where(Server.id.in_(bindparam("ids", expanding=True)))
    return few.order_by(*ordering).limit(bindparam("limit")).offset(bindparam("offset"))


def _ordering(column: _Number, order: Order) -> list[Any]:
    if order is Order.DESC:
        return [column.desc(), Server.id.desc()]
    return [column.asc(), Server.id.asc()]


def _whole() -> Select[Any]:
    """Servers of a data center with all that an item shows of their own row."""
    project = and_(Project.dc_id == Server.dc_id, Project.id == Server.project_id)
    return select(*_COLUMNS).outerjoin(Project, project).where(Server.dc_id == bindparam("dc_id"))


def _matches(filtered: ServerFilter) -> ColumnElement[bool]:
    """Names are compared by "contains"; `%` and `_` are plain characters, so no LIKE."""
    needle = bindparam("needle", type_=String)
    if filtered is ServerFilter.NAME:
        return Position(Server.name_folded, needle) > 0
    if filtered is ServerFilter.STATUS:
        return Position(Server.status, needle) > 0
    if filtered is ServerFilter.HOST:
        return Position(func.lower(Server.host), needle) > 0
    exact = bindparam("exact", type_=String)
    if filtered is ServerFilter.STACK:
        members = select(StackServer.server_id).where(
            StackServer.dc_id == bindparam("dc_id"), StackServer.stack_id == exact
        )
        return Server.id.in_(members)
    tenants = select(Project.id).where(
        Project.dc_id == bindparam("dc_id"), or_(Position(Project.name_folded, needle) > 0, Project.id == exact)
    )
    return or_(Server.project_id.in_(tenants), Server.project_id == exact)


def _items(connection: Connection, dc_id: str, rows: Sequence[Row[Any]]) -> list[ServerItem]:
    ids = [row.id for row in rows]
    volumes = _volumes(connection, dc_id, ids)
    ports = _ports(connection, dc_id, ids)
    return [
        {
            "created_time": _known(row.created_at),
            "dc_id": dc_id,
            "flavor_disk": _known(row.flavor_disk_gb),
            "flavor_memory": _known(row.flavor_memory_mib),
            "flavor_vcpu": _known(row.flavor_vcpus),
            "flavor_name": row.flavor_name,
            "host": row.host,
            "host_status": row.host_status,
            "availability_zone": row.availability_zone,
            "instance_name": row.instance_name,
            "networks": _networks(ports[row.id], row.addresses),
            "nova_name": row.name,
            "nova_power_state": row.power_state,
            "nova_status": row.status,
            "nova_task_state": row.task_state,
            "nova_uuid": row.id,
            "tenant": row.project_name,
            "tenant_id": row.project_id,
            "updated_time": row.updated_at,
            "volume": volumes[row.id],
        }
        for row in rows
    ]


def _known(value: int) -> int | None:
    return None if value == UNKNOWN else value


_VOLUMES = (
    select(
        VolumeAttachment.server_id,
        Volume.id,
        Volume.name,
        Volume.volume_type,
        Volume.status,
        Volume.size_gb,
        Volume.bootable,
    )
    .join(Volume, and_(Volume.dc_id == VolumeAttachment.dc_id, Volume.id == VolumeAttachment.volume_id))
    .where(
        VolumeAttachment.dc_id == bindparam("dc_id"),
        VolumeAttachment.server_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(VolumeAttachment.server_id, VolumeAttachment.device.nulls_first(), Volume.id)
)


def _volumes(connection: Connection, dc_id: str, ids: list[str]) -> dict[str, list[VolumeOfServer]]:
    found: dict[str, list[VolumeOfServer]] = defaultdict(list)
    for row in connection.execute(_VOLUMES, {"dc_id": dc_id, "ids": ids}).all():
        found[row.server_id].append(
            {
                "id": row.id,
                "volume_name": row.name,
                "volume_type": row.volume_type,
                "volume_status": row.status,
                "volume_size": row.size_gb,
                "volume_bootable": row.bootable,
            }
        )
    return found


_PORTS = (
    select(Port.device_id, Port.network_id, Port.ip_addresses, Network.name.label("network_name"))
    .outerjoin(Network, and_(Network.dc_id == Port.dc_id, Network.id == Port.network_id))
    .where(Port.dc_id == bindparam("dc_id"), Port.device_id.in_(bindparam("ids", expanding=True)))
    .order_by(Port.device_id, Port.id)
)


def _ports(connection: Connection, dc_id: str, ids: list[str]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_PORTS, {"dc_id": dc_id, "ids": ids}).all():
        found[row.device_id].append(row)
    return found


def _networks(ports: list[Row[Any]], addresses: list[list[Any]]) -> list[NetworkOfServer]:
    """Neutron's fixed addresses, then what nova knows beyond them (floating ones; all, where ports are not read)."""
    items: list[NetworkOfServer] = [
        {"id": port.network_id, "ip": ip, "name": port.network_name} for port in ports for ip in port.ip_addresses
    ]
    told = {item["ip"] for item in items}
    ids = {item["name"]: item["id"] for item in items}
    items.extend({"id": ids.get(name), "ip": ip, "name": name} for name, ip, _mac in addresses if ip not in told)
    return items
