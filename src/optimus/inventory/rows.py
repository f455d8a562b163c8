"""Facts to rows: which tables each part fills, and with what. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from optimus.db.base import Base
from optimus.facts import cloud
from optimus.facts.parts import Part
from optimus.inventory import tables as t

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filling:
    """How one table is filled from one part's facts."""

    model: type[Base]
    rows: Callable[[Sequence[Any]], Iterator[Row]]


def _known(value: int | None) -> int:
    return t.UNKNOWN if value is None else value


def _as_it_is(fact_type: type[Struct], *, without: str = "") -> Callable[[Sequence[Any]], Iterator[Row]]:
    """Columns that are called as the fact's fields."""
    names = [name for name in fact_type.__struct_fields__ if name != without]

    def rows(facts: Sequence[Any]) -> Iterator[Row]:
        return ({name: getattr(fact, name) for name in names} for fact in facts)

    return rows


def _projects(facts: Iterable[cloud.Project]) -> Iterator[Row]:
    for f in facts:
        yield {
            "id": f.id,
            "name": f.name,
            "name_folded": f.name.casefold(),
            "domain_id": f.domain_id,
            "enabled": f.enabled,
        }


def _flavors(facts: Iterable[cloud.Flavor]) -> Iterator[Row]:
    for f in facts:
        yield {
            "id": f.id,
            "name": f.name,
            "vcpus": f.vcpus,
            "memory_mib": f.memory_mib,
            "disk_gb": f.disk_gb,
            "ephemeral_gb": f.ephemeral_gb,
            "swap_mib": f.swap_mib,
            "is_public": f.is_public,
            "extra_specs": dict(sorted(f.extra_specs.items())),
        }


def _servers(facts: Iterable[cloud.Server]) -> Iterator[Row]:
    for f in facts:
        yield {
            "id": f.id,
            "name": f.name,
            "name_folded": f.name.casefold(),
            "project_id": f.project_id,
            "status": f.status,
            "power_state": f.power_state,
            "vm_state": f.vm_state,
            "task_state": f.task_state,
            "host": f.host,
            "host_status": f.host_status,
            "instance_name": f.instance_name,
            "availability_zone": f.availability_zone,
            "created_at": _known(f.created_at),
            "updated_at": f.updated_at,
            "launched_at": f.launched_at,
            "image_id": f.image_id,
            "flavor_id": f.flavor_id,
            "flavor_name": f.flavor_name,
            "flavor_vcpus": _known(f.flavor_vcpus),
            "flavor_memory_mib": _known(f.flavor_memory_mib),
            "flavor_disk_gb": _known(f.flavor_disk_gb),
            "addresses": [[a.network_name, a.ip, a.mac] for a in f.addresses],
        }


def _attachments(facts: Iterable[cloud.Volume]) -> Iterator[Row]:
    for f in facts:
        for a in f.attachments:
            yield {"server_id": a.server_id, "volume_id": f.id, "device": a.device}


def _ports(facts: Iterable[cloud.Port]) -> Iterator[Row]:
    for f in facts:
        yield {
            "id": f.id,
            "name": f.name,
            "network_id": f.network_id,
            "project_id": f.project_id,
            "device_id": f.device_id,
            "device_owner": f.device_owner,
            "mac": f.mac,
            "status": f.status,
            "vif_type": f.vif_type,
            "vnic_type": f.vnic_type,
            "host": f.host,
            "ip_addresses": list(f.ip_addresses),
        }


def _compute_services(facts: Iterable[cloud.ComputeService]) -> Iterator[Row]:
    for f in facts:
        yield {
            "id": f.id,
            "host": f.host,
            "availability_zone": f.availability_zone,
            "state": f.state,
            "status": f.status,
            "disabled_reason": f.disabled_reason,
            "updated_at": _known(f.updated_at),
        }


def _aggregates(facts: Iterable[cloud.Aggregate]) -> Iterator[Row]:
    for f in facts:
        yield {
            "id": f.id,
            "name": f.name,
            "availability_zone": f.availability_zone,
            "properties": dict(sorted(f.metadata.items())),
        }


def _aggregate_hosts(facts: Iterable[cloud.Aggregate]) -> Iterator[Row]:
    for f in facts:
        for host in f.hosts:
            yield {"host": host, "aggregate_id": f.id}


def _stack_servers(facts: Iterable[cloud.Stack]) -> Iterator[Row]:
    for f in facts:
        for server_id in f.server_ids or ():
            yield {"stack_id": f.id, "server_id": server_id}


FILLINGS: dict[Part, tuple[Filling, ...]] = {
    Part.PROJECTS: (Filling(t.Project, _projects),),
    Part.SERVERS: (Filling(t.Server, _servers),),
    Part.FLAVORS: (Filling(t.Flavor, _flavors),),
    Part.VOLUMES: (
        Filling(t.Volume, _as_it_is(cloud.Volume, without="attachments")),
        Filling(t.VolumeAttachment, _attachments),
    ),
    Part.PORTS: (Filling(t.Port, _ports),),
    Part.NETWORKS: (Filling(t.Network, _as_it_is(cloud.Network)),),
    Part.COMPUTE_SERVICES: (Filling(t.ComputeService, _compute_services),),
    Part.STACKS: (
        Filling(t.Stack, _as_it_is(cloud.Stack, without="server_ids")),
        Filling(t.StackServer, _stack_servers),
    ),
    Part.AGGREGATES: (Filling(t.Aggregate, _aggregates), Filling(t.AggregateHost, _aggregate_hosts)),
    Part.VOLUME_TYPES: (Filling(t.VolumeType, _as_it_is(cloud.VolumeType)),),
    Part.HYPERVISORS: (Filling(t.Hypervisor, _as_it_is(cloud.Hypervisor)),),
    Part.COMPUTE_QUOTAS: (Filling(t.ComputeQuota, _as_it_is(cloud.ComputeQuota)),),
    Part.VOLUME_QUOTAS: (Filling(t.VolumeQuota, _as_it_is(cloud.VolumeQuota)),),
}

# Every table that holds a data center's objects, for forgetting one.
PICTURE_TABLES: tuple[type[Base], ...] = tuple(filling.model for fillings in FILLINGS.values() for filling in fillings)
