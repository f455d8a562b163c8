"""The example of a drop and site: a workbook with drop-downs and notes, and the templates it goes with."""

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from optimus.yamlgen import workbook
from optimus.yamlgen.cells import column_letters
from optimus.yamlgen.errors import PackRefused
from optimus.yamlgen.request import FILES
from optimus.yamlgen.rules.model import ColumnRule
from optimus.yamlgen.rules.packs import Rules

_ROWS = "rows.yaml"
_YES_NO = ["yes", "no"]
_LISTS = "lists"


@dataclass(frozen=True)
class Example:
    workbook: bytes
    templates: dict[str, bytes]


def example(rules: Rules) -> Example:
    folder = rules.folder / rules.pack.example
    if not rules.pack.example or not (folder / _ROWS).is_file():
        raise PackRefused(f"The rules of {rules.drop} come without an example.")
    rows = yaml.load((folder / _ROWS).read_bytes(), Loader=yaml.CSafeLoader)
    templates = {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}
    return Example(sheets(rules, rows), templates)


def sheets(rules: Rules, rows: dict[str, list[dict[str, str]]]) -> bytes:
    """A workbook from rows of field -> text; fields are written under the titles that the pack gives them."""
    lists = _Lists()
    plans = [plan(rules, name, found, lists) for name, found in rows.items()]
    return workbook.write([*plans, lists.plan()] if lists.columns else plans)


class _Lists:
    """The hidden sheet that drop-downs take their values from."""

    def __init__(self) -> None:
        self.columns: dict[str, list[str]] = {}

    def reference(self, title: str, values: Sequence[str]) -> str:
        """Keep the values, and say where they stand."""
        self.columns[title] = list(values)
        letters = column_letters(list(self.columns).index(title) + 1)
        return f"={_LISTS}!${letters}$2:${letters}${len(values) + 1}"

    def plan(self) -> workbook.SheetPlan:
        cells: dict[tuple[int, int], workbook.Cell] = {}
        for column, (title, values) in enumerate(self.columns.items(), 1):
            cells |= {(row, column): text for row, text in enumerate([title, *values], 1)}
        return workbook.SheetPlan(_LISTS, cells, hidden=True)


def plan(rules: Rules, name: str, rows: list[dict[str, str]], lists: _Lists) -> workbook.SheetPlan:
    known = rules.pack.columns.get(name, {})
    fields = [field for field in known if "{" not in field and (known[field].title or known[field].required)]
    fields += [field for row in rows for field in row if field not in fields]
    fields = list(dict.fromkeys(fields))
    cells: dict[tuple[int, int], workbook.Cell] = {}
    notes: dict[tuple[int, int], str] = {}
    choices: dict[int, str] = {}
    for column, field in enumerate(fields, 1):
        rule = known.get(field, ColumnRule())
        cells[1, column] = rule.title or field
        if text := _note(rule):
            notes[1, column] = text
        offered = rule.choices or rule.suggest or (_YES_NO if rule.type == "bool" else [])
        if offered:
            choices[column] = lists.reference(f"{name}.{field}", offered)
        for row, values in enumerate(rows, 2):
            if values.get(field) is not None:
                cells[row, column] = str(values[field])
    return workbook.SheetPlan(
        name=name,
        cells=cells,
        notes=notes,
        colours={(1, column): "header" for column in range(1, len(fields) + 1)},
        choices=choices,
        header_row=1,
        widths=dict.fromkeys(range(1, len(fields) + 1), 22.0),
    )


def _note(rule: ColumnRule) -> str:
    parts = [rule.type if rule.type != "text" else "", "required" if rule.required else ""]
    if rule.required_if:
        parts.append("required if " + ", ".join(f"{key} = {value}" for key, value in rule.required_if.items()))
    if rule.aliases:
        parts.append("also: " + ", ".join(rule.aliases))
    return "\n".join(part for part in [*parts, rule.note] if part)
