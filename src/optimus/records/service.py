"""Decisions about records: their names, their space, their deletion, and what becomes of those of dead workers."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from optimus.kit.clock import epoch
from optimus.kit.ids import new_id_in_order
from optimus.records import queries, store
from optimus.records.errors import RecordExists, RecordQuota, RecordRunning
from optimus.records.schemas import Language, Status, Step

MIB = 1024 * 1024
DEATHS_ALLOWED = 1  # a record that ends two workers would end the next ones too
MAX_TRACEBACK = 64 * 1024


def ask_for(connection: Connection, about: Mapping[str, Any], *, language: Language, space_mib: int) -> str:
    """Write down a record that is to be made, and return its id. Raises RecordExists, RecordQuota."""
    must_have_space(connection, space_mib)
    record_id = new_id_in_order()
    values = {
        "id": record_id,
        "language": language,
        "status": Status.RUNNING,
        "step": Step.QUEUED,
        "progress": 0,
        "created_at": epoch(),
        "attempt": 0,
        "deaths": 0,
        "handed_in": False,
        "data_bytes": 0,
        "workbook_bytes": 0,
        **about,
    }
    if not store.add(connection, values):
        raise RecordExists(f"A record named {about['name']!r} is there already: names are unique.")
    return record_id


def must_have_space(connection: Connection, space_mib: int) -> None:
    """Raises RecordQuota."""
    used = queries.stored_bytes(connection)
    if used >= space_mib * MIB:
        raise RecordQuota(
            f"The stored records take {used / MIB:.1f} MiB, and may take {space_mib} MiB: delete records that are no "
            "longer needed, or raise OPTIMUS_RECORDS_MIB."
        )


def delete(connection: Connection, record_id: str) -> str:
    """Remove a record and all that is stored of it; returns its name. Raises RecordUnknown, RecordRunning."""
    row = queries.get_row(connection, record_id)
    if row.status == Status.RUNNING:
        raise RecordRunning(f"The record {row.name!r} is still being made: delete it when it has ended.")
    store.remove(connection, record_id)
    return str(row.name)


def fail(connection: Connection, record_id: str, *, error: str, traceback: str | None = None) -> None:
    """End a record that could not be made. `error` is one sentence; neither text holds a secret."""
    details = (traceback or error)[-MAX_TRACEBACK:]
    store.close(connection, record_id, {"error": error, "traceback": details, "finished_at": epoch()})


def take_back(connection: Connection, dead_nodes: set[str]) -> int:
    """Records of workers that are gone are made again, once, and then failed; returns how many there were."""
    held = queries.held_by(connection, dead_nodes)
    for row in held:
        if row.deaths >= DEATHS_ALLOWED:
            sentence = "The workers that made this record died over it, twice: see their logs, then make it anew."
            fail(connection, row.id, error=sentence)
        else:
            store.wait_again(connection, row.id, deaths=row.deaths + 1)
    if dead_nodes:
        store.hand_in_again(connection)
    return len(held)
