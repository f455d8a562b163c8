"""Cinder's objects."""

from collections.abc import Iterable
from typing import Any

from optimus_simcloud.made.site import Quota, Site, Volume
from optimus_simcloud.render.times import with_micros


def volume(site: Site, value: Volume, base: str, path_project: str) -> dict[str, Any]:
    root = f"{base}/volume"
    backend = "hdd" if value.volume_type == "hdd" else "ssd"
    return {
        "attachments": [_attachment(site, value)] if value.server_id else [],
        "availability_zone": "nova",
        "bootable": "true" if value.bootable else "false",
        "consistencygroup_id": None,
        "created_at": with_micros(value.created_at),
        "description": None,
        "encrypted": False,
        "id": value.id,
        "links": [
            {"href": f"{root}/v3/{path_project}/volumes/{value.id}", "rel": "self"},
            {"href": f"{root}/{path_project}/volumes/{value.id}", "rel": "bookmark"},
        ],
        "metadata": {},
        "migration_status": None,
        "multiattach": False,
        "name": value.name,
        "os-vol-host-attr:host": f"cic-1.{site.name}.example@{backend}#{backend}",
        "os-vol-mig-status-attr:migstat": None,
        "os-vol-mig-status-attr:name_id": None,
        "os-vol-tenant-attr:tenant_id": value.project_id,
        "replication_status": None,
        "size": value.size_gb,
        "snapshot_id": None,
        "source_volid": None,
        "status": value.status,
        "updated_at": with_micros(value.created_at + 10),
        "user_id": site.ids.hex("user", f"{site.projects[value.project_id].name.lower()}-ops"),
        "volume_type": value.volume_type,
    }


def _attachment(site: Site, value: Volume) -> dict[str, Any]:
    return {
        "attached_at": with_micros(value.created_at + 10),
        "attachment_id": site.ids.uuid("attachment", value.id, value.server_id),
        "device": value.device,
        "host_name": value.host,
        "id": value.id,
        "server_id": value.server_id,
        "volume_id": value.id,
    }


def volume_type(name: str, type_id: str) -> dict[str, Any]:
    is_default = name == "__DEFAULT__"
    return {
        "description": "Default Volume Type" if is_default else None,
        "extra_specs": {} if is_default else {"volume_backend_name": name},
        "id": type_id,
        "is_public": True,
        "name": name,
        "os-volume-type-access:is_public": True,
        "qos_specs_id": None,
    }


def quota(
    project_id: str, limits: Quota, volumes: list[Volume], types: Iterable[str], *, usage: bool
) -> dict[str, Any]:
    """Totals and one row per type: `gigabytes_<type>`, `volumes_<type>`, `snapshots_<type>`."""
    total = sum(v.size_gb for v in volumes)
    rows: dict[str, tuple[int, int]] = {
        "backup_gigabytes": (1000, 0),
        "backups": (10, 0),
        "gigabytes": (limits.gigabytes[""], total),
        "groups": (10, 0),
        "per_volume_gigabytes": (-1, 0),
        "snapshots": (10, 0),
        "volumes": (-1, len(volumes)),
    }
    for name in types:
        mine = [v for v in volumes if v.volume_type == name]
        rows[f"gigabytes_{name}"] = (limits.gigabytes.get(name, -1), sum(v.size_gb for v in mine))
        rows[f"snapshots_{name}"] = (-1, 0)
        rows[f"volumes_{name}"] = (-1, len(mine))
    body: dict[str, Any] = {"id": project_id}
    for name, (limit, in_use) in rows.items():
        body[name] = {"in_use": in_use, "limit": limit, "reserved": 0} if usage else limit
    return {"quota_set": body}
