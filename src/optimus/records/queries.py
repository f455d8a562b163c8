"""Reads of records."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from optimus.db.database import Database
from optimus.http.inputs import Order
from optimus.records.errors import RecordFailed, RecordRunning, RecordSuperseded, RecordUnknown
from optimus.records.schemas import Kept, RecordItem, RecordQuery, RecordSort, Status
from optimus.records.tables import Record, RecordChunk

_COLUMNS = Record.__table__.c
_SORT_COLUMNS = {
    RecordSort.TIMESTAMP: Record.created_at,
    RecordSort.NAME: Record.name,
    RecordSort.STATUS: Record.status,
    RecordSort.DATA_CENTER: Record.dc_name,
    RecordSort.CEE_VERSION: func.coalesce(Record.cee_version, ""),
}


def page(
    connection: Connection, wanted: RecordQuery, *, dc_id: str | None, default_limit: int
) -> tuple[list[RecordItem], int]:
    """A page of one data center's records, or of all, and how many there are."""
    where = [] if dc_id is None else [Record.dc_id == dc_id]
    total = connection.execute(select(func.count()).select_from(Record).where(*where)).scalar_one()
    column: Any = _SORT_COLUMNS[wanted.sort or RecordSort.TIMESTAMP]
    ascending = wanted.order is Order.ASC
    ordering = [one.asc() if ascending else one.desc() for one in (column, Record.created_at, Record.id)]
    query = select(*_COLUMNS).where(*where).order_by(*ordering)
    rows = connection.execute(query.limit(wanted.limit or default_limit).offset(wanted.offset or 0))
    return [_item(row) for row in rows], total


def _item(row: Row[tuple[object, ...]]) -> RecordItem:
    return {
        "id": row.id,
        "name": row.name,
        "cid": row.dc_id,
        "data_center": row.dc_name,
        "system_name": row.system_name,
        "cee_version": row.cee_version,
        "host": row.host or row.dc_name,
        "lcm_ip": row.lcm_ip,
        "openrc_path": row.openrc_path,
        "status": row.status,
        "step": row.step,
        "progress": row.progress,
        "timestamp": row.created_at,
        "finished_at": row.finished_at,
        "collected_at": row.collected_at,
        "pid": row.pid,
        "size": row.workbook_bytes if row.pid else None,
        "created_by": row.created_by,
        "error": row.error,
        "traceback": row.traceback,
    }


def get_row(connection: Connection, record_id: str) -> Row[tuple[object, ...]]:
    """Raises RecordUnknown."""
    row = connection.execute(select(*_COLUMNS).where(Record.id == record_id)).one_or_none()
    if row is None:
        raise RecordUnknown(f"There is no record with the id {record_id!r}: GET record lists all.")
    return row


def get_made_row(connection: Connection, record_id: str) -> Row[tuple[object, ...]]:
    """Raises RecordUnknown, RecordRunning, RecordFailed."""
    row = get_row(connection, record_id)
    if row.status == Status.RUNNING:
        raise RecordRunning(
            f"The record {row.name!r} is still being made ({row.step}, {row.progress} %): ask again when its status "
            "is successful."
        )
    if row.status == Status.FAILED:
        raise RecordFailed(f"The record {row.name!r} could not be made: {row.error}")
    return row


def previous_id(connection: Connection, row: Row[tuple[object, ...]]) -> str | None:
    """The newest successful record before this one, of the same data center and of the same hosts."""
    same_host = Record.host.is_(None) if row.host is None else Record.host == row.host
    query = (
        select(Record.id)
        .where(
            Record.dc_id == row.dc_id,
            same_host,
            Record.status == Status.SUCCESSFUL,
            Record.id < row.id,  # ids are in the order in which they were asked for
        )
        .order_by(Record.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def stored_bytes(connection: Connection) -> int:
    """What all records take in the database, pieces of those that are being made included."""
    query = select(func.coalesce(func.sum(Record.data_bytes + Record.workbook_bytes), 0))
    return int(connection.execute(query).scalar_one())


def chunks(database: Database, record_id: str, kind: Kept, *, attempt: int | None = None) -> Iterator[bytes]:
    """What is stored, piece by piece, each read in a transaction of its own: a slow reader holds nothing.

    `attempt`: of the one who is making it. Raises RecordSuperseded when it is deleted meanwhile.
    """
    number = 0
    while True:
        body = select(RecordChunk.body).where(
            RecordChunk.record_id == record_id, RecordChunk.kind == kind, RecordChunk.number == number
        )
        with database.reading() as connection:
            found = connection.execute(body).scalar_one_or_none()
            if found is None:
                _must_be_all(connection, record_id, kind, number, attempt)
                return
        yield bytes(found)
        number += 1


def _must_be_all(connection: Connection, record_id: str, kind: Kept, number: int, attempt: int | None) -> None:
    row = connection.execute(select(*_COLUMNS).where(Record.id == record_id)).one_or_none()
    if row is None or (attempt is not None and row.attempt != attempt):
        raise RecordSuperseded("The record was deleted while it was read.")
    count = select(func.count()).where(RecordChunk.record_id == record_id, RecordChunk.kind == kind)
    if connection.execute(count).scalar_one() != number:
        raise RecordSuperseded("The record was changed while it was read.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that nobody makes yet. `after_run`: collections that began after this run have to end first."""

    record_id: str
    dc_id: str
    attempt: int
    created_at: int
    after_run: str | None

    @property
    def job_id(self) -> str:
        return f"record:{self.record_id}:{self.attempt}"


def waiting(connection: Connection, *, limit: int = 100) -> list[Waiting]:
    """Records to be handed in as jobs, oldest first."""
    where = and_(Record.status == Status.RUNNING, Record.node_id.is_(None), Record.handed_in.is_(False))
    query = select(Record.id, Record.dc_id, Record.attempt, Record.created_at, Record.after_run).where(where)
    rows = connection.execute(query.order_by(Record.created_at, Record.id).limit(limit))
    return [Waiting(row.id, row.dc_id, row.attempt, row.created_at, row.after_run) for row in rows]


def making_nodes(connection: Connection) -> set[str]:
    """Which workers hold records that they make."""
    query = select(Record.node_id).where(Record.status == Status.RUNNING, Record.node_id.is_not(None))
    return {node_id for node_id in connection.execute(query.distinct()).scalars() if node_id is not None}


def held_by(connection: Connection, node_ids: set[str]) -> list[Row[tuple[object, ...]]]:
    """The records that these workers make."""
    query = select(*_COLUMNS).where(Record.status == Status.RUNNING, Record.node_id.in_(node_ids))
    return list(connection.execute(query))
