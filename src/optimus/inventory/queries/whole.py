"""Everything that is known of a data center, list by list, as plain rows: what a record keeps, and an import brings."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Table, and_, func, or_, select

from optimus.db.base import Base
from optimus.facts.parts import Part
from optimus.inventory import tables as t

AT_ONCE = 1000  # rows fetched at once: bounds the memory of a reader
# Made by Optimus from other columns, or of use to the collector alone.
_OURS = {"dc_id", "mark", "name_folded", "vm_num", "stamp"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: the table, the part that it is read with, the columns that its rows are ordered by."""

    model: type[Base]
    part: Part
    order: tuple[str, ...] = ("id",)
    unknown: frozenset[str] = frozenset()  # columns in which UNKNOWN stands for null


# In this order they can be read by whoever joins them with one pass: what others point at comes first.
LISTINGS: Mapping[str, Listing] = {
    "projects": Listing(t.Project, Part.PROJECTS, ("name", "id")),
    "flavors": Listing(t.Flavor, Part.FLAVORS),
    "volume_types": Listing(t.VolumeType, Part.VOLUME_TYPES),
    "networks": Listing(t.Network, Part.NETWORKS),
    "aggregates": Listing(t.Aggregate, Part.AGGREGATES),
    "aggregate_hosts": Listing(t.AggregateHost, Part.AGGREGATES, ("host", "aggregate_id")),
    "compute_services": Listing(t.ComputeService, Part.COMPUTE_SERVICES, ("host", "id"), frozenset({"updated_at"})),
    "hypervisors": Listing(t.Hypervisor, Part.HYPERVISORS, ("hostname", "id")),
    "compute_quotas": Listing(t.ComputeQuota, Part.COMPUTE_QUOTAS, ("project_id",)),
    "volume_quotas": Listing(t.VolumeQuota, Part.VOLUME_QUOTAS, ("project_id", "volume_type")),
    "volumes": Listing(t.Volume, Part.VOLUMES),
    "volume_attachments": Listing(t.VolumeAttachment, Part.VOLUMES, ("server_id", "volume_id")),
    "stacks": Listing(t.Stack, Part.STACKS, ("name", "id")),
    "stack_servers": Listing(t.StackServer, Part.STACKS, ("stack_id", "server_id")),
    "ports": Listing(t.Port, Part.PORTS, ("device_id", "id")),
    "servers": Listing(
        t.Server,
        Part.SERVERS,
        ("host", "name", "id"),
        frozenset({"created_at", "flavor_vcpus", "flavor_memory_mib", "flavor_disk_gb"}),
    ),
}


@cache
def columns_of(name: str) -> tuple[str, ...]:
    """The columns of a list's rows, in order."""
    return tuple(column.name for column in _table(name).columns if column.name not in _OURS)


def _table(name: str) -> Table:
    table = LISTINGS[name].model.__table__
    assert isinstance(table, Table)
    return table


def rows_of(connection: Connection, dc_id: str, name: str, *, host: str | None = None) -> Iterator[dict[str, Any]]:
    """A list's rows, fetched a few at a time; with `host` only what stands on that host or belongs to its VMs."""
    table, listing, names = _table(name), LISTINGS[name], columns_of(name)
    query = select(*(table.c[column] for column in names)).where(table.c.dc_id == dc_id)
    if host is not None and name in _OF_HOST:
        query = query.where(_OF_HOST[name](dc_id, host))
    # Not by the database's own order of nulls: they disagree.
    query = query.order_by(*(func.coalesce(table.c[column], "") for column in listing.order))
    unknown = listing.unknown
    with connection.execution_options(yield_per=AT_ONCE).execute(query) as found:
        for row in found:
            fields = dict(zip(names, row, strict=True))
            for column in unknown:
                if fields[column] == t.UNKNOWN:
                    fields[column] = None
            yield fields


def _servers_of(dc_id: str, host: str) -> Any:
    return select(t.Server.id).where(t.Server.dc_id == dc_id, t.Server.host == host)


def _hypervisor_of(_dc_id: str, host: str) -> ColumnElement[bool]:
    return or_(t.Hypervisor.host == host, and_(t.Hypervisor.host.is_(None), t.Hypervisor.hostname == host))


def _volumes_of(dc_id: str, host: str) -> Any:
    return select(t.VolumeAttachment.volume_id).where(
        t.VolumeAttachment.dc_id == dc_id, t.VolumeAttachment.server_id.in_(_servers_of(dc_id, host))
    )


def _stacks_of(dc_id: str, host: str) -> Any:
    return select(t.StackServer.stack_id).where(
        t.StackServer.dc_id == dc_id, t.StackServer.server_id.in_(_servers_of(dc_id, host))
    )


# Lists that are not here (tenants, flavors, networks, quotas, …) say what the host's things mean, and are whole.
_OF_HOST: Mapping[str, Any] = {
    "servers": lambda _dc_id, host: t.Server.host == host,
    "compute_services": lambda _dc_id, host: t.ComputeService.host == host,
    "hypervisors": _hypervisor_of,
    "aggregate_hosts": lambda _dc_id, host: t.AggregateHost.host == host,
    "volumes": lambda dc_id, host: t.Volume.id.in_(_volumes_of(dc_id, host)),
    "volume_attachments": lambda dc_id, host: t.VolumeAttachment.server_id.in_(_servers_of(dc_id, host)),
    "stacks": lambda dc_id, host: t.Stack.id.in_(_stacks_of(dc_id, host)),
    "stack_servers": lambda dc_id, host: t.StackServer.server_id.in_(_servers_of(dc_id, host)),
    "ports": lambda dc_id, host: t.Port.device_id.in_(_servers_of(dc_id, host)),
}


class RowRefused(ValueError):
    """A row that is not of its list: the message says which column and why."""


def checked(name: str, row: Any) -> dict[str, Any]:
    """A row from elsewhere, held against the list's columns. Raises RowRefused.

    A column that is missing counts as null; one that we do not know is left out.
    """
    if not isinstance(row, dict):
        raise RowRefused("is no object")
    listing, table = LISTINGS[name], _table(name)
    found: dict[str, Any] = {}
    for column in columns_of(name):
        value = row.get(column)
        if value is None:
            if column in listing.unknown:
                value = t.UNKNOWN
            elif not table.c[column].nullable:
                raise RowRefused(f"has no {column}")
        else:
            _check(table, column, value)
        found[column] = value
    return found


def _check(table: Table, name: str, value: Any) -> None:
    kind = table.c[name].type
    if isinstance(kind, JSON):
        if not _SHAPES[name](value):
            raise RowRefused(f"{name} is not of the form that it has in an export")
        return
    wanted = kind.python_type
    if type(value) is not wanted:  # a bool is no integer
        raise RowRefused(f"{name} is {value!r:.40}, no {wanted.__name__}")
    if wanted is int and abs(value) >= 2**63:
        raise RowRefused(f"{name} is too large a number")
    if wanted is str:
        length = getattr(kind, "length", None) or MAX_TEXT
        if len(value) > length or not _is_text(value):
            raise RowRefused(f"{name} is longer than {length} characters, or has some that no database takes")


# Names in OpenStack have 255; PostgreSQL's indexes take 2,700 bytes.
MAX_TEXT = 650
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not _NO_TEXT.search(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_properties(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_text(key) and _is_text(one) for key, one in value.items())


def _are_addresses(value: Any) -> bool:
    """[[network name, ip, mac or null]]."""
    return isinstance(value, list) and all(
        isinstance(one, list) and len(one) == 3 and _are_texts([*one[:2], one[2] or ""]) for one in value
    )


_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "addresses": _are_addresses,
    "ip_addresses": _are_texts,
    "extra_specs": _are_properties,
    "properties": _are_properties,
}
