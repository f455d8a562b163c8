"""What the inventory's calls take and answer, by the API document's names."""

from enum import StrEnum
from typing import Annotated

from typing_extensions import TypedDict

from optimus.http.inputs import Limit, Offset, OptionalText, Order, Query, one_of

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
