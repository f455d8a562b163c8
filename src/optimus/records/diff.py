"""What differs between two records' data, object by object. Pure: two documents in, changes out.

Rows are lines, gone through side by side: what is the same at the same place is never parsed, and only what has not
met its other side yet is held. What one of the two does not know (a part that was never collected, a host that could
not be read) is left out of the comparison and told apart: unknown is not removed.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from optimus.records.document import Row, Stored, row_of
from optimus.records.schemas import ChangeItem, FieldChange, NotCompared
from optimus.records.sections import SECTIONS, Section

Chunks = Iterable[bytes]
ADDED, REMOVED, MOVED, CHANGED = "added", "removed", "moved", "changed"
IN_A, IN_B, IN_BOTH = "a", "b", "both"
_PLACE = itemgetter(0)


class Difference:
    """The comparison of an older record `a` with a newer one `b`."""

    def __init__(self, a: Chunks, b: Chunks) -> None:
        self._a, self._b = Stored(a), Stored(b)
        self.head_a, self.head_b = self._a.head, self._b.head
        self.not_compared: list[NotCompared] = []

    def changes(self) -> Iterator[ChangeItem]:
        """Each change, section by section; can be taken once. `not_compared` is whole when all were taken."""
        hosts: _Hosts | None = None
        for name, lines_a, lines_b in _both(self._a, self._b):
            section = SECTIONS[name]
            if section.part is not None:
                if self._are_known(name, section):
                    yield from _changes(name, section, lines_a, lines_b)
                continue
            if name == "hosts":
                kept_a, kept_b = list(lines_a), list(lines_b)
                hosts = _Hosts(kept_a, kept_b)
                lines_a, lines_b = iter(kept_a), iter(kept_b)  # noqa: PLW2901 - read once, used twice
            assert hosts is not None, "a document has hosts before what is on them"
            self.not_compared.extend(hosts.gaps(name, section))
            yield from hosts.comparable(section, _changes(name, section, lines_a, lines_b))

    def _are_known(self, name: str, section: Section) -> bool:
        unknown: dict[str, str | None] = {}
        for side, head in ((IN_A, self.head_a), (IN_B, self.head_b)):
            part = head["parts"].get(section.part)
            if part is None or part["collected_at"] is None:
                unknown[side] = part["reason"] if part else None
        if unknown:
            self.not_compared.append(_not_compared(name, None, unknown))
        return not unknown


def _not_compared(section: str, host: str | None, unknown: Mapping[str, str | None]) -> NotCompared:
    missing_in = IN_BOTH if len(unknown) == 2 else next(iter(unknown))
    reason = next((why for why in unknown.values() if why), None)
    return {"section": section, "host": host, "missing_in": missing_in, "reason": reason}


def _both(a: Stored, b: Stored) -> Iterator[tuple[str, Iterator[bytes], Iterator[bytes]]]:
    """The sections of both, which stand in the same order; one that only one has is empty in the other."""
    order = list(SECTIONS)
    left, right = iter(a.sections()), iter(b.sections())
    one, other = next(left, None), next(right, None)
    while one or other:
        at_a = order.index(one[0]) if one else len(order)
        at_b = order.index(other[0]) if other else len(order)
        name = order[min(at_a, at_b)]
        yield name, one[1] if one and at_a <= at_b else iter(()), other[1] if other and at_b <= at_a else iter(())
        if at_a <= at_b:
            one = next(left, None)
        if at_b <= at_a:
            other = next(right, None)


class _Hosts:
    """Which hosts each record has read, and what it could not read of them."""

    def __init__(self, a: Sequence[bytes], b: Sequence[bytes]) -> None:
        self._sides = {
            side: {row["host"]: {"gaps": row["gaps"], "reason": row["reason"]} for row in map(row_of, lines)}
            for side, lines in ((IN_A, a), (IN_B, b))
        }

    def comparable(self, section: Section, changes: Iterable[ChangeItem]) -> Iterator[ChangeItem]:
        return (
            item for item in changes if all(self._knows(side, item["key"]["host"], section) for side in self._sides)
        )

    def _knows(self, side: str, host: str, section: Section) -> bool:
        row = self._sides[side].get(host)
        return row is not None and row["gaps"] is not None and not any(need in row["gaps"] for need in section.needs)

    def gaps(self, name: str, section: Section) -> Iterator[NotCompared]:
        """Of hosts that both have: one that only one has is an added or a removed host, and told as that.

        A host that was never read lacks all its sections; that is told once.
        """
        for host in sorted(set(self._sides[IN_A]) & set(self._sides[IN_B])):
            rows = {side: of_side[host] for side, of_side in self._sides.items()}
            if name != "hosts" and any(row["gaps"] is None for row in rows.values()):
                continue
            unknown = {
                side: next((row["gaps"][need] for need in section.needs if need in (row["gaps"] or {})), row["reason"])
                for side, row in rows.items()
                if not self._knows(side, host, section)
            }
            if unknown:
                yield _not_compared(name, host, unknown)


def _changes(name: str, section: Section, a: Iterable[bytes], b: Iterable[bytes]) -> Iterator[ChangeItem]:
    """What was added or has changed, in the order of `b`; then what was removed, in the order of `a`."""
    sides = _SideBySide(section)
    changed: list[tuple[int, ChangeItem]] = []
    for place, old, new in sides.met(a, b):
        fields = _fields(old, new, section)
        if fields:
            moved = any(field["field"] == section.place for field in fields)
            changed.append((place, _item(name, section, MOVED if moved else CHANGED, new, fields)))
    added = ((place, _item(name, section, ADDED, row, _fields({}, row, section))) for place, row in sides.alone_in_b())
    for _place, item in heapq.merge(sorted(changed, key=_PLACE), added, key=_PLACE):
        yield item
    for row in sides.alone_in_a():
        yield _item(name, section, REMOVED, row, _fields(row, {}, section))


class _SideBySide:
    """The lines of one section. Most objects stand at about the same place in both: little has to be held."""

    def __init__(self, section: Section) -> None:
        self._key = itemgetter(*section.key)
        self._a: dict[Any, bytes] = {}
        self._b: dict[Any, tuple[int, bytes]] = {}

    def met(self, a: Iterable[bytes], b: Iterable[bytes]) -> Iterator[tuple[int, Row, Row]]:
        """The place in `b` and both rows of each object that both have and whose lines differ."""
        for place, (line_a, line_b) in enumerate(zip_longest(a, b, fillvalue=b"")):
            if line_a == line_b:
                continue
            old, new = row_of(line_a) if line_a else {}, row_of(line_b) if line_b else {}
            key_a, key_b = self._key(old) if old else None, self._key(new) if new else None
            if key_a == key_b:
                yield place, old, new
                continue
            if old:
                met_at, line = self._b.pop(key_a, (0, None))
                if line is None:
                    self._a[key_a] = line_a
                elif line != line_a:
                    yield met_at, old, row_of(line)
            if new:
                line = self._a.pop(key_b, None)
                if line is None:
                    self._b[key_b] = place, line_b
                elif line != line_b:
                    yield place, row_of(line), new

    def alone_in_a(self) -> Iterator[Row]:
        """In the order of `a`; once all that met was taken."""
        return map(row_of, self._a.values())

    def alone_in_b(self) -> Iterator[tuple[int, Row]]:
        """With their places, in the order of `b`; once all that met was taken."""
        return ((place, row_of(line)) for place, line in self._b.values())


def _fields(old: Row, new: Row, section: Section) -> list[FieldChange]:
    """The values that differ; the key is told apart, and volatile ones are left out."""
    return [
        {"field": field, "old": old.get(field), "new": new.get(field)}
        for field in {**old, **new}
        if old.get(field) != new.get(field) and field not in section.volatile and field not in section.key
    ]


def _item(name: str, section: Section, change: str, row: Row, fields: list[FieldChange]) -> ChangeItem:
    return {
        "section": name,
        "change": change,
        "key": {part: row[part] for part in section.key},
        "name": row.get(section.title) if section.title else None,
        "fields": fields,
    }
