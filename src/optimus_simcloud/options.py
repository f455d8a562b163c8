"""What a simulator can be told at its start."""

from dataclasses import dataclass, field
from pathlib import Path

# Lists that a read-only account of a real cloud does not get: methods are all GET, names are route templates.
READER_DENIED = frozenset(
    {
        "/compute/v2.1/os-hypervisors/detail",
        "/compute/v2.1/os-services",
        "/compute/v2.1/os-aggregates",
        "/compute/v2.1/os-quota-sets/{id}",
        "/compute/v2.1/os-quota-sets/{id}/detail",
        "/volume/v3/{project_id}/os-quota-sets/{id}",
    }
)


@dataclass(frozen=True, slots=True)
class SimOptions:
    """Ports of 0 and a password of None mean: choose, and keep the choice in `state_dir`."""

    state_dir: Path | None = None  # None: a temporary one, removed at the end
    name: str = "gz1"
    hosts: int = 20
    vms: int = 300
    seed: int = 1
    frozen: bool = False
    tick_seconds: float = 60.0
    bind: str = "127.0.0.1"
    ssh_port: int = 0
    api_port: int = 0
    user: str = "ceeinfra"
    password: str | None = field(default=None, repr=False)
    rc_style: str = "export"
    rc_user: str = "admin"  # or "reader"
    compute_microversion: str = "2.93"
    token_seconds: int = 3600
    global_stacks: bool = False
    user_data: bool = True
    tls: bool = False
    reader_denied: frozenset[str] = READER_DENIED

    @property
    def newest_microversion(self) -> tuple[int, int]:
        major, minor = self.compute_microversion.split(".")
        return int(major), int(minor)
