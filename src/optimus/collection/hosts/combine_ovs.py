"""OVS's tables and its counters -> its ports; its mask or the kernel's isolation -> its CPUs; pure."""

from optimus.collection.hosts.readings import Reading
from optimus.collection.parsers.hosts.ovs_counters import Rows
from optimus.collection.parsers.hosts.ovs_database import OvsDatabase, OvsInterface
from optimus.facts.hosts import Counters, Kernel, OvsCpus, OvsPort

_NOTHING = Counters(None, None, None, None, None, None)
_LOCAL = 65534  # the bridge's own port, LOCAL


def combine_ovs_ports(database: Reading[OvsDatabase], counters: Reading[Rows]) -> Reading[tuple[OvsPort, ...]]:
    """Live counters where ovs-ofctl gave them, else the database's, which OVS renews every 5 s."""
    if database.value is None:
        return Reading(None, database.gap)
    rows = counters.value or {}
    ports = tuple(_port(one, rows) for one in database.value.interfaces)
    gap = database.gap or (
        f"counters are those of OVS's database, up to 5 s old: {counters.gap}" if counters.gap else None
    )
    return Reading(ports, gap)


def _port(one: OvsInterface, rows: Rows) -> OvsPort:
    keys = [one.name, str(one.number), *(["LOCAL"] if one.number == _LOCAL else [])]
    found = next((rows[(one.bridge, key)] for key in keys if one.bridge and (one.bridge, key) in rows), None)
    count = found or _from_database(one)
    return OvsPort(
        name=one.name,
        bridge=one.bridge,
        interface_type=one.interface_type,
        neutron_port_id=one.neutron_port_id,
        rx_packets=count.rx_packets,
        tx_packets=count.tx_packets,
        rx_dropped=count.rx_dropped,
        tx_dropped=count.tx_dropped,
        rx_errors=count.rx_errors,
        tx_errors=count.tx_errors,
        error=one.error,
    )


def _from_database(one: OvsInterface) -> Counters:
    return ovs_counters(one) or _NOTHING


def ovs_counters(one: OvsInterface) -> Counters | None:
    """The counters that OVS keeps of an interface; a missing one is one that it has not."""
    names = ("rx_packets", "tx_packets", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped")
    return Counters(*(one.statistics.get(name) for name in names)) if one.statistics else None


def combine_ovs_cpus(database: Reading[OvsDatabase], kernel: Kernel | None) -> Reading[OvsCpus]:
    """None without a gap: this OVS has no threads of its own, its datapath is the kernel's."""
    if database.value is not None and database.value.pmd_cpus is not None:
        return Reading(OvsCpus(database.value.pmd_cpus, "pmd-cpu-mask"))
    if database.value is not None and not database.value.uses_dpdk:
        return Reading(None)
    gap = f"pmd-cpu-mask could not be read: {database.gap}" if database.value is None else None
    if kernel is not None and kernel.nohz_full:
        return Reading(OvsCpus(kernel.nohz_full, "nohz_full"), gap)
    if kernel is not None and kernel.isolated:
        return Reading(OvsCpus(kernel.isolated, "isolcpus"), gap)
    return Reading(None, gap or "OVS uses DPDK, but neither pmd-cpu-mask nor the kernel sets CPUs apart")
