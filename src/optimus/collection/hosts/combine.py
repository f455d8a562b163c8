"""Several commands' values -> what is known of one host, with a gap for every section that is not whole; pure."""

from collections.abc import Mapping
from dataclasses import replace

from optimus.collection.hosts import commands as table
from optimus.collection.hosts.combine_interfaces import combine_interfaces
from optimus.collection.hosts.combine_ovs import combine_ovs_cpus, combine_ovs_ports
from optimus.collection.hosts.framing import Output
from optimus.collection.hosts.readings import Reading, read
from optimus.collection.parsers.hosts.cpus import CpuTopology
from optimus.facts.hosts import Guest, HostFacts, Kernel, LogicalCpu, NumaNode, Section


def combine(host: str, probed_at: int, outputs: Mapping[str, Output]) -> HostFacts:
    """Never raises for what a host printed."""
    topology = read(outputs, table.CPUS)
    numa = read(outputs, table.NUMA)
    kernel = _kernel(read(outputs, table.KERNEL), topology.value)
    guests = _guests(outputs, topology.value)
    nova = read(outputs, table.NOVA_CONF)
    bridges = read(outputs, table.OVS_BRIDGES)
    database = Reading(None, bridges.gap) if bridges.value is None else read(outputs, table.OVS_DATABASE)
    interfaces = combine_interfaces(outputs, database.value)
    ports = combine_ovs_ports(database, read(outputs, table.OVS_COUNTERS))
    ovs_cpus = combine_ovs_cpus(database, kernel.value)
    gaps = {
        Section.CPUS: topology.gap,
        Section.MEMORY: numa.gap,
        Section.KERNEL: kernel.gap,
        Section.GUESTS: guests.gap,
        Section.NOVA_CPUS: nova.gap,
        Section.OVS_CPUS: ovs_cpus.gap,
        Section.INTERFACES: interfaces.gap,
        Section.OVS_PORTS: ports.gap,
    }
    return HostFacts(
        host=host,
        probed_at=probed_at,
        cpus=_cpus(topology.value, numa.value or ()),
        numa_nodes=numa.value or (),
        guests=guests.value or (),
        nova_cpus=nova.value,
        ovs_cpus=ovs_cpus.value,
        kernel=kernel.value,
        interfaces=interfaces.value or (),
        ovs_ports=ports.value or (),
        gaps={section: gap for section, gap in gaps.items() if gap},
    )


def _cpus(topology: CpuTopology | None, nodes: tuple[NumaNode, ...]) -> tuple[LogicalCpu, ...]:
    node_of = {cpu: node.id for node in nodes for cpu in node.cpus}
    return tuple(replace(cpu, numa_node=node_of.get(cpu.id)) for cpu in (topology.cpus if topology else ()))


def _kernel(kernel: Reading[Kernel], topology: CpuTopology | None) -> Reading[Kernel]:
    """What the kernel does (sysfs) stands above what it was told to do (its command line)."""
    if kernel.value is None or topology is None:
        return kernel
    isolated = kernel.value.isolated if topology.isolated is None else topology.isolated
    nohz_full = kernel.value.nohz_full if topology.nohz_full is None else topology.nohz_full
    return replace(kernel, value=replace(kernel.value, isolated=isolated, nohz_full=nohz_full))


def _guests(outputs: Mapping[str, Output], topology: CpuTopology | None) -> Reading[tuple[Guest, ...]]:
    listed = read(outputs, table.GUEST_LIST)
    if listed.value is None:
        return Reading(None, listed.gap)
    found = read(outputs, table.GUESTS)
    if found.value is None:
        return found
    known = frozenset(cpu.id for cpu in topology.cpus if cpu.online) if topology else frozenset()
    guests = tuple(_unrestricted(guest, known) for guest in found.value)
    # One that ended in between is no gap; many missing ones mean that virsh was cut short.
    missing = len(set(listed.value) - {guest.uuid for guest in guests})
    gap = found.gap or (f"{missing} of {len(listed.value)} guests did not answer" if missing > 1 else None)
    return Reading(guests, gap)


def _unrestricted(guest: Guest, online: frozenset[int]) -> Guest:
    """Threads that are not restricted are listed with every CPU."""
    if guest.emulator_cpus is None or not online or not online <= set(guest.emulator_cpus):
        return guest
    return replace(guest, emulator_cpus=None)
