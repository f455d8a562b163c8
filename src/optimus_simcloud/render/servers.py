"""A nova server at a given microversion: what 2.1 shows, plus what later ones added."""

import base64
import hashlib
from typing import Any

from optimus_simcloud.made.site import Server, Site
from optimus_simcloud.made.words import DEFAULT_ZONE
from optimus_simcloud.render.compute import Microversion
from optimus_simcloud.render.times import with_micros, with_z

USER_DATA_BYTES = 1536  # 2,048 characters of base64
# status -> (vm_state, power_state); a VM in ERROR after it ran keeps its running domain
STATES = {
    "ACTIVE": ("active", 1),
    "SHUTOFF": ("stopped", 4),
    "PAUSED": ("paused", 3),
    "SUSPENDED": ("suspended", 4),
    "ERROR": ("error", 1),
}


def server(site: Site, value: Server, base: str, version: Microversion) -> dict[str, Any]:
    root = f"{base}/compute"
    vm_state, power_state = STATES[value.status]
    body: dict[str, Any] = {
        "OS-DCF:diskConfig": "MANUAL",
        "OS-EXT-AZ:availability_zone": _zone(site, value),
        "OS-EXT-SRV-ATTR:host": value.host,
        "OS-EXT-SRV-ATTR:hypervisor_hostname": value.host,
        "OS-EXT-SRV-ATTR:instance_name": f"instance-{value.number:08x}",
        "OS-EXT-STS:power_state": power_state if value.host else 0,
        "OS-EXT-STS:task_state": None,
        "OS-EXT-STS:vm_state": vm_state,
        "OS-SRV-USG:launched_at": with_micros(value.created_at + 15) if value.host else None,
        "OS-SRV-USG:terminated_at": None,
        "accessIPv4": "",
        "accessIPv6": "",
        "addresses": _addresses(site, value),
        "config_drive": "",
        "created": with_z(value.created_at),
        "flavor": _flavor(value, root, version),
        "hostId": _host_id(value),
        "id": value.id,
        "image": "" if value.boots_from_volume else _image(site, root),
        "key_name": None,
        "links": [
            {"href": f"{root}/v2.1/servers/{value.id}", "rel": "self"},
            {"href": f"{root}/servers/{value.id}", "rel": "bookmark"},
        ],
        "metadata": {"vnf": site.projects[value.project_id].name},
        "name": value.name,
        "os-extended-volumes:volumes_attached": _volumes(value, version),
        "status": value.status,
        "tenant_id": value.project_id,
        "updated": with_z(value.updated_at),
        "user_id": value.user_id,
    }
    if value.status == "ACTIVE":
        body["progress"] = 0
    if value.host:
        body["security_groups"] = [{"name": "default"}] * len(value.port_ids)
    _later_fields(site, value, body, version)
    return body


def _later_fields(site: Site, value: Server, body: dict[str, Any], version: Microversion) -> None:
    if version >= (2, 3):
        body |= {
            "OS-EXT-SRV-ATTR:hostname": value.name,
            "OS-EXT-SRV-ATTR:kernel_id": "",
            "OS-EXT-SRV-ATTR:launch_index": 0,
            "OS-EXT-SRV-ATTR:ramdisk_id": "",
            "OS-EXT-SRV-ATTR:reservation_id": f"r-{value.id[:8]}",
            "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda" if value.host else None,
            "OS-EXT-SRV-ATTR:user_data": _user_data(value) if value.has_user_data and site.user_data else None,
        }
    if version >= (2, 9):
        body["locked"] = False
    if version >= (2, 16):
        body["host_status"] = _host_status(site, value)
    if version >= (2, 19):
        body["description"] = None
    if version >= (2, 26):
        body["tags"] = []
    if version >= (2, 63):
        body["trusted_image_certificates"] = None
    if version >= (2, 73):
        body["locked_reason"] = None


def _flavor(value: Server, root: str, version: Microversion) -> dict[str, Any]:
    flavor = value.flavor
    if version < (2, 47):
        flavor_id = flavor.id or "retired-flavor"
        link = {"href": f"{root}/flavors/{flavor_id}", "rel": "bookmark"}
        return {"id": flavor_id, "links": [link]}
    return {
        "disk": flavor.disk_gb,
        "ephemeral": flavor.ephemeral_gb,
        "extra_specs": flavor.extra_specs,
        "original_name": flavor.name,
        "ram": flavor.memory_mib,
        "swap": flavor.swap_mib,
        "vcpus": flavor.vcpus,
    }


def _addresses(site: Site, value: Server) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for port_id in value.port_ids:
        port = site.ports[port_id]
        found[site.networks[port.network_id].name] = [
            {
                "OS-EXT-IPS-MAC:mac_addr": port.mac,
                "OS-EXT-IPS:type": "fixed",
                "addr": address,
                "version": 6 if ":" in address else 4,
            }
            for _, address in port.fixed_ips
        ]
    return found


def _volumes(value: Server, version: Microversion) -> list[dict[str, Any]]:
    more = {"delete_on_termination": value.boots_from_volume} if version >= (2, 3) else {}
    return [{**more, "id": volume_id} for volume_id in value.volume_ids]


def _zone(site: Site, value: Server) -> str:
    return "" if value.host is None else site.hosts[value.host].zone or DEFAULT_ZONE


def _host_status(site: Site, value: Server) -> str:
    if value.host is None:
        return ""
    host = site.hosts[value.host]
    if host.disabled:
        return "MAINTENANCE"
    return "UP" if host.is_up else "UNKNOWN"


def _host_id(value: Server) -> str:
    return hashlib.sha224(f"{value.project_id}{value.host}".encode()).hexdigest() if value.host else ""


def _image(site: Site, root: str) -> dict[str, Any]:
    image_id = site.ids.uuid("image")
    return {"id": image_id, "links": [{"href": f"{root}/images/{image_id}", "rel": "bookmark"}]}


def _user_data(value: Server) -> str:
    """Incompressible and made from the id: nothing to keep in memory but what was rendered."""
    return base64.b64encode(hashlib.shake_256(value.id.encode()).digest(USER_DATA_BYTES)).decode()
