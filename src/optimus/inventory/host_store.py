"""Writes of what compute hosts said, and of the samples that callers count from; in the caller's transaction."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from optimus.db.upsert import upsert
from optimus.facts.hosts import HostFacts, HostFailure
from optimus.inventory.host_document import pack
from optimus.inventory.queries.host_facts import Sample
from optimus.inventory.tables import HostRecord, PortSample

SAMPLES_KEPT = 50  # of one user and VM: a page that asks every six seconds can look back five minutes
CHUNK = 200  # hosts for one statement; each has some ten kilobytes


def record_of(dc_id: str, result: HostFacts | HostFailure, *, now: int) -> dict[str, Any]:
    """The row of a result. A failure's has no document: what is stored stays."""
    row: dict[str, Any] = {"dc_id": dc_id, "host": result.host, "attempted_at": now}
    if isinstance(result, HostFailure):
        return {**row, "trouble": result.code, "reason": result.reason}
    return {**row, "trouble": None, "reason": None, "probed_at": result.probed_at, "document": pack(result)}


def put(connection: Connection, records: Sequence[dict[str, Any]]) -> None:
    """Store rows of `record_of`."""
    for is_read in (True, False):
        rows = [row for row in records if ("document" in row) is is_read]
        for start in range(0, len(rows), CHUNK):
            upsert(connection, HostRecord, rows[start : start + CHUNK])


def keep_only(connection: Connection, dc_id: str, hosts: Collection[str]) -> None:
    """Forget hosts that the cloud does not have any more."""
    query = select(HostRecord.host).where(HostRecord.dc_id == dc_id)
    gone = set(connection.execute(query).scalars()) - set(hosts)
    for host in gone:
        connection.execute(delete(HostRecord).where(HostRecord.dc_id == dc_id, HostRecord.host == host))


def add_sample(
    connection: Connection, sample_id: str, sample: Sample, *, user_id: str, dc_id: str, server_id: str
) -> None:
    """Keep a sample for its caller; the oldest of too many go."""
    connection.execute(
        insert(PortSample).values(
            id=sample_id,
            user_id=user_id,
            dc_id=dc_id,
            server_id=server_id,
            host=sample.host,
            taken_at=sample.taken_at,
            counters=sample.counters,
        )
    )
    mine = (PortSample.user_id == user_id, PortSample.dc_id == dc_id, PortSample.server_id == server_id)
    newest = select(PortSample.id).where(*mine).order_by(PortSample.taken_at.desc(), PortSample.id.desc())
    connection.execute(delete(PortSample).where(*mine, PortSample.id.not_in(newest.limit(SAMPLES_KEPT))))


def prune_samples(connection: Connection, *, before: int) -> None:
    connection.execute(delete(PortSample).where(PortSample.taken_at < before))
