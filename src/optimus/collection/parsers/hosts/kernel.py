"""The kernel's command line from /proc/cmdline. It may hold secrets of an installation: they are masked.

>>> parse_kernel("root=/dev/sda1 isolcpus=nohz,domain,2-3,6 nohz_full=2-3 hugepages=64").value
Kernel(command_line='root=/dev/sda1 isolcpus=nohz,domain,2-3,6 nohz_full=2-3 hugepages=64', isolated=(2, 3, 6), \
nohz_full=(2, 3))
"""

import re

from optimus.collection.parsers.hosts.cpu_lists import parse_cpu_list
from optimus.collection.parsers.hosts.reading import Parsed, Unreadable, excerpt, masked
from optimus.facts.hosts import Kernel

_FLAG = re.compile(r"[a-z_]+")


def parse_kernel(text: str) -> Parsed[Kernel]:
    line = " ".join(text.split())
    if not line:
        raise Unreadable("kernel", "the command line", text)
    skipped: list[str] = []
    isolated, nohz_full = (_cpus(line, name, skipped) for name in ("isolcpus", "nohz_full"))
    return Parsed(Kernel(masked(line), isolated, nohz_full), tuple(skipped))


def _cpus(line: str, name: str, skipped: list[str]) -> tuple[int, ...]:
    """The last setting counts; flags such as `managed_irq` stand before the CPUs."""
    values = [word.partition("=")[2] for word in line.split() if word.startswith(f"{name}=")]
    if not values:
        return ()
    try:
        return parse_cpu_list(",".join(part for part in values[-1].split(",") if not _FLAG.fullmatch(part)))
    except Unreadable:
        skipped.append(excerpt(f"{name}={values[-1]}"))
        return ()
