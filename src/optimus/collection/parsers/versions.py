"""The microversions that a nova endpoint offers: `GET {compute root}`, answered with 200 or 300.

None when the document names none (the old v2 API), which is no error.

>>> parse_microversions({"version": {"id": "v2.1", "version": "2.93", "min_version": "2.1", "status": "CURRENT"}})
Microversions(lowest=(2, 1), highest=(2, 93))
>>> parse_microversions({"version": {"id": "v2.0", "version": "", "min_version": "", "status": "SUPPORTED"}})
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimus.collection.parsers.reading import Node, ParseError, items, only

_NUMBER = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Microversions:
    """The range on offer, as (major, minor)."""

    lowest: tuple[int, int]
    highest: tuple[int, int]


def parse_microversions(page: Mapping[str, Any]) -> Microversions | None:
    ranges = [found for node in _versions(page) if (found := _range(node))]
    return max(ranges, key=lambda one: one.highest, default=None)


def _versions(page: Mapping[str, Any]) -> list[Node]:
    if "version" in page:
        return [only(page, "version")]
    for key in ("versions", "choices"):
        if key in page:
            return items(page, key)
    raise ParseError("version", "a version document", None)


def _range(node: Node) -> Microversions | None:
    highest = _NUMBER.fullmatch(node.text_or_none("version") or "")
    lowest = _NUMBER.fullmatch(node.text_or_none("min_version") or "")
    if not highest or not lowest:
        return None
    return Microversions((int(lowest[1]), int(lowest[2])), (int(highest[1]), int(highest[2])))
