"""A data center's picture is made of parts; each part is collected, aged and failed on its own."""

from enum import StrEnum


class Task(StrEnum):
    """The two periodic tasks of a data center, by the names that the API document gives them."""

    DYNAMIC = "dynamic"
    STATIC = "static"


class Part(StrEnum):
    """One list of a cloud, named by what it holds."""

    PROJECTS = "projects"
    SERVERS = "servers"
    FLAVORS = "flavors"
    VOLUMES = "volumes"
    PORTS = "ports"
    NETWORKS = "networks"
    COMPUTE_SERVICES = "compute_services"
    STACKS = "stacks"
    AGGREGATES = "aggregates"
    VOLUME_TYPES = "volume_types"
    HYPERVISORS = "hypervisors"
    COMPUTE_QUOTAS = "compute_quotas"
    VOLUME_QUOTAS = "volume_quotas"


# Projects are in both: one call, and without it a new tenant's VMs would have no tenant name for an hour.
PARTS_OF_TASK: dict[Task, tuple[Part, ...]] = {
    Task.DYNAMIC: (
        Part.PROJECTS,
        Part.SERVERS,
        Part.FLAVORS,
        Part.VOLUMES,
        Part.PORTS,
        Part.NETWORKS,
        Part.COMPUTE_SERVICES,
        Part.STACKS,
    ),
    Task.STATIC: (
        Part.PROJECTS,
        Part.AGGREGATES,
        Part.VOLUME_TYPES,
        Part.HYPERVISORS,
        Part.COMPUTE_QUOTAS,
        Part.VOLUME_QUOTAS,
    ),
}


class PartState(StrEnum):
    """How the last attempt at a part ended."""

    FRESH = "fresh"
    FAILED = "failed"
    NOT_PERMITTED = "not_permitted"
