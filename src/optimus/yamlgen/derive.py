"""Values made from others: modules, ids, profiles, exploded columns; blanks filled from an inventory."""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from optimus.yamlgen.binding.records import Record, Table, Tables
from optimus.yamlgen.codes import IssueCode
from optimus.yamlgen.issues import Issues, issue
from optimus.yamlgen.rules.expressions import expression, first_of
from optimus.yamlgen.rules.model import DeriveRule, Pack


@dataclass(frozen=True)
class InventoryRow:
    """What the site's inventory knows of a machine; it fills blank cells of the row with the same name."""

    hostname: str
    bmc_ip: str = ""
    bmc_username: str = ""
    bmc_secret: str = ""
    deploy_module: str = ""


_FILLED = ("bmc_ip", "bmc_type", "bmc_username", "bmc_secret", "deploy_module")


def natural(text: str) -> list[tuple[int, str]]:
    """A sort key by which numbers inside names count as numbers.

    >>> sorted(["gz10", "gz2"], key=natural)
    ['gz2', 'gz10']
    """
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text) if part]


def filler(inventory: Sequence[InventoryRow], defaults: Mapping[str, str]) -> Callable[[Record], None]:
    """What fills the blank cells of a row of hosts: the inventory's machine of that name, then the site's defaults."""
    known = {row.hostname.upper(): row for row in inventory}
    given = {name: text for name, text in defaults.items() if text}

    def fill(record: Record) -> None:
        row = known.get(record.text("hostname").upper())
        for name in _FILLED if row else given:
            value = getattr(row, name, "") or given.get(name, "")
            if value:
                record.values.setdefault(name, value)

    return fill


def derive(tables: Tables, pack: Pack, words: Mapping[str, str], issues: Issues) -> None:
    for name, rule in pack.derive.items():
        table = tables.get(rule.sheet)
        if table is None:
            continue
        if rule.distinct:
            tables[name] = _distinct(table, rule)
        elif rule.explode:
            tables[name] = _explode(table, rule)
        elif rule.match:
            _match(table, name, rule, issues)
        elif rule.uuid5:
            _uuids(table, name, rule, words)
        elif rule.first:
            _first(table, name, rule)


def _match(table: Table, name: str, rule: DeriveRule, issues: Issues) -> None:
    pattern, made = re.compile(rule.match), expression(rule.as_)
    table.origins[name] = rule.from_
    memory: dict[str, str | None] = {}
    for record in table.records:
        text = record.text(rule.from_)
        if not text:
            continue
        if text not in memory:
            found = pattern.search(text[:200])
            memory[text] = made(found.groupdict().get) if found else None
        value = memory[text]
        if value is not None:
            record.values[name] = value
        elif rule.required:
            issues.add(issue(IssueCode.CELL_INVALID, "type.match", where=record.place(rule.from_), value=text,
                             shown=text[:80], column=rule.from_, pattern=rule.match))  # fmt: skip


def _uuids(table: Table, name: str, rule: DeriveRule, words: Mapping[str, str]) -> None:
    made = expression(rule.uuid5)
    for record in table.records:
        values = record.values
        seed = made(lambda key, values=values: values.get(key, words.get(key)))  # type: ignore[misc]
        if seed:
            record.values[name] = str(uuid.uuid5(uuid.NAMESPACE_URL, seed))
    table.origins[name] = table.key[0] if table.key else ""


def _first(table: Table, name: str, rule: DeriveRule) -> None:
    for record in table.records:
        value, decided = first_of(rule.first, record.values.get)
        if value:
            record.values[name] = value
            table.origins.setdefault(name, decided)


def _distinct(table: Table, rule: DeriveRule) -> Table:
    """One record for each different value, standing at the first cell that has it."""
    out = replace(table, name=f"{table.name}.{rule.distinct}", records=[], origins=dict(table.origins),
                  key=(rule.distinct,), extras={}, rules={})  # fmt: skip
    seen: dict[str, Record] = {}
    for record in table.records:
        value = record.text(rule.distinct)
        if value and value not in seen:
            seen[value] = Record(out, record.row, {rule.distinct: value})
    order = sorted(seen, key=natural) if rule.sort == "natural" else list(seen)
    out.records = [seen[value] for value in order]
    return out


def _explode(table: Table, rule: DeriveRule) -> Table:
    """Numbered columns of a row as rows of their own, each still standing at its own cells."""
    out = replace(table, name=f"{table.name}.exploded", records=[], extras={}, rules={})
    numbers = sorted({
        int(found[1])
        for text in rule.explode.values()
        for name in table.columns
        if (found := re.fullmatch(re.escape(text).replace(r"\{n\}", r"(\d+)"), name))
    })  # fmt: skip
    variants = {
        number: replace(out, origins=table.origins | {
            field: text.replace("{n}", str(number)) for field, text in rule.explode.items()
        })
        for number in numbers
    }  # fmt: skip
    for record in table.records:
        for number, variant in variants.items():
            values = {
                field: record.values[name]
                for field, text in rule.explode.items()
                if (name := text.replace("{n}", str(number))) in record.values
            }
            if not rule.needs or rule.needs in values:
                out.records.append(Record(variant, record.row, record.values | values))
    return out
