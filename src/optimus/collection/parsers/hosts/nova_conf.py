"""nova's CPU sets: of nova.conf only the section heads and the lines of these options are ever printed.

`cpu_dedicated_set` (section compute) is for pinned guests; before it came, `vcpu_pin_set` (DEFAULT) held the CPUs
of all guests, and some sites write `cpu_pin_set`. A file that sets none leaves all CPUs to nova.

>>> parse_nova_conf('''# file /etc/nova/nova.conf
... [DEFAULT]
... [compute]
... cpu_shared_set = 0-1
... cpu_dedicated_set=2-7,^4''').value
NovaCpus(dedicated=(2, 3, 5, 6, 7), shared=(0, 1), source='/etc/nova/nova.conf')
"""

from optimus.collection.parsers.hosts.cpu_lists import parse_cpu_list
from optimus.collection.parsers.hosts.reading import Parsed, Unreadable, excerpt
from optimus.facts.hosts import NovaCpus

_DEDICATED = ("cpu_dedicated_set", "vcpu_pin_set", "cpu_pin_set")
_SHARED = "cpu_shared_set"


def parse_nova_conf(text: str) -> Parsed[NovaCpus]:
    source: str | None = None
    sets: dict[str, tuple[int, ...]] = {}
    skipped: list[str] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, equals, value = (part.strip() for part in line.partition("="))
        if line.startswith("# file "):
            source = line.removeprefix("# file ")
        elif equals and name in {*_DEDICATED, _SHARED}:
            if value:
                sets[name] = parse_cpu_list(value)
        elif not line.startswith("["):
            skipped.append(excerpt(name))
    if source is None:
        raise Unreadable("nova.conf", "the file's name and its CPU sets", text)
    dedicated = next((sets[name] for name in _DEDICATED if name in sets), None)
    return Parsed(NovaCpus(dedicated, sets.get(_SHARED), source), tuple(skipped))
