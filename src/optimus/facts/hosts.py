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


class Become(StrEnum):
    """How commands that need privilege are run on a compute host."""

    NONE = "none"
    SUDO = "sudo"


@dataclass(frozen=True, slots=True)
class DirectLogin:
    """Log-in to the compute hosts through a channel of the LCM's connection, with what Optimus holds.

    `host_keys` has each host's pinned key ("ssh-ed25519 AAAA…") by the name that it is asked for with; a host that is
    not in it is refused, and the failure says which key it showed.
    """

    user: str
    password: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)  # OpenSSH or PEM text, without a passphrase
    port: int = 22
    host_keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostAccess:
    """How one data center's compute hosts are reached. `direct` None: by `ssh` on the LCM, with the LCM's own keys."""

    direct: DirectLogin | None = None
    become: Become = Become.NONE


@dataclass(frozen=True, slots=True)
class HostLimits:
    """Bounds of one round of host visits: seconds, counts and bytes."""

    concurrency: int = 6  # sshd's MaxSessions is 10 by default, and people use the LCM too
    connect_seconds: float = 5.0
    command_seconds: float = 10.0  # each command, on the host
    host_seconds: float = 45.0
    visit_seconds: float = 900.0
    output_bytes: int = 8 * 1024 * 1024
    evidence_bytes: int = 1024 * 1024  # of one host


class Trouble(StrEnum):
    """Why a host gave nothing at all. What only a part of it could not give is in `HostFacts.gaps`."""

    NAME_REFUSED = "name_refused"  # no host name: never sent anywhere
    NAME_UNKNOWN = "name_unknown"  # the LCM cannot resolve it
    HOST_DOWN = "host_down"  # no answer, no route, nobody listens
    HOST_HANGS = "host_hangs"
    HOST_LOST = "host_lost"  # it, or its SSH service, went away
    HOST_KEY_CHANGED = "host_key_changed"
    HOST_KEY_UNKNOWN = "host_key_unknown"
    LOGIN_REFUSED = "login_refused"
    NO_ANSWER = "no_answer"  # logged in, but the script's marker never came
    OUTPUT_GARBAGE = "output_garbage"
    OUTPUT_CUT = "output_cut"
    OUTPUT_TOO_LARGE = "output_too_large"
    LCM_LOST = "lcm_lost"
    LCM_REFUSED = "lcm_refused"  # the LCM has no ssh, or gives no channel
    VISIT_OVER = "visit_over"  # the whole round's time ended first


@dataclass(frozen=True, slots=True)
class HostFailure:
    """A host that gave nothing. `reason` is for people, holds no secret and says what to do next.

    `host_key` is the key that it showed ("ssh-ed25519 AAAA…") when a direct log-in was refused because of its key.
    """

    host: str
    code: Trouble
    reason: str
    host_key: str | None = None
