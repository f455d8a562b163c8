"""Rows of the workbook among themselves: repeated keys and values, sheets without a file, limits of the site."""

import re
from collections.abc import Mapping

from optimus.yamlgen.binding.bind import doubles
from optimus.yamlgen.binding.fold import nearest
from optimus.yamlgen.binding.records import Record, Table, Tables
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.rules.model import Pack
from optimus.yamlgen.templates import Template

WHAT = {
    "YG-U01": "host name", "YG-U02": "id", "YG-U03": "BMC address", "YG-U04": "MAC address",
    "YG-U05": "host address", "YG-U06": "VIP",
}  # fmt: skip


def check_rows(tables: Tables, pack: Pack, templates: Mapping[str, Template], issues: Issues) -> None:
    seen: dict[tuple[str, str], tuple[Record, str]] = {}
    for name, rule in pack.sheets.items():
        table = tables.get(name)
        if table is None:
            continue
        if rule.file and rule.file not in templates and table.records:
            issues.add(issue(IssueCode.SHEET_MISSING, "file.absent", level=Level.WARNING, sheet=table.title,
                             file=rule.file, where=table.records[0].place()))  # fmt: skip
        unique = {field for field, column in table.rules.items() if column.unique}
        if rule.key and not rule.repeat and not set(rule.key) & unique:
            for first, record in doubles(table, rule.key):
                issues.add(issue(IssueCode.CELL_INVALID, "row.double", where=record.place(rule.key[0]),
                                 key=record.key, related=[first.cell(rule.key[0])]))  # fmt: skip
        for field in sorted(unique):
            _unique(table, field, seen, issues)
        for field, column in table.rules.items():
            if column.ref:
                _reference(table, field, column.ref, tables, issues)
    _site(tables, pack, issues)


def _unique(table: Table, field: str, seen: dict[tuple[str, str], tuple[Record, str]], issues: Issues) -> None:
    """Values are compared in their normal form, across sheets where columns share a code (MAC addresses)."""
    code = table.rules[field].unique
    for record in table.records:
        value = record.values.get(field)
        if value is None:
            continue
        text = str(value)
        first = seen.setdefault((code, text.casefold()), (record, field))
        if first[0] is not record:
            related = first[0].cell(first[1])
            issues.add(issue(IssueCode(code), "unique.cell", where=record.place(field), value=text, shown=text,
                             what=WHAT.get(code, field), first=related, related=[related],
                             key=first[0].key))  # fmt: skip


def _reference(table: Table, field: str, ref: str, tables: Tables, issues: Issues) -> None:
    """The value stands in the other column. A workbook without that sheet says nothing about it."""
    sheet, _, column = ref.partition(".")
    if sheet not in tables:
        return
    known = {text for record in tables[sheet].records for text in _texts(record.get(column))}
    for record in table.records:
        for text in _texts(record.get(field)):
            if text not in known:
                near = nearest(text, sorted(known)) or "-"
                issues.add(issue(IssueCode.CELL_INVALID, "type.ref", where=record.place(field), value=text, shown=text,
                                 column=field, sheet=tables[sheet].title, other=column, near=near))  # fmt: skip


def _texts(value: object) -> list[str]:
    found = value if isinstance(value, list) else [] if value is None else [value]
    return [one if isinstance(one, str) else str(one) for one in found]


def _site(tables: Tables, pack: Pack, issues: Issues) -> None:
    pattern, prefix = pack.site.hostname, pack.site.module_prefix
    hosts = tables.get("hosts")
    if hosts is None or not (pattern or prefix):
        return
    for record in hosts.records:
        for field, wanted in (("hostname", pattern), ("module", f"^{re.escape(prefix)}" if prefix else "")):
            text = record.text(field)
            if wanted and text and not re.search(wanted, text):
                issues.add(issue(IssueCode.CELL_INVALID, "type.match", where=record.place(field), value=text,
                                 shown=text, column=field, pattern=wanted))  # fmt: skip
