"""The made-up facts of one cloud as plain values, and the notes of what changed since they were last rendered.

Units are in the names; `_at` is whole seconds since the epoch (UTC).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from optimus_simcloud.made.ids import Ids

# 2 sockets with 24 cores of 2 threads: CPU n and n + 48 are siblings, socket 0 has 0-23 and 48-71.
HOST_CPUS = 96
CORES_PER_SOCKET = 24
CORES = 48
# One core of each socket stays with the host itself.
HOST_OWN_CPUS = (0, 24, 48, 72)
HOST_VM_CPUS = HOST_CPUS - len(HOST_OWN_CPUS)
HOST_MEMORY_MIB = 384 * 1024
HOST_DISK_GB = 2000
ADMIN_PROJECT = "admin"
EPOCH_AT = int(datetime(2026, 9, 1, 8, 0, tzinfo=UTC).timestamp())


@dataclass(slots=True)
class Project:
    id: str
    name: str
    domain_id: str
    description: str
    is_tenant: bool  # False for heat's stack-user projects


@dataclass(frozen=True, slots=True)
class Flavor:
    id: str
    name: str
    vcpus: int
    memory_mib: int
    disk_gb: int
    ephemeral_gb: int
    swap_mib: int
    is_public: bool
    extra_specs: dict[str, str] = field(hash=False)
    is_listed: bool = True

    @property
    def is_dedicated(self) -> bool:
        return self.extra_specs.get("hw:cpu_policy") == "dedicated"


@dataclass(slots=True)
class Host:
    """A compute host; `number` is the integer id that nova shows below microversion 2.53."""

    number: int
    id: str
    service_id: str
    name: str
    address: str
    zone: str | None
    is_up: bool = True
    disabled: bool = False
    disabled_reason: str | None = None
    changed_at: int = EPOCH_AT  # of the service: when it failed or was disabled
    free_cpus: list[list[int]] = field(default_factory=list)  # per NUMA node, siblings side by side
    floating_vcpus: int = 0
    used_vcpus: int = 0
    used_memory_mib: int = 0
    used_disk_gb: int = 0
    server_ids: dict[str, None] = field(default_factory=dict)  # a dict keeps the order, a set would not


@dataclass(slots=True)
class Server:
    id: str
    number: int
    name: str
    project_id: str
    user_id: str
    flavor: Flavor
    created_at: int
    updated_at: int
    host: str | None = None
    status: str = "ACTIVE"
    pins: tuple[int, ...] = ()  # host CPUs, one per vCPU, when the flavor asks for dedicated ones
    numa_nodes: tuple[int, ...] = ()
    port_ids: tuple[str, ...] = ()
    volume_ids: list[str] = field(default_factory=list)
    boots_from_volume: bool = False
    has_user_data: bool = False
    stack_id: str | None = None


@dataclass(slots=True)
class Volume:
    id: str
    name: str
    project_id: str
    size_gb: int
    volume_type: str
    status: str
    bootable: bool
    created_at: int
    server_id: str | None = None
    device: str | None = None
    host: str | None = None


@dataclass(slots=True)
class Subnet:
    id: str
    network_id: str
    project_id: str
    name: str
    prefix: str  # "198.51.100." or "2001:db8:12:3::"
    version: int


@dataclass(slots=True)
class Network:
    id: str
    name: str
    project_id: str
    kind: str  # "om" or "signalling"
    shared: bool
    segmentation_id: int
    subnets: list[Subnet]
    free_numbers: list[int]  # last part of the addresses, the smallest at the end


@dataclass(slots=True)
class Port:
    id: str
    name: str
    network_id: str
    project_id: str
    device_id: str
    device_owner: str
    mac: str
    host: str | None
    vnic_type: str
    vif_type: str
    number: int
    fixed_ips: tuple[tuple[str, str], ...]  # (subnet id, address)
    created_at: int


@dataclass(slots=True)
class Aggregate:
    number: int
    id: str
    name: str
    zone: str | None
    hosts: list[str]
    metadata: dict[str, str]


@dataclass(slots=True)
class Resource:
    name: str
    type: str
    physical_id: str
    status: str
    nested_id: str | None = None


@dataclass(slots=True)
class Stack:
    id: str
    name: str
    project_id: str
    owner: str
    user_project_id: str | None
    parent_id: str | None
    created_at: int
    updated_at: int | None = None
    status: str = "CREATE_COMPLETE"
    reason: str = "Stack CREATE completed successfully"
    resources: list[Resource] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Quota:
    """Limits of one project; -1 means none. `gigabytes` has the total under "" and one entry a volume type."""

    cores: int
    ram_mib: int
    instances: int
    gigabytes: dict[str, int] = field(hash=False)


@dataclass(slots=True)
class Site:
    name: str
    seed: int
    ids: Ids
    tick: int = 0
    clock_at: int = EPOCH_AT
    next_server_number: int = 1
    user_data: bool = True  # whether the servers that have some show it
    revision: int = 0
    touched: set[str] = field(default_factory=set)
    projects: dict[str, Project] = field(default_factory=dict)
    flavors: dict[str, Flavor] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)  # by name
    servers: dict[str, Server] = field(default_factory=dict)
    volume_types: dict[str, str] = field(default_factory=dict)  # name -> id
    volumes: dict[str, Volume] = field(default_factory=dict)
    networks: dict[str, Network] = field(default_factory=dict)
    ports: dict[str, Port] = field(default_factory=dict)
    aggregates: list[Aggregate] = field(default_factory=list)
    stacks: dict[str, Stack] = field(default_factory=dict)
    quotas: dict[str, Quota] = field(default_factory=dict)
    tenants: list[tuple[Project, str, str]] = field(default_factory=list)  # project, VM name prefix, zone

    def touch(self, object_id: str) -> None:
        """Note that an object appeared, changed or went, so that what was rendered of it is thrown away."""
        self.revision += 1
        self.touched.add(object_id)

    def project_named(self, name: str) -> Project | None:
        return next((p for p in self.projects.values() if p.is_tenant and p.name == name), None)
