"""Comparing two sets of objects, both ways, field by field, and counting what was compared."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

COMPARED: dict[str, Counter[str]] = defaultdict(Counter)  # database -> kind -> objects that were found equal
_SHOWN = 10


def by(field: str, items: list[Any]) -> dict[str, Any]:
    """The items by this field, which must be unique."""
    found = {item[field]: item for item in items}
    assert len(found) == len(items), f"{field} is not unique in {[item[field] for item in items]}"
    return found


class Comparison:
    """Of one database's site with the reference."""

    def __init__(self, database: str) -> None:
        self._counts = COMPARED[database]

    def count(self, kind: str, number: int = 1) -> None:
        self._counts[kind] += number

    def same(
        self, kind: str, expected: Mapping[str, Any], found: Mapping[str, Any], *, may_be_empty: bool = False
    ) -> None:
        """Fails with every object that is missing, too much or different. `expected` names the fields compared."""
        if not expected and not may_be_empty:
            pytest.fail(f"The cloud has no {kind}, so that nothing would be compared: seed it.")
        wrong = [f"missing: {key} {expected[key]}" for key in sorted(expected.keys() - found.keys())]
        wrong += [f"too much: {key} {found[key]}" for key in sorted(found.keys() - expected.keys())]
        for key in sorted(expected.keys() & found.keys()):
            wrong += [f"{key}{difference}" for difference in _differences(expected[key], found[key])]
        if wrong:
            shown = "\n".join(wrong[:_SHOWN])
            pytest.fail(f"{kind}: {len(wrong)} differences from what the openstack client says:\n{shown}")
        self.count(kind, len(expected))


def _differences(expected: Any, found: Any) -> list[str]:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return [
            f".{field}: the cloud says {value!r}, Optimus {found.get(field, 'nothing')!r}"
            for field, value in expected.items()
            if field not in found or found[field] != value
        ]
    return [] if expected == found else [f": the cloud says {expected!r}, Optimus {found!r}"]
