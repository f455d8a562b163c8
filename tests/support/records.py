"""Records in tests: hosts that said something of themselves, and a worker's job without a worker."""

import threading
from typing import Any

from tests.support.pictures import CHINESE, MME, MME_PERCENT, T0, take_in_picture

from optimus.db.database import Database
from optimus.facts.hosts import (
    Counters,
    Guest,
    HostFacts,
    HostFailure,
    HugePages,
    Interface,
    Kernel,
    LogicalCpu,
    NovaCpus,
    NumaNode,
    OvsCpus,
    OvsPort,
    Section,
    Trouble,
)
from optimus.http.call import Services
from optimus.inventory import host_store
from optimus.records import queries
from optimus.workflows.make_record import RecordMaker

ONE, TWO, THREE = (f"compute{n}.site.example" for n in (1, 2, 3))


def host_facts(host: str, *, guests: tuple[Guest, ...] = (), cores: int = 4, **changed: Any) -> HostFacts:
    """Two sockets of so many cores with two threads each; CPUs 0 and 1 are the host's, 2 and 3 are OVS's."""
    half = 2 * cores
    cpus = tuple(LogicalCpu(n, n // 2 % cores, n % 2, n % 2, True) for n in range(2 * half))
    nodes = tuple(
        NumaNode(node, tuple(cpu.id for cpu in cpus if cpu.numa_node == node), 4 << 20, (HugePages(1 << 20, 4, 1),))
        for node in (0, 1)
    )
    values: dict[str, Any] = {
        "cpus": cpus,
        "numa_nodes": nodes,
        "guests": guests,
        "nova_cpus": NovaCpus(tuple(range(4, 2 * half)), None, "/etc/nova/nova.conf"),
        "ovs_cpus": OvsCpus((2, 3), "pmd-cpu-mask"),
        "kernel": Kernel("quiet isolcpus=2-15", tuple(range(2, 2 * half)), ()),
        "interfaces": (
            interface("control0", Counters(10, 20, 0, 0, 1, 2)),
            interface("storage0", None, reason="ethtool is not installed"),
        ),
        "ovs_ports": (
            OvsPort("vhu00000001-bb", "br-int", "dpdkvhostuserclient", "00000001-bbbb-4000-8000-000000000000",
                    11, 12, 0, 0, None, None),
        ),
    }  # fmt: skip
    return HostFacts(host=host, probed_at=T0 + 200, **(values | changed))


def interface(name: str, counters: Counters | None, **changed: Any) -> Interface:
    values: dict[str, Any] = {
        "mac": "fa:16:3e:aa:00:01",
        "pci_address": "0000:3b:00.0",
        "driver": "ixgbe",
        "driver_version": "5.1.0-k",
        "firmware_version": "0x800007a3",
        "description": "Intel Corporation 82599ES 10-Gigabit SFI/SFP+ Network Connection",
        "numa_node": 0,
        "speed_mbps": 10000,
        "link_up": True,
        "mtu": 9000,
        "bond": None,
        "bound_to": None,
    }
    return Interface(name=name, counters=counters, **(values | changed))


def guest(uuid: str, name: str, *cpus: int, floating: tuple[int, ...] = ()) -> Guest:
    vcpus = tuple((cpu,) for cpu in cpus) or (floating, floating)
    return Guest(uuid, f"instance-{uuid[:8]}", name, "running", vcpus, bool(cpus), None)


GUESTS_OF_ONE = (guest(MME, "vMME_01", 4, 6, 5, 7), guest(MME_PERCENT, "vMME%02", 8, 10))
GUESTS_OF_TWO = (guest(CHINESE, "虚拟机-三", floating=(4, 5, 6, 7)),)


def take_in_hosts(database: Database, dc_id: str) -> None:
    """What the made-up cloud's hosts said: one all, one not its interfaces, one nothing."""
    gap = {Section.INTERFACES: "lspci is not installed"}
    results = (
        host_facts(ONE, guests=GUESTS_OF_ONE),
        host_facts(TWO, guests=GUESTS_OF_TWO, interfaces=(), ovs_ports=(), gaps=gap),
        HostFailure(THREE, Trouble.HOST_DOWN, "compute3 does not answer: look whether it runs."),
    )
    with database.writing() as connection:
        host_store.put(connection, [host_store.record_of(dc_id, result, now=T0 + 201) for result in results])


def take_in_all(database: Database, dc_id: str) -> None:
    take_in_picture(database, dc_id)
    take_in_hosts(database, dc_id)


def maker_of(services: Services, node_id: str = "node-1") -> RecordMaker:
    return RecordMaker(services.settings, services.database, node_id, threading.Event())


def make_waiting(services: Services) -> None:
    """Make every record that waits, as a worker's jobs would."""
    with services.database.reading() as connection:
        waiting = queries.waiting(connection)
    for record in waiting:
        maker_of(services).make(record.record_id)
