"""Every OpenStack call that Optimus makes: what is asked, and which parser reads the answer.

All are reads. The one POST is the log-in, without which Keystone gives no token. Paths are relative to the
service's endpoint: identity to OS_AUTH_URL (…/v3), compute, volume and network to the catalog's URL, orchestration
to the catalog's URL without its project.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from optimus.collection.catalog import Service
from optimus.collection.parsers.aggregates import parse_aggregates
from optimus.collection.parsers.compute_quotas import parse_compute_quota
from optimus.collection.parsers.compute_services import parse_compute_services
from optimus.collection.parsers.flavors import parse_flavors
from optimus.collection.parsers.hypervisors import parse_hypervisors
from optimus.collection.parsers.networks import parse_networks
from optimus.collection.parsers.ports import decode_ports, parse_ports
from optimus.collection.parsers.projects import parse_projects
from optimus.collection.parsers.reading import decode_json
from optimus.collection.parsers.servers import decode_servers, parse_servers
from optimus.collection.parsers.stack_resources import parse_stack_servers
from optimus.collection.parsers.stacks import parse_stacks
from optimus.collection.parsers.volume_quotas import parse_volume_quotas
from optimus.collection.parsers.volume_types import parse_volume_types
from optimus.collection.parsers.volumes import decode_volumes, parse_volumes
from optimus.facts.parts import Part


class Paging(StrEnum):
    """How a list is asked for."""

    WHOLE = "one answer"
    MARKER = "limit and marker, to the last page"


@dataclass(frozen=True, slots=True)
class Source:
    """One call. `parse` is None where the answer is read by the client itself (log-in, versions).

    `decode` makes of a body what `parse` takes; lists of many thousand rows have one of their own.
    """

    part: Part | None
    service: Service
    path: str
    list_key: str
    parse: Callable[[Mapping[str, Any]], Sequence[Any]] | None
    query: Mapping[str, str] = field(default_factory=dict)
    paging: Paging = Paging.WHOLE
    method: str = "GET"
    note: str = ""
    decode: Callable[[bytes | bytearray], Any] = decode_json


LOGIN = Source(None, Service.IDENTITY, "/auth/tokens", "token", None, method="POST", note="log-in; the catalog")
COMPUTE_VERSIONS = Source(None, Service.COMPUTE, "/", "version", None, note="the microversions on offer")

PROJECTS = Source(Part.PROJECTS, Service.IDENTITY, "/projects", "projects", parse_projects, paging=Paging.MARKER)
OWN_PROJECTS = Source(
    Part.PROJECTS,
    Service.IDENTITY,
    "/auth/projects",
    "projects",
    parse_projects,
    note="only where the account may not list all projects",
)
SERVERS = Source(
    Part.SERVERS,
    Service.COMPUTE,
    "/servers/detail",
    "servers",
    parse_servers,
    {"all_tenants": "1"},
    Paging.MARKER,
    decode=decode_servers,
)
FLAVORS = Source(
    Part.FLAVORS,
    Service.COMPUTE,
    "/flavors/detail",
    "flavors",
    parse_flavors,
    {"is_public": "None"},
    Paging.MARKER,
)
COMPUTE_SERVICES = Source(
    Part.COMPUTE_SERVICES,
    Service.COMPUTE,
    "/os-services",
    "services",
    parse_compute_services,
    {"binary": "nova-compute"},
)
AGGREGATES = Source(Part.AGGREGATES, Service.COMPUTE, "/os-aggregates", "aggregates", parse_aggregates)
HYPERVISORS = Source(
    Part.HYPERVISORS,
    Service.COMPUTE,
    "/os-hypervisors/detail",
    "hypervisors",
    parse_hypervisors,
    paging=Paging.MARKER,
    note="in one answer before microversion 2.33",
)
COMPUTE_QUOTAS = Source(
    Part.COMPUTE_QUOTAS,
    Service.COMPUTE,
    "/os-quota-sets/{project_id}/detail",
    "quota_set",
    parse_compute_quota,
    note="once per project",
)
VOLUMES = Source(
    Part.VOLUMES,
    Service.VOLUME,
    "/volumes/detail",
    "volumes",
    parse_volumes,
    {"all_tenants": "1"},
    Paging.MARKER,
    decode=decode_volumes,
)
VOLUME_TYPES = Source(
    Part.VOLUME_TYPES,
    Service.VOLUME,
    "/types",
    "volume_types",
    parse_volume_types,
    {"is_public": "None"},
    Paging.MARKER,
)
VOLUME_QUOTAS = Source(
    Part.VOLUME_QUOTAS,
    Service.VOLUME,
    "/os-quota-sets/{project_id}",
    "quota_set",
    parse_volume_quotas,
    {"usage": "true"},
    note="once per project",
)
# Without a fixed order a row could move to a page that was already read; neutron wants key and direction together.
_BY_ID = {"sort_key": "id", "sort_dir": "asc"}
NETWORKS = Source(Part.NETWORKS, Service.NETWORK, "/v2.0/networks", "networks", parse_networks, _BY_ID, Paging.MARKER)
PORTS = Source(
    Part.PORTS,
    Service.NETWORK,
    "/v2.0/ports",
    "ports",
    parse_ports,
    _BY_ID,
    Paging.MARKER,
    decode=decode_ports,
)
STACKS = Source(
    Part.STACKS,
    Service.ORCHESTRATION,
    "/{project_id}/stacks",
    "stacks",
    parse_stacks,
    {"global_tenant": "true", "show_nested": "true"},
    Paging.MARKER,
)
PROJECT_STACKS = Source(
    Part.STACKS,
    Service.ORCHESTRATION,
    "/{project_id}/stacks",
    "stacks",
    parse_stacks,
    {"show_nested": "true"},
    Paging.MARKER,
    note="once per project, only where the list of all projects' stacks is refused",
)
# Deeper than any heat allows (5 by default): it cuts the number to its own bound.
STACK_RESOURCES = Source(
    Part.STACKS,
    Service.ORCHESTRATION,
    "/{project_id}/stacks/{stack_name}/{stack_id}/resources",
    "resources",
    parse_stack_servers,
    {"nested_depth": "20"},
    note="once per stack that changed since the last visit",
)

SOURCES: tuple[Source, ...] = (
    LOGIN,
    COMPUTE_VERSIONS,
    PROJECTS,
    OWN_PROJECTS,
    SERVERS,
    FLAVORS,
    COMPUTE_SERVICES,
    AGGREGATES,
    HYPERVISORS,
    COMPUTE_QUOTAS,
    VOLUMES,
    VOLUME_TYPES,
    VOLUME_QUOTAS,
    NETWORKS,
    PORTS,
    STACKS,
    PROJECT_STACKS,
    STACK_RESOURCES,
)
# The parts that are one list and nothing else.
PLAIN_LISTS: Mapping[Part, Source] = {
    Part.FLAVORS: FLAVORS,
    Part.VOLUMES: VOLUMES,
    Part.PORTS: PORTS,
    Part.NETWORKS: NETWORKS,
    Part.COMPUTE_SERVICES: COMPUTE_SERVICES,
    Part.AGGREGATES: AGGREGATES,
    Part.VOLUME_TYPES: VOLUME_TYPES,
    Part.HYPERVISORS: HYPERVISORS,
}
QUOTAS: Mapping[Part, Source] = {Part.COMPUTE_QUOTAS: COMPUTE_QUOTAS, Part.VOLUME_QUOTAS: VOLUME_QUOTAS}
