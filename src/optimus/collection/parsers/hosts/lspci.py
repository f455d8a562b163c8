"""What the PCI devices are called: `lspci -D`, its network controllers.

Empty means that the host has none.

>>> parse_lspci('''0000:00:03.0 Ethernet controller: Red Hat, Inc. Virtio 1.0 network device (rev 01)
... pcilib: Cannot open /sys/bus/pci/devices/x''')
Parsed(value={'0000:00:03.0': 'Ethernet controller: Red Hat, Inc. Virtio 1.0 network device (rev 01)'}, \
skipped=('pcilib: Cannot open /sys/bus/pci/devices/x',))
"""

import re

from optimus.collection.parsers.hosts.reading import Parsed, Unreadable, excerpt

PCI_ADDRESS = r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]"
_LINE = re.compile(rf"({PCI_ADDRESS}) (\S.*)")


def parse_lspci(text: str) -> Parsed[dict[str, str]]:
    """PCI address -> description."""
    lines = [line for line in text.splitlines() if line.strip()]
    found = [_LINE.fullmatch(line.rstrip()) for line in lines]
    skipped = tuple(excerpt(line) for line, match in zip(lines, found, strict=True) if not match)
    if lines and len(skipped) == len(lines):
        raise Unreadable("lspci", "a PCI address and a description", text)
    return Parsed({match[1]: match[2] for match in found if match}, skipped)
