"""Network interfaces from /sys/class/net: `ls -l` of it, then `grep -H` over each interface's files.

The link's target shows the device: `…/0000:3b:00.0/net/control0` on PCI, also with `virtio0` between;
`…/devices/virtual/…` for what is made of software. `speed` and `carrier` cannot be read of an interface that is down.

>>> read = parse_net_devices('''total 0
... lrwxrwxrwx 1 root root 0 Nov 23 22:22 eth0 -> ../../devices/pci0000:00/0000:00:04.0/virtio0/net/eth0
... lrwxrwxrwx 1 root root 0 Nov 23 22:22 lo -> ../../devices/virtual/net/lo
... eth0/address:52:54:00:12:34:56
... eth0/mtu:1500
... eth0/operstate:up
... eth0/speed:-1
... eth0/device/uevent:DRIVER=virtio_net
... eth0/statistics/rx_packets:12
... bond0/bonding/slaves:eth0 eth1''')
>>> eth0 = read.value[0]
>>> eth0.name, eth0.pci_address, eth0.driver, eth0.mtu, eth0.speed_mbps, eth0.link_up, eth0.bond
('eth0', '0000:00:04.0', 'virtio_net', 1500, None, True, 'bond0')
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from optimus.collection.parsers.hosts.lspci import PCI_ADDRESS
from optimus.collection.parsers.hosts.reading import Absent, Parsed, Unreadable, file_lines, whole
from optimus.facts.hosts import Counters

_LINK = re.compile(r"l\S+\s.*?\s(\S+) -> (\S+)")
_ADDRESS = re.compile(PCI_ADDRESS)
_ETHERNET, _INFINIBAND = 1, 32
# What the kernel's UDEVTYPE calls interfaces that stand for no port of their own.
_MADE_OF_SOFTWARE = frozenset(
    {"bridge", "bond", "vlan", "vxlan", "geneve", "gre", "ipip", "sit", "ip6tnl", "wireguard"}
)


@dataclass(frozen=True, slots=True)
class NetDevice:
    """One interface. `on_usb`: its device hangs on a USB controller, whose PCI address would not be its own."""

    name: str
    mac: str | None
    mtu: int | None
    link_up: bool | None
    speed_mbps: int | None
    pci_address: str | None
    has_device: bool
    on_usb: bool
    driver: str | None
    driver_version: str | None
    numa_node: int | None
    bond: str | None
    counters: Counters | None
    looks_physical: bool


def parse_net_devices(text: str) -> Parsed[tuple[NetDevice, ...]] | Absent:
    """The interfaces of which files were read; not all that the kernel has."""
    if not text.strip():
        raise Unreadable("net", "the interfaces of the kernel", text)
    paths = {found[1]: found[2] for line in text.splitlines() if (found := _LINK.fullmatch(line.rstrip()))}
    files: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path, content in file_lines(text):
        name, _, file = path.removeprefix("./").partition("/")
        if file and " " not in name:
            files[name][file].append(content)
    bonds = {
        member: name for name, one in files.items() for line in one.get("bonding/slaves", ()) for member in line.split()
    }
    devices = tuple(
        _device(name, one, paths.get(name, ""), bonds.get(name))
        for name, one in sorted(files.items())
        if one.get("address")
    )
    if devices:
        return Parsed(devices)
    if paths:
        return Absent("the host has no network interface but lo and those of guests")
    raise Unreadable("net", "the interfaces of the kernel", text)


def _device(name: str, files: dict[str, list[str]], path: str, bond: str | None) -> NetDevice:
    uevent = dict(line.partition("=")[::2] for line in files.get("device/uevent", ()))
    on_usb = "/usb" in path
    addresses = [] if on_usb else _ADDRESS.findall(path)
    if not addresses and not on_usb and "PCI_SLOT_NAME" in uevent:
        addresses = [uevent["PCI_SLOT_NAME"]]
    speed, node = whole(_first(files, "speed")), whole(_first(files, "device/numa_node"))
    return NetDevice(
        name=name,
        mac=_first(files, "address"),
        mtu=whole(_first(files, "mtu")),
        link_up=_link(files),
        speed_mbps=speed if speed is not None and 0 < speed < 2**31 else None,
        pci_address=addresses[-1] if addresses else None,
        has_device=bool(addresses) or "device/uevent" in files or (bool(path) and "/virtual/" not in path),
        on_usb=on_usb,
        driver=uevent.get("DRIVER") or None,
        driver_version=_first(files, "device/driver/module/version"),
        numa_node=node if node is not None and node >= 0 else None,
        bond=bond,
        counters=_counters(files),
        looks_physical=_looks_physical(name, files),
    )


def _first(files: dict[str, list[str]], file: str) -> str | None:
    return next((content.strip() for content in files.get(file, ()) if content.strip()), None)


def _link(files: dict[str, list[str]]) -> bool | None:
    """The carrier; unreadable while an interface is down, which its state tells."""
    carrier = _first(files, "carrier")
    if carrier in {"0", "1"}:
        return carrier == "1"
    state = _first(files, "operstate")
    if state in {"up", "down", "lowerlayerdown", "notpresent"}:
        return state == "up"
    return None


def _counters(files: dict[str, list[str]]) -> Counters | None:
    names = ("rx_packets", "tx_packets", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped")
    values = [whole(_first(files, f"statistics/{name}")) for name in names]
    return Counters(*values) if any(value is not None for value in values) else None


def _looks_physical(name: str, files: dict[str, list[str]]) -> bool:
    kind = dict(line.partition("=")[::2] for line in files.get("uevent", ())).get("DEVTYPE", "")
    ethernet = whole(_first(files, "type")) in {_ETHERNET, _INFINIBAND, None}
    return name != "lo" and ethernet and "tun_flags" not in files and kind not in _MADE_OF_SOFTWARE
