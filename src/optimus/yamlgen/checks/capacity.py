"""CPUs and memory of the `resources` sheet, and what the VMs of a physical host add up to."""

from collections.abc import Iterator, Mapping

from optimus.yamlgen.binding.records import Record, Tables, table_of
from optimus.yamlgen.codes import IssueCode, Level
from optimus.yamlgen.issues import Issue, Issues, issue
from optimus.yamlgen.rules.model import Pack
from optimus.yamlgen.verify import Output
from optimus.yamlgen.yamltext.nodes import child, items, text_of

_MOST_CPUS = 4096
_UNITS = {"K": 1 / 1024 / 1024, "M": 1 / 1024, "G": 1.0}


def check_resources(tables: Tables, pack: Pack, issues: Issues) -> None:
    for record in table_of(tables, "resources").records:
        issues.extend(_cpus(record))
        issues.extend(_memory(record, pack.policy.host_reserve_gib))


def cpu_list(text: str) -> list[int]:
    """Single CPUs of a list with ranges.

    >>> cpu_list("0-2,8")
    [0, 1, 2, 8]
    """
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), min(int(last or first), int(first) + _MOST_CPUS) + 1))
    return sorted(found)


def _number(record: Record, name: str, default: int = 0) -> int:
    value = record.get(name)
    return value if isinstance(value, int) else default


def _cpus(record: Record) -> Iterator[Issue]:
    text = record.text("reserved_cpus")
    sockets, cores = _number(record, "sockets", 1), _number(record, "cores")
    threads = _number(record, "threads", 1)
    if not text or cores <= 0 or sockets <= 0 or threads <= 0:
        return
    where = record.place("reserved_cpus")
    reserved = set(cpu_list(text))
    physical, total = sockets * cores, sockets * cores * threads
    beyond = sorted(cpu for cpu in reserved if cpu >= total)
    if beyond:
        yield issue(
            IssueCode.CPUS, "cpu.missing", where=where, shown=beyond[0], name=record.key, count=total, value=text
        )
    # Linux numbers all first threads, then all second ones: cpu and cpu + physical are siblings.
    for core in range(physical):
        siblings = {core + physical * thread for thread in range(threads)}
        if siblings & reserved and not siblings <= reserved:
            yield issue(IssueCode.CPUS, "cpu.sibling", level=Level.WARNING, where=where, shown=core, name=record.key,
                        value=text)  # fmt: skip
            break
    for socket in range(sockets):
        node = {core + physical * thread for core in range(socket * cores, (socket + 1) * cores)
                for thread in range(threads)}  # fmt: skip
        if node <= reserved:
            yield issue(IssueCode.CPUS, "cpu.node_full", where=where, shown=socket, name=record.key, value=text)


def _memory(record: Record, reserve: int) -> Iterator[Issue]:
    size, count, have = record.text("hugepage_size"), _number(record, "hugepage_count"), _number(record, "memGiB")
    if not size or not count or not have:
        return
    need = int(size[:-1]) * _UNITS[size[-1]] * count + reserve
    if need > have:
        yield issue(IssueCode.HUGEPAGES, "memory.hugepages", where=record.place("hugepage_count"), name=record.key,
                    need=f"{need:g}", have=have, value=count)  # fmt: skip


def check_vms(outputs: Mapping[str, Output], tables: Tables, issues: Issues) -> None:
    hosts, profiles = outputs.get("hosts.yaml"), outputs.get("host_profile.yaml")
    resources = {record.text("name"): record for record in table_of(tables, "resources").records}
    if hosts is None or profiles is None or not resources:
        return
    needs = {
        text_of(child(node, "name")): [text_of(child(child(node, "vmResources"), key)) for key in ("cpu", "memGiB")]
        for node in items(child(profiles.root, "hostProfiles"))
    }
    kinds = {text_of(child(node, "hostname")): text_of(child(node, "hostProfile"))
             for node in items(child(hosts.root, "physicalHosts"))}  # fmt: skip
    sums: dict[str, list[int]] = {}
    for vm in items(child(hosts.root, "virtualHosts")):
        below = text_of(child(vm, "physicalHost"))
        into = sums.setdefault(below, [0, 0])
        for at, text in enumerate(needs.get(text_of(child(vm, "hostProfile")), [])):
            into[at] += int(text) if text.isdigit() else 0
    for host, (cpu, memory) in sums.items():
        record = resources.get(kinds.get(host, ""))
        if record is None:
            continue
        cpus = _number(record, "sockets", 1) * _number(record, "cores") * _number(record, "threads", 1)
        for need, have, what in ((cpu, cpus, "CPUs"), (memory, _number(record, "memGiB"), "GiB of memory")):
            if have and need > have:
                issues.add(issue(IssueCode.VM_SUM, "vm.sum", level=Level.WARNING, where=record.place("name"),
                                 host=host, need=need, have=have, what=what))  # fmt: skip
