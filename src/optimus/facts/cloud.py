"""What a cloud says of itself, one class per kind of object.

Names are OpenStack's service types and resources. Units are in the names: `_mib` MiB, `_gb` GiB as nova and
cinder report them, `_at` whole seconds since the epoch (UTC). `None` means that the cloud did not say.
Each class names in `IDENTITY` the fields that say which object it is; all others describe it.

A picture of a large cloud is a hundred thousand of these. They are structs (made ten times faster than frozen
dataclasses) that the garbage collector need not look at, since none can be part of a cycle.
"""

from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct, field


class Project(Struct, frozen=True, gc=False):
    """A tenant (keystone project). Heat's own stack-user projects are left out by the collector."""

    IDENTITY: ClassVar = ("id",)
    id: str
    name: str
    domain_id: str | None
    enabled: bool


class Flavor(Struct, frozen=True, gc=False):
    IDENTITY: ClassVar = ("id",)
    id: str
    name: str
    vcpus: int
    memory_mib: int
    disk_gb: int
    ephemeral_gb: int
    swap_mib: int
    is_public: bool
    extra_specs: Mapping[str, str] = field(default_factory=dict)


class Address(Struct, frozen=True, gc=False):
    """One address of a server as nova shows it (`addresses`); `network_name` is neutron's network name."""

    network_name: str
    ip: str
    mac: str | None


class Server(Struct, frozen=True, gc=False):
    """A VM (nova server). The flavor's values are null when the cloud names a flavor that it does not list."""

    IDENTITY: ClassVar = ("id",)
    id: str
    name: str
    project_id: str | None
    status: str  # nova's word in upper case
    power_state: str  # Running, Shutdown, Paused, Suspended, Crashed, NoState
    vm_state: str | None
    task_state: str | None
    host: str | None  # nova's name of the compute service's host; None while unscheduled
    host_status: str | None  # UP, UNKNOWN, DOWN, MAINTENANCE (microversion 2.16+)
    instance_name: str | None  # libvirt's name of the domain, e.g. instance-0000000a
    availability_zone: str | None
    created_at: int | None
    updated_at: int | None
    launched_at: int | None
    image_id: str | None
    flavor_id: str | None  # None at microversion 2.47+, where the flavor is embedded
    flavor_name: str | None
    flavor_vcpus: int | None
    flavor_memory_mib: int | None
    flavor_disk_gb: int | None
    addresses: tuple[Address, ...] = ()


class VolumeAttachment(Struct, frozen=True, gc=False):
    server_id: str
    device: str | None


class Volume(Struct, frozen=True, gc=False):
    IDENTITY: ClassVar = ("id",)
    id: str
    name: str | None
    project_id: str | None
    status: str
    size_gb: int
    volume_type: str | None  # the type's name
    bootable: bool
    created_at: int | None
    attachments: tuple[VolumeAttachment, ...] = ()


class VolumeType(Struct, frozen=True, gc=False):
    IDENTITY: ClassVar = ("id",)
    id: str
    name: str
    is_public: bool


class Network(Struct, frozen=True, gc=False):
    IDENTITY: ClassVar = ("id",)
    id: str
    name: str
    project_id: str | None
    shared: bool
    external: bool
    network_type: str | None
    physical_network: str | None
    segmentation_id: int | None
    mtu: int | None


class Port(Struct, frozen=True, gc=False):
    IDENTITY: ClassVar = ("id",)
    id: str
    name: str
    network_id: str
    project_id: str | None
    device_id: str | None  # the server that holds it; None when nothing does
    device_owner: str | None
    mac: str
    status: str
    vif_type: str | None
    vnic_type: str | None
    host: str | None
    ip_addresses: tuple[str, ...] = ()


class ComputeService(Struct, frozen=True, gc=False):
    """A nova-compute service: what the API document calls a host. Its id is the document's `hid`."""

    IDENTITY: ClassVar = ("id",)
    id: str
    host: str
    availability_zone: str | None
    state: str  # up, down
    status: str  # enabled, disabled
    disabled_reason: str | None
    updated_at: int | None


class Hypervisor(Struct, frozen=True, gc=False):
    """Capacity of one compute host. `host` joins it to its ComputeService."""

    IDENTITY: ClassVar = ("id",)
    id: str
    hostname: str
    host: str | None
    service_id: str | None
    hypervisor_type: str | None
    hypervisor_version: int | None
    host_ip: str | None
    state: str | None
    status: str | None
    vcpus: int | None
    vcpus_used: int | None
    memory_mib: int | None
    memory_used_mib: int | None
    local_disk_gb: int | None
    local_disk_used_gb: int | None
    running_vms: int | None


class Aggregate(Struct, frozen=True, gc=False):
    IDENTITY: ClassVar = ("id",)
    id: str
    name: str
    availability_zone: str | None
    hosts: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


class ComputeQuota(Struct, frozen=True, gc=False):
    """One project's compute quota and use. A limit of -1 means no limit."""

    IDENTITY: ClassVar = ("project_id",)
    project_id: str
    cores_limit: int
    cores_in_use: int
    ram_limit_mib: int
    ram_in_use_mib: int
    instances_limit: int
    instances_in_use: int


class VolumeQuota(Struct, frozen=True, gc=False):
    """One project's gigabytes of one volume type; `volume_type` is "" for the total over all types."""

    IDENTITY: ClassVar = ("project_id", "volume_type")
    project_id: str
    volume_type: str
    limit_gb: int
    in_use_gb: int


class Stack(Struct, frozen=True, gc=False):
    """A root stack, of whatever state.

    `stamp` changes whenever the stack or one nested in it may have changed, so that its resources are read only
    then. `server_ids` are the servers that it and its nested stacks have; None when they were not read this
    time because the stamp is the one already known.
    """

    IDENTITY: ClassVar = ("id",)
    id: str
    name: str
    project_id: str | None
    status: str
    created_at: int | None
    updated_at: int | None
    stamp: str
    server_ids: tuple[str, ...] | None


Fact = (
    Project
    | Flavor
    | Server
    | Volume
    | VolumeType
    | Network
    | Port
    | ComputeService
    | Hypervisor
    | Aggregate
    | ComputeQuota
    | VolumeQuota
    | Stack
)
