"""Capacity of a whole data center and of one host."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, or_, select

from optimus.inventory.queries.hosts import host_of
from optimus.inventory.schemas import (
    Capacity,
    DcTotals,
    HostCapacity,
    HostCounts,
    Infrastructure,
    ServiceState,
    TenantCapacity,
    TenantUse,
    VolumeName,
    VolumeTypeUse,
)
from optimus.inventory.tables import (
    ComputeQuota,
    ComputeService,
    Hypervisor,
    Project,
    Volume,
    VolumeQuota,
    VolumeType,
)


def infrastructure(connection: Connection, dc_id: str) -> Infrastructure:
    totals = connection.execute(_TOTALS.where(Hypervisor.dc_id == dc_id)).one()
    return {
        "host_info": _host_counts(connection, dc_id),
        "tenant_info": _tenants(connection, dc_id),
        "total_memory": number(totals.memory_mib),
        "total_storage": number(totals.local_disk_gb),
        "total_vcpus": number(totals.vcpus),
        "used_memory": number(totals.memory_used_mib),
        "used_storage": number(totals.local_disk_used_gb),
        "used_vcpus": number(totals.vcpus_used),
        "volume_info": _volumes(connection, dc_id),
        "volume_types": _volume_types(connection, dc_id),
    }


def totals(connection: Connection) -> dict[str, DcTotals]:
    """Of every data center that has hosts or hypervisors, in two statements. `servers` is left to the caller."""
    found = {
        row.dc_id: _totals_item(row, {"down": 0, "total": 0, "up": 0})
        for row in connection.execute(_TOTALS.add_columns(Hypervisor.dc_id).group_by(Hypervisor.dc_id))
    }
    counts = _HOST_COUNTS.add_columns(ComputeService.dc_id).group_by(ComputeService.dc_id)
    for row in connection.execute(counts):
        found.setdefault(row.dc_id, no_totals())["host_info"] = _counts_item(row)
    return found


def no_totals() -> DcTotals:
    """Of a data center of which nothing was collected."""
    return _totals_item(_NOTHING, {"down": 0, "total": 0, "up": 0})


def capacity(connection: Connection, dc_id: str, *, servers: int | None) -> Capacity:
    """What `infrastructure` says, without the volumes and with the tenants' quotas; `servers` counts the VMs."""
    row = connection.execute(_TOTALS.where(Hypervisor.dc_id == dc_id)).one()
    return {
        **_totals_item(row, _host_counts(connection, dc_id)),
        "servers": servers,
        "tenants": _tenant_capacities(connection, dc_id),
        "volume_types": _volume_types(connection, dc_id),
    }


def _totals_item(row: Any, hosts: HostCounts) -> DcTotals:
    return {
        "host_info": hosts,
        "servers": None,
        "total_memory": number(row.memory_mib),
        "total_storage": number(row.local_disk_gb),
        "total_vcpus": number(row.vcpus),
        "used_memory": number(row.memory_used_mib),
        "used_storage": number(row.local_disk_used_gb),
        "used_vcpus": number(row.vcpus_used),
    }


def _tenant_capacities(connection: Connection, dc_id: str) -> list[TenantCapacity]:
    query = (
        select(
            Project.id,
            Project.name,
            ComputeQuota.cores_in_use,
            ComputeQuota.cores_limit,
            ComputeQuota.ram_in_use_mib,
            ComputeQuota.ram_limit_mib,
            ComputeQuota.instances_in_use,
            ComputeQuota.instances_limit,
            VolumeQuota.in_use_gb,
            VolumeQuota.limit_gb,
        )
        .outerjoin(ComputeQuota, and_(ComputeQuota.dc_id == Project.dc_id, ComputeQuota.project_id == Project.id))
        .outerjoin(
            VolumeQuota,
            and_(
                VolumeQuota.dc_id == Project.dc_id,
                VolumeQuota.project_id == Project.id,
                VolumeQuota.volume_type == "",
            ),
        )
        .where(Project.dc_id == dc_id)
        .order_by(Project.name_folded, Project.id)
    )
    return [
        {
            "id": row.id,
            "name": row.name,
            "cores": {"in_use": row.cores_in_use, "limit": row.cores_limit},
            "ram": {"in_use": row.ram_in_use_mib, "limit": row.ram_limit_mib},
            "instances": {"in_use": row.instances_in_use, "limit": row.instances_limit},
            "volume": {"in_use": row.in_use_gb, "limit": row.limit_gb},
        }
        for row in connection.execute(query)
    ]


_TOTALS = select(
    func.sum(Hypervisor.vcpus).label("vcpus"),
    func.sum(Hypervisor.vcpus_used).label("vcpus_used"),
    func.sum(Hypervisor.memory_mib).label("memory_mib"),
    func.sum(Hypervisor.memory_used_mib).label("memory_used_mib"),
    func.sum(Hypervisor.local_disk_gb).label("local_disk_gb"),
    func.sum(Hypervisor.local_disk_used_gb).label("local_disk_used_gb"),
)
_NOTHING = SimpleNamespace(**dict.fromkeys(_TOTALS.selected_columns.keys()))


def number(value: Any) -> int | None:
    # PostgreSQL sums bigints as numeric
    return None if value is None else int(value)


_HOST_COUNTS = select(
    func.count(ComputeService.id).label("total"),
    func.coalesce(func.sum(case((ComputeService.state == ServiceState.UP, 1), else_=0)), 0).label("up"),
)


def _host_counts(connection: Connection, dc_id: str) -> HostCounts:
    return _counts_item(connection.execute(_HOST_COUNTS.where(ComputeService.dc_id == dc_id)).one())


def _counts_item(row: Row[Any]) -> HostCounts:
    return {"down": row.total - int(row.up), "total": row.total, "up": int(row.up)}


def _tenants(connection: Connection, dc_id: str) -> list[TenantUse]:
    query = (
        select(Project.id, Project.name, ComputeQuota.cores_in_use, ComputeQuota.ram_in_use_mib)
        .outerjoin(ComputeQuota, and_(ComputeQuota.dc_id == Project.dc_id, ComputeQuota.project_id == Project.id))
        .where(Project.dc_id == dc_id)
        .order_by(Project.name_folded, Project.id)
    )
    return [
        {"id": row.id, "name": row.name, "core_used": row.cores_in_use, "ram_used": row.ram_in_use_mib}
        for row in connection.execute(query)
    ]


def _volumes(connection: Connection, dc_id: str) -> list[VolumeName]:
    query = select(Volume.id, Volume.name).where(Volume.dc_id == dc_id).order_by(Volume.name.nulls_first(), Volume.id)
    return [{"id": row.id, "name": row.name} for row in connection.execute(query)]


def _volume_types(connection: Connection, dc_id: str) -> list[VolumeTypeUse]:
    """Every type that exists or that a volume still has."""
    use = (
        select(Volume.volume_type, func.count().label("volumes"), func.sum(Volume.size_gb).label("size"))
        .where(Volume.dc_id == dc_id, Volume.volume_type.is_not(None))
        .group_by(Volume.volume_type)
    )
    used = {row.volume_type: (int(row.volumes), int(row.size)) for row in connection.execute(use)}
    limits = (
        select(
            VolumeQuota.volume_type,
            func.sum(VolumeQuota.limit_gb).label("limit"),
            func.min(VolumeQuota.limit_gb).label("least"),
        )
        .where(VolumeQuota.dc_id == dc_id, VolumeQuota.volume_type != "")
        .group_by(VolumeQuota.volume_type)
    )
    quotas = {r.volume_type: None if r.least < 0 else int(r.limit) for r in connection.execute(limits)}
    names = connection.execute(select(VolumeType.name).where(VolumeType.dc_id == dc_id)).scalars()
    return [
        {"name": name, "count": used.get(name, (0, 0))[0], "size": used.get(name, (0, 0))[1], "quota": quotas.get(name)}
        for name in sorted({*names, *used})
    ]


def host_capacity(connection: Connection, dc_id: str, service_id: str) -> HostCapacity:
    """One host's capacity, by its nova-compute service. Raises ObjectUnknown."""
    host = host_of(connection, dc_id, service_id)
    # A host of ironic has many nodes: sum them.
    row = connection.execute(_TOTALS.where(Hypervisor.dc_id == dc_id, same_host(host))).one()
    return {
        "total_cpu": number(row.vcpus),
        "total_ram": number(row.memory_mib),
        "total_rom": number(row.local_disk_gb),
        "used_cpu": number(row.vcpus_used),
        "used_ram": number(row.memory_used_mib),
        "used_rom": number(row.local_disk_used_gb),
    }


def same_host(host: str) -> ColumnElement[bool]:
    """A host's hypervisors, by name: an old nova gives the service no id there."""
    return or_(Hypervisor.host == host, and_(Hypervisor.host.is_(None), Hypervisor.hostname == host))
