"""The user's workbook once more, bad cells coloured, with notes that say what is wrong.

It is written anew from the values that were read: nothing of the upload's formulas, links or macros is carried over.
"""

import re
from collections.abc import Mapping, Sequence

from optimus.yamlgen import workbook
from optimus.yamlgen.binding.records import Tables
from optimus.yamlgen.cells import Book, Broken, CellValue, Computed, Flag, Number, Sheet, column_number
from optimus.yamlgen.checks.secrets import is_reference
from optimus.yamlgen.issues import MASK, Issue

_REF = re.compile(r"([A-Z]+)(\d+)")
_RANK = {"error": 0, "warning": 1, "info": 2}


def annotate(book: Book, tables: Tables, issues: Sequence[Issue]) -> bytes:
    notes = _notes(issues)
    secrets = {  # which columns hold secrets, from which row on
        (table.title, column): table.header_row
        for table in tables.values()
        for name, column in table.columns.items()
        if name in table.rules and table.rules[name].type == "secret"
    }
    plans = []
    for sheet in book.sheets:
        hidden = {at: row for (title, at), row in secrets.items() if title == sheet.name}
        plans.append(_plan(sheet, notes.get(sheet.name, {}), hidden))
    return workbook.write(plans)


def _notes(issues: Sequence[Issue]) -> dict[str, dict[tuple[int, int], list[Issue]]]:
    found: dict[str, dict[tuple[int, int], list[Issue]]] = {}
    for each in issues:
        if each.where is None:
            continue
        match = _REF.fullmatch(each.where.cell.rpartition("!")[2])
        at = (int(match[2]), column_number(match[1])) if match else (1, 1)
        found.setdefault(each.where.sheet, {}).setdefault(at, []).append(each)
    return found


def _plan(
    sheet: Sheet, notes: Mapping[tuple[int, int], Sequence[Issue]], secrets: Mapping[int, int]
) -> workbook.SheetPlan:
    cells: dict[tuple[int, int], workbook.Cell] = {}
    formats: dict[tuple[int, int], str] = {}
    for row, members in sheet.rows.items():
        for column, cell in members.items():
            value = _plain(cell)
            if row > secrets.get(column, row) and value not in {None, ""} and not is_reference(str(value)):
                value = MASK
            cells[row, column] = value
            if isinstance(cell, Number) and cell.zeros:
                formats[row, column] = "0" * cell.zeros
    return workbook.SheetPlan(
        name=sheet.name,
        cells=cells,
        notes={at: _note(found) for at, found in notes.items()},
        colours={at: min((str(one.level) for one in found), key=_RANK.__getitem__) for at, found in notes.items()},
        formats=formats,
        hidden=sheet.hidden and bool(sheet.rows),
    )


def _note(found: Sequence[Issue]) -> str:
    lines = [f"{one.code} {one.message}\n{one.message_zh}" + (f"\n{one.hint}" if one.hint else "") for one in found]
    return "\n\n".join(lines)


def _plain(cell: CellValue) -> workbook.Cell:
    if isinstance(cell, Computed):
        cell = cell.value
    if isinstance(cell, Number):
        try:
            number = float(cell.text)
        except ValueError:
            return cell.text
        return number if abs(number) < 1e300 else cell.text
    if isinstance(cell, Flag):
        return cell.value
    return cell.text if isinstance(cell, Broken) else cell
