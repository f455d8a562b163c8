"""Bind a workbook to a pack: find sheets, headers, rows; give typed records and every fault on the way."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from optimus.yamlgen.binding.fold import fold, nearest, ways
from optimus.yamlgen.binding.headers import Layout, Names, find_layout
from optimus.yamlgen.binding.records import Record, Table, Tables
from optimus.yamlgen.binding.types import CODES, BadValue
from optimus.yamlgen.binding.values import Value, cell_text, parse_text
from optimus.yamlgen.cells import Book, CellValue, Range, Sheet, a1
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import MASK, Issues, Place, issue
from optimus.yamlgen.rules.model import ColumnRule, Pack

_NOTES = {
    "cell.zeros": (IssueCode.CELL_CHANGED, Level.INFO),
    "cell.folded": (IssueCode.CELL_CHANGED, Level.INFO),
    "cell.formula_used": (IssueCode.CELL_UNUSABLE, Level.WARNING),
}


def bind(
    book: Book,
    pack: Pack,
    extras: Mapping[str, Mapping[str, str]],
    issues: Issues,
    fillers: Mapping[str, Callable[[Record], None]] | None = None,
) -> Tables:
    """`extras`: for each sheet the folded scalar keys of its template items, with their paths.

    `fillers`: for each sheet what fills blank cells of a row before it is told what it lacks.
    """
    if book.macros:
        issues.add(issue(IssueCode.ACTIVE_CONTENT, "book.macros"))
    if book.external_links:
        issues.add(issue(IssueCode.ACTIVE_CONTENT, "book.external", level=Level.WARNING))
    if book.embedded:
        issues.add(issue(IssueCode.ACTIVE_CONTENT, "book.embedded", level=Level.WARNING))
    found = _match_sheets(book, pack, issues)
    tables: Tables = {}
    for order, (name, rule) in enumerate(pack.sheets.items()):
        sheet = found.get(name)
        if sheet is None:
            if rule.required:
                names = ", ".join(one.name for one in book.sheets)[:200]
                issues.add(issue(IssueCode.SHEET_MISSING, "sheet.missing", sheet=name, where=Place(name),
                                 alias=", ".join(rule.aliases), found=names))  # fmt: skip
            continue
        filler = (fillers or {}).get(name)
        tables[name] = _Binder(sheet, name, order, pack, extras.get(name, {}), issues, filler).table()
    return tables


def _match_sheets(book: Book, pack: Pack, issues: Issues) -> dict[str, Sheet]:
    known = {fold(alias): name for name, rule in pack.sheets.items() for alias in [name, *rule.aliases]}
    found: dict[str, Sheet] = {}
    for sheet in book.sheets:
        name = next((known[way] for way in ways(sheet.name) if way in known), None)
        if name is None:
            if sheet.rows and not sheet.hidden:
                near = nearest(sheet.name, list(pack.sheets))
                issues.add(issue(IssueCode.SHEET_MISSING, "sheet.unknown", level=Level.INFO, sheet=sheet.name,
                                 where=Place(sheet.name), near=near or "-"))  # fmt: skip
        elif name in found:
            issues.add(issue(IssueCode.SHEET_MISSING, "sheet.double", sheet=sheet.name, other=found[name].name,
                             where=Place(sheet.name)))  # fmt: skip
        else:
            found[name] = sheet
    return found


class _Binder:
    """Binds one sheet."""

    def __init__(
        self,
        sheet: Sheet,
        name: str,
        order: int,
        pack: Pack,
        extra: Mapping[str, str],
        issues: Issues,
        filler: Callable[[Record], None] | None,
    ) -> None:
        self.filler = filler
        self.sheet, self.name, self.issues = sheet, name, issues
        self.rule = pack.sheets[name]
        self.names = Names(pack.columns.get(name, {}), extra)
        self.layout: Layout = find_layout(sheet, self.names)
        layout = self.layout
        self.out = Table(
            name=name,
            title=sheet.name,
            order=order,
            header_row=layout.row,
            columns={field: column for column, field in layout.fields.items()},
            headers={field: layout.headers[column] for column, field in layout.fields.items()},
            rules={field: self.names.rule_of(field) for field in layout.fields.values()},
            key=tuple(self.rule.key),
            extras={field[1:]: field for field in layout.fields.values() if field.startswith("=")},
        )

    def place(self, row: int, column: int, key: str = "") -> Place:
        title = self.sheet.name
        header = self.layout.headers.get(column, "")
        return Place(title, f"{title}!{a1(row, column)}", header, key, (self.out.order, row, column))

    def table(self) -> Table:
        if self._headers_usable():
            fills = self._merges()
            for row in sorted(self.sheet.rows):
                if row > self.layout.row:
                    self._record(row, fills)
            for field in fills:
                self._fill_rows(fills[field])
            self.out.records.sort(key=lambda record: record.row)
        return self.out

    def _headers_usable(self) -> bool:
        layout, title = self.layout, self.sheet.name
        for first, second in layout.doubles:
            self.issues.add(issue(IssueCode.HEADER_DOUBLE, "header.double", where=self.place(layout.row, second),
                                  header=layout.headers[second], related=[f"{title}!{a1(layout.row, first)}"],
                                  first=a1(layout.row, first)))  # fmt: skip
        for column, header in layout.unknown.items():
            near = nearest(header, list(self.names.columns))
            self.issues.add(issue(IssueCode.HEADER_UNKNOWN, "header.near" if near else "header.unknown",
                                  level=Level.WARNING, where=self.place(layout.row, column), header=header,
                                  near=near))  # fmt: skip
        if self.sheet.hidden:
            self._note("sheet.hidden", Place(title, order=(self.out.order, 0, 0)), sheet=title)
        for column in sorted(self.sheet.hidden_columns & set(layout.fields)):
            self._note("column.hidden", self.place(layout.row, column), header=layout.headers[column])
        missing = [name for name, rule in self.names.columns.items() if rule.required and name not in self.out.columns]
        for name in missing:
            rule = self.names.columns[name]
            self.issues.add(issue(IssueCode.COLUMN_MISSING, "column.missing", column=name, sheet=title,
                                  where=Place(title, column=name, order=(self.out.order, 0, 0)),
                                  aliases=", ".join([name, *rule.aliases][:6])))  # fmt: skip
        return not set(self.rule.key) & set(missing) and layout.row > 0

    def _note(self, text: str, where: Place, **words: Any) -> None:
        self.issues.add(issue(IssueCode.CELL_CHANGED, text, level=Level.WARNING, where=where, **words))

    def _merges(self) -> dict[str, list[Range]]:
        """Vertical merges that fill down, by field; any other merge over data is a fault."""
        fills: dict[str, list[Range]] = {}
        for area in self.sheet.merges:
            if area.bottom <= self.layout.row:
                continue
            field = self.layout.fields.get(area.left, "")
            inside = [column for column in self.layout.fields if area.left <= column <= area.right]
            if area.left == area.right and field and self.out.rules[field].merge == "fill":
                fills.setdefault(field, []).append(area)
            elif inside:
                self.issues.add(issue(IssueCode.MERGED, "merged", value=area.ref, range=area.ref,
                                      where=self.place(area.top, area.left)))  # fmt: skip
        return fills

    def _fill_rows(self, areas: Sequence[Range]) -> None:
        by_row = {record.row: record for record in self.out.records}
        for area in areas:
            field = self.layout.fields[area.left]
            first = by_row.get(area.top)
            if first is None or field not in first.values:
                continue
            for row in range(area.top + 1, min(area.bottom, max(by_row)) + 1):
                if row in by_row:
                    by_row[row].values[field] = first.values[field]

    def _record(self, row: int, fills: Mapping[str, Sequence[Range]]) -> None:
        cells = self.sheet.rows[row]
        first = cells.get(min(cells))
        if isinstance(first, str) and first.startswith("#"):
            return
        values: dict[str, Value] = {}
        fields, rules = self.layout.fields, self.out.rules
        wrong: set[str] = set()
        outside: list[int] = []
        for column, cell in cells.items():
            field = fields.get(column)
            if field is None:
                outside.append(column)
                continue
            value = self._value(row, column, cell, rules[field])
            if value is _WRONG:
                wrong.add(field)
            elif value is not None:
                values[field] = value  # type: ignore[assignment]
        if not values and not wrong:
            return
        record = Record(self.out, row, values)
        if row in self.sheet.hidden_rows:
            self._note("row.hidden", self.place(row, min(cells), record.key), row=row)
        if self.filler is not None:
            self.filler(record)
        self._require(record, wrong, fills)
        self.out.records.append(record)

    def _value(self, row: int, column: int, cell: CellValue, rule: ColumnRule) -> "Value | object | None":
        notes: list[str] = []
        try:
            value = parse_text(cell_text(cell, notes), rule, notes)
        except BadValue as bad:
            return self._bad(row, column, rule, bad)
        for note in notes:
            code, level = _NOTES[note]
            shown = MASK if rule.type == "secret" else value
            self.issues.add(issue(code, note, level=level, where=self.place(row, column), value=shown, shown=shown))
        return value

    def _bad(self, row: int, column: int, rule: ColumnRule, bad: BadValue) -> object:
        secret = rule.type == "secret"
        words: dict[str, Any] = {**bad.words, "value": MASK} if secret else dict(bad.words)
        header = self.layout.headers[column]
        code = IssueCode.CELL_UNUSABLE if bad.key.startswith("cell.") else CODES.get(rule.type, IssueCode.CELL_INVALID)
        value = words.pop("value", "")
        self.issues.add(issue(code, bad.key, where=self.place(row, column, self._key_of(row)),
                              value=value, shown=str(value)[:80], column=header, **words))  # fmt: skip
        return _WRONG

    def _key_of(self, row: int) -> str:
        cells = self.sheet.rows.get(row, {})
        texts = [cells.get(self.out.columns.get(name, 0)) for name in self.rule.key]
        return " / ".join(text for text in texts if isinstance(text, str))

    def _require(self, record: Record, wrong: set[str], fills: Mapping[str, Sequence[Range]]) -> None:
        for name, rule in self.names.columns.items():
            if name in record.values or name in wrong or not (rule.required or rule.required_if):
                continue
            if any(area.top < record.row <= area.bottom for area in fills.get(name, ())):
                continue
            column = self.out.columns.get(name)
            where = record.place(name)
            if rule.required:
                if column is not None:
                    self.issues.add(issue(IssueCode.CELL_INVALID, "cell.required", where=where,
                                          column=self.out.headers[name]))  # fmt: skip
            elif any(record.text(other) in ([wanted] if isinstance(wanted, str) else wanted)
                     for other, wanted in rule.required_if.items()):  # fmt: skip
                other = next(iter(rule.required_if))
                self.issues.add(issue(IssueCode.CELL_INVALID, "cell.required_if", where=where, column=name,
                                      other=other, given=record.text(other), key=record.key))  # fmt: skip


_WRONG = object()


def doubles(table: Table, fields: Sequence[str]) -> Iterator[tuple[Record, Record]]:
    """Pairs (earlier, later) of records with the same key."""
    seen: dict[tuple[str, ...], Record] = {}
    counts: Counter[tuple[str, ...]] = Counter()
    for record in table.records:
        key = tuple(record.text(name).casefold() for name in fields)
        if not all(key):
            continue
        counts[key] += 1
        first = seen.setdefault(key, record)
        if first is not record:
            yield first, record
