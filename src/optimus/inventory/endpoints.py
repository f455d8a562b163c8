"""The inventory's calls: each reads what is stored, never a cloud, and says how old it is."""

from typing import Annotated

from fastapi import Query

from optimus.facts.parts import Part
from optimus.http.answer import Answer
from optimus.http.call import Call
from optimus.http.inputs import PathId, one_of
from optimus.inventory.queries import capacity, details, hosts, series, servers, tenants
from optimus.inventory.queries.parts import picture_of
from optimus.inventory.schemas import HostQuery, SeriesQuery, ServerQuery, ServiceState

DcIdQuery = Annotated[PathId, Query()]


def infrastructure(call: Call, cid: DcIdQuery) -> Answer:
    """Capacity of a data center: vCPUs, memory, disk, hosts, tenants, volumes."""
    picture = picture_of(call.connection, cid)
    found = capacity.infrastructure(call.connection, cid)
    parts = (Part.HYPERVISORS, Part.COMPUTE_SERVICES, Part.PROJECTS, Part.COMPUTE_QUOTAS, Part.VOLUMES)
    return Answer(found, picture.beside(*parts, Part.VOLUME_TYPES, Part.VOLUME_QUOTAS))


def infra_resource(call: Call, cid: PathId, hid: PathId) -> Answer:
    """Capacity of one host, by the id of its nova-compute service."""
    picture = picture_of(call.connection, cid)
    found = capacity.host_capacity(call.connection, cid, hid)
    return Answer(found, picture.beside(Part.HYPERVISORS, Part.COMPUTE_SERVICES))


def tenant_quota(call: Call, cid: PathId, tid: PathId) -> Answer:
    """Quota and use of one tenant."""
    picture = picture_of(call.connection, cid)
    found = tenants.quota(call.connection, cid, tid)
    return Answer(found, picture.beside(Part.COMPUTE_QUOTAS, Part.HYPERVISORS, Part.VOLUME_QUOTAS))


def nova_service(call: Call, cid: PathId, state: Annotated[ServiceState, one_of(ServiceState)]) -> Answer:
    """The hosts whose nova-compute service is up, or those that are down."""
    picture = picture_of(call.connection, cid)
    found = hosts.services(call.connection, cid, state)
    return Answer(found, picture.beside(Part.COMPUTE_SERVICES))


def config_data(call: Call, dc_id: DcIdQuery) -> Answer:
    """What the list of VMs can be filtered by: stacks and tenants."""
    picture = picture_of(call.connection, dc_id)
    found = tenants.choices(call.connection, dc_id)
    return Answer([found], picture.beside(Part.STACKS, Part.PROJECTS))


def nova_data(call: Call, dc_id: DcIdQuery, wanted: Annotated[ServerQuery, Query()]) -> Answer:
    """A page of VMs with their flavor, addresses, tenant and volumes."""
    picture = picture_of(call.connection, dc_id)
    found, total = servers.page(call.connection, dc_id, wanted, picture)
    parts = (Part.SERVERS, Part.FLAVORS, Part.PROJECTS, Part.VOLUMES, Part.PORTS, Part.NETWORKS, Part.STACKS)
    return Answer(found, {"total": total} | picture.beside(*parts))


def host_config_data(call: Call, dc_id: DcIdQuery) -> Answer:
    """What the list of hosts can be filtered by: availability zones and aggregates."""
    picture = picture_of(call.connection, dc_id)
    found = hosts.choices(call.connection, dc_id)
    return Answer([found], picture.beside(Part.AGGREGATES))


def host_data(call: Call, dc_id: DcIdQuery, wanted: Annotated[HostQuery, Query()]) -> Answer:
    """A page of hosts with their aggregates and VMs."""
    picture = picture_of(call.connection, dc_id)
    found, total = hosts.page(call.connection, dc_id, wanted, picture)
    return Answer(found, {"total": total} | picture.beside(Part.COMPUTE_SERVICES, Part.AGGREGATES, Part.SERVERS))


def capacity_of(call: Call, cid: PathId) -> Answer:
    """Capacity of a data center with its tenants' quotas and its volume types."""
    picture = picture_of(call.connection, cid)
    known = picture.collected_at(Part.SERVERS) is not None
    found = capacity.capacity(call.connection, cid, servers=picture.rows(Part.SERVERS) if known else None)
    parts = (Part.HYPERVISORS, Part.COMPUTE_SERVICES, Part.SERVERS, Part.PROJECTS, Part.COMPUTE_QUOTAS)
    return Answer(found, picture.beside(*parts, Part.VOLUMES, Part.VOLUME_TYPES, Part.VOLUME_QUOTAS))


def capacity_series(call: Call, cid: PathId, wanted: Annotated[SeriesQuery, Query()]) -> Answer:
    """Capacity over time, in steps of `step` seconds."""
    picture_of(call.connection, cid)
    found, step = series.capacity_series(call.connection, cid, wanted)
    return Answer(found, {"step": step})


def host(call: Call, cid: PathId, hid: PathId) -> Answer:
    """One host, by the id of its nova-compute service."""
    picture = picture_of(call.connection, cid)
    found = details.host(call.connection, cid, hid, picture)
    return Answer(found, picture.beside(Part.COMPUTE_SERVICES, Part.AGGREGATES, Part.SERVERS, Part.HYPERVISORS))


def server(call: Call, cid: PathId, vid: PathId) -> Answer:
    """One VM with its flavor, volumes, ports and stacks."""
    picture = picture_of(call.connection, cid)
    found = details.server(call.connection, cid, vid)
    parts = (Part.SERVERS, Part.FLAVORS, Part.PROJECTS, Part.VOLUMES, Part.PORTS, Part.NETWORKS, Part.STACKS)
    return Answer(found, picture.beside(*parts))


def stacks(call: Call, cid: PathId) -> Answer:
    """The root stacks of a data center."""
    picture = picture_of(call.connection, cid)
    found = details.stacks(call.connection, cid)
    return Answer(found, {"total": len(found)} | picture.beside(Part.STACKS, Part.PROJECTS))
