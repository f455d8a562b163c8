"""Keystone's projects, catalog and version documents."""

from typing import Any

from optimus_simcloud.made.site import Project, Site

REGION = "RegionOne"
# (service type, code name, path; {project} is the token's project)
SERVICES = (
    ("identity", "keystone", "/identity/v3"),
    ("compute", "nova", "/compute/v2.1"),
    ("placement", "placement", "/placement"),
    ("block-storage", "cinder", "/volume/v3/{project}"),
    ("volumev3", "cinderv3", "/volume/v3/{project}"),
    ("network", "neutron", "/network"),
    ("image", "glance", "/image"),
    ("orchestration", "heat", "/orchestration/v1/{project}"),
)


def project(value: Project, base: str) -> dict[str, Any]:
    return {
        "description": value.description,
        "domain_id": value.domain_id,
        "enabled": True,
        "id": value.id,
        "is_domain": False,
        "links": {"self": f"{base}/identity/v3/projects/{value.id}"},
        "name": value.name,
        "options": {},
        "parent_id": value.domain_id,
        "tags": [],
    }


def catalog(site: Site, project_id: str, roots: dict[str, str]) -> list[dict[str, Any]]:
    """`roots` says under which URL each service type is; one that it leaves out is not in the catalog."""
    return [
        {
            "endpoints": [
                {
                    "id": site.ids.hex("endpoint", kind, interface),
                    "interface": interface,
                    "region": REGION,
                    "region_id": REGION,
                    "url": roots[kind] + path.format(project=project_id),
                }
                for interface in ("public", "internal", "admin")
            ],
            "id": site.ids.hex("service-entry", kind),
            "name": name,
            "type": kind,
        }
        for kind, name, path in SERVICES
        if kind in roots
    ]


def version(base: str) -> dict[str, Any]:
    return {
        "id": "v3.14",
        "links": [{"href": f"{base}/identity/v3/", "rel": "self"}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
    }
