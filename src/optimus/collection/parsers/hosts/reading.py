r"""The four endings of a parser of a host's text output, and what several of them need.

>>> Unreadable("cpus", "a list of CPUs", "sh: syntax error near password=hunter2")
Unreadable("cpus: expected a list of CPUs, found 'sh: syntax error near password=******'")
>>> list(file_lines("cpu0/topology/core_id:3\nnoise\n"))
[('cpu0/topology/core_id', '3')]
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from optimus.collection.parsers.reading import ParseError

T = TypeVar("T")

_EVIDENCE_CHARACTERS = 160
_MASK = "******"
_SECRETS = (
    re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"),
    re.compile(
        r"(?i)((?:[\w.-]*(?:passw(?:or)?d|secret|token|psk|private[_-]?key|credential)[\w.-]*)\s*[=:]\s*)[^\s,;\"'<>]+"
    ),
    re.compile(r"(?i)((?:[\w.-]*(?:passw(?:or)?d|secret|token|psk)[\w.-]*)\s*=\s*[\"'])[^\"']*"),
)


def masked(text: str) -> str:
    """The text without what looks like a secret.

    >>> masked("root=/dev/sda1 inst.ks=http://bob:pw@ks/x rd.token=abc passwd='x y'")
    "root=/dev/sda1 inst.ks=http://bob:******@ks/x rd.token=****** passwd='******'"
    """
    for pattern in _SECRETS:
        text = pattern.sub(rf"\1{_MASK}", text)
    return text


def excerpt(text: str) -> str:
    """The beginning of a text, on one line, without secrets: for messages."""
    line = " ".join(masked(text[: 4 * _EVIDENCE_CHARACTERS]).split())
    return line if len(line) <= _EVIDENCE_CHARACTERS else f"{line[:_EVIDENCE_CHARACTERS]}…"


class Unreadable(ParseError):
    """Output that is not what its command prints. `evidence` is its beginning, without secrets."""

    def __init__(self, path: str, expected: str, found: str) -> None:
        super().__init__(path, expected, found)
        self.evidence = excerpt(found)
        self.args = (f"{path}: expected {expected}, found {self.evidence!r}" if found.strip() else self.nothing(),)

    def nothing(self) -> str:
        return f"{self.path}: expected {self.expected}, found nothing"


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """What was read. `skipped` are excerpts of what was not understood beside it."""

    value: T
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """There is nothing of the kind on this host, and that is certain."""

    why: str


def file_lines(text: str) -> Iterator[tuple[str, str]]:
    """The `path:content` lines of `grep -H`, for paths without a colon."""
    for line in text.splitlines():
        path, colon, content = line.partition(":")
        if colon and ("/" in path or path.isidentifier()):
            yield path, content


def whole(text: str | None) -> int | None:
    """A decimal number, or None for anything else (`?`, nothing, words)."""
    found = (text or "").strip()
    return int(found) if re.fullmatch(r"-?\d{1,20}", found) else None
