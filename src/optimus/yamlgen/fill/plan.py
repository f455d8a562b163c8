"""What a rule's `set` and `extra` mean for the columns that a workbook really has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimus.yamlgen.binding.records import Table


@dataclass(frozen=True)
class Plan:
    """`simple`: (path, field, loose). `maps`: (path, n, key, field) for lists of maps fed by numbered columns."""

    simple: tuple[tuple[str, str, bool], ...]
    maps: tuple[tuple[str, int, str, str], ...]


def make_plan(setting: Mapping[str, str], table: Table, *, extra: Sequence[str] = (), prefix: str = "") -> Plan:
    """`prefix` chooses the extra columns of a nested list; they are given without it."""
    simple: list[tuple[str, str, bool]] = []
    maps: list[tuple[str, int, str, str]] = []
    for path, field in setting.items():
        if field.endswith(".*"):
            head = field[:-1]
            simple += [(path[:-1] + name[len(head) :], name, True) for name in table.columns if name.startswith(head)]
        elif "{n}" in field:
            maps += _numbered(path, field, table)
        else:
            simple.append((path, field, False))
    if extra:
        simple += _extras(table, prefix)
    return Plan(tuple(simple), tuple(sorted(maps, key=lambda one: (one[0], one[1]))))


def _numbered(path: str, field: str, table: Table) -> list[tuple[str, int, str, str]]:
    pattern = re.compile(re.escape(field).replace(r"\{n\}", r"(\d+)").replace(r"\{key\}", "(.+)"))
    found = ((name, pattern.fullmatch(name)) for name in table.columns)
    return [(path, int(match[1]), match[2], name) for name, match in found if match]


def _extras(table: Table, prefix: str) -> list[tuple[str, str, bool]]:
    found: list[tuple[str, str, bool]] = []
    for path, field in table.extras.items():
        head, _, rest = path.partition("[].")
        if prefix:
            if rest and head == prefix:
                found.append((rest, field, True))
        elif not rest:
            found.append((path, field, True))
    return found
