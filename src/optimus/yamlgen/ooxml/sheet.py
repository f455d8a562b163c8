"""One sheet's cells, streamed. The address of each cell rules; the sheet's stated dimension is ignored."""

import re

from optimus.yamlgen.cells import Broken, CellValue, Computed, Flag, Number, Range, Sheet, a1, column_number
from optimus.yamlgen.errors import NotAWorkbook, UploadTooLarge
from optimus.yamlgen.limits import Limits
from optimus.yamlgen.ooxml.gate import Archive
from optimus.yamlgen.ooxml.parts import SheetPart
from optimus.yamlgen.ooxml.xml import Attributes, parse

_REF = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_AREA = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})(?::([A-Z]{1,3})([1-9][0-9]{0,6}))?")


class _Reader:
    """The state of one pass. Names are compared without their prefix only when there is one: almost never."""

    def __init__(self, part: SheetPart, strings: list[str], styles: list[int], limits: Limits) -> None:
        self.part, self.strings, self.styles, self.limits = part, strings, styles, limits
        self.rows: dict[int, dict[int, CellValue]] = {}
        self.merges: list[Range] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.row = self.column = self.count = 0
        self.cells: dict[int, CellValue] = {}
        self.kind = "n"
        self.style = 0
        self.value: list[str] = []
        self.formula: list[str] | None = None
        self.reading: list[str] | None = None

    def start(self, tag: str, attributes: Attributes) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "c":
            self._start_cell(attributes)
        elif tag in {"v", "t"}:
            self.reading = self.value
        elif tag == "row":
            self._start_row(attributes)
        elif tag == "f":
            self.formula = self.reading = []
        elif tag == "rPh":
            self.reading = None
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "col" and attributes.get("hidden") in {"1", "true"}:
            last = min(int(attributes.get("max", "0")), self.limits.columns)
            self.hidden_columns.update(range(int(attributes.get("min", "1")), last + 1))

    def _start_row(self, attributes: Attributes) -> None:
        self.row = int(attributes.get("r", self.row + 1))
        self.column = 0
        if self.row in self.rows:
            raise NotAWorkbook("The workbook is damaged: a sheet holds one row twice.")
        self.cells = {}
        if attributes.get("hidden") in {"1", "true"} and self.row <= self.limits.rows:
            self.hidden_rows.add(self.row)

    def _start_cell(self, attributes: Attributes) -> None:
        ref = attributes.get("r")
        if ref is None:
            self.column += 1
        else:
            found = _REF.fullmatch(ref)
            if not found:
                raise NotAWorkbook("The workbook is damaged: a cell has no proper address.")
            self.column = column_number(found[1])
            if int(found[2]) != self.row:
                raise NotAWorkbook("The workbook is damaged: a cell stands in a row that is not its own.")
        self.kind = attributes.get("t", "n")
        self.style = int(attributes.get("s", "0"))
        if self.value:
            self.value = []
        self.formula = None

    def end(self, tag: str) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "c":
            self._end_cell()
        elif tag == "row":
            if self.cells:
                self.rows[self.row] = self.cells
        elif tag in {"v", "t", "f", "rPh"}:
            self.reading = None

    def text(self, data: str) -> None:
        reading = self.reading
        if reading is not None:
            reading.append(data)
            if len(data) > self.limits.cell_characters or (
                len(reading) > 1 and sum(map(len, reading)) > self.limits.cell_characters
            ):
                raise UploadTooLarge(
                    f"A cell of sheet {self.part.name!r} holds more than {self.limits.cell_characters:,} characters."
                )

    def _end_cell(self) -> None:
        value = self._value()
        if value is None:
            return
        limits = self.limits
        if self.row > limits.rows or self.column > limits.columns:
            raise UploadTooLarge(
                f"Sheet {self.part.name!r} has a cell at {a1(self.row, self.column)}: only {limits.rows:,} rows and "
                f"{limits.columns} columns are read. Delete what lies outside."
            )
        self.count += 1
        if self.count > limits.cells:
            raise UploadTooLarge(f"Sheet {self.part.name!r} has more than {limits.cells:,} cells.")
        self.cells[self.column] = value

    def _value(self) -> CellValue | None:
        text = "".join(self.value)
        plain = self._plain(text) if text else None
        if self.formula is None:
            return plain
        formula = "".join(self.formula)
        if "[" in formula and re.search(r"\[\d+\]", formula):
            return Broken("external", formula[:80])
        if plain is None:
            # A shared formula's followers have an empty <f/>; an empty text result is a result.
            return None if self.kind == "str" else Broken("formula", formula[:80])
        return Computed(plain)

    def _plain(self, text: str) -> str | Number | Flag | Broken:
        kind = self.kind
        if kind == "s":
            index = int(text)
            if not 0 <= index < len(self.strings):
                raise NotAWorkbook("The workbook is damaged: a cell points at a text that is not there.")
            return self.strings[index]
        if kind in {"str", "inlineStr"}:
            return text
        if kind == "b":
            return Flag(text.strip() == "1")
        if kind == "e":
            return Broken("error", text[:20])
        if kind == "d":
            return Broken("date", text[:40])
        meaning = self.styles[self.style] if 0 <= self.style < len(self.styles) else 0
        return Broken("date", text[:40]) if meaning < 0 else Number(text.strip(), meaning)

    def _merge(self, ref: str) -> None:
        found = _AREA.fullmatch(ref)
        if not found or found[3] is None:
            return
        top, bottom = sorted((int(found[2]), int(found[4])))
        left, right = sorted((column_number(found[1]), column_number(found[3])))
        if len(self.merges) >= self.limits.rows:
            raise UploadTooLarge(f"Sheet {self.part.name!r} has too many merged areas.")
        self.merges.append(Range(top, left, bottom, right))


def read_sheet(archive: Archive, part: SheetPart, strings: list[str], styles: list[int], limits: Limits) -> Sheet:
    reader = _Reader(part, strings, styles, limits)
    parse(archive, part.part, start=reader.start, end=reader.end, text=reader.text)
    return Sheet(
        name=part.name,
        rows=reader.rows,
        merges=reader.merges,
        hidden=part.hidden,
        hidden_rows=frozenset(reader.hidden_rows),
        hidden_columns=frozenset(reader.hidden_columns),
    )
