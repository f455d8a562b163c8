"""What hosts said of themselves, as rows of a record's data and back again. Pure.

CPU lists are texts as the kernel writes them: `0-3,8`.
"""

import marshal
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from optimus.facts.hosts import (
    Counters,
    Guest,
    HostFacts,
    HugePages,
    Interface,
    Kernel,
    LogicalCpu,
    NovaCpus,
    NumaNode,
    OvsCpus,
    OvsPort,
    Section,
)

Row = dict[str, Any]
MAX_CPU = 65_535
_COUNTERS = ("rx_packets", "tx_packets", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped")
_INTERFACE = (
    "mac", "pci_address", "driver", "driver_version", "firmware_version", "description", "numa_node", "speed_mbps",
    "link_up", "mtu", "bond", "bound_to", "reason",
)  # fmt: skip
_OVS_PORT = ("bridge", "interface_type", "neutron_port_id", *_COUNTERS, "error")


@dataclass(frozen=True, slots=True)
class KnownHost:
    """What is stored of one host. `free` and `ovs` are the CPUs that nobody has, and those that OVS has for itself."""

    name: str
    facts: HostFacts | None
    probed_at: int | None
    attempted_at: int | None
    state: str
    reason: str | None
    free: Collection[int] | None = None
    ovs: Collection[int] | None = None


def cpu_list(cpus: Iterable[int]) -> str:
    """The kernel's way to write a list of CPUs.

    >>> cpu_list([3, 0, 1, 2, 8])
    '0-3,8'
    >>> cpu_list([])
    ''
    """
    runs: list[list[int]] = []
    for cpu in sorted(set(cpus)):
        if runs and cpu == runs[-1][1] + 1:
            runs[-1][1] = cpu
        else:
            runs.append([cpu, cpu])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def cpus_of(text: str) -> tuple[int, ...]:
    """The CPUs of such a list, in order. Raises ValueError.

    >>> cpus_of("0-3,8")
    (0, 1, 2, 3, 8)
    >>> cpus_of("")
    ()
    """
    found: list[int] = []
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        begin, end = int(first), int(last or first)
        if not 0 <= begin <= end <= MAX_CPU:
            raise ValueError(f"{part!r} is no list of CPUs")
        found.extend(range(begin, end + 1))
    return tuple(found)


def _listed(cpus: Iterable[int] | None) -> str | None:
    return None if cpus is None else cpu_list(cpus)


def sections_of(hosts: Iterable[KnownHost]) -> Iterator[tuple[str, Iterator[Row]]]:
    """The five sections about hosts, to be taken in their order. A host that was never read has one row, in `hosts`.

    The hosts are gone through once, and what waits for its section is held compressed: it is most of a record.
    """
    waiting: dict[str, list[bytes]] = {name: [] for name in _ROWS_OF}
    yield "hosts", _first(hosts, waiting)
    for name, packed in waiting.items():
        # Our own bytes, made a moment ago.
        yield name, (row for rows in packed for row in marshal.loads(zlib.decompress(rows)))  # noqa: S302


def _first(hosts: Iterable[KnownHost], waiting: Mapping[str, list[bytes]]) -> Iterator[Row]:
    for host in hosts:
        yield _host(host)
        if host.facts is not None:
            for name, rows_of in _ROWS_OF.items():
                if rows := rows_of(host.facts):
                    waiting[name].append(zlib.compress(marshal.dumps(rows), 1))


def _host(host: KnownHost) -> Row:
    row: Row = {
        "host": host.name,
        "state": host.state,
        "reason": host.reason,
        "probed_at": host.probed_at,
        "attempted_at": host.attempted_at,
    }
    facts = host.facts
    if facts is None:
        return {**row, "gaps": None}
    nova, ovs, kernel = facts.nova_cpus, facts.ovs_cpus, facts.kernel
    return {
        **row,
        "gaps": {section.value: why for section, why in facts.gaps.items()},
        "cpus": [[cpu.id, cpu.core, cpu.socket, cpu.numa_node, cpu.online] for cpu in facts.cpus],
        "nova_dedicated": _listed(nova.dedicated) if nova else None,
        "nova_shared": _listed(nova.shared) if nova else None,
        "nova_source": nova.source if nova else None,
        "ovs_cpus": cpu_list(ovs.cpus) if ovs else None,
        "ovs_source": ovs.source if ovs else None,
        "kernel_command_line": kernel.command_line if kernel else None,
        "isolated": cpu_list(kernel.isolated) if kernel else None,
        "nohz_full": cpu_list(kernel.nohz_full) if kernel else None,
        "free_cpus": _listed(host.free),
        "ovs_only_cpus": _listed(host.ovs),
    }


def _numa_node(host: str, node: NumaNode) -> Row:
    return {
        "host": host,
        "id": node.id,
        "cpus": cpu_list(node.cpus),
        "memory_kib": node.memory_kib,
        "hugepages": {str(pages.size_kib): pages.total for pages in node.hugepages},
        "hugepages_free": {str(pages.size_kib): pages.free for pages in node.hugepages},
    }


def _guest(host: str, guest: Guest) -> Row:
    return {
        "host": host,
        "uuid": guest.uuid,
        "instance": guest.instance,
        "name": guest.name,
        "state": guest.state,
        "pinned": guest.pinned,
        "vcpu_cpus": [cpu_list(cpus) for cpus in guest.vcpu_cpus],
        "emulator_cpus": _listed(guest.emulator_cpus),
    }


def _interface(host: str, one: Interface) -> Row:
    row: Row = {"host": host, "name": one.name, **{name: getattr(one, name) for name in _INTERFACE}}
    return row | {name: getattr(one.counters, name) if one.counters else None for name in _COUNTERS}


def _ovs_port(host: str, port: OvsPort) -> Row:
    return {"host": host, "name": port.name, **{name: getattr(port, name) for name in _OVS_PORT}}


_ROWS_OF: Mapping[str, Callable[[HostFacts], list[Row]]] = {
    "numa_nodes": lambda facts: [_numa_node(facts.host, node) for node in facts.numa_nodes],
    "guests": lambda facts: [_guest(facts.host, guest) for guest in facts.guests],
    "interfaces": lambda facts: [_interface(facts.host, one) for one in facts.interfaces],
    "ovs_ports": lambda facts: [_ovs_port(facts.host, port) for port in facts.ovs_ports],
}


class Gathering:
    """Rows of a record's data, gathered until each host's facts can be made of them."""

    def __init__(self) -> None:
        self._hosts: dict[str, Row] = {}
        self._parts: dict[str, dict[str, list[Any]]] = {}

    def add(self, section: str, row: Mapping[str, Any]) -> None:
        """Raises ValueError, TypeError, KeyError for a row that is none."""
        name = _text(row, "host")
        if section == "hosts":
            self._hosts[name] = dict(row)
        else:
            self._parts.setdefault(name, {}).setdefault(section, []).append(_MAKERS[section](row))

    def hosts(self) -> Iterator[KnownHost]:
        """Raises ValueError, TypeError, KeyError for a row that is none."""
        for name, row in self._hosts.items():
            yield KnownHost(
                name,
                self._facts(name, row),
                _number(row, "probed_at"),
                _number(row, "attempted_at"),
                str(row.get("state")),
                _maybe_text(row, "reason"),
            )

    def _facts(self, name: str, row: Row) -> HostFacts | None:
        if row.get("gaps") is None:
            return None
        parts = self._parts.get(name, {})
        nova = row.get("nova_source")
        ovs, kernel = row.get("ovs_cpus"), row.get("kernel_command_line")
        return HostFacts(
            host=name,
            probed_at=_number(row, "probed_at") or 0,
            cpus=tuple(LogicalCpu(*_cpu(cpu)) for cpu in row["cpus"]),
            numa_nodes=tuple(parts.get("numa_nodes", ())),
            guests=tuple(parts.get("guests", ())),
            nova_cpus=None
            if nova is None
            else NovaCpus(_maybe_cpus(row, "nova_dedicated"), _maybe_cpus(row, "nova_shared"), str(nova)),
            ovs_cpus=None if ovs is None else OvsCpus(cpus_of(ovs), str(row["ovs_source"])),
            kernel=None
            if kernel is None
            else Kernel(str(kernel), cpus_of(row["isolated"] or ""), cpus_of(row["nohz_full"] or "")),
            interfaces=tuple(parts.get("interfaces", ())),
            ovs_ports=tuple(parts.get("ovs_ports", ())),
            gaps={Section(section): str(why) for section, why in row["gaps"].items()},
        )


def _cpu(cpu: Sequence[Any]) -> tuple[int, int | None, int | None, int | None, bool]:
    number, core, socket, node, online = cpu
    for each in (number, core, socket, node):
        if each is not None and type(each) is not int:
            raise TypeError(f"{each!r} is no number of a CPU")
    return number, core, socket, node, bool(online)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _maybe_text(row: Mapping[str, Any], name: str) -> str | None:
    return None if row.get(name) is None else _text(row, name)


def _number(row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    if value is not None and type(value) is not int:
        raise TypeError(f"{name} is no whole number")
    return value


def _maybe_cpus(row: Mapping[str, Any], name: str) -> tuple[int, ...] | None:
    text = _maybe_text(row, name)
    return None if text is None else cpus_of(text)


_NODE, _GUEST = TypeAdapter(NumaNode), TypeAdapter(Guest)
_NIC, _PORT = TypeAdapter(Interface), TypeAdapter(OvsPort)


def _node_of(row: Mapping[str, Any]) -> NumaNode:
    free = row.get("hugepages_free") or {}
    pages = tuple(HugePages(int(size), int(n), int(free.get(size, 0))) for size, n in (row["hugepages"] or {}).items())
    values = {"id": row["id"], "cpus": cpus_of(_text(row, "cpus")), "memory_kib": row.get("memory_kib")}
    return _NODE.validate_python({**values, "hugepages": pages})


def _guest_of(row: Mapping[str, Any]) -> Guest:
    values = {name: row.get(name) for name in ("uuid", "instance", "name", "state", "pinned")}
    cpus = tuple(cpus_of(cpus) for cpus in row["vcpu_cpus"])
    emulator = _maybe_cpus(row, "emulator_cpus")
    return _GUEST.validate_python({**values, "vcpu_cpus": cpus, "emulator_cpus": emulator})


def _interface_of(row: Mapping[str, Any]) -> Interface:
    counts = [_number(row, name) for name in _COUNTERS]
    values = {name: row.get(name) for name in ("name", *_INTERFACE)}
    counters = None if all(count is None for count in counts) else Counters(*counts)
    return _NIC.validate_python({**values, "counters": counters})


def _ovs_port_of(row: Mapping[str, Any]) -> OvsPort:
    return _PORT.validate_python({name: row.get(name) for name in ("name", *_OVS_PORT)})


_MAKERS: Mapping[str, Any] = {
    "numa_nodes": _node_of,
    "guests": _guest_of,
    "interfaces": _interface_of,
    "ovs_ports": _ovs_port_of,
}
