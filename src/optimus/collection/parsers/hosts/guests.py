"""Guests: one virsh process that says of every active domain its state, XML and pins.

Before each domain stands a line `@<mark> <uuid>` that nothing in a domain's metadata can imitate; its mark is taken
from the first line. A domain that ended meanwhile has an error there and is left out, as shut-off ones are. Old
libvirts print `VCPU: CPU Affinity` and `0: 4`.

>>> read = parse_guests('''mark 0f
... @0f 29b65fc9-e416-4e78-b21e-a55e759eb6d9
... running
...
... <domain type='kvm' id='1'>
...   <name>instance-0000000a</name>
...   <uuid>29b65fc9-e416-4e78-b21e-a55e759eb6d9</uuid>
...   <metadata><nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1">
...     <nova:name>vm_a_01</nova:name></nova:instance></metadata>
...   <vcpu placement='static' cpuset='2-7'>2</vcpu>
... </domain>
...
...  VCPU   CPU Affinity
... ----------------------
...  0      4
...  1      52
...
... emulator: CPU Affinity
... ----------------------------------
...        *: 2,50''')
>>> read.value  # doctest: +NORMALIZE_WHITESPACE
(Guest(uuid='29b65fc9-e416-4e78-b21e-a55e759eb6d9', instance='instance-0000000a', name='vm_a_01', state='running',
       vcpu_cpus=((4,), (52,)), pinned=True, emulator_cpus=(2, 50)),)
>>> parse_guests("mark 0f").value
()
"""

import re
from xml.etree.ElementTree import Element, fromstring
from xml.etree.ElementTree import ParseError as XmlError

from optimus.collection.parsers.hosts.cpu_lists import MOST_CPUS, parse_cpu_list
from optimus.collection.parsers.hosts.reading import Parsed, Unreadable, whole
from optimus.facts.hosts import Guest

_DOMAIN = re.compile(r"^<domain\b.*?^</domain>", re.DOTALL | re.MULTILINE)
_VCPU_PIN = re.compile(r"^\s*(\d+):?\s+([\d,^-]+)\s*$", re.MULTILINE)
_EMULATOR_PIN = re.compile(r"^\s*\*:?\s+([\d,^-]+)\s*$", re.MULTILINE)
_ENDED = frozenset({"shut off", ""})


def parse_guests(text: str) -> Parsed[tuple[Guest, ...]]:
    mark, _, rest = text.partition("\n")
    if not mark.startswith("mark ") or not mark.removeprefix("mark ").strip():
        raise Unreadable("guests", "a line 'mark …'", text)
    blocks = re.split(rf"^@{re.escape(mark[5:].strip())} ", rest, flags=re.MULTILINE)[1:]
    guests: list[Guest] = []
    skipped: list[str] = []
    for block in blocks:
        uuid, _, said = block.partition("\n")
        try:
            guest = _guest(said)
        except Unreadable as failure:
            skipped.append(f"{uuid.strip()}: {failure}")
        else:
            if guest:
                guests.append(guest)
    return Parsed(tuple(guests), tuple(skipped))


def _guest(said: str) -> Guest | None:
    """None for one that has ended: it has no XML any more, or it says that it is shut off."""
    found = _DOMAIN.search(said)
    if not found:
        if "<domain" in said:
            raise Unreadable("domain", "the whole XML of a domain", said)
        return None
    state = next((line.strip() for line in said[: found.start()].splitlines() if line.strip()), "")
    if state in _ENDED:
        return None
    domain = _xml(found[0])
    vcpus = _vcpus(domain, said[found.end() :])
    return Guest(
        uuid=domain.findtext("uuid") or "",
        instance=domain.findtext("name") or "",
        name=_nova_name(domain),
        state=state,
        vcpu_cpus=vcpus,
        pinned=bool(vcpus) and all(len(cpus) == 1 for cpus in vcpus),
        emulator_cpus=_emulator(domain, said[found.end() :]),
    )


def _xml(text: str) -> Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # libvirt writes none; they are the way to blow up a parser
        raise Unreadable("domain", "XML without a document type", text)
    try:
        return fromstring(text)  # noqa: S314 - without entities, from libvirt, bounded
    except XmlError as failure:
        raise Unreadable("domain", "the XML of a domain", text) from failure


def _nova_name(domain: Element) -> str | None:
    """By its local name: the namespace's version differs between novas. Only nova's own; flavors have names too."""
    for instance in domain.findall("metadata/*"):
        if instance.tag.rpartition("}")[2] == "instance" and "nova" in instance.tag:
            return next((one.text for one in instance if one.tag.rpartition("}")[2] == "name"), None)
    return None


def _vcpus(domain: Element, printed: str) -> tuple[tuple[int, ...], ...]:
    """As virsh prints them (the pins in force); without that, as the XML sets them."""
    pins = {int(vcpu): parse_cpu_list(cpus) for vcpu, cpus in _VCPU_PIN.findall(_part(printed, "VCPU"))}
    if pins:
        return tuple(pins[vcpu] for vcpu in sorted(pins))
    vcpu = domain.find("vcpu")
    default = parse_cpu_list(vcpu.get("cpuset", "")) if vcpu is not None else ()
    count = min(whole(vcpu.get("current") or vcpu.text) or 0 if vcpu is not None else 0, MOST_CPUS)
    set_pins = {one.get("vcpu"): parse_cpu_list(one.get("cpuset", "")) for one in domain.findall("cputune/vcpupin")}
    return tuple(set_pins.get(str(at), default) for at in range(count))


def _emulator(domain: Element, printed: str) -> tuple[int, ...] | None:
    """As virsh prints it, which is all CPUs where nothing is set; without that, as the XML sets it."""
    if found := _EMULATOR_PIN.search(_part(printed, "emulator")):
        return parse_cpu_list(found[1])
    set_to = domain.find("cputune/emulatorpin")
    return parse_cpu_list(set_to.get("cpuset", "")) if set_to is not None else None


def _part(printed: str, heading: str) -> str:
    """The table below the line that begins with the heading, up to the next heading."""
    found = re.search(rf"^\s*{heading}\b.*?(?=^\s*(?:VCPU|emulator)\b|\Z)", printed, re.DOTALL | re.MULTILINE)
    return found[0].partition("\n")[2] if found else ""
