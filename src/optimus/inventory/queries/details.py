"""One host or one VM with all that is stored of it, and the list of stacks."""

from sqlalchemy import Connection, and_, func, select

from optimus.inventory.errors import ObjectUnknown
from optimus.inventory.queries import hosts, servers
from optimus.inventory.queries.capacity import host_capacity, same_host
from optimus.inventory.queries.parts import Picture
from optimus.inventory.schemas import (
    FlavorDetail,
    HostDetail,
    PortOfServer,
    ServerDetail,
    StackItem,
    StackOfServer,
)
from optimus.inventory.tables import (
    ComputeService,
    Flavor,
    Hypervisor,
    Network,
    Port,
    Project,
    Server,
    Stack,
    StackServer,
)


def host(connection: Connection, dc_id: str, service_id: str, picture: Picture) -> HostDetail:
    """Raises ObjectUnknown."""
    name = hosts.host_of(connection, dc_id, service_id)
    query = select(Hypervisor.hypervisor_type, Hypervisor.hypervisor_version, Hypervisor.host_ip).where(
        Hypervisor.dc_id == dc_id, same_host(name)
    )
    told = connection.execute(query.order_by(Hypervisor.id).limit(1)).one_or_none()
    return HostDetail(
        **hosts.one(connection, dc_id, service_id, picture),
        **host_capacity(connection, dc_id, service_id),
        hypervisor_type=told.hypervisor_type if told else None,
        hypervisor_version=told.hypervisor_version if told else None,
        host_ip=told.host_ip if told else None,
    )


def server(connection: Connection, dc_id: str, server_id: str) -> ServerDetail:
    """Raises ObjectUnknown."""
    item = servers.one(connection, dc_id, server_id)
    if item is None:
        raise ObjectUnknown(f"This data center has no VM with the id {server_id!r}: nova_data lists the ids.")
    columns = (Server.image_id, Server.launched_at, Server.flavor_id, Server.flavor_name)
    query = select(*columns, ComputeService.id.label("host_id")).outerjoin(
        ComputeService, and_(ComputeService.dc_id == Server.dc_id, ComputeService.host == Server.host)
    )
    row = connection.execute(query.where(Server.dc_id == dc_id, Server.id == server_id).limit(1)).one()
    return ServerDetail(
        **item,
        host_id=row.host_id,
        image_id=row.image_id,
        launched_time=row.launched_at,
        flavor=_flavor(connection, dc_id, row.flavor_id, row.flavor_name),
        ports=_ports(connection, dc_id, server_id),
        stacks=_stacks_of(connection, dc_id, server_id),
    )


def _flavor(connection: Connection, dc_id: str, flavor_id: str | None, name: str | None) -> FlavorDetail | None:
    """From microversion 2.47 on, nova tells a server's flavor by its name alone."""
    same = Flavor.name == name if flavor_id is None else Flavor.id == flavor_id
    query = select(*Flavor.__table__.c).where(Flavor.dc_id == dc_id, same).order_by(Flavor.id).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return {
        "id": row.id,
        "name": row.name,
        "vcpus": row.vcpus,
        "memory": row.memory_mib,
        "disk": row.disk_gb,
        "ephemeral": row.ephemeral_gb,
        "swap": row.swap_mib,
        "is_public": row.is_public,
        "extra_specs": {key: str(value) for key, value in row.extra_specs.items()},
    }


def _ports(connection: Connection, dc_id: str, server_id: str) -> list[PortOfServer]:
    query = (
        select(
            Port.id,
            Port.name,
            Port.mac,
            Port.status,
            Port.vif_type,
            Port.vnic_type,
            Port.ip_addresses,
            Port.network_id,
            Network.name.label("network_name"),
            Network.network_type,
            Network.physical_network,
            Network.segmentation_id,
            Network.mtu,
        )
        .outerjoin(Network, and_(Network.dc_id == Port.dc_id, Network.id == Port.network_id))
        .where(Port.dc_id == dc_id, Port.device_id == server_id)
        .order_by(Port.name, Port.id)
    )
    return [PortOfServer(**row) for row in connection.execute(query).mappings()]  # type: ignore[typeddict-item]


def _stacks_of(connection: Connection, dc_id: str, server_id: str) -> list[StackOfServer]:
    query = (
        select(Stack.id, Stack.name, Stack.status)
        .join(StackServer, and_(StackServer.dc_id == Stack.dc_id, StackServer.stack_id == Stack.id))
        .where(Stack.dc_id == dc_id, StackServer.server_id == server_id)
        .order_by(Stack.name, Stack.id)
    )
    return [
        {"stack_id": row.id, "stack_name": row.name, "stack_status": row.status} for row in connection.execute(query)
    ]


def stacks(connection: Connection, dc_id: str) -> list[StackItem]:
    """The root stacks by name, with their VMs counted."""
    members = (
        select(StackServer.stack_id, func.count().label("servers"))
        .where(StackServer.dc_id == dc_id)
        .group_by(StackServer.stack_id)
        .subquery()
    )
    query = (
        select(
            Stack.id.label("stack_id"),
            Stack.name.label("stack_name"),
            Stack.status.label("stack_status"),
            Stack.project_id.label("tenant_id"),
            Project.name.label("tenant_name"),
            Stack.created_at.label("created_time"),
            Stack.updated_at.label("updated_time"),
            func.coalesce(members.c.servers, 0).label("servers"),
        )
        .outerjoin(members, members.c.stack_id == Stack.id)
        .outerjoin(Project, and_(Project.dc_id == Stack.dc_id, Project.id == Stack.project_id))
        .where(Stack.dc_id == dc_id)
        .order_by(Stack.name, Stack.id)
    )
    return [StackItem(**row) for row in connection.execute(query).mappings()]  # type: ignore[typeddict-item]
