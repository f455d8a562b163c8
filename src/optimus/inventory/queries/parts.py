"""How old each part of a picture is: read first for every answer, and shown beside it."""

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, select
from typing_extensions import TypedDict

from optimus.facts.parts import Part, PartState
from optimus.inventory.errors import DataCenterUnknown
from optimus.inventory.tables import PicturePart, Stack
from optimus.kit.clock import epoch


class Freshness(StrEnum):
    """What a reader needs to know of a part's age."""

    FRESH = "fresh"
    STALE = "stale"  # the last attempt succeeded, but longer ago than two intervals
    FAILED = "failed"  # the last attempt failed; what is shown is from `collected_at`
    NOT_PERMITTED = "not_permitted"  # the cloud does not let our account read it
    NOT_COLLECTED = "not_collected"  # nobody has tried yet


class PartItem(TypedDict):
    """`collected_at` is null when the part was never read: an empty list then means "unknown", not "none"."""

    state: str
    collected_at: int | None
    attempted_at: int | None
    reason: str | None
    rows: int


class Picture:
    """One data center's parts, as stored."""

    def __init__(self, parts: Mapping[Part, PartItem]) -> None:
        self._parts = parts

    def rows(self, part: Part) -> int:
        """How many objects the part has."""
        return self._parts[part]["rows"]

    def collected_at(self, *parts: Part) -> int | None:
        """When the oldest of them was read; None when one of them never was."""
        times = [self._parts[part]["collected_at"] for part in parts]
        known = [at for at in times if at is not None]
        return min(known) if len(known) == len(times) else None

    def gaps(self) -> dict[str, PartItem]:
        """The parts that are not as fresh as they should be."""
        return {part.value: item for part, item in self._parts.items() if item["state"] != Freshness.FRESH}

    def beside(self, *parts: Part) -> dict[str, Any]:
        """The two keys that every inventory answer has beside its data."""
        return {
            "collected_at": self.collected_at(*parts),
            "parts": {part.value: self._parts[part] for part in parts},
        }


_PARTS = select(
    PicturePart.dc_id,
    PicturePart.part,
    PicturePart.state,
    PicturePart.reason,
    PicturePart.attempted_at,
    PicturePart.collected_at,
    PicturePart.fresh_until,
    PicturePart.rows,
)
_PARTS_OF_ONE = _PARTS.where(PicturePart.dc_id == bindparam("dc_id"))


def picture_of(connection: Connection, dc_id: str) -> Picture:
    """Raises DataCenterUnknown."""
    now = epoch()
    rows = connection.execute(_PARTS_OF_ONE, {"dc_id": dc_id}).all()
    parts = {Part(row.part): _part_item(row, now) for row in rows}
    if not parts:
        raise DataCenterUnknown(f"There is no data center with the id {dc_id!r}: GET data_center lists all.")
    return Picture(parts)


def pictures(connection: Connection) -> dict[str, Picture]:
    """Every data center's."""
    now = epoch()
    found: dict[str, dict[Part, PartItem]] = defaultdict(dict)
    for row in connection.execute(_PARTS):
        found[row.dc_id][Part(row.part)] = _part_item(row, now)
    return {dc_id: Picture(parts) for dc_id, parts in found.items()}


def _part_item(row: Any, now: int) -> PartItem:
    return {
        "state": _freshness(row.state, row.fresh_until, now),
        "collected_at": row.collected_at,
        "attempted_at": row.attempted_at,
        "reason": row.reason,
        "rows": row.rows,
    }


def _freshness(state: str | None, fresh_until: int | None, now: int) -> Freshness:
    if state is None:
        return Freshness.NOT_COLLECTED
    if state == PartState.FRESH:
        return Freshness.STALE if fresh_until is not None and fresh_until < now else Freshness.FRESH
    return Freshness(state)


def stack_stamps(connection: Connection, dc_id: str) -> dict[str, str]:
    """Stamp of each stored root stack."""
    query = select(Stack.id, Stack.stamp).where(Stack.dc_id == dc_id)
    return {row.id: row.stamp for row in connection.execute(query)}
