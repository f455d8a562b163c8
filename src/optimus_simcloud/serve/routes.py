"""All URLs of the simulated cloud in one table."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from optimus_simcloud.serve import compute, identity, image, network, orchestration, placement, volume
from optimus_simcloud.serve.call import Answer, Call


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    template: str
    service: str
    handler: Callable[[Call], Answer]
    rule: str = ""
    is_open: bool = False  # answers without a token


ROUTES = (
    Route("GET", "/", "identity", identity.versions, is_open=True),
    Route("GET", "/identity", "identity", identity.versions, is_open=True),
    Route("GET", "/identity/v3", "identity", identity.version, is_open=True),
    Route("POST", "/identity/v3/auth/tokens", "identity", identity.create_token, is_open=True),
    Route("GET", "/identity/v3/auth/tokens", "identity", identity.show_token),
    Route("GET", "/identity/v3/projects", "identity", identity.projects, "identity:list_projects"),
    Route("GET", "/identity/v3/projects/{id}", "identity", identity.project),
    Route("GET", "/compute", "compute", compute.versions, is_open=True),
    Route("GET", "/compute/v2.1", "compute", compute.version, is_open=True),
    Route("GET", "/compute/v2.1/servers/detail", "compute", compute.servers_detail, "servers:detail"),
    Route("GET", "/compute/v2.1/servers/{id}", "compute", compute.server),
    Route("GET", "/compute/v2.1/flavors/detail", "compute", compute.flavors_detail),
    Route("GET", "/compute/v2.1/flavors/{id}/os-extra_specs", "compute", compute.flavor_extra_specs),
    Route("GET", "/compute/v2.1/os-services", "compute", compute.services, "os-services:list"),
    Route(
        "GET",
        "/compute/v2.1/os-hypervisors/detail",
        "compute",
        compute.hypervisors_detail,
        "os-hypervisors:list-detail",
    ),
    Route("GET", "/compute/v2.1/os-aggregates", "compute", compute.aggregates, "os-aggregates:index"),
    Route("GET", "/compute/v2.1/os-quota-sets/{id}", "compute", compute.quota, "os-quota-sets:show"),
    Route("GET", "/compute/v2.1/os-quota-sets/{id}/detail", "compute", compute.quota_detail, "os-quota-sets:detail"),
    Route("GET", "/placement", "placement", placement.root, is_open=True),
    Route("GET", "/placement/resource_providers", "placement", placement.providers),
    Route("GET", "/placement/resource_providers/{id}/inventories", "placement", placement.inventories),
    Route("GET", "/placement/resource_providers/{id}/usages", "placement", placement.usages),
    Route("GET", "/placement/usages", "placement", placement.project_usages),
    Route("GET", "/volume", "volume", volume.versions, is_open=True),
    Route("GET", "/volume/v3", "volume", volume.versions, is_open=True),
    Route("GET", "/volume/v3/{project_id}/volumes/detail", "volume", volume.volumes_detail),
    Route("GET", "/volume/v3/{project_id}/types", "volume", volume.types),
    Route("GET", "/volume/v3/{project_id}/os-quota-sets/{id}", "volume", volume.quota, "quotas:show"),
    Route("GET", "/network", "network", network.versions, is_open=True),
    Route("GET", "/network/v2.0/networks", "network", network.networks, "get_network"),
    Route("GET", "/network/v2.0/subnets", "network", network.subnets, "get_subnet"),
    Route("GET", "/network/v2.0/ports", "network", network.ports, "get_port"),
    Route("GET", "/image", "image", image.versions, is_open=True),
    Route("GET", "/image/v2/images", "image", image.images),
    Route("GET", "/orchestration", "orchestration", orchestration.versions, is_open=True),
    Route("GET", "/orchestration/v1/{project_id}/stacks", "orchestration", orchestration.stacks, "index"),
    Route("GET", "/orchestration/v1/{project_id}/stacks/{name}/{id}", "orchestration", orchestration.stack),
    Route(
        "GET",
        "/orchestration/v1/{project_id}/stacks/{name}/{id}/resources",
        "orchestration",
        orchestration.resources,
    ),
)
_PATTERNS = [(re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", r.template) + "/?"), r) for r in ROUTES]


def find(method: str, path: str) -> tuple[Route | None, dict[str, str], bool]:
    """The route, its arguments, and whether the path exists for another method."""
    # Keystone also answers at the root, as it does where it has a port of its own.
    looked_up = f"/identity{path}" if path == "/v3" or path.startswith("/v3/") else path
    other = False
    for pattern, route in _PATTERNS:
        if match := pattern.fullmatch(looked_up):
            if route.method == method:
                return route, match.groupdict(), True
            other = True
    return None, {}, other


def service_of(path: str) -> str:
    word = path.split("/")[1] if path.count("/") else ""
    return word if word in {"compute", "placement", "volume", "network", "orchestration", "image"} else "identity"
