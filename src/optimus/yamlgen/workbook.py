"""Write .xlsx files. The only module that imports the Excel library; equal input gives equal bytes."""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]

from optimus.yamlgen.cells import Range

Cell = str | int | float | bool | None
_EPOCH = dt.datetime(1980, 1, 1)  # noqa: DTZ001 - the file format has no zone
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_MOST_CHARACTERS = 32_767
_COLOURS = {"error": "#FFB3B3", "warning": "#FFE699", "info": "#D9E8FB", "header": "#E2E8F0"}


@dataclass
class SheetPlan:
    """One sheet to write. Positions are (row, column) counted from 1."""

    name: str
    cells: Mapping[tuple[int, int], Cell]
    notes: Mapping[tuple[int, int], str] = field(default_factory=dict)
    colours: Mapping[tuple[int, int], str] = field(default_factory=dict)
    choices: Mapping[int, str] = field(default_factory=dict)  # by column, the range of its drop-down's values
    formats: Mapping[tuple[int, int], str] = field(default_factory=dict)  # number formats
    merges: Sequence[Range] = ()
    hidden: bool = False
    header_row: int = 0
    widths: Mapping[int, float] = field(default_factory=dict)


def write(sheets: Sequence[SheetPlan]) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": _EPOCH, "title": "", "author": "Optimus"})
        formats = _Formats(book)
        for plan in sheets:
            _sheet(book, formats, plan)
    return out.getvalue()


class _Formats:
    """Formats by what they are made of: a workbook may hold only so many."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.known: dict[tuple[str, str, bool], Format] = {}

    def get(self, colour: str, number: str, *, text: bool) -> Format | None:
        key = (colour, number, text)
        if key == ("", "", False):
            return None
        if key not in self.known:
            properties: dict[str, object] = {}
            if colour:
                properties["bg_color"] = _COLOURS[colour]
            if colour == "header":
                properties["bold"] = True
            if number:
                properties["num_format"] = number
            if text:
                properties["quote_prefix"] = True
            self.known[key] = self.book.add_format(properties)
        return self.known[key]


def _sheet(book: xlsxwriter.Workbook, formats: _Formats, plan: SheetPlan) -> None:  # noqa: C901 - one loop for each thing that a sheet holds
    sheet = book.add_worksheet(plan.name)
    if plan.hidden:
        sheet.hide()
    positions = sorted({*plan.cells, *plan.colours})
    for row, column in positions:
        value = plan.cells.get((row, column))
        risky = isinstance(value, str) and value.startswith(_RISKY)
        style = formats.get(plan.colours.get((row, column), ""), plan.formats.get((row, column), ""), text=risky)
        at = (row - 1, column - 1)
        if value is None:
            sheet.write_blank(*at, None, style)
        elif isinstance(value, bool):
            sheet.write_boolean(*at, value, style)
        elif isinstance(value, str):
            sheet.write_string(*at, value[:_MOST_CHARACTERS], style)
        else:
            sheet.write_number(*at, value, style)
    for (row, column), text in sorted(plan.notes.items()):
        sheet.write_comment(row - 1, column - 1, text[:2000], {"author": "Optimus", "x_scale": 2})
    for column, values in plan.choices.items():
        options = {"validate": "list", "source": values, "error_type": "warning"}
        sheet.data_validation(plan.header_row, column - 1, 19_999, column - 1, options)
    for area in plan.merges:
        if area.bottom > area.top or area.right > area.left:
            first = plan.cells.get((area.top, area.left))
            sheet.merge_range(
                area.top - 1, area.left - 1, area.bottom - 1, area.right - 1, first if first is not None else ""
            )
    for column, width in plan.widths.items():
        sheet.set_column(column - 1, column - 1, width)
    if plan.header_row:
        sheet.freeze_panes(plan.header_row, 1)
