"""What differs between two records' data, object by object. Pure: two documents in, changes out.

Rows are lines: those that are in both are never parsed. What one of the two does not know (a part that was never
collected, a host that could not be read) is left out of the comparison and told apart: unknown is not removed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from optimus.records.document import Row, Stored, row_of
from optimus.records.schemas import ChangeItem, FieldChange, NotCompared
from optimus.records.sections import SECTIONS, Section

Chunks = Iterable[bytes]
ADDED, REMOVED, MOVED, CHANGED = "added", "removed", "moved", "changed"
IN_A, IN_B, IN_BOTH = "a", "b", "both"


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
                if not self._are_known(name, section):
                    continue
                only_a, only_b = _only(lines_a, lines_b)
            else:
                if name == "hosts":
                    kept_a, kept_b = list(lines_a), list(lines_b)
                    hosts = _Hosts(kept_a, kept_b)
                    lines_a, lines_b = iter(kept_a), iter(kept_b)  # noqa: PLW2901 - read once, used twice
                only_a, only_b = _only(lines_a, lines_b)
                assert hosts is not None, "a document has hosts before what is on them"
                only_a, only_b = hosts.comparable(section, only_a), hosts.comparable(section, only_b)
                self.not_compared.extend(hosts.gaps(name, section))
            yield from _changes(name, section, only_a, only_b)

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


def _only(a: Iterable[bytes], b: Iterable[bytes]) -> tuple[Iterator[Row], Iterator[Row]]:
    """The rows that are not in both, parsed one by one as they are taken."""
    lines_a = dict.fromkeys(a)
    lines_b = []
    for line in b:
        if line in lines_a:
            del lines_a[line]
        else:
            lines_b.append(line)
    return map(row_of, lines_a), map(row_of, lines_b)


class _Hosts:
    """Which hosts each record has read, and what it could not read of them."""

    def __init__(self, a: Sequence[bytes], b: Sequence[bytes]) -> None:
        self._sides = {
            IN_A: {row["host"]: row for row in map(row_of, a)},
            IN_B: {row["host"]: row for row in map(row_of, b)},
        }

    def comparable(self, section: Section, rows: Iterable[Row]) -> Iterator[Row]:
        return (row for row in rows if all(self._knows(side, row["host"], section) for side in self._sides))

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


def _changes(name: str, section: Section, a: Iterable[Row], b: Iterable[Row]) -> Iterator[ChangeItem]:
    # Most rows that differ do so in what is volatile: only the older ones are held, and without that.
    before = {_key(section, row): _lasting(section, row) for row in a}
    for row in b:
        old = before.pop(_key(section, row), None)
        if old is None:
            yield _item(name, section, ADDED, row, _fields({}, row, section))
            continue
        fields = _fields(old, row, section)
        if fields:
            moved = any(field["field"] == section.place for field in fields)
            yield _item(name, section, MOVED if moved else CHANGED, row, fields)
    for row in before.values():
        yield _item(name, section, REMOVED, row, _fields(row, {}, section))


def _lasting(section: Section, row: Row) -> Row:
    for field in section.volatile:
        row.pop(field, None)
    return row


def _key(section: Section, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in section.key)


def _fields(old: Row, new: Row, section: Section) -> list[FieldChange]:
    """The values that differ; the key is told apart, and volatile ones are left out."""
    left_out = (*section.key, *section.volatile)
    return [
        {"field": field, "old": old.get(field), "new": new.get(field)}
        for field in {**old, **new}
        if field not in left_out and old.get(field) != new.get(field)
    ]


def _item(name: str, section: Section, change: str, row: Row, fields: list[FieldChange]) -> ChangeItem:
    return {
        "section": name,
        "change": change,
        "key": {part: row[part] for part in section.key},
        "name": row.get(section.title) if section.title else None,
        "fields": fields,
    }
