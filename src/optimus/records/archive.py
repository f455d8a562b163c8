"""Storing a record's data and workbook in chunks, each in a short transaction of its own that renews the claim."""

from collections.abc import Iterable, Mapping
from typing import Any

from optimus.db.database import Database
from optimus.records import service, store
from optimus.records.errors import RecordSuperseded
from optimus.records.schemas import Kept, Step
from optimus.records.store import Claim

_SIZES = {Kept.DATA: "data_bytes", Kept.WORKBOOK: "workbook_bytes"}


class Archive:
    """What the one who makes a record writes. All raise RecordSuperseded when it is not his any more."""

    def __init__(self, database: Database, claim: Claim, *, space_mib: int) -> None:
        self.claim = claim
        self._database = database
        self._space_mib = space_mib

    def tell(self, step: Step, progress: int) -> None:
        self._write({"step": step, "progress": progress})

    def keep(self, kind: Kept, chunks: Iterable[bytes]) -> None:
        """Raises RecordQuota too, and DatabaseFull."""
        size = 0
        for number, chunk in enumerate(chunks):
            size += len(chunk)
            with self._database.writing() as connection:
                if not store.progress(connection, self.claim, {_SIZES[kind]: size}):
                    raise _superseded()
                service.must_have_space(connection, self._space_mib)
                store.add_chunk(connection, self.claim.record_id, kind, number, chunk)

    def end(self, values: Mapping[str, Any]) -> None:
        self._write(values)

    def _write(self, values: Mapping[str, Any]) -> None:
        with self._database.writing() as connection:
            if not store.progress(connection, self.claim, values):
                raise _superseded()


def _superseded() -> RecordSuperseded:
    return RecordSuperseded("The record was deleted, or given to another worker.")
