"""The whole workbook of a record, written to a file."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import xlsxwriter  # type: ignore[import-untyped]

from optimus.records.context import Context, OpenData
from optimus.records.diff import Difference
from optimus.records.document import Stored, row_of
from optimus.records.schemas import Language
from optimus.records.sheets import CPU_LAYOUT, SHEETS, Sheet
from optimus.records.summary import summary_of
from optimus.records.words import translator
from optimus.records.workbook.cells import Look, Table
from optimus.records.workbook.changes import ChangesSheet
from optimus.records.workbook.front import Front
from optimus.records.workbook.grid import Grid

Progress = Callable[[float], None]  # a share from 0 to 1


def write_record(
    path: Path,
    open_data: OpenData,
    *,
    language: Language,
    zone: ZoneInfo,
    changes: Difference | None,
    progress: Progress,
) -> None:
    """Raises OSError when the disk is full. `changes`: against the record before; None where there is none."""
    words = translator(language)
    book = open_book(path, Stored(open_data()).head["record"]["name"])
    look = Look(book)
    front = book.add_worksheet("Summary")
    worksheets = {sheet.name: book.add_worksheet(sheet.name) for sheet in SHEETS}
    last = book.add_worksheet("Changes")
    # First, and before the context is made: the two take most of the memory, each in its time.
    ChangesSheet(last, look, words).write(changes)
    context = Context(open_data)
    Front(book, front, look, zone, words).write(context, summary_of(context, words))
    grid = Grid(worksheets[CPU_LAYOUT.name], look, words)
    tables = {
        sheet.name: Table(worksheets[sheet.name], sheet, look, zone, words)
        for sheet in SHEETS
        if sheet is not CPU_LAYOUT
    }
    of_section = {sheet.section: sheet for sheet in SHEETS if sheet.section is not None}
    for sheet in SHEETS:
        if sheet.section is None:
            tables[sheet.name].add(sheet.rows(context, ()))
    done, total = 0, max(1, sum(context.counts[name] for name in of_section if name))
    for name, lines in Stored(context.open_data()).sections():
        wanted: Sheet | None = of_section.get(name)
        if wanted is None:
            continue
        rows = (row_of(line) for line in lines)
        if wanted is CPU_LAYOUT:
            grid.add(context, rows)
        else:
            tables[wanted.name].add(wanted.rows(context, rows))
        done += context.counts[name]
        progress(done / total)
    for table in tables.values():
        table.end()
    grid.end()
    front.activate()
    book.close()


def write_changes(path: Path, difference: Difference, *, language: Language) -> None:
    """A workbook with the comparison of two records alone."""
    book = open_book(path, "Changes")
    ChangesSheet(book.add_worksheet("Changes"), Look(book), translator(language)).write(difference)
    book.close()


def open_book(path: Path, title: str) -> xlsxwriter.Workbook:
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        # Of every cell that has no format of its own; a format of the columns would be written with each cell.
        "default_format_properties": {"font_name": "Calibri", "font_size": 10, "valign": "top"},
    }
    book = xlsxwriter.Workbook(str(path), options)
    # A fixed zone: the property is meant in UTC, whatever the machine's own is.
    book.set_properties({"title": title, "author": "Optimus", "created": datetime.now(UTC).replace(tzinfo=None)})
    return book
