"""A picture that comes from a file instead of a cloud: it replaces what an offline data center had."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from optimus.facts.hosts import HostFacts
from optimus.facts.parts import Part, PartState
from optimus.inventory import host_store, store
from optimus.inventory.host_document import pack
from optimus.inventory.queries.parts import Freshness
from optimus.inventory.queries.whole import LISTINGS
from optimus.inventory.store import Change


@dataclass(frozen=True, slots=True)
class ImportedHost:
    name: str
    facts: HostFacts | None
    attempted_at: int
    trouble: str | None
    reason: str | None


def replace_list(connection: Connection, dc_id: str, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Make a list be these rows, as `whole.checked` gave them; returns how many there are."""
    change = Change()
    store.replace(connection, LISTINGS[name].model, dc_id, _completed(name, rows), change=change)
    return change.read


def _completed(name: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """With the columns that Optimus makes of others."""
    has_folded_name = name in {"projects", "servers"}
    for row in rows:
        own = dict(row)
        if has_folded_name:
            own["name_folded"] = own["name"].casefold()
        if name == "stacks":
            own["stamp"] = ""  # no collection will ask whether it is still that one
        yield own


def replace_hosts(connection: Connection, dc_id: str, hosts: Sequence[ImportedHost]) -> None:
    """Make what hosts said of themselves be this."""
    host_store.keep_only(connection, dc_id, ())
    records = []
    for host in hosts:
        record: dict[str, Any] = {"dc_id": dc_id, "host": host.name, "attempted_at": host.attempted_at}
        record |= {"trouble": host.trouble, "reason": host.reason}
        if host.facts is not None:
            record |= {"probed_at": host.facts.probed_at, "document": pack(host.facts)}
        records.append(record)
    host_store.put(connection, records)


def set_age(connection: Connection, dc_id: str, part: Part, told: Mapping[str, Any], *, rows: int, source: str) -> None:
    """How old a part is, as the file tells of it. Nothing makes it newer: it is stale from the beginning.

    `source` says where it is from; it stands as the reason of a part that was read well.
    """
    state = told["state"]
    was_read = state in {Freshness.FRESH, Freshness.STALE}
    values = {
        "state": None if state == Freshness.NOT_COLLECTED else PartState.FRESH if was_read else PartState(state),
        "reason": source if was_read else told["reason"],
        "attempted_at": told["attempted_at"],
        "collected_at": told["collected_at"],
        "fresh_until": told["collected_at"],
        "rows": rows,
    }
    store.set_part(connection, dc_id, part, values)


def finish(connection: Connection, dc_id: str) -> None:
    """What is counted over several lists."""
    store.count_vms(connection, dc_id)
