"""What a compute host says of itself: CPUs and who has them, NICs, OVS ports.

Everything that could not be read is None (or an empty tuple), and `HostFacts.gaps` says why, section by section:
"nothing there" is never confused with "could not be read".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Section(StrEnum):
    """What a host is asked for; each can be missing on its own."""

    CPUS = "cpus"
    GUESTS = "guests"
    NOVA_CPUS = "nova_cpus"
    OVS_CPUS = "ovs_cpus"
    KERNEL = "kernel"
    MEMORY = "memory"
    INTERFACES = "interfaces"
    OVS_PORTS = "ovs_ports"


@dataclass(frozen=True, slots=True)
class LogicalCpu:
    """One hardware thread, by sysfs' ids: core ids repeat per socket and have holes. Offline ones have neither."""

    id: int
    core: int | None
    socket: int | None
    numa_node: int | None
    online: bool


@dataclass(frozen=True, slots=True)
class HugePages:
    size_kib: int
    total: int
    free: int


@dataclass(frozen=True, slots=True)
class NumaNode:
    id: int
    cpus: tuple[int, ...]
    memory_kib: int | None
    hugepages: tuple[HugePages, ...] = ()


@dataclass(frozen=True, slots=True)
class Guest:
    """A running libvirt domain. `vcpu_cpus` has, for each vCPU in order, the host CPUs it may run on.

    `pinned`: each vCPU has exactly one. `emulator_cpus` are those of QEMU's other threads; None: not restricted.
    """

    uuid: str
    instance: str  # libvirt's name, e.g. instance-0000000a
    name: str | None  # nova's name, from the domain's metadata
    state: str
    vcpu_cpus: tuple[tuple[int, ...], ...]
    pinned: bool
    emulator_cpus: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class NovaCpus:
    """nova.conf's sets; None: the option is not set. `source` is the file that was read."""

    dedicated: tuple[int, ...] | None
    shared: tuple[int, ...] | None
    source: str


@dataclass(frozen=True, slots=True)
class OvsCpus:
    """CPUs of OVS's poll-mode threads. `source`: pmd-cpu-mask, nohz_full or isolcpus."""

    cpus: tuple[int, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Kernel:
    command_line: str
    isolated: tuple[int, ...]
    nohz_full: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counters:
    """Since the interface came up; None: the kernel does not tell."""

    rx_packets: int | None
    tx_packets: int | None
    rx_errors: int | None
    tx_errors: int | None
    rx_dropped: int | None
    tx_dropped: int | None


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface with a PCI device. `reason` says what could not be read of it, and why.

    One that is bound to a user-space driver has no name in the kernel: `name` is then its PCI address, and
    `bound_to` the driver (vfio-pci, igb_uio, uio_pci_generic).
    """

    name: str
    mac: str | None
    pci_address: str | None
    driver: str | None
    driver_version: str | None
    firmware_version: str | None
    description: str | None  # lspci's line of the address
    numa_node: int | None
    speed_mbps: int | None
    link_up: bool | None
    mtu: int | None
    bond: str | None
    bound_to: str | None
    counters: Counters | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OvsPort:
    """One interface of OVS. Counters are as OVS prints them: a number, or None where it prints `?`."""

    name: str
    bridge: str | None
    interface_type: str | None  # dpdkvhostuserclient, internal, dpdk, …
    neutron_port_id: str | None  # external_ids:iface-id
    rx_packets: int | None
    tx_packets: int | None
    rx_dropped: int | None
    tx_dropped: int | None
    rx_errors: int | None
    tx_errors: int | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class HostFacts:
    """One host at one moment (`probed_at`, epoch seconds by Optimus' clock)."""

    host: str  # nova's name of the compute service's host
    probed_at: int
    cpus: tuple[LogicalCpu, ...] = ()
    numa_nodes: tuple[NumaNode, ...] = ()
    guests: tuple[Guest, ...] = ()
    nova_cpus: NovaCpus | None = None
    ovs_cpus: OvsCpus | None = None
    kernel: Kernel | None = None
    interfaces: tuple[Interface, ...] = ()
    ovs_ports: tuple[OvsPort, ...] = ()
    gaps: Mapping[Section, str] = field(default_factory=dict)
