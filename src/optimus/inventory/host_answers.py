"""The cores of the API's three answers about a host, from its facts alone; pure.

The keys that the API document shows are always there. Beside them stands what it has no word for.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from optimus.facts.cloud import Port
from optimus.facts.hosts import (
    Counters,
    Guest,
    HostFacts,
    Interface,
    Kernel,
    LogicalCpu,
    NovaCpus,
    NumaNode,
    OvsPort,
    Section,
)
from optimus.inventory.port_counters import COUNTERS
from optimus.inventory.queries.host_facts import Owner

Grid = dict[str, dict[str, list[Any]]]

# neutron's agents name an interface by a prefix and the beginning of the port's id, as long as Linux allows.
_ID_CHARACTERS = 11
_PREFIXES = {"vhostuser": ("vhu",), "ovs": ("tap", "qvo"), "bridge": ("tap",), "tap": ("tap",)}
_ANY_PREFIX = ("vhu", "tap", "qvo")
_WITHOUT_OVS = {"hw_veb", "hostdev_physical", "macvtap", "ib_hostdev", "unbound", "binding_failed"}


def cpu_layout(
    facts: HostFacts, *, by: Literal["core", "socket"] = "core", owners: Mapping[str, Owner] | None = None
) -> dict[str, Any]:
    """`socket_info` by core with numbers, as the document shows it, or by socket with texts, as another client does.

    `cpu_free_info` and `ovs_info` are null where nobody could say; `reasons` then tells why. `owners`: nova's servers
    by id, to tell whose the guests are; without them nothing is said of that.
    """
    free, ovs = _free_cpus(facts), _ovs_cpus(facts)
    return {
        "socket_info": _by_socket(facts.cpus) if by == "socket" else _by_core(facts.cpus),
        "instance_info": _instances(facts, owners),
        "cpu_free_info": None if free is None else _on_sockets(facts.cpus, free),
        "ovs_info": None if ovs is None else _on_sockets(facts.cpus, ovs),
        "ovs_source": facts.ovs_cpus.source if facts.ovs_cpus else None,
        "numa_info": {f"node {node.id}": list(node.cpus) for node in facts.numa_nodes},
        "memory_info": {f"node {node.id}": _memory(node) for node in facts.numa_nodes},
        "nova_info": _nova(facts.nova_cpus),
        "kernel": _kernel(facts.kernel),
        "offline_cpus": [cpu.id for cpu in facts.cpus if not cpu.online],
        "reasons": _reasons(
            facts,
            (
                Section.CPUS,
                Section.GUESTS,
                Section.NOVA_CPUS,
                Section.OVS_CPUS,
                Section.MEMORY,
                Section.KERNEL,
            ),
        ),
    }


def _placed(cpus: Iterable[LogicalCpu]) -> list[tuple[int, int, int]]:
    """(core, socket, CPU) of every CPU that has a place; offline ones have none."""
    return sorted((cpu.core, cpu.socket or 0, cpu.id) for cpu in cpus if cpu.core is not None)


def _by_core(cpus: Iterable[LogicalCpu]) -> Grid:
    grid: Grid = {}
    for core, socket, cpu in _placed(cpus):
        grid.setdefault(f"core {core}", {}).setdefault(f"socket {socket}", []).append(cpu)
    return grid


def _by_socket(cpus: Iterable[LogicalCpu]) -> Grid:
    grid: Grid = {}
    for socket, core, cpu in sorted((socket, core, cpu) for core, socket, cpu in _placed(cpus)):
        grid.setdefault(f"socket {socket}", {}).setdefault(f"Core{core}", []).append(str(cpu))
    return grid


def _on_sockets(cpus: Iterable[LogicalCpu], wanted: set[int]) -> dict[str, list[str]]:
    """Every socket, also one without any of them."""
    sockets: dict[int, list[int]] = {}
    for _, socket, cpu in _placed(cpus):
        sockets.setdefault(socket, []).extend([cpu] if cpu in wanted else [])
    return {f"socket {socket}": [str(cpu) for cpu in sorted(sockets[socket])] for socket in sorted(sockets)}


def _memory(node: NumaNode) -> dict[str, Any]:
    """KiB, and hugepages by size: how many there are and how many nobody has taken."""
    pages = [{"size_kib": size.size_kib, "total": size.total, "free": size.free} for size in node.hugepages]
    return {"total_kib": node.memory_kib, "hugepages": pages}


def _nova(nova: NovaCpus | None) -> dict[str, Any] | None:
    """nova.conf's sets; null where no nova.conf could be read, and a set that is not there is null in it."""
    if nova is None:
        return None
    return {
        "dedicated": None if nova.dedicated is None else list(nova.dedicated),
        "shared": None if nova.shared is None else list(nova.shared),
        "source": nova.source,
    }


def _kernel(kernel: Kernel | None) -> dict[str, Any] | None:
    if kernel is None:
        return None
    return {
        "command_line": kernel.command_line,
        "isolated": list(kernel.isolated),
        "nohz_full": list(kernel.nohz_full),
    }


def _instances(facts: HostFacts, owners: Mapping[str, Owner] | None) -> list[dict[str, Any]]:
    nodes = {cpu.id: cpu.numa_node for cpu in facts.cpus}
    return [
        {
            "vcpu": [cpus[0] for cpus in guest.vcpu_cpus]
            if guest.pinned
            else list(dict.fromkeys(cpu for cpus in guest.vcpu_cpus for cpu in cpus)),
            "vm": guest.name or (owner.server_name if (owner := (owners or {}).get(guest.uuid)) else None),
            "instance": guest.instance,
            "uuid": guest.uuid,
            "state": guest.state,
            "pinned": guest.pinned,
            "emulator": None if guest.emulator_cpus is None else list(guest.emulator_cpus),
            "numa_nodes": sorted(
                {node for cpus in guest.vcpu_cpus for cpu in cpus if (node := nodes.get(cpu)) is not None}
            ),
            **_owner(guest, owners),
        }
        for guest in facts.guests
    ]


def _owner(guest: Guest, owners: Mapping[str, Owner] | None) -> dict[str, Any]:
    """`in_nova` false: the guest runs on the host, but nova does not list it (any more)."""
    owner = (owners or {}).get(guest.uuid)
    return {
        "tenant_id": owner.tenant_id if owner else None,
        "tenant": owner.tenant_name if owner else None,
        "in_nova": None if owners is None else owner is not None,
    }


def _pinned_cpus(facts: HostFacts) -> set[int]:
    return {cpus[0] for guest in facts.guests for cpus in guest.vcpu_cpus if len(cpus) == 1}


def _guest_cpus(facts: HostFacts) -> set[int]:
    """The pinned ones, and those that floating guests are held to; one that may run anywhere has none of its own."""
    online = {cpu.id for cpu in facts.cpus if cpu.online}
    held = (set(cpus) for guest in facts.guests for cpus in guest.vcpu_cpus)
    return {cpu for cpus in held if not online <= cpus for cpu in cpus}


def _nova_cpus(facts: HostFacts) -> set[int] | None:
    """The CPUs that nova may give to guests; where nova.conf sets none, all that are online."""
    nova = facts.nova_cpus
    if nova is None:
        return None
    if nova.dedicated is None and nova.shared is None:
        return {cpu.id for cpu in facts.cpus if cpu.online}
    return {*(nova.dedicated or ()), *(nova.shared or ())}


def _free_cpus(facts: HostFacts) -> set[int] | None:
    """CPUs of nova's sets without those of pinned guests; without nova's sets or without the guests nobody can say."""
    nova = _nova_cpus(facts)
    if nova is None or not facts.cpus or (Section.GUESTS in facts.gaps and not facts.guests):
        return None
    return nova - _pinned_cpus(facts) - (_ovs_cpus(facts) or set())


def _ovs_cpus(facts: HostFacts) -> set[int] | None:
    """The kernel's isolation sets guests' CPUs apart as well: without a mask of OVS's own, those are taken off."""
    if not facts.cpus:
        return None
    if facts.ovs_cpus is None:
        return None if Section.OVS_CPUS in facts.gaps else set()
    cpus = set(facts.ovs_cpus.cpus)
    if facts.ovs_cpus.source == "pmd-cpu-mask":
        return cpus
    nova = facts.nova_cpus
    sets = {*(nova.dedicated or ()), *(nova.shared or ())} if nova else set()
    return cpus - sets - _guest_cpus(facts)


def shared_out(facts: HostFacts) -> tuple[set[int] | None, set[int] | None]:
    """The CPUs that are free for guests, and those that OVS has for itself; None where nobody can say."""
    return _free_cpus(facts), _ovs_cpus(facts)


def _reasons(facts: HostFacts, sections: Sequence[Section]) -> dict[str, str]:
    return {section.value: facts.gaps[section] for section in sections if section in facts.gaps}


def interface_driver(facts: HostFacts) -> dict[str, Any]:
    """`firmware` and `static` by interface; `reason` beside them where interfaces could not be read, or not wholly."""
    return {
        "firmware": {one.name: _firmware(one) for one in facts.interfaces},
        "static": {one.name: _statistics(one) for one in facts.interfaces},
        "reason": facts.gaps.get(Section.INTERFACES),
    }


def _firmware(one: Interface) -> dict[str, Any]:
    return {
        "desc": one.description,
        "driver": one.driver,
        "driver_info": one.driver_version,
        "firmware_version": one.firmware_version,
        "interface": one.name,
        "mac": one.mac,
        "pci_number": one.pci_address,
        "numa_node": one.numa_node,
        "speed_mbps": one.speed_mbps,
        "link_up": one.link_up,
        "mtu": one.mtu,
        "bond": one.bond,
        "bound_to": one.bound_to,
        "reason": one.reason,
    }


def _statistics(one: Interface) -> dict[str, Any]:
    count = one.counters or Counters(None, None, None, None, None, None)
    return {
        "interface": one.name,
        "mac": one.mac,
        "pci_number": one.pci_address,
        "rx_dropped": count.rx_dropped,
        "rx_errors": count.rx_errors,
        "rx_packets": count.rx_packets,
        "tx_dropped": count.tx_dropped,
        "tx_errors": count.tx_errors,
        "tx_packets": count.tx_packets,
        "reason": one.reason,
    }


def network_port(
    facts: HostFacts | None, ports: Sequence[Port], *, why_no_facts: str | None = None
) -> list[dict[str, Any]]:
    """The ports of one VM with the counters of its host's OVS. `facts` None: the host could not be asked."""
    found = ovs_ports(facts, ports)
    gap = facts.gaps.get(Section.OVS_PORTS) if facts else why_no_facts or "the host could not be asked"
    return [_network_port(port, found.get(port.id), gap) for port in ports]


def ovs_ports(facts: HostFacts | None, ports: Sequence[Port]) -> dict[str, OvsPort]:
    """Neutron port id -> OVS' port of it, for those that OVS has."""
    listed = facts.ovs_ports if facts else ()
    by_id: dict[str, OvsPort] = {one.neutron_port_id: one for one in listed if one.neutron_port_id}
    by_name = {one.name: one for one in listed}
    found = {port.id: _ovs_port(port, by_id, by_name) for port in ports}
    return {port_id: one for port_id, one in found.items() if one is not None}


def port_counts(found: OvsPort) -> dict[str, int | None]:
    """The six counters of a port, None where OVS has none."""
    return {name: getattr(found, name) for name in COUNTERS}


def _names(port: Port) -> list[str]:
    prefixes = _PREFIXES.get(port.vif_type or "", _ANY_PREFIX)
    return [f"{prefix}{port.id[:_ID_CHARACTERS]}" for prefix in prefixes]


def _ovs_port(port: Port, by_id: Mapping[str, OvsPort], by_name: Mapping[str, OvsPort]) -> OvsPort | None:
    """By the port's id, which OVS's own record holds; else by the name that neutron's agent makes of the id."""
    return by_id.get(port.id) or next((by_name[name] for name in _names(port) if name in by_name), None)


def _network_port(port: Port, found: OvsPort | None, gap: str | None) -> dict[str, Any]:
    return {
        "id": port.id,
        "ip_address": ", ".join(port.ip_addresses),
        "ip_addresses": list(port.ip_addresses),
        "mac": port.mac,
        "name": port.name,
        "rx_dropped": _shown(found.rx_dropped if found else None),
        "rx_errors": _shown(found.rx_errors if found else None),
        "rx_packets": _shown(found.rx_packets if found else None),
        "tx_dropped": _shown(found.tx_dropped if found else None),
        "tx_errors": _shown(found.tx_errors if found else None),
        "tx_packets": _shown(found.tx_packets if found else None),
        "vhostuser": found.name if found else _expected_name(port),
        "vif_type": port.vif_type,
        "vnic_type": port.vnic_type,
        "bridge": found.bridge if found else None,
        "interface_type": found.interface_type if found else None,
        "reason": _why_no_counters(port, found, gap),
    }


def _shown(count: int | None) -> str:
    return "?" if count is None else str(count)


def _expected_name(port: Port) -> str | None:
    return None if port.vif_type in _WITHOUT_OVS else _names(port)[0]


def _why_no_counters(port: Port, found: OvsPort | None, gap: str | None) -> str | None:
    if found is None:
        if port.vif_type in _WITHOUT_OVS:
            return f"a port of type {port.vif_type} has no counters in OVS"
        return gap or "OVS on the host has no such port"
    if found.error:
        return f"OVS says of this port: {found.error}"
    if found.rx_packets is None and found.tx_packets is None:
        return gap or "OVS has no counters of this port: its guest may not be connected"
    return gap
