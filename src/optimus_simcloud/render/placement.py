"""Placement's objects: one resource provider per host, VCPU, MEMORY_MB and DISK_GB without overcommitment."""

from typing import Any

from optimus_simcloud.made.site import HOST_DISK_GB, HOST_MEMORY_MIB, HOST_VM_CPUS, Host, Server

GENERATION = 5


def provider(host: Host) -> dict[str, Any]:
    path = f"/resource_providers/{host.id}"
    subs = ("inventories", "usages", "aggregates", "traits", "allocations")
    return {
        "generation": GENERATION,
        "links": [{"href": path, "rel": "self"}, *({"href": f"{path}/{s}", "rel": s} for s in subs)],
        "name": host.name,
        "parent_provider_uuid": None,
        "root_provider_uuid": host.id,
        "uuid": host.id,
    }


def inventories() -> dict[str, Any]:
    totals = {"DISK_GB": (HOST_DISK_GB, 0), "MEMORY_MB": (HOST_MEMORY_MIB, 512), "VCPU": (HOST_VM_CPUS, 0)}
    rows = {
        name: {
            "allocation_ratio": 1.0,
            "max_unit": total,
            "min_unit": 1,
            "reserved": reserved,
            "step_size": 1,
            "total": total,
        }
        for name, (total, reserved) in totals.items()
    }
    return {"inventories": rows, "resource_provider_generation": GENERATION}


def usages(host: Host) -> dict[str, Any]:
    used = {"DISK_GB": host.used_disk_gb, "MEMORY_MB": host.used_memory_mib, "VCPU": host.used_vcpus}
    return {"resource_provider_generation": GENERATION, "usages": used}


def project_usages(servers: list[Server]) -> dict[str, Any]:
    placed = [server.flavor for server in servers if server.host is not None]
    return {
        "usages": {
            "DISK_GB": sum(f.disk_gb + f.ephemeral_gb for f in placed),
            "MEMORY_MB": sum(f.memory_mib for f in placed),
            "VCPU": sum(f.vcpus for f in placed),
        }
    }
