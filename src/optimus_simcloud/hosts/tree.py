"""The files of a simulated compute host that its commands read: /proc, /sys and nova's configuration."""

from functools import lru_cache

from optimus_simcloud.hosts.machine import (
    HUGE_1G_PER_NODE,
    HUGE_2M_PER_NODE,
    ISOLATED_CPUS,
    NODE_MEMORY_KIB,
    SOCKETS,
    VM_CPUS,
    Machine,
    Nic,
    Traffic,
    core_of,
    ranges,
    socket_of,
)
from optimus_simcloud.made.site import HOST_CPUS
from optimus_simcloud.shell.files import File, Folder, Link, folder_at, put

KERNEL_RELEASE = "5.14.0-427.16.1.el9_4.x86_64"
_ALL = tuple(range(HOST_CPUS))
_NOT_READ = File("", error="Invalid argument")  # what the kernel answers for an interface without a link


def files_of(machine: Machine) -> Folder:
    root: Folder = {}
    isolated = ranges(ISOLATED_CPUS)
    pages = f"default_hugepagesz=1G hugepagesz=1G hugepages={HUGE_1G_PER_NODE * SOCKETS}"
    put(
        root,
        "/proc/cmdline",
        f"BOOT_IMAGE=(hd0,gpt2)/vmlinuz-{KERNEL_RELEASE} root=/dev/mapper/vg-root ro intel_iommu=on iommu=pt {pages} "
        f"isolcpus={isolated} nohz_full={isolated} rcu_nocbs={isolated}",
    )
    put(root, "/proc/sys/kernel/hostname", machine.name)
    put(root, "/proc/sys/kernel/osrelease", KERNEL_RELEASE)
    folder_at(root, "/sys/devices/system")["cpu"] = _cpus()
    _nodes(root, machine)
    _nics(root, machine)
    _links(root, machine)
    settings = (
        f"[DEFAULT]\nhost = {machine.host.name}\nvcpu_pin_set = {ranges(VM_CPUS)}\n"
        "reserved_host_memory_mb = 16384\n[libvirt]\nvirt_type = kvm\n[neutron]\npassword = simulated\n"
    )
    put(root, "/etc/nova/nova.conf", File(settings, private=True))
    return root


@lru_cache(maxsize=1)
def _cpus() -> Folder:
    """The same on every host, and never changed."""
    root: Folder = {}
    for name in ("online", "present"):
        put(root, name, ranges(_ALL))
    for name in ("isolated", "nohz_full"):
        put(root, name, ranges(ISOLATED_CPUS))
    put(root, "offline", "")
    for cpu in _ALL:
        put(root, f"cpu{cpu}/topology/core_id", str(core_of(cpu)))
        put(root, f"cpu{cpu}/topology/physical_package_id", str(socket_of(cpu)))
    return root


def _nodes(root: Folder, machine: Machine) -> None:
    for node in range(SOCKETS):
        path = f"/sys/devices/system/node/node{node}"
        put(root, f"{path}/cpulist", ranges(tuple(cpu for cpu in _ALL if socket_of(cpu) == node)))
        put(root, f"{path}/meminfo", f"Node {node} MemTotal:       {NODE_MEMORY_KIB} kB")
        free = machine.huge_pages_free(node)
        for size, total in ((1048576, HUGE_1G_PER_NODE), (2048, HUGE_2M_PER_NODE)):
            put(root, f"{path}/hugepages/hugepages-{size}kB/nr_hugepages", str(total))
            put(root, f"{path}/hugepages/hugepages-{size}kB/free_hugepages", str(free[size]))


def _nics(root: Folder, machine: Machine) -> None:
    """Each device once, where it is; /sys/bus and /sys/class have links to it."""
    for index, nic in enumerate(machine.nics, start=2):
        device = f"devices/{nic.bridge}/{nic.address}"
        folder = folder_at(root, f"/sys/{device}")
        vendor, _, model = nic.ids.partition(":")
        put(
            folder,
            "uevent",
            f"DRIVER={nic.driver}\nPCI_CLASS=20000\nPCI_ID={nic.ids}\nPCI_SLOT_NAME={nic.address}\n"
            f"MODALIAS=pci:v0000{vendor}d0000{model}sv0000{vendor}sd00000001bc02sc00i00",
        )
        put(folder, "class", "0x020000")
        put(folder, "numa_node", str(nic.numa_node))
        if nic.version:
            put(folder, "driver/module/version", nic.version)
        folder_at(root, "/sys/bus/pci/devices")[nic.address] = Link(f"../../../{device}", folder)
        if nic.name:
            since = machine.up_since
            traffic = machine.traffic(nic.address, since) if nic.link_up else None
            interface = _interface(nic, index, traffic)
            interface["device"] = Link(f"../../../{nic.address}", folder)
            folder_at(folder, "net")[nic.name] = interface
            folder_at(root, "/sys/class/net")[nic.name] = Link(f"../../{device}/net/{nic.name}", interface)


def _interface(nic: Nic, index: int, traffic: Traffic | None) -> Folder:
    assert nic.name is not None
    folder = _any_interface(nic.name, index, nic.mac, nic.mtu, traffic)
    if nic.link_up:
        put(folder, "speed", str(nic.speed_mbps))
    return folder


def _any_interface(name: str, index: int, mac: str, mtu: int, traffic: Traffic | None) -> Folder:
    folder: Folder = {}
    put(folder, "address", mac)
    put(folder, "mtu", str(mtu))
    put(folder, "operstate", "up" if traffic else "down")
    put(folder, "carrier", "1" if traffic else "0")
    put(folder, "speed", _NOT_READ)
    put(folder, "type", "1")
    put(folder, "uevent", f"INTERFACE={name}\nIFINDEX={index}")
    count = traffic or Traffic(0, 0, 0, 0, 0, 0)
    for field, value in (
        ("rx_packets", count.rx_packets),
        ("tx_packets", count.tx_packets),
        ("rx_errors", 0),
        ("tx_errors", 0),
        ("rx_dropped", count.rx_dropped),
        ("tx_dropped", count.tx_dropped),
    ):
        put(folder, f"statistics/{field}", str(value))
    return folder


def _links(root: Folder, machine: Machine) -> None:
    """The interfaces without a device: the bond, the bridges and the guests' taps."""
    put(root, "/sys/class/net/bonding_masters", "bond0")
    members = " ".join(nic.name for nic in machine.nics if nic.bond and nic.name)
    names = ["lo", "ovs-netdev"]
    for bridge, ports in machine.bridges.items():
        names += [bridge, *(port.name for port in ports if port.name.startswith("tap"))]
    for index, name in enumerate(["bond0", *names], start=100):
        traffic = machine.traffic(name, machine.up_since)
        folder = _any_interface(name, index, machine.site.ids.mac("link", machine.host.name, name), 1500, traffic)
        if name == "bond0":
            put(folder, "bonding/slaves", members)
        if name.startswith("tap"):
            put(folder, "tun_flags", "0x1002")
        folder_at(root, "/sys/devices/virtual/net")[name] = folder
        folder_at(root, "/sys/class/net")[name] = Link(f"../../devices/virtual/net/{name}", folder)
