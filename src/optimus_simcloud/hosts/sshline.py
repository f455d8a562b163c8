"""Finds out what a command line wants of `ssh`.

>>> asked("exec env LC_ALL=C timeout -k 2 45 ssh -T -o ConnectTimeout=5 -- cmp-0001 'exec sh -s'")
SshLine(host='cmp-0001', command='exec sh -s', seconds=45.0, connect_seconds=5.0)
>>> asked("cat admin-openrc.sh"), asked("ssh cmp-0001 true; rm x"), asked("echo 'unclosed")
(None, None, None)
"""

import re
import shlex
from dataclasses import dataclass

_WITH_VALUE = frozenset({"-o", "-l", "-p", "-i", "-F", "-c"})
_OPERATOR = re.compile(r"[;&|<>()]+")


@dataclass(frozen=True, slots=True)
class SshLine:
    """`seconds`: the bound that `timeout` sets; None: none. `connect_seconds`: ssh's own for the connection."""

    host: str
    command: str
    seconds: float | None
    connect_seconds: float


def asked(line: str) -> SshLine | None:
    """None when the line does anything else than to run one ssh, bounded or not."""
    try:
        words = list(shlex.shlex(line, posix=True, punctuation_chars=True)) if _may_be(line) else []
        plain = shlex.split(line) if words else []
    except ValueError:
        return None
    # Outside quotes shell operators are words of their own, and then both lists differ.
    if not words or any(_OPERATOR.fullmatch(word) for word in words) or "\n" in line:
        return None
    seconds = None
    while plain and plain[0] in {"exec", "env", "timeout", "nice"}:
        tool = plain.pop(0)
        while plain and (plain[0].startswith("-") or (tool == "env" and "=" in plain[0])):
            option = plain.pop(0)
            if option in {"-k", "-n"} and plain:
                plain.pop(0)
        if tool == "timeout" and plain:
            seconds = _number(plain.pop(0))
    return _ssh(plain[1:], seconds) if plain[:1] == ["ssh"] else None


def _may_be(line: str) -> bool:
    return re.search(r"(?:^|\s)ssh\s", line) is not None


def _ssh(words: list[str], seconds: float | None) -> SshLine | None:
    connect = 127.0  # about what a kernel takes by itself
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option == "--":
            break
        if option in _WITH_VALUE and words:
            name, _, value = words.pop(0).partition("=")
            if name == "ConnectTimeout":
                connect = _number(value) or connect
    if not words:
        return None
    return SshLine(words[0], " ".join(words[1:]), seconds, connect)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None
