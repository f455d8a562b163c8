"""The Changes sheet: one row for each value that differs from the record before."""

import json
from typing import Any

from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from optimus.records.diff import Difference
from optimus.records.schemas import ChangeItem
from optimus.records.words import Translate
from optimus.records.workbook.cells import FORMULA, Look, fitting, print_wide

MAX_CHANGES = 100_000  # rows
_COLUMNS = (("List", 18), ("Change", 14), ("Name", 32), ("Key", 40), ("Field", 20), ("Old", 40), ("New", 40))
_COLOURS = {"added": "#E2EFDA", "removed": "#FBE5E1", "moved": "#FFF2CC", "changed": "#DDEBF7"}


class ChangesSheet:
    def __init__(self, worksheet: Worksheet, look: Look, words: Translate) -> None:
        self._sheet, self._look, self._words = worksheet, look, words
        self._looks = {change: look.made(bg_color=colour) for change, colour in _COLOURS.items()}
        self._row = 2

    def write(self, difference: Difference | None) -> None:
        words = self._words
        for number, (_title, width) in enumerate(_COLUMNS):
            self._sheet.set_column(number, number, width)
        if difference is None:
            sentence = "There is no earlier record of this data center to compare with."
            self._sheet.write_string(0, 0, words(sentence))
            return
        self._sheet.write_string(0, 0, words("Compared with"), self._look.bold)
        self._sheet.write_string(0, 1, difference.head_a["record"]["name"])
        for number, (title, _width) in enumerate(_COLUMNS):
            self._sheet.write_string(1, number, words(title), self._look.header)
        self._sheet.freeze_panes(2, 0)
        print_wide(self._sheet)
        for item in difference.changes():
            if self._row >= MAX_CHANGES:
                sentence = "More changes than fit here: see the comparison of both records."
                self._sheet.write_string(self._row, 0, words(sentence), self._look.bold)
                break
            self._item(item)
        else:
            self._not_compared(difference)
        if self._row == 2:
            self._sheet.write_string(2, 0, words("Nothing has changed."))
            self._row += 1
        self._sheet.autofilter(1, 0, self._row - 1, len(_COLUMNS) - 1)

    def _item(self, item: ChangeItem) -> None:
        key = ", ".join(str(value) for value in item["key"].values())
        look = self._looks[item["change"]]
        fields = item["fields"] if item["change"] in {"changed", "moved"} else ()
        for field in fields or (None,):
            self._line((item["section"], None, item["name"], key), look, item["change"])
            if field is not None:
                for column, value in ((4, field["field"]), (5, field["old"]), (6, field["new"])):
                    self._value(column, value)
            self._row += 1

    def _line(self, values: tuple[str | None, ...], look: Any, change: str) -> None:
        for column, value in enumerate(values):
            if value is not None:
                self._value(column, value)
        self._sheet.write_string(self._row, 1, self._words(change), look)

    def _value(self, column: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, column, value, self._look.flag)
        elif isinstance(value, (int, float)):
            self._sheet.write_number(self._row, column, value)
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            text = fitting(text)
            self._sheet.write_string(self._row, column, text, self._look.careful if text.startswith(FORMULA) else None)

    def _not_compared(self, difference: Difference) -> None:
        for gap in difference.not_compared:
            if self._row >= MAX_CHANGES:
                return
            self._line((gap["section"], None, gap["host"], None), None, "not compared")
            sides = ((5, "a", difference.head_a), (6, "b", difference.head_b))
            for column, side, head in sides:
                if gap["missing_in"] in {side, "both"}:
                    self._value(column, f"{head['record']['name']}: {gap['reason'] or '-'}")
            self._row += 1
