"""What the calls on compute hosts answer, by the API document's names; what it has no word for stands beside."""

from typing import NotRequired

from typing_extensions import TypedDict


class Instance(TypedDict):
    """A guest. `vcpu`: the host CPU of each vCPU in order; of a floating one (`pinned` false) all that it may run on.

    `emulator`: the CPUs of QEMU's other threads, null when they are not held to any.
    """

    vcpu: list[int]
    vm: str | None
    instance: str
    uuid: str
    state: str
    pinned: bool
    emulator: list[int] | None
    numa_nodes: list[int]
    tenant_id: str | None
    tenant: str | None
    in_nova: bool | None


class HugePagesItem(TypedDict):
    size_kib: int
    total: int
    free: int


class NodeMemory(TypedDict):
    total_kib: int | None
    hugepages: list[HugePagesItem]


class NovaSets(TypedDict):
    """nova.conf's cpu_dedicated_set (or vcpu_pin_set) and cpu_shared_set; `source` is the file."""

    dedicated: list[int] | None
    shared: list[int] | None
    source: str


class KernelItem(TypedDict):
    command_line: str
    isolated: list[int]
    nohz_full: list[int]


class CpuLayout(TypedDict):
    """`socket_info`: "core N" -> "socket M" -> CPUs; with `by=socket`: "socket M" -> "CoreN" -> CPUs as texts.

    Of `cpu_free_info`, `ovs_info`, `nova_info` and `kernel`, null is "could not be read", and `reasons` says why.
    """

    socket_info: dict[str, dict[str, list[int] | list[str]]]
    instance_info: list[Instance]
    cpu_free_info: dict[str, list[str]] | None
    ovs_info: dict[str, list[str]] | None
    ovs_source: str | None
    numa_info: dict[str, list[int]]
    memory_info: dict[str, NodeMemory]
    nova_info: NovaSets | None
    kernel: KernelItem | None
    offline_cpus: list[int]
    reasons: dict[str, str]


class Firmware(TypedDict):
    """An interface; null where it could not be read, and `reason` says why. `bound_to`: a user-space driver."""

    desc: str | None
    driver: str | None
    driver_info: str | None
    firmware_version: str | None
    interface: str
    mac: str | None
    pci_number: str | None
    numa_node: int | None
    speed_mbps: int | None
    link_up: bool | None
    mtu: int | None
    bond: str | None
    bound_to: str | None
    reason: str | None


class InterfaceCounters(TypedDict):
    """Since the interface came up."""

    interface: str
    mac: str | None
    pci_number: str | None
    rx_dropped: int | None
    rx_errors: int | None
    rx_packets: int | None
    tx_dropped: int | None
    tx_errors: int | None
    tx_packets: int | None
    reason: str | None


class Interfaces(TypedDict):
    """Both by interface. The document's `static` means statistics."""

    firmware: dict[str, Firmware]
    static: dict[str, InterfaceCounters]
    reason: str | None


class PortIncrease(TypedDict):
    rx_packets: int | None
    rx_errors: int | None
    rx_dropped: int | None
    tx_packets: int | None
    tx_errors: int | None
    tx_dropped: int | None


class PortItem(TypedDict):
    """A port of a VM. Counters are texts, since OVS prints "?" where a port has none; `reason` says why.

    `increase` and `increase_reason` are there when the call named a sample to count from.
    """

    id: str
    ip_address: str
    ip_addresses: list[str]
    mac: str
    name: str
    network: str | None
    rx_dropped: str
    rx_errors: str
    rx_packets: str
    tx_dropped: str
    tx_errors: str
    tx_packets: str
    vhostuser: str | None
    vif_type: str | None
    vnic_type: str | None
    bridge: str | None
    interface_type: str | None
    reason: str | None
    increase: NotRequired[PortIncrease]
    increase_reason: NotRequired[str | None]
