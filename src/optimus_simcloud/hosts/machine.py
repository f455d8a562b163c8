"""What one compute host has at one moment, from the site's facts: guests, NICs, and ports of OVS.

Everything follows from the site, so that host and API always tell the same; counters are functions of time.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from optimus_simcloud.made.site import CORES, CORES_PER_SOCKET, EPOCH_AT, HOST_CPUS, HOST_OWN_CPUS, Host, Server, Site

DAY = 86400
HOURS_BEFORE = 30 * DAY  # for how long before the site's beginning its hosts had been up
SOCKETS = 2
# As such processors number their cores: with holes, and anew on each socket.
CORE_IDS = tuple(number for number in range(30) if number % 8 < 6)
PMD_CPUS = tuple(HOST_OWN_CPUS[2:])
HOUSEKEEPING_CPUS = tuple(HOST_OWN_CPUS[:2])
VM_CPUS = tuple(cpu for cpu in range(HOST_CPUS) if cpu not in HOST_OWN_CPUS)
ISOLATED_CPUS = tuple(cpu for cpu in range(HOST_CPUS) if cpu not in HOUSEKEEPING_CPUS)
NODE_MEMORY_KIB = 197542912
HUGE_1G_PER_NODE = 96
HUGE_2M_PER_NODE = 40960
# A stopped VM's domain is still defined; libvirt lists it as shut off. SUSPENDED is saved to disk, so it is as well.
_STATES = {"ACTIVE": "running", "ERROR": "running", "PAUSED": "paused"}


@dataclass(frozen=True, slots=True)
class Traffic:
    """Counters since an interface came up."""

    rx_packets: int
    rx_bytes: int
    rx_dropped: int
    tx_packets: int
    tx_bytes: int
    tx_dropped: int


@dataclass(frozen=True, slots=True)
class Nic:
    """`name` None: bound to `driver`, a user-space one. Drivers older than the kernel's own tell a version."""

    address: str
    bridge: str  # the PCI bridge before it
    name: str | None
    driver: str
    version: str
    firmware: str
    model: str
    ids: str
    speed_mbps: int
    numa_node: int
    mac: str
    mtu: int = 1500
    bond: str | None = None
    link_up: bool = True


@dataclass(frozen=True, slots=True)
class Guest:
    """A libvirt domain. `state` None: shut off."""

    server: Server
    number: int
    state: str | None

    @property
    def instance(self) -> str:
        return f"instance-{self.server.number:08x}"

    @property
    def cpus(self) -> list[tuple[int, ...]]:
        """For each vCPU, the host CPUs that it may run on."""
        if self.server.pins:
            return [(cpu,) for cpu in self.server.pins]
        return [VM_CPUS] * self.server.flavor.vcpus

    @property
    def emulator_cpus(self) -> tuple[int, ...]:
        return tuple(sorted(self.server.pins)) or VM_CPUS


@dataclass(frozen=True, slots=True)
class OvsPort:
    """`traffic` None: nobody is connected to it."""

    bridge: str
    name: str
    kind: str
    number: int
    mac: str
    traffic: Traffic | None
    port_id: str | None = None
    server_id: str | None = None
    guest_mac: str | None = None
    device: str | None = None  # the PCI address of a DPDK port
    speed_mbps: int | None = None
    mtu: int | None = 1500


@dataclass(frozen=True)
class Machine:
    site: Site
    host: Host
    now: float  # seconds since the epoch, by the site's clock

    @property
    def name(self) -> str:
        return self.host.name.partition(".")[0]

    @property
    def up_since(self) -> int:
        return self.host.changed_at if self.host.changed_at > EPOCH_AT else EPOCH_AT - HOURS_BEFORE

    @cached_property
    def guests(self) -> list[Guest]:
        servers = [self.site.servers[server_id] for server_id in self.host.server_ids]
        return [Guest(one, number, _STATES.get(one.status)) for number, one in enumerate(servers, start=1)]

    def traffic(self, what: str, since: int, until: float | None = None) -> Traffic:
        """Grows with time, at a pace that belongs to the interface; some few lose a packet now and then."""
        digest = hashlib.md5(f"{self.site.name}/{self.host.name}/{what}".encode(), usedforsecurity=False).digest()
        seconds = max(0.0, (self.now if until is None else until) - since)
        rx, tx = (int(seconds * (20 + int.from_bytes(two) % 9000)) for two in (digest[0:2], digest[2:4]))
        size = 90 + digest[4] * 4
        loses = digest[5] % 4 == 0
        return Traffic(rx, rx * size, 0, tx, tx * size, tx // 100_000 if loses else 0)

    @cached_property
    def nics(self) -> list[Nic]:
        nics = []
        for number, kind in enumerate(_NICS):
            for function in range(2):
                mac = self.site.ids.hex("nic", self.host.name, number, function)
                nics.append(
                    Nic(
                        address=f"{kind.slot}.{function}",
                        bridge=kind.bridge,
                        name=f"{kind.name}{function}" if kind.name else None,
                        driver=kind.driver,
                        version=kind.version,
                        firmware=kind.firmware,
                        model=kind.model,
                        ids=kind.ids,
                        speed_mbps=kind.speed_mbps,
                        numa_node=kind.numa_node,
                        mac=f"{kind.vendor_mac}:{mac[0:2]}:{mac[2:4]}:{mac[4:5]}{function}",
                        mtu=kind.mtu,
                        bond=kind.bond,
                        link_up=not (kind.spare and function == 1),
                    )
                )
        if any(self.site.ports[port_id].vif_type == "hw_veb" for port_id in self._port_ids()):
            nics.append(_virtual_function(nics))
        return nics

    def _port_ids(self) -> list[str]:
        return [port_id for guest in self.guests for port_id in guest.server.port_ids]

    @cached_property
    def bridges(self) -> dict[str, list[OvsPort]]:
        """The ports of each bridge; the bridge's own first."""
        integration = [
            self._own("br-int"),
            self._patch("br-int", "int-br-prv", 1),
            self._patch("br-int", "int-br-om", 2),
        ]
        for guest in self.guests:
            integration += self._of_guest(guest)
        provider = [self._own("br-prv"), self._patch("br-prv", "phy-br-prv", 1)]
        for number, nic in enumerate(nic for nic in self.nics if nic.name is None and nic.driver == "vfio-pci"):
            if not nic.address.endswith(_FUNCTION):
                provider.append(self._dpdk(nic, number))
        management = [self._own("br-om"), self._patch("br-om", "phy-br-om", 1)]
        management.append(OvsPort("br-om", "bond0", "", 2, self.nics[0].mac, self.traffic("bond0", self.up_since)))
        return {"br-int": integration, "br-om": management, "br-prv": provider}

    def _own(self, bridge: str) -> OvsPort:
        silent = Traffic(0, 0, 0, 0, 0, 45)
        return OvsPort(bridge, bridge, "internal", 65534, self.site.ids.mac("bridge", self.host.name, bridge), silent)

    def _patch(self, bridge: str, name: str, number: int) -> OvsPort:
        mac = self.site.ids.mac("patch", self.host.name, name)
        traffic = self.traffic(name, self.up_since)
        return OvsPort(bridge, name, "patch", number, mac, traffic, mtu=None)

    def _dpdk(self, nic: Nic, number: int) -> OvsPort:
        return OvsPort(
            bridge="br-prv",
            name=f"dpdk{number}",
            kind="dpdk",
            number=2 + number,
            mac=nic.mac,
            traffic=self.traffic(nic.address, self.up_since),
            device=nic.address,
            speed_mbps=nic.speed_mbps,
        )

    def _of_guest(self, guest: Guest) -> list[OvsPort]:
        found = []
        server = guest.server
        for index, port_id in enumerate(server.port_ids):
            port = self.site.ports[port_id]
            if port.vif_type == "hw_veb" or (port.vif_type == "ovs" and guest.state is None):
                continue  # a virtual function is no port of OVS, and a tap goes with its domain
            vhost = port.vif_type == "vhostuser"
            started = max(port.created_at, self.up_since, server.updated_at if server.updated_at > EPOCH_AT else 0)
            until = EPOCH_AT - 3600.0 if guest.state == "paused" else None
            found.append(
                OvsPort(
                    bridge="br-int",
                    name=f"{'vhu' if vhost else 'tap'}{port.id[:11]}",
                    kind="dpdkvhostuserclient" if vhost else "",
                    number=10 + 2 * (server.number % 30000) + index,
                    mac="00:00:00:00:00:00" if vhost else f"fe:{port.mac[3:]}",
                    traffic=None if guest.state is None else self.traffic(port.id, started, until),
                    port_id=port.id,
                    server_id=server.id,
                    guest_mac=port.mac,
                )
            )
        return found

    def huge_pages_free(self, node: int) -> dict[int, int]:
        """Page size in KiB -> free pages of the node."""
        used = {"1GB": 0, "2MB": 0}
        for guest in self.guests:
            server = guest.server
            size = server.flavor.extra_specs.get("hw:mem_page_size")
            if guest.state and size and node in server.numa_nodes:
                used[size] += server.flavor.memory_mib // len(server.numa_nodes)
        return {
            1048576: max(0, HUGE_1G_PER_NODE - used["1GB"] // 1024),
            2048: max(0, HUGE_2M_PER_NODE - used["2MB"] // 2),
        }


def socket_of(cpu: int) -> int:
    return cpu % CORES // CORES_PER_SOCKET


def core_of(cpu: int) -> int:
    return CORE_IDS[cpu % CORES_PER_SOCKET]


def ranges(cpus: tuple[int, ...]) -> str:
    """As the kernel writes a set: 1-23,25-47."""
    parts: list[list[int]] = []
    for cpu in sorted(cpus):
        if parts and cpu == parts[-1][-1] + 1:
            parts[-1][1:] = [cpu]
        else:
            parts.append([cpu])
    return ",".join("-".join(map(str, part)) for part in parts)


@dataclass(frozen=True, slots=True)
class _Kind:
    slot: str
    bridge: str
    name: str
    driver: str
    version: str
    firmware: str
    model: str
    ids: str
    speed_mbps: int
    numa_node: int
    vendor_mac: str
    mtu: int = 1500
    bond: str | None = None
    spare: bool = False


_NICS = (
    _Kind(
        slot="0000:18:00",
        bridge="pci0000:17/0000:17:00.0",
        name="control",
        driver="i40e",
        version="2.8.20-k",
        firmware="6.01 0x80003d3b 1.1862.0",
        model="Intel Corporation Ethernet Controller X710 for 10GbE SFP+ (rev 02)",
        ids="8086:1572",
        speed_mbps=10000,
        numa_node=0,
        vendor_mac="3c:fd:fe",
        bond="bond0",
    ),
    _Kind(
        slot="0000:1a:00",
        bridge="pci0000:17/0000:17:02.0",
        name="storage",
        driver="ixgbe",
        version="5.1.0-k",
        firmware="0x80000d38",
        model="Intel Corporation 82599ES 10-Gigabit SFI/SFP+ Network Connection (rev 01)",
        ids="8086:10FB",
        speed_mbps=10000,
        numa_node=0,
        vendor_mac="90:e2:ba",
        mtu=9000,
    ),
    _Kind(
        slot="0000:3b:00",
        bridge="pci0000:3a/0000:3a:00.0",
        name="sriov",
        driver="mlx5_core",
        version="5.0-0",
        firmware="16.32.1010 (MT_0000000080)",
        model="Mellanox Technologies MT27800 Family [ConnectX-5]",
        ids="15B3:1017",
        speed_mbps=25000,
        numa_node=0,
        vendor_mac="b8:59:9f",
        mtu=9000,
    ),
    _Kind(
        slot="0000:af:00",
        bridge="pci0000:ae/0000:ae:00.0",
        name="backup",
        driver="bnxt_en",
        version="1.10.0",
        firmware="218.0.219.13/pkg 21.85.21.92",
        model="Broadcom Inc. and subsidiaries BCM57414 NetXtreme-E 10Gb/25Gb RDMA Ethernet Controller (rev 01)",
        ids="14E4:16D7",
        speed_mbps=25000,
        numa_node=1,
        vendor_mac="bc:97:e1",
        spare=True,
    ),
    _Kind(
        slot="0000:d8:00",
        bridge="pci0000:d7/0000:d7:00.0",
        name="",
        driver="vfio-pci",
        version="",
        firmware="",
        model="Intel Corporation Ethernet Controller XXV710 for 25GbE SFP28 (rev 02)",
        ids="8086:158B",
        speed_mbps=25000,
        numa_node=1,
        vendor_mac="3c:fd:fe",
    ),
)
_FUNCTION = ":02.1"


def _virtual_function(nics: list[Nic]) -> Nic:
    """The one that neutron's port binding names (`pci_slot`): given to a guest, so bound to vfio-pci."""
    parent = next(nic for nic in nics if nic.driver == "mlx5_core")
    return Nic(
        address=parent.address.partition(".")[0].removesuffix(":00") + _FUNCTION,
        bridge=parent.bridge,
        name=None,
        driver="vfio-pci",
        version="",
        firmware="",
        model="Mellanox Technologies MT27800 Family [ConnectX-5 Virtual Function]",
        ids="15B3:1018",
        speed_mbps=parent.speed_mbps,
        numa_node=parent.numa_node,
        mac="",
    )
