"""Writes of the picture: only what differs from what is stored, all in the caller's transaction."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, and_, delete, func, insert, select, tuple_, update
from sqlalchemy.sql import bindparam

from optimus.db.base import Base
from optimus.db.bulk import insert_rows
from optimus.db.upsert import upsert
from optimus.facts.parts import Part
from optimus.inventory.rows import PICTURE_TABLES, Row
from optimus.inventory.tables import (
    UNKNOWN,
    CapacitySample,
    ComputeService,
    Flavor,
    HostRecord,
    PicturePart,
    PortSample,
    Server,
)

Key = tuple[str, ...]
_encode = msgspec.msgpack.Encoder().encode  # the cheapest bytes that are the same for the same values
CHUNK = 5000  # rows for one statement: bounds the memory of the driver's parameter lists


class Change:
    """How many rows were read and how many of them were written or deleted."""

    __slots__ = ("changed", "read")

    def __init__(self) -> None:
        self.read = 0
        self.changed = 0


def replace(
    connection: Connection,
    model: type[Base],
    dc_id: str,
    rows: Iterable[Row],
    *,
    change: Change,
    keeps: Callable[[Key], bool] | None = None,
) -> None:
    """Make a data center's rows of a table be exactly `rows`, and those whose key `keeps` says to leave."""
    table = model.__table__
    assert isinstance(table, Table)
    key_names = [c.name for c in table.primary_key if c.name != "dc_id"]
    stored = _stored_marks(connection, table, key_names, dc_id)
    key_of = _key_of(key_names)
    seen: set[Key] = set()
    new: list[Row] = []
    differing: list[Row] = []
    for row in rows:
        key = key_of(row)
        if key in seen:
            continue
        seen.add(key)
        mark = _mark(row)
        known = stored.get(key)
        if known == mark:
            continue
        (new if known is None else differing).append({"dc_id": dc_id, **row, "mark": mark})
        if len(new) >= CHUNK:
            change.changed += len(new)
            insert_rows(connection, model, new)
            new = []
    insert_rows(connection, model, new)
    for start in range(0, len(differing), CHUNK):
        upsert(connection, model, differing[start : start + CHUNK])
    gone = [key for key in stored.keys() - seen if not (keeps and keeps(key))]
    _delete(connection, table, key_names, dc_id, gone)
    change.read += len(seen)
    change.changed += len(new) + len(differing) + len(gone)


def _stored_marks(connection: Connection, table: Table, key_names: list[str], dc_id: str) -> dict[Key, str]:
    columns = [table.c[name] for name in key_names]
    query = select(*columns, table.c.mark).where(table.c.dc_id == dc_id)
    found = connection.execute(query).partitions(CHUNK)
    return {tuple(key): mark for rows in found for *key, mark in rows}


def _key_of(key_names: list[str]) -> Callable[[Row], Key]:
    if len(key_names) == 1:
        [name] = key_names
        return lambda row: (row[name],)
    return itemgetter(*key_names)


def _mark(row: Row) -> str:
    return hashlib.blake2b(_encode(list(row.values())), digest_size=8).hexdigest()


def _delete(connection: Connection, table: Table, key_names: list[str], dc_id: str, keys: list[Key]) -> None:
    if not keys:
        return
    where = and_(table.c.dc_id == dc_id, *(table.c[name] == bindparam(f"key_{name}") for name in key_names))
    parameters = [{f"key_{name}": value for name, value in zip(key_names, key, strict=True)} for key in keys]
    connection.execute(delete(table).where(where), parameters)


def open_picture(connection: Connection, dc_id: str) -> None:
    """A new data center: every part known, none collected."""
    rows = [{"dc_id": dc_id, "part": part, "rows": 0} for part in Part]
    connection.execute(insert(PicturePart), rows)


def forget_picture(connection: Connection, dc_id: str) -> None:
    models: tuple[type[Base], ...] = (*PICTURE_TABLES, PicturePart, CapacitySample, HostRecord, PortSample)
    for model in models:
        table = model.__table__
        assert isinstance(table, Table)
        connection.execute(delete(table).where(table.c.dc_id == dc_id))


def set_part(connection: Connection, dc_id: str, part: Part, values: Mapping[str, Any]) -> None:
    where = and_(PicturePart.dc_id == dc_id, PicturePart.part == part)
    connection.execute(update(PicturePart).where(where).values(values))


def count_vms(connection: Connection, dc_id: str) -> None:
    """Bring every host's `vm_num` up to date with the servers stored."""
    number = (
        select(func.count())
        .select_from(Server)
        .where(Server.dc_id == ComputeService.dc_id, Server.host == ComputeService.host)
        .scalar_subquery()
    )
    connection.execute(update(ComputeService).where(ComputeService.dc_id == dc_id).values(vm_num=number))


def resolve_flavors(connection: Connection, dc_id: str) -> None:
    """Fill in servers whose flavor was not read this time from the flavors of an earlier one."""
    same = and_(Flavor.dc_id == Server.dc_id, Flavor.id == Server.flavor_id)
    unresolved = and_(
        Server.dc_id == dc_id,
        Server.flavor_vcpus == UNKNOWN,
        tuple_(Server.dc_id, Server.flavor_id).in_(select(Flavor.dc_id, Flavor.id).where(Flavor.dc_id == dc_id)),
    )
    values = {
        "flavor_name": select(Flavor.name).where(same).scalar_subquery(),
        "flavor_vcpus": select(Flavor.vcpus).where(same).scalar_subquery(),
        "flavor_memory_mib": select(Flavor.memory_mib).where(same).scalar_subquery(),
        "flavor_disk_gb": select(Flavor.disk_gb).where(same).scalar_subquery(),
    }
    connection.execute(update(Server).where(unresolved).values(values))


def add_sample(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(CapacitySample).values(values))


def prune_samples(connection: Connection, *, before: int) -> None:
    connection.execute(delete(CapacitySample).where(CapacitySample.taken_at < before))
