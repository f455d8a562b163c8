"""Network controllers on the PCI bus and the drivers that have them, from /sys/bus/pci/devices.

This is where a NIC is found that a user-space driver has taken: it has no name in the kernel any more.
Nothing printed means that the host has no such device.

>>> parse_pci_nics('''0000:05:00.0/uevent:DRIVER=vfio-pci
... 0000:05:00.0/uevent:PCI_ID=8086:1572
... 0000:05:00.0/numa_node:1
... 0000:06:00.0/numa_node:-1''').value
(PciNic(address='0000:05:00.0', driver='vfio-pci', numa_node=1), \
PciNic(address='0000:06:00.0', driver=None, numa_node=None))
>>> parse_pci_nics("")
Absent(why='the host has no network controller on its PCI bus')
"""

import re
from dataclasses import dataclass

from optimus.collection.parsers.hosts.lspci import PCI_ADDRESS
from optimus.collection.parsers.hosts.reading import Absent, Parsed, Unreadable, excerpt, whole

_LINE = re.compile(rf"({PCI_ADDRESS})/(uevent|numa_node):(.*)")


@dataclass(frozen=True, slots=True)
class PciNic:
    """One network controller (PCI class 02). `numa_node` is None where the firmware names none."""

    address: str
    driver: str | None
    numa_node: int | None


def parse_pci_nics(text: str) -> Parsed[tuple[PciNic, ...]] | Absent:
    drivers: dict[str, str | None] = {}
    nodes: dict[str, int | None] = {}
    skipped: list[str] = []
    for line in filter(None, text.splitlines()):
        found = _LINE.fullmatch(line)
        if not found:
            skipped.append(excerpt(line))
            continue
        address, file, content = found.groups()
        drivers.setdefault(address, None)
        if file == "numa_node":
            number = whole(content)
            nodes[address] = number if number is not None and number >= 0 else None
        elif content.startswith("DRIVER="):
            drivers[address] = content.removeprefix("DRIVER=")
    if skipped and not drivers:
        raise Unreadable("pci", "files of PCI devices", text)
    if not drivers:
        return Absent("the host has no network controller on its PCI bus")
    return Parsed(tuple(PciNic(one, drivers[one], nodes.get(one)) for one in sorted(drivers)), tuple(skipped))
