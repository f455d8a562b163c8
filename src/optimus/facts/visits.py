"""What a visit to a data center needs and what it brings back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from optimus.facts.cloud import Fact
from optimus.facts.parts import Part, PartState, Task


class ApiAccess(StrEnum):
    """How the OpenStack APIs are reached: through the SSH connection to the LCM, or directly from Optimus."""

    TUNNEL = "tunnel"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class LcmAddress:
    """Where and as whom to log in. `password` never appears in a repr, a log or an error."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    pinned_host_key: str | None = None  # "ssh-ed25519 AAAA…"; None before the first contact


@dataclass(frozen=True, slots=True)
class Target:
    """One data center as the collector sees it. The paths are absolute paths on the LCM."""

    lcm: LcmAddress
    openstackrc_path: str
    api_access: ApiAccess = ApiAccess.TUNNEL


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one visit: seconds, counts and bytes."""

    connect_seconds: float = 5.0
    request_seconds: float = 90.0  # nova's 60 s RPC timeouts must fit in
    visit_seconds: float = 900.0
    concurrent_requests: int = 8
    page_size: int = 1000
    answer_bytes: int = 64 * 1024 * 1024
    rc_output_bytes: int = 256 * 1024


@dataclass(frozen=True, slots=True)
class PartResult:
    """One part of a visit. `facts` is complete when FRESH and empty otherwise.

    `reason` says why it is not fresh; or, of a fresh one, why it may hold less than the cloud has.
    """

    state: PartState
    facts: Sequence[Fact] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a visit did to the cloud."""

    api_calls: int
    api_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: every part of the task has a result, whether it could be read or not."""

    task: Task
    parts: Mapping[Part, PartResult]
    cost: Cost
    host_key: str  # the one the LCM showed, to be pinned at the first contact
    compute_microversion: str | None


@dataclass(frozen=True, slots=True)
class LoginCheck:
    """The outcome of one real SSH log-in. `message` is one of the API document's four sentences, None when ok."""

    ok: bool
    message: str | None
    reason: str | None  # host_key_changed, or None
    host_key: str | None
    fingerprint: str | None  # "SHA256:…" of host_key
