"""One command's output as a value, or as the reason why there is none; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from optimus.collection.hosts.commands import HostCommand
from optimus.collection.hosts.framing import Output
from optimus.collection.parsers.hosts.reading import Absent, Unreadable, excerpt

T = TypeVar("T")

_TIMED_OUT = {124, 137, 142}
_NOT_FOUND = 127
NOT_ASKED = 125
_REASONS = (
    (
        re.compile(r"^sudo: .*", re.MULTILINE),
        "sudo was refused ({}): allow it, or set become to none",
    ),
    (re.compile(r"^.*[Pp]ermission denied.*", re.MULTILINE), "the account may not ({}): it needs privilege (become)"),
    (
        re.compile(r"^.*(?:authentication unavailable|[Aa]ccess denied|not authorized).*", re.MULTILINE),
        "access was denied ({})",
    ),
    (
        re.compile(r"^.*No such container.*|^.*no container with name.*", re.MULTILINE),
        "it is neither on the host nor in a container ({})",
    ),
)


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """`value` None: not read, or nothing is there. `gap` says what is missing and why; None: nothing is."""

    value: T | None
    gap: str | None = None


def read(outputs: Mapping[str, Output], command: HostCommand[T]) -> Reading[T]:
    output = outputs.get(command.name)
    if output is None:
        return Reading(None, f"{command.name} was not answered")
    failed = None if output.status in command.good else explain(command, output)
    if failed and not (command.keeps_part and output.stdout.strip()):
        return Reading(None, failed)
    try:
        found = command.parse(output.stdout)
    except Unreadable as failure:
        return Reading(None, failed or f"cannot be read: {failure}")
    if isinstance(found, Absent):
        return Reading(None, failed)
    return Reading(found.value, failed or _in_part(command, found.skipped))


def _in_part(command: HostCommand[T], skipped: tuple[str, ...]) -> str | None:
    if not skipped:
        return None
    more = f" and {len(skipped) - 1} more" if len(skipped) > 1 else ""
    return f"read in part: {command.name} has what is not understood: {skipped[0]!r}{more}"


def explain(command: HostCommand[T], output: Output) -> str:
    """Why a command failed, by its status and its complaints. sudo's refusal and "no match" are both status 1."""
    if output.status in _TIMED_OUT:
        return f"{command.tool or command.name} did not answer in time"
    complaints = "\n".join(line for line in output.stderr.splitlines() if line.strip() and not line.startswith("# "))
    for pattern, reason in _REASONS:
        if found := pattern.search(complaints):
            return reason.format(excerpt(found[0]))
    if output.status == _NOT_FOUND and command.tool:
        return f"{command.tool or command.name} is not on the host"
    if output.status == NOT_ASKED and not complaints:
        return f"there is no {command.tool} on the host" if command.tool == "nova.conf" else "was not asked for"
    said = excerpt(complaints.rpartition("\n")[2]) or "it said nothing"
    return f"{command.tool or command.name} failed with status {output.status}: {said}"
