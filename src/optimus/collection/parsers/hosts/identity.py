"""Who answered: the user's id, the kernel's name of the host and its release, and the tools that are there.

>>> parse_identity('''uid 1000
... host compute-1
... kernel 5.10.0-0
... tool /usr/sbin/ethtool
... tool /usr/bin/virsh''').value
Identity(uid=1000, hostname='compute-1', kernel='5.10.0-0', tools=('/usr/sbin/ethtool', '/usr/bin/virsh'))
"""

from collections import defaultdict
from dataclasses import dataclass

from optimus.collection.parsers.hosts.reading import Parsed, Unreadable, whole


@dataclass(frozen=True, slots=True)
class Identity:
    uid: int | None
    hostname: str | None
    kernel: str | None
    tools: tuple[str, ...]


def parse_identity(text: str) -> Parsed[Identity]:
    words: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        words[key].append(value.strip())
    if not words["uid"]:
        raise Unreadable("identity", "the user's id", text)
    hostname, kernel = (next(iter(words[key]), None) for key in ("host", "kernel"))
    return Parsed(Identity(whole(words["uid"][0]), hostname, kernel, tuple(words["tool"])))
