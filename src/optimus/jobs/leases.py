"""Leases: at most so many holders of a group at once, and one of each key, across all processes."""

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from optimus.jobs.tables import Lease


def take(
    connection: Connection, group_id: str, key: str, *, places: int, holder: str, now: float, until: float
) -> bool:
    """False when all places of the group are held, or the key is. What has expired is free."""
    connection.execute(delete(Lease).where(Lease.group_id == group_id, Lease.expires_at <= now))
    held = set(connection.execute(select(Lease.place).where(Lease.group_id == group_id)).scalars())
    place = next((place for place in range(places) if place not in held), None)
    if place is None:
        return False
    values = {"group_id": group_id, "place": place, "key": key, "holder": holder, "expires_at": until}
    try:
        with connection.begin_nested():
            connection.execute(insert(Lease).values(values))
    except IntegrityError:  # somebody else took the place in this moment, or has the key
        return False
    return True


def give_back(connection: Connection, group_id: str, holder: str) -> None:
    connection.execute(delete(Lease).where(Lease.group_id == group_id, Lease.holder == holder))
