"""Making a record: the stored picture becomes the record's data, and the data a workbook.

The record's row is the licence to make it, as a run's row is for a collection: it is claimed first, every chunk is
stored in a transaction that holds it, and whoever loses it stores nothing more. A worker that dies over a record has
it taken back (`records.service.take_back`), and another one makes it anew.
"""

import errno
import gc
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection

from optimus import __version__
from optimus.datacenters import queries as datacenter_queries
from optimus.datacenters.errors import DataCenterUnknown
from optimus.db.database import Database
from optimus.errors import DatabaseFull, DatabaseUnavailable, FieldError, MalformedRequest, OptimusError
from optimus.facts.parts import Part, PartState
from optimus.http.call import Call
from optimus.inventory.host_answers import shared_out
from optimus.inventory.queries import host_facts, whole
from optimus.inventory.queries import hosts as host_queries
from optimus.inventory.queries.parts import Picture, picture_of
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id, new_id_in_order
from optimus.records import hosts as host_rows
from optimus.records import queries, service, store
from optimus.records.archive import Archive
from optimus.records.diff import Difference
from optimus.records.document import compressed, in_chunks, written
from optimus.records.errors import RecordSuperseded
from optimus.records.hosts import KnownHost
from optimus.records.schemas import Kept, Language, RecordNew, Status, Step
from optimus.records.store import Claim
from optimus.records.workbook.book import write_record
from optimus.settings import Settings
from optimus.workflows import change_schedule
from optimus.workflows.refresh_datacenter import GC_THRESHOLDS

JOB_NAME = "make_record"
READ_SHARE, WRITTEN_SHARE = 30, 90  # of a hundred, when the data and when the workbook are there
ROWS_A_TELL = 2000
CLOSE_SECONDS = 5.0
_PIECE_BYTES = 256 * 1024

log = structlog.get_logger()
Stored = tuple[str, Iterable[dict[str, Any]]]


def ask(call: Call, wanted: RecordNew, *, language: Language, refresh: bool) -> str:
    """Write down the record that a caller wants, and return its id; a worker will make it.

    Raises MalformedRequest, DataCenterUnknown, DataCenterOffline (with `refresh`), ObjectUnknown for the host,
    RecordExists, RecordQuota.
    """
    connection, settings = call.connection, call.services.settings
    centre = _data_center(connection, wanted)
    # Only the document's first shape knows a host; there the data center's own name stands for all of them.
    host = wanted.host if wanted.cid is None and wanted.host != centre.name else None
    if host is not None:
        host_queries.must_exist(connection, centre.id, host)
    about = {
        "name": wanted.name,
        "dc_id": centre.id,
        "dc_name": centre.name,
        "system_name": centre.system_name,
        "cee_version": wanted.cee_version or centre.cee_version,
        "lcm_ip": centre.lcm_ip,
        "openrc_path": centre.openstackrc_dir,
        "host": host,
        "created_by": call.caller.name,
    }
    if refresh:
        about["after_run"] = new_id_in_order()
        change_schedule.run_now(connection, settings, centre.id)
    return service.ask_for(connection, about, language=language, space_mib=settings.records_mib)


def _data_center(connection: Connection, wanted: RecordNew) -> Any:
    if wanted.cid is not None:
        return datacenter_queries.get_row(connection, wanted.cid)
    if wanted.data_center is None:
        errors = [FieldError("cid", "is required")]
        raise MalformedRequest("cid: is required (or data_center, the data center's name).", errors=errors)
    dc_id = datacenter_queries.id_of_name(connection, wanted.data_center)
    if dc_id is None:
        raise DataCenterUnknown(f"There is no data center named {wanted.data_center!r}: GET data_center lists all.")
    return datacenter_queries.get_row(connection, dc_id)


@dataclass(frozen=True, slots=True)
class RecordMaker:
    """Makes records in one worker. `stopping` breaks off the one under way when the worker ends."""

    settings: Settings
    database: Database
    node_id: str
    stopping: threading.Event

    def make(self, record_id: str) -> None:
        """The job function. Failures end in the record's row, not in an exception."""
        gc.set_threshold(*GC_THRESHOLDS)
        with self.database.writing() as connection:
            claim = store.claim(connection, record_id, self.node_id)
        if claim is not None:
            _Making(self, claim).perform()


class _Stopped(Exception):
    """The worker ends."""


class _Making:
    """One record, from its claim to its end."""

    def __init__(self, maker: RecordMaker, claim: Claim) -> None:
        self._maker = maker
        self._database = maker.database
        self._claim = claim
        self._archive = Archive(maker.database, claim, space_mib=maker.settings.records_mib)

    def perform(self) -> None:
        try:
            self._make()
        except RecordSuperseded as error:
            log.info("record given up", record_id=self._claim.record_id, reason=error.message)
        except _Stopped:
            self._give_back()
        except OptimusError as error:
            self._fail(error.message)
        except OSError as error:
            log.warning("record failed", record_id=self._claim.record_id, reason=str(error))
            self._fail(_sentence_of(error))
        except Exception:  # the edge of a job: whatever it is, the record must say so
            log.exception("record failed", record_id=self._claim.record_id)
            self._fail("Optimus failed at this record: see the traceback, and please report it.")

    def _make(self) -> None:
        collected_at = self._read()
        self._archive.tell(Step.WRITING, READ_SHARE)
        with self._database.reading() as connection:
            row = queries.get_row(connection, self._claim.record_id)
            previous = queries.previous_id(connection, row)
        with tempfile.TemporaryDirectory(prefix="optimus-record-") as folder:
            path = Path(folder) / "record.xlsx"
            write_record(
                path,
                self._open,
                language=Language(row.language),
                zone=self._maker.settings.zone,
                changes=None if previous is None else Difference(self._open_other(previous), self._open()),
                progress=self._told(Step.WRITING, READ_SHARE, WRITTEN_SHARE),
            )
            self._archive.tell(Step.STORING, WRITTEN_SHARE)
            self._archive.keep(Kept.WORKBOOK, in_chunks(_pieces(path)))
        ended = {"status": Status.SUCCESSFUL, "step": Step.DONE, "progress": 100, "finished_at": epoch()}
        self._archive.end({**ended, "pid": new_id(), "collected_at": collected_at})
        log.info("record made", record_id=self._claim.record_id)

    def _open(self) -> Iterator[bytes]:
        return queries.chunks(self._database, self._claim.record_id, Kept.DATA, attempt=self._claim.attempt)

    def _open_other(self, record_id: str) -> Iterator[bytes]:
        return queries.chunks(self._database, record_id, Kept.DATA)

    def _read(self) -> int | None:
        """The picture of one moment into the record's data; returns when its oldest part was collected."""
        with self._database.reading(one_moment=True) as connection:
            row = queries.get_row(connection, self._claim.record_id)
            centre = datacenter_queries.get_item(connection, row.dc_id)
            picture = picture_of(connection, row.dc_id)
            head = _head(row, centre, picture)
            told = self._told(Step.READING, 0, READ_SHARE)
            total = max(1, sum(picture.rows(part) for part in Part))
            # Closed before the connection is: what is broken off must leave no cursor of the database open.
            with closing(
                compressed(written(head, _counted(_sections(connection, row.dc_id, row.host), total, told)))
            ) as chunks:
                self._archive.keep(Kept.DATA, chunks)
            return picture.collected_at(*Part)

    def _told(self, step: Step, first: int, last: int) -> Callable[[float], None]:
        """Shows progress where it makes a difference, and breaks off when the worker ends."""
        shown = first

        def tell(share: float) -> None:
            nonlocal shown
            if self._maker.stopping.is_set():
                raise _Stopped
            progress = first + int((last - first) * min(1.0, share))
            if progress >= shown + 5:
                self._archive.tell(step, progress)
                shown = progress

        return tell

    def _give_back(self) -> None:
        with self._database.writing() as connection:
            if store.progress(connection, self._claim, {"progress": 0}):
                store.wait_again(connection, self._claim.record_id, deaths=0)
        log.info("record given back, since the worker ends", record_id=self._claim.record_id)

    def _fail(self, sentence: str) -> None:
        """Tries until it is written: a disk that is full may have room again, and nobody else would close it."""
        details = traceback.format_exc()
        while True:
            try:
                with self._database.writing() as connection:
                    if store.progress(connection, self._claim, {"step": Step.FAILED}):
                        service.fail(connection, self._claim.record_id, error=sentence, traceback=details)
            except (DatabaseUnavailable, DatabaseFull) as error:
                log.warning("a failed record cannot be closed yet", reason=error.message)
                if self._maker.stopping.wait(CLOSE_SECONDS):
                    return
            else:
                log.warning("record failed", record_id=self._claim.record_id, error=sentence)
                return


def _sentence_of(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full: free some space in {tempfile.gettempdir()} of the worker, then make the record anew."
    return f"The workbook could not be written ({error.strerror or error}): look at the worker's disk and its rights."


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _head(row: Any, centre: Mapping[str, Any], picture: Picture) -> dict[str, Any]:
    shown = ("id", "name", "mode", "country", "province", "city", "system_name", "cee_version")
    return {
        "made_by": f"Optimus {__version__}",
        "made_at": epoch(),
        "record": {"id": row.id, "name": row.name, "cee_version": row.cee_version},
        "data_center": {name: centre[name] for name in shown},
        "host": row.host,
        "parts": picture.beside(*Part)["parts"],
    }


def _sections(connection: Connection, dc_id: str, host: str | None) -> Iterator[Stored]:
    names = list(whole.LISTINGS)
    for name in names[:-1]:
        yield name, whole.rows_of(connection, dc_id, name, host=host)
    yield from host_rows.sections_of(_hosts(connection, dc_id, host))
    yield names[-1], whole.rows_of(connection, dc_id, names[-1], host=host)


def _hosts(connection: Connection, dc_id: str, host: str | None) -> Iterator[KnownHost]:
    for name, one in host_facts.each_stored(connection, dc_id, host=host):
        free, ovs = shared_out(one.facts) if one.facts else (None, None)
        state = one.trouble or PartState.FRESH
        yield KnownHost(name, one.facts, one.probed_at, one.attempted_at, state, one.reason, free, ovs)


def _counted(sections: Iterable[Stored], total: int, tell: Callable[[float], None]) -> Iterator[Stored]:
    done = 0

    def counted(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        nonlocal done
        for row in rows:
            done += 1
            if done % ROWS_A_TELL == 0:
                tell(done / total)
            yield row

    for name, rows in sections:
        yield name, counted(rows)
