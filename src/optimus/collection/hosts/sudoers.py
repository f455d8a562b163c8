r"""What sudoers must permit for a probe with `become: sudo`, from the table of commands; pure.

>>> sudoers_lines("nfvi", ["br-int"])[0]
'nfvi ALL=(root) NOPASSWD: /usr/bin/virsh -r -c qemu\\:///system list --uuid'
"""

import re
from collections.abc import Iterator, Sequence

from optimus.collection.hosts.commands import (
    COMMANDS,
    GUEST_LIST,
    GUESTS,
    NOVA_CONF,
    OVS_BRIDGES,
    OVS_COUNTERS,
    OVS_DATABASE,
    VIRSH_VERBS,
)

PRIVILEGED = frozenset(one.name for one in (GUEST_LIST, GUESTS, OVS_BRIDGES, OVS_DATABASE, OVS_COUNTERS, NOVA_CONF))
_NOVA_FILES = ("/etc/nova/nova.conf", "/etc/kolla/nova-compute/nova.conf")
_UUID = "[0-9a-fA-F-]+"


def sudoers_lines(user: str, bridges: Sequence[str]) -> list[str]:
    """One line a call, none with a wildcard: in sudoers a `*` also matches further arguments and options.

    The guests' line is a regular expression, which sudo knows since 1.9.10.
    """
    return [f"{user} ALL=(root) NOPASSWD: /usr/bin/{line}" for line in _calls(bridges)]


def _calls(bridges: Sequence[str]) -> Iterator[str]:
    for command in COMMANDS:
        if command.name not in PRIVILEGED:
            continue
        for run in command.runs:
            if command is GUESTS:
                yield _guests(run)
            elif command is OVS_COUNTERS:
                yield from (_exactly(run.replace("{}", bridge)) for bridge in bridges)
            elif command is NOVA_CONF:
                yield from (_exactly(run.replace("{}", path)) for path in _NOVA_FILES)
            else:
                yield _exactly(run)


def _exactly(run: str) -> str:
    """The program, and arguments in which nothing is a pattern."""
    program, _, arguments = run.partition(" ")
    return f"{program} {''.join(map(_quoted, arguments))}"


def _quoted(char: str) -> str:
    if char == "\\":
        return "\\" * 4  # once for sudoers itself, once for the pattern that it then is
    return f"\\{char}" if char in "*?[]!^,:=#" else char


def _guests(run: str) -> str:
    program, _, arguments = run.partition(" ")
    verbs = "".join(f" {verb} @[0-9a-f]+ {_UUID};" if verb == "echo" else f" {verb} {_UUID};" for verb in VIRSH_VERBS)
    return f"{program} ^{_special(arguments.removesuffix('{}'))}({verbs})+$"


def _special(text: str) -> str:
    return re.sub(r"([,:=\\#])", r"\\\1", text)
