"""From YAML files back to a workbook. With it and the files as templates, the same files come out, byte for byte."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from optimus.yamlgen.binding.headers import Names
from optimus.yamlgen.codes import Level
from optimus.yamlgen.engine import collector_off, prepare, work
from optimus.yamlgen.fill.paths import select, steps
from optimus.yamlgen.issues import Issue, Issues
from optimus.yamlgen.limits import DEFAULTS, Limits
from optimus.yamlgen.outputs.example import sheets
from optimus.yamlgen.request import Request, Upload
from optimus.yamlgen.rules.model import FileRule, NestedRule
from optimus.yamlgen.rules.packs import Rules, load_rules, with_folders
from optimus.yamlgen.templates import Template, load_templates
from optimus.yamlgen.yamltext.graph import Node, ScalarNode, SequenceNode
from optimus.yamlgen.yamltext.nodes import child, items, pairs, text_of

_SIMPLE = re.compile(r"\{(\w+)\}")
_ROUNDS = 5
Row = dict[str, str]


@dataclass(frozen=True)
class ReverseRequest:
    site: str
    drop: str
    files: Sequence[Upload]
    pack_folders: Sequence[Path] = ()
    limits: Limits = DEFAULTS


@dataclass
class Reversed:
    """The workbook; the templates to use it with; what could not be carried over."""

    workbook: bytes
    templates: dict[str, bytes]
    issues: list[Issue] = field(default_factory=list)


def reverse_here(request: ReverseRequest) -> Reversed:
    """In this process; `commands.reverse` runs it in a limited child."""
    rules = load_rules(with_folders(request.pack_folders), request.drop, request.site)
    issues = Issues(request.limits)
    templates = {upload.name: upload.data for upload in request.files}
    with collector_off():
        loaded = load_templates(request.files, rules.pack, request.limits, issues)
        rows = _Reader(rules, loaded).rows()
        if not issues.failed:
            _settle(request, rules, rows)
    return Reversed(sheets(rules, rows), templates, issues.listed())


def _settle(request: ReverseRequest, rules: Rules, rows: dict[str, list[Row]]) -> None:
    """Blank every cell that would change its file: what is left says the same as the files."""
    for _ in range(_ROUNDS):
        upload = Upload("reverse.xlsx", sheets(rules, rows))
        job, _book = prepare(Request(request.site, request.drop, "reverse", upload, request.files,
                                     pack_folders=request.pack_folders, limits=request.limits))  # fmt: skip
        bad = {(one.where.sheet, one.where.order[1], one.where.order[2]) for one in job.issues.found
               if one.where and one.level is Level.ERROR and one.where.cell}  # fmt: skip
        work(job, lambda _: None)
        for filled in job.filled.values():
            for start, end in filled.done.written:
                for at, source in filled.done.marks.items():
                    if source is not None and start <= at < end:
                        place = source[0].place(source[1])
                        bad.add((place.sheet, place.order[1], place.order[2]))
        if not bad:
            return
        for sheet, row, column in bad:
            headers = {at: name for name, at in job.tables[sheet].columns.items()} if sheet in job.tables else {}
            if sheet in rows and 0 <= row - 2 < len(rows[sheet]):
                _forget(rows[sheet][row - 2], headers.get(column, ""))
        for found in rows.values():
            found[:] = [row for row in found if row]


def _forget(row: Row, name: str) -> None:
    for key in (name, name.removeprefix("="), name.removeprefix("=").rpartition(".")[2].rstrip("?")):
        if row.pop(key, None) is not None:
            return


class _Reader:
    """Runs the rules backwards: item -> row."""

    def __init__(self, rules: Rules, templates: Mapping[str, Template]) -> None:
        self.rules, self.templates = rules, templates
        self.out: dict[str, list[Row]] = {}
        self.keyed: dict[str, dict[str, Row]] = {}

    def rows(self) -> dict[str, list[Row]]:
        for name, sheet in self.rules.pack.sheets.items():
            if sheet.required:
                self.out[name] = []
        for file, template in self.templates.items():
            rules = self.rules.pack.files.get(file, {}) if template.usable and not template.jinja else {}
            for rule in rules.values():
                if rule.rows not in self.rules.pack.sheets:
                    continue
                if rule.op == "upsert":
                    self._upsert(rule, template)
                else:
                    self._entries(rule, template)
        for name, rows in self.out.items():
            needed = [key for key, column in self.rules.pack.columns.get(name, {}).items() if column.required]
            rows[:] = [row for row in rows if all(row.get(key) for key in needed)]
        return {name: rows for name, rows in self.out.items() if rows or self.rules.pack.sheets[name].required}

    def _upsert(self, rule: FileRule, template: Template) -> None:
        item_key, text = next(iter(rule.key.items()))
        simple = _SIMPLE.fullmatch(text)
        if not simple:
            return
        into = self.out.setdefault(rule.rows, [])
        index = self.keyed.setdefault(rule.rows, {})
        for list_name in [rule.list_] if isinstance(rule.list_, str) else rule.list_:
            for item in items(child(template.document.root, list_name)):
                key = text_of(child(item, item_key))
                if not key or key in index:
                    continue
                row: Row = {simple[1]: key}
                if rule.by:
                    row[rule.by] = list_name
                if "type" in self.rules.pack.columns[rule.rows] and rule.by:
                    row["type"] = text_of(child(item, "hostProfile")) or "-"
                self._values(rule.set, rule.extra, item, row, rule.rows)
                index[key] = row
                extra = [found for nested in rule.nested.values() for found in self._nested(nested, item, rule.rows)]
                into.append(row | extra[0] if extra else row)
                index[key] = into[-1]
                into += [{simple[1]: key} | more for more in extra[1:]]

    def _nested(self, rule: NestedRule, item: Node, sheet: str) -> list[Row]:
        found: list[Row] = []
        for member in items(child(item, rule.list_)):
            row: Row = {}
            if rule.key and (name := text_of(child(member, rule.name))):
                row[rule.key] = name
            self._values(rule.set, rule.extra, member, row, sheet)
            found.append(row)
        return found

    def _values(self, setting: Mapping[str, str], extra: Sequence[str], item: Node, row: Row, sheet: str) -> None:
        covered = set()
        for path, name in setting.items():
            if name.endswith(".*"):
                holder = _at(item, path[:-2])
                for key, value in pairs(holder):
                    covered.add(f"{path[:-1]}{key.value}")
                    _put(row, name[:-1] + str(key.value), value)
            elif "{n}" in name:
                for number, member in enumerate(items(_at(item, path)), 1):
                    for key, value in pairs(member):
                        _put(row, name.replace("{n}", str(number)).replace("{key}", str(key.value)), value)
            else:
                covered.add(path.rstrip("?"))
                _put(row, name, _at(item, path.rstrip("?")))
        names = Names(self.rules.pack.columns.get(sheet, {}), {})
        for path in extra:
            for key, value in pairs(_at(item, path) if path else item):
                full = f"{path}.{key.value}" if path else str(key.value)
                if (
                    full not in covered
                    and names.field_of(str(key.value)) is None
                    and not str(key.value).startswith("#")
                ):
                    _put(row, str(key.value), value)

    def _entries(self, rule: FileRule, template: Template) -> None:
        item_key, text = next(iter(rule.key.items()))
        simple = _SIMPLE.fullmatch(text)
        own = self.rules.pack.sheets[rule.rows].key
        for item in items(child(template.document.root, str(rule.list_))):
            name = text_of(child(item, item_key))
            if not simple and name != text:
                continue
            for entry in items(_at(item, rule.path)):
                values: Row = {}
                for key, field_name in rule.set.items():
                    _put(values, field_name, child(entry, key))
                if simple:
                    values[simple[1]] = name
                    if not self._elsewhere(rule, name):
                        self.out.setdefault(rule.rows, []).append(values)
                elif own and values.get(own[0]) in self.keyed.get(rule.rows, {}):
                    known = self.keyed[rule.rows][values[own[0]]]
                    known.update(values)

    def _elsewhere(self, rule: FileRule, name: str) -> bool:
        """Whether another rule already reads this item's entries into a sheet."""
        return any(
            other.op == "entries" and other is not rule and name in other.key.values()
            for rules in self.rules.pack.files.values()
            for other in rules.values()
        )


def _at(node: Node, path: str) -> Node | None:
    found: Node | None = node
    for step in steps(path):
        found = select(found, step) if found is not None else None
    return found


def _put(row: Row, name: str, node: Node | None) -> None:
    """A cell that reads back as this value; what a cell cannot say is left out."""
    if isinstance(node, SequenceNode):
        texts = [text_of(member) for member in node.value]
        if (
            texts
            and all(isinstance(member, ScalarNode) for member in node.value)
            and not any(re.search(r"[;\uff1b\n]", text) or not text.strip() for text in texts)
        ):
            row[name] = "; ".join(texts)
    elif isinstance(node, ScalarNode):
        text = str(node.value)
        if node.kind == "null":
            return
        if text == "":
            row[name] = "<empty>"
        elif text == text.strip() and text not in {"-", "－", "—"} and not text.startswith("<"):  # noqa: RUF001
            row[name] = text
