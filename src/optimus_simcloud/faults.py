"""Faults on demand: which are set, and what each needs.

Faults of the API take a path pattern (`fnmatch`, "*" when left out; matched against the path without the query),
faults of compute hosts a pattern of the host's name ("cmp-0001"). Both may be bounded by `times`; an unbounded one
stays until it is cleared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from optimus_simcloud.errors import SimError

Value = str | int | float
# fault -> the arguments that it takes
PATH_FAULTS: dict[str, frozenset[str]] = {
    "slow": frozenset({"path", "times", "seconds"}),
    "server_error": frozenset({"path", "times", "status"}),
    "forbidden": frozenset({"path", "times"}),
    "truncated_json": frozenset({"path", "times"}),  # whole Content-Length, JSON cut in the middle
    "short_body": frozenset({"path", "times"}),  # connection closed before the declared length
}
OTHER_FAULTS: dict[str, frozenset[str]] = {
    "expired_tokens": frozenset(),  # once: every token issued so far becomes invalid
    "catalog_missing": frozenset({"service"}),
    "catalog_dead": frozenset({"service"}),  # the endpoint's port refuses connections
    "drop_tunnel": frozenset({"after_requests", "after_bytes"}),  # neither: now
    "changed_host_key": frozenset(),  # cleared: the first key again
    "refuse_login": frozenset(),
    "hang_banner": frozenset(),  # TCP is accepted, SSH never says a word
}
HOST_FAULTS: dict[str, frozenset[str]] = {
    "host_down": frozenset({"host", "times"}),
    "host_hangs": frozenset({"host", "times"}),  # logged in to, it never answers
    "host_key_changed": frozenset({"host", "times"}),
    "host_plain_account": frozenset({"host"}),  # the log-in is not root's; sudo is allowed
    "host_sudo_refused": frozenset({"host"}),  # the log-in is not root's; sudo is not allowed
    "host_tool_missing": frozenset({"host", "tool"}),
    "host_output_cut": frozenset({"host", "times"}),
    "host_output_garbage": frozenset({"host", "times"}),
    "host_output_flood": frozenset({"host", "times", "megabytes"}),
}
KINDS = PATH_FAULTS | OTHER_FAULTS | HOST_FAULTS
_TEXTS = frozenset({"path", "service", "host", "tool"})


@dataclass(slots=True)
class Fault:
    kind: str
    path: str = "*"
    times: int | None = None
    seconds: float = 1.0
    status: int = 500
    service: str = ""
    after_requests: int | None = None
    after_bytes: int | None = None
    host: str = "*"
    tool: str = ""
    megabytes: int = 100


class Faults:
    """The faults that are set now. `acts` are called at once for the kinds that do something when they are set."""

    def __init__(self) -> None:
        self._set: list[Fault] = []
        self.acts: dict[str, Callable[[], None]] = {}

    def set(self, kind: str, **arguments: Value) -> None:
        if kind not in KINDS:
            raise SimError(f"no fault {kind!r}; there are {', '.join(sorted(KINDS))}")
        if unknown := set(arguments) - KINDS[kind]:
            raise SimError(f"fault {kind!r} takes {sorted(KINDS[kind])}, not {sorted(unknown)}")
        fault = _made(kind, arguments)
        at_once = kind == "expired_tokens" or (kind == "drop_tunnel" and not arguments)
        if not at_once:
            self._set.append(fault)
        if kind in self.acts and (at_once or kind != "drop_tunnel"):
            self.acts[kind]()

    def clear(self, kind: str | None = None) -> None:
        self._set = [fault for fault in self._set if kind is not None and fault.kind != kind]

    def is_set(self, kind: str) -> bool:
        return any(fault.kind == kind for fault in self._set)

    def services(self, kind: str) -> frozenset[str]:
        return frozenset(fault.service for fault in self._set if fault.kind == kind)

    def tools_missing(self, host: str) -> frozenset[str]:
        return frozenset(f.tool for f in self._set if f.kind == "host_tool_missing" and fnmatchcase(host, f.host))

    def take(self, kind: str, name: str) -> Fault | None:
        """The fault that this request of a path, or this visit of a host, gets; a bounded one is used up by it."""
        for fault in self._set:
            if fault.kind == kind and fnmatchcase(name, fault.host if kind in HOST_FAULTS else fault.path):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._set.remove(fault)
                return fault
        return None

    def tunnel_breaks(self, answer_bytes: int) -> bool:
        """Count one answer against a pending drop of the tunnel; true when it happens within this answer."""
        for fault in self._set:
            if fault.kind != "drop_tunnel":
                continue
            if fault.after_requests is not None:
                fault.after_requests -= 1
            if fault.after_bytes is not None:
                fault.after_bytes -= answer_bytes
            if any(left is not None and left <= 0 for left in (fault.after_requests, fault.after_bytes)):
                self._set.remove(fault)
                return True
        return False

    def as_json(self) -> dict[str, object]:
        return {"faults": [{"fault": f.kind, **{k: getattr(f, k) for k in KINDS[f.kind]}} for f in self._set]}


def _made(kind: str, arguments: Mapping[str, Value]) -> Fault:
    fault = Fault(kind)
    for name, value in arguments.items():
        wanted: type = str if name in _TEXTS else float if name == "seconds" else int
        try:
            setattr(fault, name, wanted(value))
        except (TypeError, ValueError) as error:
            raise SimError(f"fault {kind!r}: {name} is not {wanted.__name__}: {value!r}") from error
    return fault
