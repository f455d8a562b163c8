"""What the inventory's calls take and answer, by the API document's names."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from optimus.http.inputs import Limit, Offset, OptionalText, Order, Query, blank_is_absent, one_of

DEFAULT_LIMIT = 10


class ServerFilter(StrEnum):
    NAME = "nova_name"
    STATUS = "nova_status"
    HOST = "nova_host"
    TENANT = "nova_tenant"
    STACK = "stack_id"


class ServerSort(StrEnum):
    TIME = "time"
    MEMORY = "memory"
    DISK = "disk"
    VCPU = "vcpu"


class HostFilter(StrEnum):
    HOST = "host"
    AGGREGATE = "host_aggregate"
    ZONE = "availability_zone"
    STATE = "state"


class HostSort(StrEnum):
    UPDATE_TIME = "update_time"
    VM_NUM = "vm_num"


class ServiceState(StrEnum):
    UP = "up"
    DOWN = "down"


class ListQuery(Query):
    """`query` names the field that `filter` is compared with; one without the other filters nothing."""

    filter: OptionalText = None
    order: Annotated[Order | None, one_of(Order)] = None
    limit: Limit = None
    offset: Offset = None


class ServerQuery(ListQuery):
    query: Annotated[ServerFilter | None, one_of(ServerFilter)] = None
    sort: Annotated[ServerSort | None, one_of(ServerSort)] = None


class HostQuery(ListQuery):
    query: Annotated[HostFilter | None, one_of(HostFilter)] = None
    sort: Annotated[HostSort | None, one_of(HostSort)] = None


class NetworkOfServer(TypedDict):
    """One address of a VM. `id` is the network's; null when only nova, and not neutron, told of it."""

    id: str | None
    ip: str
    name: str | None


class VolumeOfServer(TypedDict):
    id: str
    volume_name: str | None
    volume_type: str | None
    volume_status: str
    volume_size: int
    volume_bootable: bool


class ServerItem(TypedDict):
    """A VM. Memory in MiB, disk in GiB, times in epoch seconds; null where the cloud did not say."""

    created_time: int | None
    dc_id: str
    flavor_disk: int | None
    flavor_memory: int | None
    flavor_vcpu: int | None
    flavor_name: str | None
    host: str | None
    host_status: str | None
    availability_zone: str | None
    instance_name: str | None
    networks: list[NetworkOfServer]
    nova_name: str
    nova_power_state: str
    nova_status: str
    nova_task_state: str | None
    nova_uuid: str
    tenant: str | None
    tenant_id: str | None
    updated_time: int | None
    volume: list[VolumeOfServer]


class VmOfHost(TypedDict):
    id: str
    name: str
    status: str
    tenant_id: str | None
    tenant_name: str | None


class HostItem(TypedDict):
    """`timestamp` is when Optimus read it, `update_at` when nova last heard of it.

    `probed_at` is when the host itself was last read (null: never), `probe_reason` why the last attempt failed.
    """

    availability_zone: str | None
    dc_id: str
    host: str
    probed_at: int | None
    probe_reason: str | None
    host_aggregate: str
    host_aggregates: list[str]
    id: str
    state: str
    status: str
    disabled_reason: str | None
    timestamp: int | None
    update_at: int | None
    vm_info: list[VmOfHost]
    vm_num: int


class ServiceItem(TypedDict):
    availability_zone: str | None
    cid: str
    host: str
    id: str
    state: str
    status: str
    disabled_reason: str | None


class StackChoice(TypedDict):
    stack_id: str
    stack_name: str
    stack_status: str
    tenant_id: str | None


class TenantChoice(TypedDict):
    tenant_id: str
    tenant_name: str


class ServerChoices(TypedDict):
    stack: list[StackChoice]
    tenant: list[TenantChoice]


class ZoneChoice(TypedDict):
    availability_zone: str


class AggregateChoice(TypedDict):
    aggregate_name: str


class HostChoices(TypedDict):
    host_az: list[ZoneChoice]
    host_ha: list[AggregateChoice]


class HostCounts(TypedDict):
    """nova-compute services; whatever is not up is down."""

    down: int
    total: int
    up: int


class TenantUse(TypedDict):
    id: str
    name: str
    core_used: int | None
    ram_used: int | None


class VolumeName(TypedDict):
    id: str
    name: str | None


class VolumeTypeUse(TypedDict):
    """`size` is the sum of the volumes' GB; `quota` the sum of the tenants' limits, null when one has none."""

    name: str
    count: int
    size: int
    quota: int | None


class Infrastructure(TypedDict):
    """vCPUs, memory in MiB, storage in GB of the hypervisors' local disks; null before the first collection."""

    host_info: HostCounts
    tenant_info: list[TenantUse]
    total_memory: int | None
    total_storage: int | None
    total_vcpus: int | None
    used_memory: int | None
    used_storage: int | None
    used_vcpus: int | None
    volume_info: list[VolumeName]
    volume_types: list[VolumeTypeUse]


class HostCapacity(TypedDict):
    """`ram` in MiB, `rom` is the local disk in GB; null where the hypervisor was not read."""

    total_cpu: int | None
    total_ram: int | None
    total_rom: int | None
    used_cpu: int | None
    used_ram: int | None
    used_rom: int | None


class Share(TypedDict):
    """in_use + availability + other = total, unless `overcommitted`. `limit` -1 is no limit."""

    in_use: int | None
    limit: int | None
    total: int | None
    other: int | None
    availability: int | None
    overcommitted: bool


class VolumeShare(TypedDict):
    in_use: int | None
    limit: int | None


class TenantQuota(TypedDict):
    cores: Share
    ram: Share
    volume: dict[str, VolumeShare]


class Limited(TypedDict):
    """Use against a limit; -1 is no limit. Null when it was not collected."""

    in_use: int | None
    limit: int | None


class TenantCapacity(TypedDict):
    """A tenant's quotas: vCPUs, memory in MiB, VMs, and its volumes' GB over all types."""

    id: str
    name: str
    cores: Limited
    ram: Limited
    instances: Limited
    volume: Limited


class DcTotals(TypedDict):
    """vCPUs, memory in MiB, storage in GB of the hypervisors' local disks; null before the first collection."""

    host_info: HostCounts
    servers: int | None
    total_memory: int | None
    total_storage: int | None
    total_vcpus: int | None
    used_memory: int | None
    used_storage: int | None
    used_vcpus: int | None


class Capacity(DcTotals):
    """What `infrastructure` says, without the list of volumes and with the tenants' quotas."""

    tenants: list[TenantCapacity]
    volume_types: list[VolumeTypeUse]


class CapacityPoint(TypedDict):
    """Means over one step of the series, from `at` on; null where nothing was collected in it."""

    at: int
    vcpus_total: int | None
    vcpus_used: int | None
    memory_total_mib: int | None
    memory_used_mib: int | None
    local_disk_total_gb: int | None
    local_disk_used_gb: int | None
    hosts_up: int | None
    hosts_down: int | None
    servers: int | None


class SeriesQuery(Query):
    """Epoch seconds from `start` (a week ago) to `end` (now), in at most `points` steps."""

    start: Annotated[Annotated[int, Field(ge=0, le=2**40)] | None, BeforeValidator(blank_is_absent)] = None
    end: Annotated[Annotated[int, Field(ge=0, le=2**40)] | None, BeforeValidator(blank_is_absent)] = None
    points: Limit = None


class HostDetail(HostItem):
    """A host with what its hypervisor says: vCPUs, memory in MiB, local disk in GB; null where it was not read."""

    hypervisor_type: str | None
    hypervisor_version: int | None
    host_ip: str | None
    total_cpu: int | None
    total_ram: int | None
    total_rom: int | None
    used_cpu: int | None
    used_ram: int | None
    used_rom: int | None


class FlavorDetail(TypedDict):
    """Memory in MiB, disks in GB, swap in MiB."""

    id: str
    name: str
    vcpus: int
    memory: int
    disk: int
    ephemeral: int
    swap: int
    is_public: bool
    extra_specs: dict[str, str]


class PortOfServer(TypedDict):
    """A neutron port of a VM as collected; its counters are in `network_port`."""

    id: str
    name: str
    mac: str
    status: str
    vif_type: str | None
    vnic_type: str | None
    ip_addresses: list[str]
    network_id: str
    network_name: str | None
    network_type: str | None
    physical_network: str | None
    segmentation_id: int | None
    mtu: int | None


class StackOfServer(TypedDict):
    stack_id: str
    stack_name: str
    stack_status: str


class ServerDetail(ServerItem):
    """A VM with its flavor (null when the cloud does not list it any more), ports and stacks.

    `host_id` is the id of the host's nova-compute service, for the calls about hosts.
    """

    host_id: str | None
    image_id: str | None
    launched_time: int | None
    flavor: FlavorDetail | None
    ports: list[PortOfServer]
    stacks: list[StackOfServer]


class StackItem(TypedDict):
    """A root stack; `servers` counts the VMs of its nested stacks too."""

    stack_id: str
    stack_name: str
    stack_status: str
    tenant_id: str | None
    tenant_name: str | None
    created_time: int | None
    updated_time: int | None
    servers: int
