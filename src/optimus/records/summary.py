"""The first page of a report: capacity, hosts, tenants, how old each part is, what to look at. No file format here."""

from collections.abc import Sequence
from dataclasses import dataclass

from optimus.records.context import Context
from optimus.records.sheets import rate, volume_totals
from optimus.records.words import Translate

NAMES_SHOWN = 10
TENANTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Capacity:
    """`total` and `used` in `unit`; None: unknown."""

    name: str
    unit: str
    total: int | None
    used: int | None

    @property
    def free(self) -> int | None:
        return None if self.total is None or self.used is None else self.total - self.used

    @property
    def rate(self) -> float | None:
        return rate(self.used, self.total)


@dataclass(frozen=True, slots=True)
class PartAge:
    """`age` in seconds at the moment when the record was made; None: never collected."""

    name: str
    state: str
    collected_at: int | None
    age: int | None
    rows: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    capacity: Sequence[Capacity]
    hosts_up: int
    hosts_down: int
    vms: Sequence[tuple[str, int]]  # status and number, most first
    tenants: Sequence[tuple[str, int]]  # name and vCPUs in use, most first
    parts: Sequence[PartAge]
    warnings: Sequence[str]


def summary_of(context: Context, words: Translate) -> Summary:
    up = sum(1 for service in context.services.values() if service["state"] == "up")
    volumes, attached = volume_totals(context)
    capacity = [
        Capacity("CPU", "vCPU", context.total("vcpus"), context.total("vcpus_used")),
        Capacity("Memory", "MB", context.total("memory_mib"), context.total("memory_used_mib")),
        Capacity("Local Disk", "GB", context.total("local_disk_gb"), context.total("local_disk_used_gb")),
        Capacity("Volumes", "GB", volumes, attached),
    ]
    tenants = sorted(
        (
            (name, context.compute_quotas[one]["cores_in_use"])
            for one, name in context.projects.items()
            if one in context.compute_quotas
        ),
        key=lambda tenant: (-tenant[1], tenant[0]),
    )
    return Summary(
        capacity=capacity,
        hosts_up=up,
        hosts_down=len(context.services) - up,
        vms=context.vms_by_status.most_common(),
        tenants=tenants[:TENANTS_SHOWN],
        parts=_parts(context),
        warnings=_warnings(context, capacity, words),
    )


def _parts(context: Context) -> list[PartAge]:
    now = context.head["made_at"]
    return [
        PartAge(
            name,
            part["state"],
            part["collected_at"],
            None if part["collected_at"] is None else max(0, now - part["collected_at"]),
            part["rows"],
            part["reason"],
        )
        for name, part in context.head["parts"].items()
    ]


def _names(names: Sequence[str]) -> str:
    more = f", … (+{len(names) - NAMES_SHOWN})" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def _warnings(context: Context, capacity: Sequence[Capacity], words: Translate) -> list[str]:
    found = []
    for part in _parts(context):
        if part.collected_at is None and part.state == "not_collected":
            found.append(words("{part}: was never collected").format(part=part.name))
        elif part.state == "stale":
            found.append(words("{part}: older than it should be").format(part=part.name))
        elif part.state != "fresh":
            found.append(
                words("{part}: {state}, {reason}").format(
                    part=part.name, state=words(part.state), reason=part.reason or "-"
                )
            )
    down = sorted(host for host, service in context.services.items() if service["state"] != "up")
    if down:
        found.append(
            words("Hosts down: {n} of {total} ({names})").format(
                n=len(down), total=len(context.services), names=_names(down)
            )
        )
    errors = context.vms_by_status.get("ERROR", 0)
    if errors:
        found.append(words("VMs in the state ERROR: {n}").format(n=errors))
    found.extend(
        words("More {what} is used than there is").format(what=words(one.name))
        for one in capacity
        if one.rate is not None and one.rate > 1
    )
    unread = sorted(name for name, host in context.hosts.items() if host["gaps"] is None)
    if context.services and not context.hosts:
        found.append(words("Hosts were never read: NUMA, CPU layout and interfaces are empty"))
    elif unread:
        found.append(words("Hosts that could not be read: {n} ({names})").format(n=len(unread), names=_names(unread)))
    return found


def age_text(seconds: int | None) -> str:
    """For people.

    >>> age_text(59), age_text(7260), age_text(200000), age_text(None)
    ('59 s', '2 h 1 min', '2 d 7 h', '-')
    """
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if days == 0 else f"{days} d {hours % 24} h"
