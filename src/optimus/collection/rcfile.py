"""Reads the shell file that sets the OpenStack environment (OS_*) by letting bash on the LCM source it.

The shell is clean: no environment but HOME, USER and PATH, no start files, nothing on stdin, and what the file
prints goes nowhere. Only variables that begin with OS_ come back, NUL-separated, between two markers that the
file cannot guess. The file's path is an argument of that shell and never part of a command's text.
"""

import re
import shlex
from collections.abc import Sequence

from optimus.collection.errors import RcFileUnusable

# Descriptor 3 keeps the way out while the file's own output goes to /dev/null. The trap prints also when the file
# ends the shell (`exit`, or a failure under its own `set -e`).
_SCRIPT = (
    "exec 3>&1 >/dev/null 2>&1 </dev/null; file=$1 mark=$2 state=; "
    "report() { state=${state:-$?}; set +eux; trap - EXIT; "
    'builtin printf "%s\\0%s\\0" "$mark" "$state" >&3; '
    'for name in "${!OS_@}"; do builtin printf "%s=%s\\0" "$name" "${!name}" >&3; done; '
    'builtin printf "%s\\0" "$mark" >&3; builtin exit 0; }; '
    "trap report EXIT; "
    'if [ -d "$file" ]; then state=directory; '
    'elif [ ! -e "$file" ]; then state=missing; '
    'elif [ ! -r "$file" ]; then state=unreadable; '
    'else set -a; . "$file"; fi; report'
)
_STATES = {
    "directory": "is a directory: give the path of the file itself",
    "missing": "does not exist on the LCM: check its path",
    "unreadable": "may not be read by the LCM's user: check its permissions",
}
_NAME = re.compile(r"OS_[A-Za-z0-9_]+")


def rc_command(path: str, mark: str) -> str:
    """The command that prints the file's OS_* variables. `mark` must be unguessable to the file."""
    if not path.startswith("/") or "\0" in path or "\n" in path:
        raise RcFileUnusable(f"{path!r} is no absolute path: give the whole path of the file on the LCM.")
    environment = (
        'env -i HOME="$HOME" USER="$USER" LOGNAME="$LOGNAME" PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'
    )
    shell = f"bash --noprofile --norc -c {shlex.quote(_SCRIPT)} optimus"
    return f"{environment} {shell} {shlex.quote(path)} {shlex.quote(mark)} </dev/null"


def read_rc_output(output: bytes, mark: str, path: str) -> dict[str, str]:
    """The OS_* variables that the file sets to something. A file that failed half-way still gives what it set.

    Raises RcFileUnusable when the file is not there or gives nothing; the message never holds a value.
    """
    state, pairs = _between_marks(output, mark, path)
    if state in _STATES:
        raise RcFileUnusable(f"The file {path} {_STATES[state]}.")
    values = dict(_pair(pair, path) for pair in pairs)
    values = {name: value for name, value in values.items() if value and _NAME.fullmatch(name)}
    if not values:
        failed = "" if state == "0" else f" (it ended with status {state})"
        raise RcFileUnusable(f"The file {path} sets no OS_ variable{failed}: give the openrc file of the cloud.")
    return values


def _between_marks(output: bytes, mark: str, path: str) -> tuple[str, Sequence[bytes]]:
    fields = output.split(b"\0")
    end = mark.encode()
    start = next((at for at, field in enumerate(fields) if field.endswith(end)), None)
    if start is None or end not in fields[start + 2 :]:
        raise RcFileUnusable(
            f"The file {path} could not be read by bash on the LCM: check that bash is there and that the file does "
            "not replace the shell."
        )
    stop = fields.index(end, start + 2)
    return fields[start + 1].decode("ascii", "replace"), fields[start + 2 : stop]


def _pair(field: bytes, path: str) -> tuple[str, str]:
    name, _, value = field.partition(b"=")
    try:
        # A file written on Windows leaves a carriage return at the end of every value.
        return name.decode(), value.decode().rstrip("\r")
    except UnicodeDecodeError as failure:
        shown = name.decode("ascii", "replace")
        raise RcFileUnusable(f"The value of {shown} in {path} is no UTF-8 text: write it in UTF-8.") from failure
