"""Writes of records. Whoever makes one names the attempt that he makes: a row that has moved on is not his any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from optimus.records.schemas import Kept, Status, Step
from optimus.records.tables import Record, RecordChunk


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make a record: this attempt, by this worker."""

    record_id: str
    node_id: str
    attempt: int

    def holds(self) -> ColumnElement[bool]:
        return and_(
            Record.id == self.record_id,
            Record.status == Status.RUNNING,
            Record.node_id == self.node_id,
            Record.attempt == self.attempt,
        )


def add(connection: Connection, values: Mapping[str, Any]) -> bool:
    """False when the name is taken."""
    try:
        with connection.begin_nested():
            connection.execute(insert(Record).values(values))
    except IntegrityError:
        return False
    return True


def note_handed_in(connection: Connection, record_id: str, attempt: int) -> None:
    where = and_(Record.id == record_id, Record.attempt == attempt)
    connection.execute(update(Record).where(where).values(handed_in=True))


def claim(connection: Connection, record_id: str, node_id: str) -> Claim | None:
    """Take a waiting record; None when it is not waiting (any more)."""
    waiting = and_(Record.id == record_id, Record.status == Status.RUNNING, Record.node_id.is_(None))
    values = {"node_id": node_id, "step": Step.READING, "handed_in": True}
    if connection.execute(update(Record).where(waiting).values(values)).rowcount != 1:
        return None
    attempt = connection.execute(select(Record.attempt).where(Record.id == record_id)).scalar_one()
    return Claim(record_id, node_id, attempt)


def progress(connection: Connection, claim: Claim, values: Mapping[str, Any]) -> bool:
    """Write on the row, and hold it until the transaction ends; False when the claim is lost."""
    return connection.execute(update(Record).where(claim.holds()).values(values)).rowcount == 1


def set_step(connection: Connection, record_id: str, step: Step) -> None:
    where = and_(Record.id == record_id, Record.status == Status.RUNNING, Record.node_id.is_(None), Record.step != step)
    connection.execute(update(Record).where(where).values(step=step))


def add_chunk(connection: Connection, record_id: str, kind: Kept, number: int, body: bytes) -> None:
    connection.execute(insert(RecordChunk).values(record_id=record_id, kind=kind, number=number, body=body))


def drop_chunks(connection: Connection, record_id: str) -> None:
    connection.execute(delete(RecordChunk).where(RecordChunk.record_id == record_id))


def wait_again(connection: Connection, record_id: str, *, deaths: int) -> None:
    """Nobody makes it any more: what was stored is dropped, and another job may begin."""
    drop_chunks(connection, record_id)
    values = {
        "node_id": None,
        "attempt": Record.attempt + 1,
        "deaths": deaths,
        "handed_in": False,
        "step": Step.QUEUED,
        "progress": 0,
        "data_bytes": 0,
        "workbook_bytes": 0,
    }
    connection.execute(update(Record).where(Record.id == record_id).values(values))


def hand_in_again(connection: Connection) -> None:
    """The jobs of records that wait may have gone with a worker: they are handed in under a new id."""
    waiting = and_(Record.status == Status.RUNNING, Record.node_id.is_(None), Record.handed_in.is_(True))
    connection.execute(update(Record).where(waiting).values(handed_in=False, attempt=Record.attempt + 1))


def close(connection: Connection, record_id: str, values: Mapping[str, Any]) -> None:
    """End a record as failed."""
    drop_chunks(connection, record_id)
    ended = {"status": Status.FAILED, "step": Step.FAILED, "data_bytes": 0, "workbook_bytes": 0}
    where = and_(Record.id == record_id, Record.status == Status.RUNNING)
    connection.execute(update(Record).where(where).values({**ended, **values}))


def remove(connection: Connection, record_id: str) -> None:
    drop_chunks(connection, record_id)
    connection.execute(delete(Record).where(Record.id == record_id))


def remove_of_datacenter(connection: Connection, dc_id: str) -> int:
    """Returns how many there were. The rows go first: a job that is storing holds its row, and is waited for here."""
    ids = list(connection.execute(select(Record.id).where(Record.dc_id == dc_id)).scalars())
    connection.execute(delete(Record).where(Record.dc_id == dc_id))
    for record_id in ids:
        drop_chunks(connection, record_id)
    return len(ids)


def prune(connection: Connection, *, before: int) -> None:
    old = select(Record.id).where(Record.created_at < before, Record.status != Status.RUNNING)
    connection.execute(delete(RecordChunk).where(RecordChunk.record_id.in_(old)))
    connection.execute(delete(Record).where(Record.id.in_(old)))
