"""Writing typed cells, row by row, in constant memory."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from optimus.records.sheets import Cells, Column, Kind, Sheet
from optimus.records.words import Translate

MAX_TEXT = 32_767  # characters of one cell, by Excel's rules
MAX_ROWS = 1_048_576
_EPOCH_DAYS = 25_569  # from Excel's day 0 to 1970-01-01
FORMULA = ("=", "+", "-", "@")
_FORMULA_SET = frozenset(FORMULA)
_UNPRINTABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_NO_LIMIT = "No Limit"
_NUMBERS = {Kind.NUMBER, Kind.SHARE}

HEADER_COLOUR, GROUP_COLOUR, LINE_COLOUR = "#DCE6F1", "#1F4E79", "#BFBFBF"


def fitting(text: str) -> str:
    """The text as a cell can hold it: no half of a surrogate pair, and not too long."""
    if not text.isascii():
        text = _UNPRINTABLE.sub("\ufffd", text)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


class Look:
    """The formats of one workbook, each its default with something more."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        def made(**values: Any) -> Format:
            return book.add_format(values)

        self.made = made
        self.careful = made(quote_prefix=True)  # also after somebody has edited the cell, it is a text
        self.number = made(num_format="#,##0_)")
        self.share = made(num_format="0.0%_)")
        self.time = made(num_format="yyyy-mm-dd hh:mm:ss", align="left")
        # Excel shows TRUE and FALSE whatever the format; others would show 1 and 0.
        self.flag = made(num_format='"TRUE";"TRUE";"FALSE"', align="center")
        self.bold = made(bold=True)
        self.title = made(bold=True, font_size=16, font_color=GROUP_COLOUR)
        self.group = made(bold=True, align="center", font_color="#FFFFFF", bg_color=GROUP_COLOUR, border=1)
        header = {"bold": True, "bg_color": HEADER_COLOUR, "border": 1, "border_color": LINE_COLOUR}
        self.header = made(**header, valign="vcenter")
        self.number_header = made(**header, valign="vcenter", align="right")


class Pen:
    """Writes values on one worksheet, each as what it is."""

    def __init__(self, worksheet: Worksheet, look: Look, zone: ZoneInfo, words: Translate) -> None:
        self._sheet = worksheet
        self._look = look
        self._zone = zone
        self._words = words
        # One writer for each kind: chosen once for a column, not for each cell.
        self._writers: dict[Kind, Callable[[int, int, Any], Any]] = {
            Kind.TEXT: self.text,
            Kind.NUMBER: worksheet.write_number,
            Kind.SHARE: self.share,
            Kind.TIME: self.time,
            Kind.FLAG: self.flag,
            Kind.MIXED: self.mixed,
        }

    def writers(self, columns: Iterable[Column]) -> list[Callable[[int, int, Any], Any]]:
        return [self._writers[column.kind] for column in columns]

    def text(self, row: int, column: int, value: str, look: Format | None = None) -> None:
        if not value.isascii() or len(value) > MAX_TEXT:
            value = fitting(value)
        if value[:1] in _FORMULA_SET and look is None:
            look = self._look.careful
        # Never write(): it would take "=…" for a formula and "http…" for a link.
        self._sheet.write_string(row, column, value, look)

    def number(self, row: int, column: int, value: float, look: Format | None = None) -> None:
        self._sheet.write_number(row, column, value, look)

    def share(self, row: int, column: int, value: float) -> None:
        self._sheet.write_number(row, column, value, self._look.share)

    def time(self, row: int, column: int, value: int) -> None:
        try:
            offset = datetime.fromtimestamp(value, self._zone).utcoffset()
        except (ValueError, OverflowError, OSError):
            self._sheet.write_number(row, column, value)  # no calendar has it
            return
        seconds = value + (offset.total_seconds() if offset else 0)
        self._sheet.write_number(row, column, seconds / 86_400 + _EPOCH_DAYS, self._look.time)

    def flag(self, row: int, column: int, value: bool) -> None:  # noqa: FBT001 - it is the value
        self._sheet.write_boolean(row, column, value, self._look.flag)

    def mixed(self, row: int, column: int, value: Any) -> None:
        if isinstance(value, bool):
            self.flag(row, column, value)
        elif isinstance(value, (int, float)):
            self.number(row, column, value, self._look.number)
        else:
            self.text(row, column, self._words(value) if value == _NO_LIMIT else value)


def print_wide(worksheet: Worksheet) -> None:
    """As wide as a page, the two header rows on each."""
    worksheet.set_landscape()
    worksheet.set_paper(8)  # A3
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0, 1)


class Table:
    """A worksheet of one Sheet: group titles, headers, then rows as they come."""

    def __init__(self, worksheet: Worksheet, sheet: Sheet, look: Look, zone: ZoneInfo, words: Translate) -> None:
        self._worksheet = worksheet
        self._words = words
        self._pen = Pen(worksheet, look, zone, words)
        self._columns = sheet.columns
        self._writers = self._pen.writers(self._columns)
        self._row = 2
        self._left_out = False
        self._head(sheet, look)

    def _head(self, sheet: Sheet, look: Look) -> None:
        words, worksheet = self._words, self._worksheet
        for number, column in enumerate(self._columns):
            worksheet.set_column(number, number, column.width, look.number if column.kind is Kind.NUMBER else None)
        first = 0
        for group in sheet.groups:
            last = first + len(group.columns) - 1
            if last > first:
                worksheet.merge_range(0, first, 0, last, words(group.title), look.group)
            else:
                worksheet.write_string(0, first, words(group.title), look.group)
            first = last + 1
        for number, column in enumerate(self._columns):
            header = look.number_header if column.kind in _NUMBERS else look.header
            worksheet.write_string(1, number, words(column.title), header)
        worksheet.freeze_panes(2, 1)
        print_wide(worksheet)

    def add(self, rows: Iterable[Cells]) -> None:
        writers = self._writers
        at = self._row
        for row in rows:
            if at >= MAX_ROWS - 1:
                self._left_out = True
                break
            for column, value in enumerate(row):
                if value is not None and value != "":
                    writers[column](at, column, value)
            at += 1
        self._row = at

    def end(self) -> None:
        self._worksheet.autofilter(1, 0, max(self._row - 1, 2), len(self._columns) - 1)
        if self._left_out:
            self._pen.text(self._row, 0, self._words("(rows left out: a sheet holds no more; the CSV has all)"))
