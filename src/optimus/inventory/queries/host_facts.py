"""What compute hosts said of themselves, as stored, and what the picture knows of who is on them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, select

from optimus.facts import cloud
from optimus.facts.hosts import HostFacts
from optimus.inventory.errors import ObjectUnknown
from optimus.inventory.host_document import unpack
from optimus.inventory.tables import ComputeService, HostRecord, Hypervisor, Network, Port, PortSample, Project, Server


@dataclass(frozen=True, slots=True)
class StoredHost:
    """A host's newest facts (None: never read), and how the last attempt ended (`trouble` None: well)."""

    facts: HostFacts | None
    probed_at: int | None
    attempted_at: int
    trouble: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a guest is, by nova's list: its name there, its tenant."""

    server_name: str
    tenant_id: str | None
    tenant_name: str | None


HOSTS_AT_ONCE = 20  # fetched at once
_RECORD = HostRecord.__table__.c


def stored(connection: Connection, dc_id: str) -> dict[str, StoredHost]:
    """Every host that was ever asked, by nova's name."""
    query = select(*_RECORD).where(HostRecord.dc_id == dc_id).order_by(HostRecord.host)
    return {row.host: _stored(row) for row in connection.execute(query)}


def each_stored(connection: Connection, dc_id: str, *, host: str | None = None) -> Iterator[tuple[str, StoredHost]]:
    """The same one by one, for readers who go through all: a large data center's hosts together take much memory."""
    query = select(*_RECORD).where(HostRecord.dc_id == dc_id).order_by(HostRecord.host)
    if host is not None:
        query = query.where(HostRecord.host == host)
    with connection.execution_options(yield_per=HOSTS_AT_ONCE).execute(query) as found:
        for row in found:
            yield row.host, _stored(row)


def stored_host(connection: Connection, dc_id: str, host: str) -> StoredHost | None:
    query = select(*_RECORD).where(HostRecord.dc_id == dc_id, HostRecord.host == host)
    row = connection.execute(query).one_or_none()
    return _stored(row) if row else None


def _stored(row: Row[Any]) -> StoredHost:
    facts = unpack(row.document) if row.document else None
    return StoredHost(facts, row.probed_at if facts else None, row.attempted_at, row.trouble, row.reason)


def known_hosts(connection: Connection, dc_id: str) -> list[str]:
    """Nova's names of the hosts that have a compute service or a hypervisor."""
    services = select(ComputeService.host).where(ComputeService.dc_id == dc_id)
    hypervisors = select(Hypervisor.host).where(Hypervisor.dc_id == dc_id, Hypervisor.host.is_not(None))
    return sorted(set(connection.execute(services.union(hypervisors)).scalars()))


def host_of_service(connection: Connection, dc_id: str, service_id: str) -> str:
    """Nova's name of the host. Raises ObjectUnknown."""
    query = select(ComputeService.host).where(ComputeService.dc_id == dc_id, ComputeService.id == service_id)
    host = connection.execute(query).scalar_one_or_none()
    if host is None:
        raise ObjectUnknown(
            f"There is no host with the id {service_id!r} in this data center: GET host_data lists all."
        )
    return host


def host_of_server(connection: Connection, dc_id: str, server_id: str) -> str | None:
    """None: the VM is on no host. Raises ObjectUnknown."""
    query = select(Server.host).where(Server.dc_id == dc_id, Server.id == server_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise ObjectUnknown(f"There is no VM with the id {server_id!r} in this data center: GET nova_data lists all.")
    return row.host or None


def ports_of_server(connection: Connection, dc_id: str, server_id: str) -> list[tuple[cloud.Port, str | None]]:
    """Its ports, each with the name of its network, by id."""
    query = (
        select(*Port.__table__.c, Network.name.label("network_name"))
        .outerjoin(Network, and_(Network.dc_id == Port.dc_id, Network.id == Port.network_id))
        .where(Port.dc_id == dc_id, Port.device_id == server_id)
        .order_by(Port.id)
    )
    return [(_port(row), row.network_name) for row in connection.execute(query)]


def _port(row: Any) -> cloud.Port:
    return cloud.Port(
        id=row.id,
        name=row.name,
        network_id=row.network_id,
        project_id=row.project_id,
        device_id=row.device_id,
        device_owner=row.device_owner,
        mac=row.mac,
        status=row.status,
        vif_type=row.vif_type,
        vnic_type=row.vnic_type,
        host=row.host,
        ip_addresses=tuple(row.ip_addresses),
    )


_OWNERS = (
    select(Server.id, Server.name, Server.project_id, Project.name.label("project_name"))
    .outerjoin(Project, and_(Project.dc_id == Server.dc_id, Project.id == Server.project_id))
    .where(Server.dc_id == bindparam("dc_id"), Server.id.in_(bindparam("ids", expanding=True)))
)


def owners(connection: Connection, dc_id: str, server_ids: Collection[str]) -> dict[str, Owner]:
    """Of those that nova lists; a guest that is not among them runs without nova's knowing."""
    rows = connection.execute(_OWNERS, {"dc_id": dc_id, "ids": list(server_ids)})
    return {row.id: Owner(row.name, row.project_id, row.project_name) for row in rows}


@dataclass(frozen=True, slots=True)
class Sample:
    """Counters of a VM's ports at one moment: port id -> counter -> number, None where OVS had none."""

    host: str
    taken_at: int
    counters: dict[str, dict[str, int | None]]


def port_sample(connection: Connection, sample_id: str, *, user_id: str, dc_id: str, server_id: str) -> Sample:
    """The caller's own sample of this VM. Raises ObjectUnknown."""
    query = select(PortSample.host, PortSample.taken_at, PortSample.counters).where(
        PortSample.id == sample_id,
        PortSample.user_id == user_id,
        PortSample.dc_id == dc_id,
        PortSample.server_id == server_id,
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise ObjectUnknown(
            f"You have no sample {sample_id!r} of this VM (any more): call without `since`, and use the `sample` that "
            "it answers."
        )
    return Sample(row.host, row.taken_at, row.counters)
