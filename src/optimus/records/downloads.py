"""Giving out a record: what is stored as it is, everything else made of the record's data at that moment."""

import base64
import re
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from optimus.db.database import Database
from optimus.errors import FieldError, InvalidRequest
from optimus.http.answer import Answer, Streamed
from optimus.http.call import Services
from optimus.records import csvfile, queries
from optimus.records.context import Context, OpenData
from optimus.records.diff import Difference
from optimus.records.document import unpacked
from optimus.records.errors import NotComparable, RecordBusy
from optimus.records.schemas import (
    DiffFormat,
    DiffQuery,
    DownloadQuery,
    Format,
    Kept,
    Language,
)
from optimus.records.sheets import BY_NAME
from optimus.records.workbook.book import write_changes, write_record

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What is made on demand costs a processor for seconds: so many at once in one process, the others wait a little.
_AT_ONCE = threading.BoundedSemaphore(2)
WAIT_SECONDS = 20.0
DIFF_LIMIT = 50
_PIECE_BYTES = 3 * 64 * 1024  # which three divides, for base64
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


def download(services: Services, record_id: str, wanted: DownloadQuery) -> Answer:
    """Raises RecordUnknown, RecordRunning, RecordFailed, RecordBusy, InvalidRequest."""
    with services.database.reading() as connection:
        row = queries.get_made_row(connection, record_id)
    return _Download(services, row, wanted).answer()


class _Download:
    """One record, in the format and language that are wanted."""

    def __init__(self, services: Services, row: Any, wanted: DownloadQuery) -> None:
        self._database = services.database
        self._zone = services.settings.zone
        self._row = row
        self._name = file_name(row.name)
        self._language = wanted.lang or Language(row.language)
        self._wanted = wanted

    def answer(self) -> Answer:
        if self._wanted.format is Format.JSON:
            return Streamed(unpacked(self._data()), media_type="application/json", file_name=f"{self._name}.json")
        if self._wanted.format is Format.CSV:
            return self._csv()
        if self._wanted.format is Format.PDF:
            return _made(self._write_pdf, media_type="application/pdf", name=f"{self._name}.pdf")
        enveloped = self._wanted.format is None
        if self._language != self._row.language:
            return _made_workbook(self._write_workbook, name=None if enveloped else f"{self._name}.xlsx")
        pieces = queries.chunks(self._database, self._row.id, Kept.WORKBOOK)
        if enveloped:
            return Streamed(_enveloped(pieces), media_type="application/json")
        return Streamed(pieces, media_type=XLSX, file_name=f"{self._name}.xlsx", size=self._row.workbook_bytes)

    def _data(self) -> Iterator[bytes]:
        return queries.chunks(self._database, self._row.id, Kept.DATA)

    def _write_pdf(self, path: Path) -> None:
        from optimus.records import pdf  # noqa: PLC0415 - its library loads slowly, and most servers never need it

        pdf.write(path, Context(self._data), language=self._language, zone=self._zone)

    def _write_workbook(self, path: Path) -> None:
        with self._database.reading() as connection:
            previous = queries.previous_id(connection, self._row)
        changes = None if previous is None else Difference(_opener(self._database, previous)(), self._data())
        write_record(
            path,
            self._data,
            language=self._language,
            zone=self._zone,
            changes=changes,
            progress=lambda _share: None,
        )

    def _csv(self) -> Answer:
        sheet = self._wanted.sheet
        if sheet == csvfile.ALL:
            return _made(self._write_csv_files, media_type="application/zip", name=f"{self._name}.zip")
        wanted = BY_NAME.get(sheet or csvfile.DEFAULT)
        if wanted is None:
            sentence = f"must be one of: {', '.join([*BY_NAME, csvfile.ALL])}"
            raise InvalidRequest(f"sheet: {sentence}", errors=[FieldError("sheet", sentence)])
        with _taking_part():
            context = Context(self._data)
        lines = csvfile.lines(context, wanted, language=self._language, zone=self._zone)
        name = self._name if sheet is None else f"{self._name}-{wanted.name}"
        return Streamed(lines, media_type="text/csv", file_name=f"{name}.csv")

    def _write_csv_files(self, path: Path) -> None:
        csvfile.write_all(path, Context(self._data), language=self._language, zone=self._zone)


def _opener(database: Database, record_id: str) -> OpenData:
    return lambda: queries.chunks(database, record_id, Kept.DATA)


def file_name(name: str) -> str:
    """The record's name, as every system takes it for a file.

    >>> file_name('a/b: "c"')
    'a_b_ _c_'
    """
    return _UNSAFE.sub("_", name).strip(". ") or "record"


def _enveloped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The documented answer around the base64 of all chunks; each but the last has a length that three divides."""
    yield b'{"status":true,"code":200,"data":"'
    for chunk in chunks:
        yield base64.b64encode(chunk)
    yield b'"}'


@contextmanager
def _taking_part() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=WAIT_SECONDS):
        raise RecordBusy("Other reports are being made at this moment: try again in a minute.")
    try:
        yield
    finally:
        _AT_ONCE.release()


def _made(write: Callable[[Path], None], *, media_type: str, name: str | None) -> Answer:
    """A file that is made now, whole, and sent from the disk; its folder goes when it was sent."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="optimus-download-"))
        path = Path(folder) / "file"
        with _taking_part():
            write(path)
        size = path.stat().st_size
        kept = stack.pop_all()
    pieces = _sent(path, kept)
    if name is None:
        return Streamed(_enveloped(pieces), media_type=media_type)
    return Streamed(pieces, media_type=media_type, file_name=name, size=size)


def _made_workbook(write: Callable[[Path], None], *, name: str | None) -> Answer:
    return _made(write, media_type="application/json" if name is None else XLSX, name=name)


def _sent(path: Path, kept: ExitStack) -> Iterator[bytes]:
    with kept, path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def compare(services: Services, a: str, b: str, wanted: DiffQuery) -> Answer:
    """Raises RecordUnknown, RecordRunning, RecordFailed, NotComparable."""
    database = services.database
    with database.reading() as connection:
        older, newer = queries.get_made_row(connection, a), queries.get_made_row(connection, b)
    if older.host != newer.host:
        raise NotComparable(
            f"{older.name!r} is of {older.host or 'all hosts'}, {newer.name!r} of {newer.host or 'all hosts'}: "
            "only records of the same hosts can be compared."
        )
    with _taking_part():
        difference = Difference(_opener(database, a)(), _opener(database, b)())
        if wanted.format is None:
            return _page(difference, wanted)
    name = file_name(f"{older.name}-{newer.name}")
    if wanted.format is DiffFormat.JSON:
        return Streamed(_as_json(difference), media_type="application/json", file_name=f"{name}-diff.json")
    language = wanted.lang or Language.ENGLISH
    return _made(
        lambda path: write_changes(path, difference, language=language), media_type=XLSX, name=f"{name}-diff.xlsx"
    )


def _page(difference: Difference, wanted: DiffQuery) -> Answer:
    limit, offset = wanted.limit or DIFF_LIMIT, wanted.offset or 0
    found: list[Any] = []
    counts: dict[str, dict[str, int]] = {}
    total = 0
    for item in difference.changes():
        if offset <= total < offset + limit:
            found.append(item)
        total += 1
        of_section = counts.setdefault(item["section"], {})
        of_section[item["change"]] = of_section.get(item["change"], 0) + 1
    beside = {
        "total": total,
        "counts": counts,
        "not_compared": difference.not_compared,
        "a": _about(difference.head_a),
        "b": _about(difference.head_b),
    }
    return Answer(found, beside)


def _about(head: Any) -> dict[str, Any]:
    return {**head["record"], "data_center": head["data_center"]["name"], "made_at": head["made_at"]}


def _as_json(difference: Difference) -> Iterator[bytes]:
    yield b'{"a":' + to_json(_about(difference.head_a)) + b',"b":' + to_json(_about(difference.head_b))
    between = b',"changes":[\n'
    for item in difference.changes():
        yield between + to_json(item)
        between = b",\n"
    yield (b"" if between == b",\n" else between) + b'],"not_compared":' + to_json(difference.not_compared) + b"}\n"
