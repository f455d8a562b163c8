"""CPU lists and masks as the kernel, nova, libvirt and OVS write them.

>>> parse_cpu_list("0-3,8,^2")
(0, 1, 3, 8)
>>> parse_cpu_list("0-7:2/4")  # the first 2 of every 4
(0, 1, 4, 5)
>>> parse_cpu_list(""), parse_cpu_list("(null)")
((), ())
>>> parse_cpu_mask("0xf000000f"), parse_cpu_mask("1,00000001")
((0, 1, 2, 3, 28, 29, 30, 31), (0, 32))
>>> parse_cpu_list("all of them")
Traceback (most recent call last):
optimus.collection.parsers.hosts.reading.Unreadable: CPU list: expected a-b,c,^n, found 'all of them'
"""

import re

from optimus.collection.parsers.hosts.reading import Unreadable

# Linux allows 8192 CPUs (NR_CPUS); a range beyond it is an error or an attack on our memory.
MOST_CPUS = 8192
_RANGE = re.compile(r"(\^?)(\d{1,6})(?:-(\d{1,6})(?::(\d{1,6})/(\d{1,6}))?)?")
_MASK_CHARACTERS = re.compile(r"(?:0[xX])?([0-9a-fA-F,]+)")


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """In ascending order. `^n` and `^a-b` take away, wherever they stand. Raises Unreadable."""
    wanted: set[int] = set()
    unwanted: set[int] = set()
    stripped = text.strip().strip("\"'")
    if stripped in {"", "(null)"}:
        return ()
    for part in re.sub(r"\s*([-,^])\s*", r"\1", stripped).split(","):
        if not part:
            continue  # a trailing comma
        found = _RANGE.fullmatch(part)
        if not found:
            raise Unreadable("CPU list", "a-b,c,^n", text)
        (unwanted if found[1] else wanted).update(_range(found, text))
    return tuple(sorted(wanted - unwanted))


def _range(found: re.Match[str], text: str) -> list[int]:
    first = int(found[2])
    last = int(found[3]) if found[3] else first
    if last < first or last >= MOST_CPUS:
        raise Unreadable("CPU list", f"ascending ranges below {MOST_CPUS}", text)
    if not found[4]:
        return list(range(first, last + 1))
    used, group = int(found[4]), int(found[5])
    if not 0 < used <= group:
        raise Unreadable("CPU list", "a-b:used/group", text)
    return [cpu for cpu in range(first, last + 1) if (cpu - first) % group < used]


def parse_cpu_mask(text: str) -> tuple[int, ...]:
    """A hexadecimal mask, with or without 0x, with commas between words of 32 bits as sysfs writes it."""
    found = _MASK_CHARACTERS.fullmatch(text.strip().strip("\"'"))
    if not found or len(found[1]) > MOST_CPUS // 3:
        raise Unreadable("CPU mask", "hexadecimal digits", text)
    words = found[1].split(",")
    bits = int("".join([words[0], *(word.zfill(8) for word in words[1:])]) or "0", 16)
    if bits >> MOST_CPUS:
        raise Unreadable("CPU mask", f"at most {MOST_CPUS} CPUs", text)
    return tuple(at for at in range(bits.bit_length()) if bits >> at & 1)
