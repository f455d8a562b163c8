"""NUMA nodes, their CPUs, memory and huge pages from /sys/devices/system/node.

A kernel without NUMA has no such folder: nothing is printed, and nothing is there.

>>> parse_numa('''node1/cpulist:4-7
... node0/cpulist:0-3
... node0/meminfo:Node 0 MemTotal:       197542912 kB
... node0/hugepages/hugepages-1048576kB/nr_hugepages:160
... node0/hugepages/hugepages-1048576kB/free_hugepages:12''').value  # doctest: +NORMALIZE_WHITESPACE
(NumaNode(id=0, cpus=(0, 1, 2, 3), memory_kib=197542912, hugepages=(HugePages(size_kib=1048576, total=160, free=12),)),
 NumaNode(id=1, cpus=(4, 5, 6, 7), memory_kib=None, hugepages=()))
>>> parse_numa("")
Absent(why='the kernel shows no NUMA nodes')
"""

import re
from collections import defaultdict

from optimus.collection.parsers.hosts.cpu_lists import parse_cpu_list
from optimus.collection.parsers.hosts.reading import Absent, Parsed, Unreadable, excerpt, file_lines
from optimus.facts.hosts import HugePages, NumaNode

_CPUS = re.compile(r"node(\d+)/cpulist")
_MEMORY = re.compile(r"Node \d+ MemTotal:\s+(\d+) kB")
_PAGES = re.compile(r"node(\d+)/hugepages/hugepages-(\d+)kB/(nr|free)_hugepages")


def parse_numa(text: str) -> Parsed[tuple[NumaNode, ...]] | Absent:
    if not text.strip():
        return Absent("the kernel shows no NUMA nodes")
    cpus: dict[int, tuple[int, ...]] = {}
    memory: dict[int, int] = {}
    pages: dict[int, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    skipped: list[str] = []
    for path, content in file_lines(text):
        if found := _CPUS.fullmatch(path):
            cpus[int(found[1])] = parse_cpu_list(content)
        elif path.endswith("/meminfo") and (total := _MEMORY.fullmatch(content.strip())):
            memory[int(path[4:-8])] = int(total[1])
        elif (found := _PAGES.fullmatch(path)) and content.isdecimal():
            pages[int(found[1])][int(found[2])][found[3]] = int(content)
        else:
            skipped.append(excerpt(f"{path}:{content}"))
    if not cpus:
        raise Unreadable("numa", "the CPUs of each node", text)
    nodes = tuple(NumaNode(node, cpus[node], memory.get(node), _huge(pages[node])) for node in sorted(cpus))
    return Parsed(nodes, tuple(skipped))


def _huge(sizes: dict[int, dict[str, int]]) -> tuple[HugePages, ...]:
    return tuple(
        HugePages(size, count["nr"], count["free"])
        for size, count in sorted(sizes.items())
        if {"nr", "free"} <= set(count)
    )
