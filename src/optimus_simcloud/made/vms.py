"""VMs come and go: placing, ports, volumes. Used by the first building and by every later tick."""

from collections.abc import Iterable, Iterator
from itertools import chain
from random import Random

from optimus_simcloud.made import cpus
from optimus_simcloud.made.nets import drop_port, port_for
from optimus_simcloud.made.site import Flavor, Host, Project, Server, Site, Volume
from optimus_simcloud.made.words import DEFAULT_ZONE, FLAVORS, RETIRED_FLAVOR, SMALLEST_FLAVOR, VOLUME_TYPES

_WEIGHTS = [words.weight for words in FLAVORS]


def add_server(
    site: Site, rng: Random, tenant: tuple[Project, str, str], *, created_at: int, stack_id: str | None = None
) -> Server:
    """One more VM of the tenant, on a host of its zone if any has room, with two ports and perhaps a volume."""
    project, prefix, zone = tenant
    flavor, host = _flavor_and_host(site, rng, zone)
    number = site.next_server_number
    site.next_server_number += 1
    server = Server(
        id=site.ids.uuid("server", number),
        number=number,
        name=f"{prefix}-{number}",
        project_id=project.id,
        user_id=site.ids.hex("user", f"{project.name.lower()}-ops"),
        flavor=flavor,
        created_at=created_at,
        updated_at=created_at + 20,
        has_user_data=number % 2 == 0,
        stack_id=stack_id,
    )
    if host is None:
        server.status = "ERROR"
    else:
        cpus.take(host, server)
        site.touch(host.id)
        zone_name = host.zone or DEFAULT_ZONE
        server.port_ids = tuple(port_for(site, kind, server, zone=zone_name).id for kind in ("om", "signalling"))
        if number % 4 == 0:
            _attach_volume(site, rng, server)
    site.servers[server.id] = server
    site.touch(server.id)
    return server


def remove_server(site: Site, server_id: str) -> None:
    server = site.servers.pop(server_id)
    for port_id in server.port_ids:
        drop_port(site, port_id)
    for volume_id in server.volume_ids:
        volume = site.volumes[volume_id]
        if server.boots_from_volume:  # as with delete_on_termination
            del site.volumes[volume_id]
        else:
            volume.status, volume.server_id, volume.device, volume.host = "available", None, None, None
        site.touch(volume_id)
    if server.host is not None:
        host = site.hosts[server.host]
        cpus.give_back(host, server)
        site.touch(host.id)
    site.touch(server_id)


def _flavor_and_host(site: Site, rng: Random, zone: str) -> tuple[Flavor, Host | None]:
    words = rng.choices(FLAVORS, _WEIGHTS)[0]
    wanted = RETIRED_FLAVOR if rng.random() < 0.01 else site.flavors[words.name]
    hosts = list(site.hosts.values())
    start = rng.randrange(len(hosts))
    around = [*hosts[start:], *hosts[:start]]
    for flavor in (wanted, site.flavors[SMALLEST_FLAVOR]):
        # A lazy chain: a full search of 1,000 hosts for each of 20,000 VMs would be slow.
        for host in chain(_usable(around, zone), _usable(around, None)):
            if cpus.has_room(host, flavor):
                return flavor, host
    return site.flavors[SMALLEST_FLAVOR], None


def _usable(hosts: Iterable[Host], zone: str | None) -> Iterator[Host]:
    return (host for host in hosts if host.is_up and not host.disabled and zone in {None, host.zone})


def _attach_volume(site: Site, rng: Random, server: Server) -> None:
    boots = server.number % 8 == 0
    volume = Volume(
        id=site.ids.uuid("volume", server.id),
        name=f"{server.name}-{'root' if boots else 'data'}",
        project_id=server.project_id,
        size_gb=rng.choice((20, 40, 100)),
        volume_type=VOLUME_TYPES[0 if boots else rng.randrange(2)],
        status="in-use",
        bootable=boots,
        created_at=server.created_at - 5,
        server_id=server.id,
        device="/dev/vda" if boots else "/dev/vdb",
        host=server.host,
    )
    server.boots_from_volume = boots
    server.volume_ids.append(volume.id)
    site.volumes[volume.id] = volume
    site.touch(volume.id)
