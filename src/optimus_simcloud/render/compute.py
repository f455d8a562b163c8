"""Nova's objects other than servers, at a given microversion."""

import json
from typing import Any

from optimus_simcloud.made.site import (
    CORES_PER_SOCKET,
    HOST_DISK_GB,
    HOST_MEMORY_MIB,
    HOST_VM_CPUS,
    Aggregate,
    Flavor,
    Host,
    Quota,
    Site,
)
from optimus_simcloud.made.words import DEFAULT_ZONE
from optimus_simcloud.render.times import with_micros

Microversion = tuple[int, int]
CONTROL_SERVICES = ("nova-scheduler", "nova-conductor")
CONTROLLERS = 3
CPU_INFO = {
    "arch": "x86_64",
    "vendor": "Intel",
    "model": "Cascadelake-Server",
    "features": ["pge", "clflush", "avx2", "pdpe1gb"],
    "topology": {"cells": 2, "sockets": 1, "cores": CORES_PER_SOCKET, "threads": 2},
}


def flavor(value: Flavor, base: str, version: Microversion) -> dict[str, Any]:
    body: dict[str, Any] = {
        "OS-FLV-DISABLED:disabled": False,
        "OS-FLV-EXT-DATA:ephemeral": value.ephemeral_gb,
        "disk": value.disk_gb,
        "id": value.id,
        "links": _links(f"{base}/compute", "flavors", value.id),
        "name": value.name,
        "os-flavor-access:is_public": value.is_public,
        "ram": value.memory_mib,
        "rxtx_factor": 1.0,
        # Before 2.75 nova wrote "no swap" as an empty string.
        "swap": value.swap_mib or (0 if version >= (2, 75) else ""),
        "vcpus": value.vcpus,
    }
    if version >= (2, 55):
        body["description"] = None
    if version >= (2, 61):
        body["extra_specs"] = value.extra_specs
    return body


def compute_service(site: Site, host: Host, version: Microversion) -> dict[str, Any]:
    return _service(
        version,
        {
            "binary": "nova-compute",
            "disabled_reason": host.disabled_reason,
            "host": host.name,
            "id": host.service_id if version >= (2, 53) else host.number + len(CONTROL_SERVICES) * CONTROLLERS,
            "state": "up" if host.is_up else "down",
            "status": "disabled" if host.disabled else "enabled",
            "updated_at": with_micros(site.clock_at if host.is_up else host.changed_at),
            "zone": host.zone or DEFAULT_ZONE,
        },
    )


def control_services(site: Site, version: Microversion) -> list[dict[str, Any]]:
    pairs = [(b, f"cic-{n}.{site.name}.example") for n in range(1, CONTROLLERS + 1) for b in CONTROL_SERVICES]
    return [
        _service(
            version,
            {
                "binary": binary,
                "disabled_reason": None,
                "host": host,
                "id": site.ids.uuid("service", binary, host) if version >= (2, 53) else number,
                "state": "up",
                "status": "enabled",
                "updated_at": with_micros(site.clock_at),
                "zone": "internal",
            },
        )
        for number, (binary, host) in enumerate(pairs, start=1)
    ]


def _service(version: Microversion, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "forced_down": False} if version >= (2, 11) else body


def hypervisor(host: Host, version: Microversion) -> dict[str, Any]:
    with_uuid = version >= (2, 53)
    body: dict[str, Any] = {
        "host_ip": host.address,
        "hypervisor_hostname": host.name,
        "hypervisor_type": "QEMU",
        "hypervisor_version": 6002000,
        "id": host.id if with_uuid else host.number,
        "service": {
            "disabled_reason": host.disabled_reason,
            "host": host.name,
            "id": host.service_id if with_uuid else host.number + len(CONTROL_SERVICES) * CONTROLLERS,
        },
        "state": "up" if host.is_up else "down",
        "status": "disabled" if host.disabled else "enabled",
    }
    if version >= (2, 88):
        uptime = " 10:12:31 up 84 days,  3:02,  1 user,  load average: 4.21, 4.30, 4.28"
        return {**body, "uptime": uptime if host.is_up else None}
    return {
        **body,
        # An object since 2.28, before that JSON within a string.
        "cpu_info": CPU_INFO if version >= (2, 28) else json.dumps(CPU_INFO),
        "current_workload": 0,
        "disk_available_least": HOST_DISK_GB - host.used_disk_gb,
        "free_disk_gb": HOST_DISK_GB - host.used_disk_gb,
        "free_ram_mb": HOST_MEMORY_MIB - host.used_memory_mib,
        "local_gb": HOST_DISK_GB,
        "local_gb_used": host.used_disk_gb,
        "memory_mb": HOST_MEMORY_MIB,
        "memory_mb_used": host.used_memory_mib,
        "running_vms": len(host.server_ids),
        "vcpus": HOST_VM_CPUS,
        "vcpus_used": host.used_vcpus,
    }


def aggregate(value: Aggregate, version: Microversion) -> dict[str, Any]:
    body: dict[str, Any] = {
        "availability_zone": value.zone,
        "created_at": "2025-11-03T09:00:00.000000",
        "deleted": False,
        "deleted_at": None,
        "hosts": value.hosts,
        "id": value.number,
        "metadata": value.metadata,
        "name": value.name,
        "updated_at": None,
    }
    return {**body, "uuid": value.id} if version >= (2, 41) else body


def quota(project_id: str, limits: Quota, used: dict[str, int], *, detail: bool) -> dict[str, Any]:
    rows = {
        "cores": (limits.cores, used.get("cores", 0)),
        "instances": (limits.instances, used.get("instances", 0)),
        "key_pairs": (100, 0),
        "metadata_items": (128, 0),
        "ram": (limits.ram_mib, used.get("ram", 0)),
        "server_group_members": (10, 0),
        "server_groups": (10, 0),
    }
    body: dict[str, Any] = {"id": project_id}
    for name, (limit, in_use) in rows.items():
        body[name] = {"in_use": in_use, "limit": limit, "reserved": 0} if detail else limit
    return {"quota_set": body}


def _links(root: str, collection: str, object_id: str) -> list[dict[str, str]]:
    return [
        {"href": f"{root}/v2.1/{collection}/{object_id}", "rel": "self"},
        {"href": f"{root}/{collection}/{object_id}", "rel": "bookmark"},
    ]
