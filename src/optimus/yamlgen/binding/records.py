"""Rows as typed records that still know their cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimus.yamlgen.binding.values import Value
from optimus.yamlgen.cells import a1
from optimus.yamlgen.issues import Place
from optimus.yamlgen.rules.model import ColumnRule


@dataclass(eq=False)
class Table:
    """One bound sheet, or a table made from one. `name` is the pack's, `title` the user's own."""

    name: str
    title: str = ""
    order: int = 0
    header_row: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    rules: Mapping[str, ColumnRule] = field(default_factory=dict)
    records: list["Record"] = field(default_factory=list)
    key: tuple[str, ...] = ()
    # A derived field points at the column that it was made from.
    origins: dict[str, str] = field(default_factory=dict)
    # Extra columns (`=path`) and their field names.
    extras: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Record:
    """One row. Blank cells are absent from `values`; derived values stand beside the read ones."""

    table: Table
    row: int
    values: dict[str, Value]

    def get(self, name: str) -> Value | None:
        return self.values.get(name)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    @property
    def key(self) -> str:
        return " / ".join(self.text(name) for name in self.table.key)

    def place(self, name: str = "") -> Place:
        """The cell of a field; of a derived field the cell it was made from; without a column the row's first cell."""
        table = self.table
        for _ in range(5):
            if name in table.columns or name not in table.origins:
                break
            name = table.origins[name]
        column = table.columns.get(name)
        if column is None:
            column = min(table.columns.values(), default=1)
            for name in table.key:
                column = table.columns.get(name, column)
                break
        cell = f"{table.title}!{a1(self.row, column)}"
        return Place(table.title, cell, table.headers.get(name, name), self.key, (table.order, self.row, column))

    def cell(self, name: str = "") -> str:
        return self.place(name).cell


Tables = dict[str, Table]
EMPTY = Table("")


def table_of(tables: Tables, name: str) -> Table:
    return tables.get(name, EMPTY)
