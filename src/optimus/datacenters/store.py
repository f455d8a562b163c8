"""Writes of the registry."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.exc import IntegrityError

from optimus.datacenters.tables import DataCenter, PinnedHost
from optimus.db.upsert import upsert


def add(connection: Connection, values: dict[str, object]) -> bool:
    """False when the name is taken."""
    try:
        with connection.begin_nested():
            connection.execute(insert(DataCenter).values(values))
    except IntegrityError:
        return False
    return True


def change(connection: Connection, dc_id: str, values: dict[str, object]) -> None:
    connection.execute(update(DataCenter).where(DataCenter.id == dc_id).values(values))


def pin_host_key(connection: Connection, dc_id: str, *, host_key: str, now: int, only_first: bool) -> None:
    """Pin what the LCM showed; `only_first` leaves a key that is pinned already alone."""
    statement = update(DataCenter).where(DataCenter.id == dc_id)
    if only_first:
        statement = statement.where(DataCenter.host_key.is_(None))
    connection.execute(statement.values(host_key=host_key, host_key_pinned_at=now))


def pin_hosts(connection: Connection, dc_id: str, keys: Mapping[str, str], *, now: int) -> None:
    """Host -> key; a key that is pinned already is replaced."""
    rows = [{"dc_id": dc_id, "host": host, "host_key": key, "pinned_at": now} for host, key in keys.items()]
    upsert(connection, PinnedHost, rows)


def unpin_hosts(connection: Connection, dc_id: str) -> None:
    connection.execute(delete(PinnedHost).where(PinnedHost.dc_id == dc_id))


def remove(connection: Connection, dc_id: str) -> None:
    unpin_hosts(connection, dc_id)
    connection.execute(delete(DataCenter).where(DataCenter.id == dc_id))
