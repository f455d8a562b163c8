"""What went wrong with a host that gave nothing: from what came back and what the LCM's ssh complained of; pure."""

import re

from optimus.collection.hosts.framing import Framed
from optimus.collection.parsers.hosts.reading import excerpt
from optimus.collection.transports.ssh import Ending, Exchange
from optimus.facts.hosts import HostFailure, Trouble

_TIMED_OUT = {124, 137}
_KEY_CHANGED = re.compile(r"IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|[Hh]ost key for \S+ has changed")
# In this order: OpenSSH closes most failures with a general line after the one that says why.
_COMPLAINTS = (
    (_KEY_CHANGED, Trouble.HOST_KEY_CHANGED),
    (re.compile(r"Host key verification failed|host key is known"), Trouble.HOST_KEY_UNKNOWN),
    (re.compile(r"Permission denied|Too many authentication failures|account .*expired"), Trouble.LOGIN_REFUSED),
    (re.compile(r"Could not resolve hostname|Name or service not known"), Trouble.NAME_UNKNOWN),
    (re.compile(r"banner exchange|not responding"), Trouble.HOST_HANGS),
    (
        re.compile(r"Connection refused|No route to host|timed out|unreachable|Host is down|Connection timeout"),
        Trouble.HOST_DOWN,
    ),
    (re.compile(r"[Cc]onnection (?:to \S+ )?(?:closed|reset)|Broken pipe|kex_exchange"), Trouble.HOST_LOST),
    (re.compile(r"ssh.*(?:not found|No such file)|failed to run command .?ssh"), Trouble.LCM_REFUSED),
)
_ADVICE = {
    Trouble.HOST_KEY_CHANGED: "The LCM's ssh says that the host key changed: compare it with the host's own, then "
    "correct the LCM's known_hosts.",
    Trouble.HOST_KEY_UNKNOWN: "The LCM does not know the host's key: log in from the LCM once by hand and compare it.",
    Trouble.LOGIN_REFUSED: "The host refused the LCM's log-in: check the LCM account's key on the host.",
    Trouble.NAME_UNKNOWN: "The LCM cannot resolve the host's name: check its /etc/hosts or DNS.",
    Trouble.HOST_HANGS: "The host did not answer in time: look at its load.",
    Trouble.HOST_DOWN: "The LCM cannot connect to the host: is it up?",
    Trouble.HOST_LOST: "The SSH connection between the LCM and the host ended: is the host restarting?",
    Trouble.LCM_REFUSED: "The LCM cannot run ssh: install OpenSSH's client there.",
}


def failure_of(host: str, got: Exchange, framed: Framed, complaints: str) -> HostFailure | None:
    """None when the host's answer is whole. `complaints`: what came on stderr before the script began."""
    if got.ending is Ending.CONNECTION_LOST:
        return lcm_lost(host)
    if got.ending is Ending.TOO_MUCH:
        return HostFailure(host, Trouble.OUTPUT_TOO_LARGE, "The host printed more than is read of one; none is used.")
    if _KEY_CHANGED.search(complaints):
        # An LCM whose own configuration accepts any key goes on after this warning; the answer is not believed.
        return _complained(host, Trouble.HOST_KEY_CHANGED, complaints)
    if framed.complete:
        return None
    return _cut(host, got, framed) if framed.started else _silent(host, got, complaints)


def lcm_lost(host: str) -> HostFailure:
    return HostFailure(host, Trouble.LCM_LOST, "The SSH connection to the LCM ended: check the LCM and the network.")


def _complained(host: str, trouble: Trouble, complaints: str) -> HostFailure:
    return HostFailure(
        host, trouble, f"{_ADVICE[trouble]} ssh: {excerpt(complaints).removeprefix('ssh: ') or 'nothing'}"
    )


def _timed_out(got: Exchange) -> bool:
    return got.ending is Ending.TIMED_OUT or got.status in _TIMED_OUT


def _cut(host: str, got: Exchange, framed: Framed) -> HostFailure:
    at = f"in the command {framed.unfinished}" if framed.unfinished else "between two commands"
    if _timed_out(got):
        return HostFailure(host, Trouble.HOST_HANGS, f"The host did not end in time; it stopped {at}.")
    last = got.stderr[-4096:].decode("utf-8", "replace")
    if got.status == 255 and any(
        p.search(last) for p, one in _COMPLAINTS if one in {Trouble.HOST_LOST, Trouble.HOST_HANGS}
    ):
        return HostFailure(host, Trouble.HOST_LOST, f"{_ADVICE[Trouble.HOST_LOST]} It stopped {at}.")
    if _is_garbage(got.stdout):
        return HostFailure(host, Trouble.OUTPUT_GARBAGE, f"The host's answer is not text: it broke off {at}.")
    return HostFailure(host, Trouble.OUTPUT_CUT, f"The host's answer has no end: it stopped {at}.")


def _silent(host: str, got: Exchange, complaints: str) -> HostFailure:
    for pattern, trouble in _COMPLAINTS:
        if pattern.search(complaints) and got.status != 0:
            return _complained(host, trouble, complaints)
    if _timed_out(got):
        return HostFailure(host, Trouble.HOST_HANGS, _ADVICE[Trouble.HOST_HANGS])
    if _is_garbage(got.stdout):
        return HostFailure(host, Trouble.OUTPUT_GARBAGE, "What the host printed is not text: check its log-in shell.")
    said = excerpt(complaints) or excerpt(got.stdout[:4096].decode("utf-8", "replace")) or "nothing"
    return HostFailure(
        host,
        Trouble.NO_ANSWER,
        f"The host ran no script (status {got.status}); it said: {said}. The account needs sh, timeout, env and nice.",
    )


def _is_garbage(stdout: bytes) -> bool:
    """More than one byte in twenty is no text."""
    sample = stdout[:65536]
    odd = sum(byte < 9 or 13 < byte < 32 for byte in sample) + sample.decode("utf-8", "replace").count("�")
    return odd * 20 > len(sample) > 0
