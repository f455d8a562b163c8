"""Each cloud's picture: one table for each kind of fact, keyed by data center and the cloud's own id.

`mark` is a digest of a row's values: a collection writes only the rows whose mark changed. `UNKNOWN` (-1)
stands for "the cloud did not say" in the columns that lists are sorted by, since the two databases disagree on
where nulls sort; answers show it as null.
"""

from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from optimus.db.base import Base

UNKNOWN = -1


class PicturePart(Base):
    """How old one part of a data center's picture is, and how the last attempt at it ended.

    A data center has all its rows here from the moment it is registered; before the first success
    `collected_at` is null, which tells "not collected" from "collected and empty".
    """

    __tablename__ = "picture_part"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    part: Mapped[str] = mapped_column(String(24), primary_key=True)
    state: Mapped[str | None] = mapped_column(String(16))  # facts.parts.PartState; null before the first attempt
    reason: Mapped[str | None]
    attempted_at: Mapped[int | None]
    collected_at: Mapped[int | None]
    fresh_until: Mapped[int | None]
    rows: Mapped[int]


class Project(Base):
    __tablename__ = "project"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    name_folded: Mapped[str]
    domain_id: Mapped[str | None]
    enabled: Mapped[bool]
    mark: Mapped[str] = mapped_column(String(16))


class Flavor(Base):
    __tablename__ = "flavor"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    vcpus: Mapped[int]
    memory_mib: Mapped[int]
    disk_gb: Mapped[int]
    ephemeral_gb: Mapped[int]
    swap_mib: Mapped[int]
    is_public: Mapped[bool]
    extra_specs: Mapped[dict[str, Any]] = mapped_column(JSON)
    mark: Mapped[str] = mapped_column(String(16))


class Server(Base):
    __tablename__ = "server"
    __table_args__ = (
        Index(None, "dc_id", "created_at", "id"),
        Index(None, "dc_id", "flavor_memory_mib", "id"),
        Index(None, "dc_id", "flavor_disk_gb", "id"),
        Index(None, "dc_id", "flavor_vcpus", "id"),
        Index(None, "dc_id", "name_folded", "id"),
        Index(None, "dc_id", "status", "id"),
        Index(None, "dc_id", "host", "id"),
        Index(None, "dc_id", "project_id", "id"),
    )

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    name_folded: Mapped[str]
    project_id: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(32))
    power_state: Mapped[str] = mapped_column(String(16))
    vm_state: Mapped[str | None]
    task_state: Mapped[str | None]
    host: Mapped[str | None]
    host_status: Mapped[str | None]
    instance_name: Mapped[str | None]
    availability_zone: Mapped[str | None]
    created_at: Mapped[int]  # UNKNOWN when not said
    updated_at: Mapped[int | None]
    launched_at: Mapped[int | None]
    image_id: Mapped[str | None]
    flavor_id: Mapped[str | None]
    flavor_name: Mapped[str | None]
    flavor_vcpus: Mapped[int]  # UNKNOWN when not said, and the next two
    flavor_memory_mib: Mapped[int]
    flavor_disk_gb: Mapped[int]
    addresses: Mapped[list[Any]] = mapped_column(JSON)  # [[network name, ip, mac]]
    mark: Mapped[str] = mapped_column(String(16))


class Volume(Base):
    __tablename__ = "volume"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str | None]
    project_id: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str]
    size_gb: Mapped[int]
    volume_type: Mapped[str | None]
    bootable: Mapped[bool]
    created_at: Mapped[int | None]
    mark: Mapped[str] = mapped_column(String(16))


class VolumeAttachment(Base):
    __tablename__ = "volume_attachment"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    server_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    volume_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    device: Mapped[str | None]
    mark: Mapped[str] = mapped_column(String(16))


class VolumeType(Base):
    __tablename__ = "volume_type"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    is_public: Mapped[bool]
    mark: Mapped[str] = mapped_column(String(16))


class Network(Base):
    __tablename__ = "network"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    project_id: Mapped[str | None] = mapped_column(String(64))
    shared: Mapped[bool]
    external: Mapped[bool]
    network_type: Mapped[str | None]
    physical_network: Mapped[str | None]
    segmentation_id: Mapped[int | None]
    mtu: Mapped[int | None]
    mark: Mapped[str] = mapped_column(String(16))


class Port(Base):
    __tablename__ = "port"
    __table_args__ = (Index(None, "dc_id", "device_id"),)

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    network_id: Mapped[str] = mapped_column(String(64))
    project_id: Mapped[str | None] = mapped_column(String(64))
    device_id: Mapped[str | None]
    device_owner: Mapped[str | None]
    mac: Mapped[str]
    status: Mapped[str]
    vif_type: Mapped[str | None]
    vnic_type: Mapped[str | None]
    host: Mapped[str | None]
    ip_addresses: Mapped[list[Any]] = mapped_column(JSON)
    mark: Mapped[str] = mapped_column(String(16))


class ComputeService(Base):
    """The document's host. `vm_num` is counted in the transaction that stores servers or services."""

    __tablename__ = "compute_service"
    __table_args__ = (Index(None, "dc_id", "host"),)

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    host: Mapped[str]
    availability_zone: Mapped[str | None]
    state: Mapped[str]
    status: Mapped[str]
    disabled_reason: Mapped[str | None]
    updated_at: Mapped[int]  # UNKNOWN when not said
    vm_num: Mapped[int] = mapped_column(server_default="0")
    mark: Mapped[str] = mapped_column(String(16))


class Hypervisor(Base):
    __tablename__ = "hypervisor"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    hostname: Mapped[str]
    host: Mapped[str | None]
    service_id: Mapped[str | None]
    hypervisor_type: Mapped[str | None]
    hypervisor_version: Mapped[int | None]
    host_ip: Mapped[str | None]
    state: Mapped[str | None]
    status: Mapped[str | None]
    vcpus: Mapped[int | None]
    vcpus_used: Mapped[int | None]
    memory_mib: Mapped[int | None]
    memory_used_mib: Mapped[int | None]
    local_disk_gb: Mapped[int | None]
    local_disk_used_gb: Mapped[int | None]
    running_vms: Mapped[int | None]
    mark: Mapped[str] = mapped_column(String(16))


class Aggregate(Base):
    __tablename__ = "aggregate"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    availability_zone: Mapped[str | None]
    # "metadata" is taken by SQLAlchemy on classes
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)
    mark: Mapped[str] = mapped_column(String(16))


class AggregateHost(Base):
    __tablename__ = "aggregate_host"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    aggregate_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    mark: Mapped[str] = mapped_column(String(16))


class ComputeQuota(Base):
    __tablename__ = "compute_quota"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    cores_limit: Mapped[int]
    cores_in_use: Mapped[int]
    ram_limit_mib: Mapped[int]
    ram_in_use_mib: Mapped[int]
    instances_limit: Mapped[int]
    instances_in_use: Mapped[int]
    mark: Mapped[str] = mapped_column(String(16))


class VolumeQuota(Base):
    """`volume_type` is "" for the project's total over all types."""

    __tablename__ = "volume_quota"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    volume_type: Mapped[str] = mapped_column(primary_key=True)
    limit_gb: Mapped[int]
    in_use_gb: Mapped[int]
    mark: Mapped[str] = mapped_column(String(16))


class Stack(Base):
    __tablename__ = "stack"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    project_id: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str]
    created_at: Mapped[int | None]
    updated_at: Mapped[int | None]
    stamp: Mapped[str]
    mark: Mapped[str] = mapped_column(String(16))


class StackServer(Base):
    """The servers of a root stack, those of its nested stacks included."""

    __tablename__ = "stack_server"
    __table_args__ = (Index(None, "dc_id", "server_id"),)

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    stack_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    server_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    mark: Mapped[str] = mapped_column(String(16))


class CapacitySample(Base):
    """What one run saw of a data center's capacity; null where that run did not collect it."""

    __tablename__ = "capacity_sample"
    __table_args__ = (Index(None, "taken_at"),)

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    taken_at: Mapped[int]
    vcpus_total: Mapped[int | None]
    vcpus_used: Mapped[int | None]
    memory_total_mib: Mapped[int | None]
    memory_used_mib: Mapped[int | None]
    local_disk_total_gb: Mapped[int | None]
    local_disk_used_gb: Mapped[int | None]
    hosts_up: Mapped[int | None]
    hosts_down: Mapped[int | None]
    servers: Mapped[int | None]


class HostRecord(Base):
    """What a compute host last said of itself, and how the last attempt to ask it ended.

    `document` is `inventory.host_document`'s; it stays when a later attempt fails, and `trouble` and `reason` then say
    why it is not newer.
    """

    __tablename__ = "host_record"

    dc_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    attempted_at: Mapped[int]
    probed_at: Mapped[int | None]
    trouble: Mapped[str | None] = mapped_column(String(32))  # facts.hosts.Trouble; null when the last attempt succeeded
    reason: Mapped[str | None]
    document: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # last: SQLite reads past a row's beginning only if asked


class PortSample(Base):
    """The port counters of one VM as one user saw them: what a later call of that user can count from."""

    __tablename__ = "port_sample"
    __table_args__ = (Index(None, "user_id", "dc_id", "server_id"), Index(None, "dc_id"), Index(None, "taken_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32))
    dc_id: Mapped[str] = mapped_column(String(32))
    server_id: Mapped[str] = mapped_column(String(64))
    host: Mapped[str]
    taken_at: Mapped[int]
    counters: Mapped[dict[str, Any]] = mapped_column(JSON)  # port id -> counter -> number, or null for "?"
