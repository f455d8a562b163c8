r"""Takes the two streams of the script apart again: what each command printed and how it ended.

>>> out = "motd\n\n@@f0 B cpus\nonline:0-1\n\n@@f0 E cpus 2\n\n@@f0 Z\n"
>>> split(out, "\n@@f0 B cpus\ngrep: no\n\n@@f0 E cpus 2\n", "f0")  # doctest: +NORMALIZE_WHITESPACE
Framed(outputs={'cpus': Output(status=2, stdout='online:0-1\n', stderr='grep: no\n')},
       started=True, complete=True, unfinished=None)
>>> split("Welcome", "", "f0")
Framed(outputs={}, started=False, complete=False, unfinished=None)
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Output:
    """What one command left."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Framed:
    """`started`: the first marker came, so the script ran. `complete`: the last one came too."""

    outputs: Mapping[str, Output]
    started: bool
    complete: bool
    unfinished: str | None = None  # the command that began last and has no end


def split(stdout: str, stderr: str, nonce: str) -> Framed:
    """What stands outside the markers (greetings of a log-in shell) is dropped, and so is a command without its end."""
    (said, unfinished), (complaints, _) = _frames(stdout, nonce), _frames(stderr, nonce)
    return Framed(
        outputs={name: Output(status, text, complaints.get(name, (0, ""))[1]) for name, (status, text) in said.items()},
        started=f"\n@@{nonce} B " in stdout,
        complete=f"\n@@{nonce} Z\n" in stdout,
        unfinished=unfinished or None,
    )


def _frames(stream: str, nonce: str) -> tuple[dict[str, tuple[int, str]], str]:
    """Command -> status and text, and the one without an end. One pass, however many markers a hostile host sends."""
    found: dict[str, tuple[int, str]] = {}
    begun, text = "", ""
    for part in stream.split(f"\n@@{nonce} ")[1:]:
        marker, _, rest = part.partition("\n")
        kind, _, words = marker.partition(" ")
        name, _, status = words.partition(" ")
        if kind == "B":
            begun, text = name, rest
        elif kind == "E" and name == begun and status.isdecimal():
            found.setdefault(name, (int(status[:5]), text))
            begun = ""
    return found, begun


def before_first_frame(stream: str, nonce: str) -> str:
    """What was said before the script began: by the LCM's ssh, or by the host's log-in."""
    return stream.partition(f"\n@@{nonce} ")[0]
