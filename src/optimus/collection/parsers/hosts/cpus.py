"""CPU topology from /sys/devices/system/cpu.

The core and package ids are the kernel's own: core ids repeat on each socket and have holes, as DPDK's CPU layout
prints them (`lscpu -p` numbers cores anew). An offline CPU has no topology. A machine without sysfs is unreadable.

>>> read = parse_cpus('''online:0-2
... offline:3-7
... present:0-3
... nohz_full: (null)
... isolated:2
... cpu0/topology/core_id:0
... cpu1/topology/core_id:8
... cpu2/topology/core_id:0
... cpu0/topology/physical_package_id:0
... cpu1/topology/physical_package_id:0
... cpu2/topology/physical_package_id:1''')
>>> [(cpu.id, cpu.core, cpu.socket, cpu.online) for cpu in read.value.cpus]
[(0, 0, 0, True), (1, 8, 0, True), (2, 0, 1, True), (3, None, None, False)]
>>> read.value.isolated, read.value.nohz_full
((2,), ())
"""

import re
from dataclasses import dataclass

from optimus.collection.parsers.hosts.cpu_lists import parse_cpu_list
from optimus.collection.parsers.hosts.reading import Parsed, Unreadable, excerpt, file_lines, whole
from optimus.facts.hosts import LogicalCpu

_TOPOLOGY = re.compile(r"cpu(\d+)/topology/(core_id|physical_package_id)")
_LISTS = ("online", "offline", "present", "isolated", "nohz_full")


@dataclass(frozen=True, slots=True)
class CpuTopology:
    """The CPUs, still without their NUMA nodes. `isolated` and `nohz_full` are None where this kernel does not say."""

    cpus: tuple[LogicalCpu, ...]
    isolated: tuple[int, ...] | None
    nohz_full: tuple[int, ...] | None


def parse_cpus(text: str) -> Parsed[CpuTopology]:
    lists: dict[str, tuple[int, ...]] = {}
    ids: dict[str, dict[int, int]] = {"core_id": {}, "physical_package_id": {}}
    skipped: list[str] = []
    for path, content in file_lines(text):
        found = _TOPOLOGY.fullmatch(path)
        if path in _LISTS:
            lists[path] = parse_cpu_list(content)
        elif found and (number := whole(content)) is not None:
            ids[found[2]][int(found[1])] = max(number, 0)  # -1: firmware names no package, so there is one
        else:
            skipped.append(excerpt(f"{path}:{content}"))
    if "online" not in lists and not ids["core_id"]:
        raise Unreadable("cpus", "the list of online CPUs", text)
    online = set(lists.get("online", ids["core_id"]))
    known = sorted(online | set(lists.get("present", ())))  # `offline` also has CPUs that were never plugged in
    cpus = tuple(
        LogicalCpu(cpu, ids["core_id"].get(cpu), ids["physical_package_id"].get(cpu), None, cpu in online)
        for cpu in known
    )
    return Parsed(CpuTopology(cpus, lists.get("isolated"), lists.get("nohz_full")), tuple(skipped))
