"""Tenants: their quotas, and what VMs can be filtered by."""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from optimus.inventory.errors import ObjectUnknown
from optimus.inventory.queries.capacity import number
from optimus.inventory.quota import share, unknown_share
from optimus.inventory.schemas import ServerChoices, Share, TenantQuota, VolumeShare
from optimus.inventory.tables import ComputeQuota, Hypervisor, Project, Stack, VolumeQuota


def quota(connection: Connection, dc_id: str, project_id: str) -> TenantQuota:
    """Raises ObjectUnknown."""
    _must_exist(connection, dc_id, project_id)
    own = connection.execute(
        select(*ComputeQuota.__table__.c).where(ComputeQuota.dc_id == dc_id, ComputeQuota.project_id == project_id)
    ).one_or_none()
    used = connection.execute(
        select(
            func.sum(ComputeQuota.cores_in_use).label("cores"), func.sum(ComputeQuota.ram_in_use_mib).label("ram")
        ).where(ComputeQuota.dc_id == dc_id)
    ).one()
    total = connection.execute(
        select(func.sum(Hypervisor.vcpus).label("cores"), func.sum(Hypervisor.memory_mib).label("ram")).where(
            Hypervisor.dc_id == dc_id
        )
    ).one()
    return {
        "cores": _share(own, "cores_in_use", "cores_limit", total.cores, used.cores),
        "ram": _share(own, "ram_in_use_mib", "ram_limit_mib", total.ram, used.ram),
        "volume": _volume(connection, dc_id, project_id),
    }


def _must_exist(connection: Connection, dc_id: str, project_id: str) -> None:
    query = select(Project.id).where(Project.dc_id == dc_id, Project.id == project_id)
    if connection.execute(query).first() is None:
        raise ObjectUnknown(f"This data center has no tenant with the id {project_id!r}: config_data lists the ids.")


def _share(own: Row[Any] | None, in_use: str, limit: str, total: Any, used: Any) -> Share:
    if own is None:
        return unknown_share()
    mine, quota_limit = getattr(own, in_use), getattr(own, limit)
    if total is None or used is None:
        return unknown_share(in_use=mine, limit=quota_limit)
    return share(in_use=mine, limit=quota_limit, total=int(total), used_by_all=int(used))


def _volume(connection: Connection, dc_id: str, project_id: str) -> dict[str, VolumeShare]:
    """`default` is always there: the total over all types; nulls when quotas were not collected."""
    query = (
        select(VolumeQuota.volume_type, VolumeQuota.limit_gb, VolumeQuota.in_use_gb)
        .where(VolumeQuota.dc_id == dc_id, VolumeQuota.project_id == project_id)
        .order_by(VolumeQuota.volume_type)
    )
    found: dict[str, VolumeShare] = {"default": {"in_use": None, "limit": None}}
    for row in connection.execute(query):
        found[row.volume_type or "default"] = {"in_use": number(row.in_use_gb), "limit": number(row.limit_gb)}
    return found


def choices(connection: Connection, dc_id: str) -> ServerChoices:
    """What VMs can be filtered by: root stacks of every state, and tenants."""
    stacks = select(Stack.id, Stack.name, Stack.status, Stack.project_id).where(Stack.dc_id == dc_id)
    tenants = select(Project.id, Project.name).where(Project.dc_id == dc_id)
    return {
        "stack": [
            {
                "stack_id": row.id,
                "stack_name": row.name,
                "stack_status": row.status,
                "tenant_id": row.project_id,
            }
            for row in connection.execute(stacks.order_by(Stack.name, Stack.id))
        ],
        "tenant": [
            {"tenant_id": row.id, "tenant_name": row.name}
            for row in connection.execute(tenants.order_by(Project.name_folded, Project.id))
        ],
    }
