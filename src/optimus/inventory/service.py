"""Taking in a visit: what was read replaces the part, what was not leaves it and says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from optimus.facts import cloud
from optimus.facts.parts import PARTS_OF_TASK, Part, PartState, Task
from optimus.facts.visits import PartResult, Visit
from optimus.inventory import store
from optimus.inventory.queries.parts import stack_stamps
from optimus.inventory.rows import FILLINGS
from optimus.inventory.store import Change, Key
from optimus.inventory.tables import StackServer
from optimus.kit.clock import epoch


@dataclass(frozen=True, slots=True)
class Stored:
    """How many rows a visit brought, and how many of them were new, different or gone."""

    read: int
    changed: int


def take_in(connection: Connection, dc_id: str, visit: Visit, *, run_id: str, fresh_seconds: int) -> Stored:
    """Make the visit the new picture, in the caller's transaction. `fresh_seconds`: when it counts as stale."""
    now = epoch()
    change = Change()
    for part, result in visit.parts.items():
        if result.state is PartState.FRESH:
            _replace_part(connection, dc_id, part, result.facts, change)
            store.set_part(connection, dc_id, part, _fresh(result, now, now + fresh_seconds))
        else:
            note = {"state": result.state, "reason": result.reason, "attempted_at": now}
            store.set_part(connection, dc_id, part, note)
    fresh = {part: r.facts for part, r in visit.parts.items() if r.state is PartState.FRESH}
    if Part.SERVERS in fresh and Part.FLAVORS not in fresh:
        store.resolve_flavors(connection, dc_id)
    if Part.SERVERS in fresh or Part.COMPUTE_SERVICES in fresh:
        store.count_vms(connection, dc_id)
    sample = _sample(fresh)
    if sample:
        store.add_sample(connection, {"dc_id": dc_id, "run_id": run_id, "taken_at": now, **sample})
    return Stored(change.read, change.changed)


def note_failure(connection: Connection, dc_id: str, task: Task, reason: str) -> None:
    """A visit that brought nothing: all parts of the task keep what they have and say why it is not newer."""
    note = {"state": PartState.FAILED, "reason": reason, "attempted_at": epoch()}
    for part in PARTS_OF_TASK[task]:
        store.set_part(connection, dc_id, part, note)


def known_stacks(connection: Connection, dc_id: str) -> dict[str, str]:
    """Stamp of each stored root stack, so that a visit reads the resources of changed ones only."""
    return stack_stamps(connection, dc_id)


def _fresh(result: PartResult, now: int, fresh_until: int) -> dict[str, Any]:
    return {
        "state": PartState.FRESH,
        "reason": result.reason,
        "attempted_at": now,
        "collected_at": now,
        "fresh_until": fresh_until,
        "rows": len(result.facts),
    }


def _replace_part(connection: Connection, dc_id: str, part: Part, facts: Sequence[Any], change: Change) -> None:
    unread = {f.id for f in facts if isinstance(f, cloud.Stack) and f.server_ids is None}

    def keeps(key: Key) -> bool:
        return key[0] in unread

    for filling in FILLINGS[part]:
        kept = keeps if filling.model is StackServer else None
        store.replace(connection, filling.model, dc_id, filling.rows(facts), change=change, keeps=kept)


def _sample(fresh: dict[Part, Sequence[Any]]) -> dict[str, int | None]:
    """What this run saw of the capacity; parts that it did not read leave their columns out."""
    sample: dict[str, int | None] = {}
    if Part.HYPERVISORS in fresh:
        totals = {
            "vcpus_total": "vcpus",
            "vcpus_used": "vcpus_used",
            "memory_total_mib": "memory_mib",
            "memory_used_mib": "memory_used_mib",
            "local_disk_total_gb": "local_disk_gb",
            "local_disk_used_gb": "local_disk_used_gb",
        }
        for column, field in totals.items():
            sample[column] = _sum_known(getattr(f, field) for f in fresh[Part.HYPERVISORS])
    if Part.COMPUTE_SERVICES in fresh:
        services = fresh[Part.COMPUTE_SERVICES]
        up = sum(1 for s in services if s.state == "up")
        sample |= {"hosts_up": up, "hosts_down": len(services) - up}
    if Part.SERVERS in fresh:
        sample["servers"] = len(fresh[Part.SERVERS])
    return sample


def _sum_known(values: Any) -> int | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None
