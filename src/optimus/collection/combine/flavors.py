"""Gives servers that name their flavor by id only (nova before 2.47) that flavor's values."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from optimus.facts.cloud import Flavor, Server


def join_flavors(servers: Sequence[Server], flavors: Iterable[Flavor]) -> list[Server]:
    """The servers with flavor values wherever the id is known; a flavor that is not listed leaves them None."""
    known = {flavor.id: flavor for flavor in flavors}
    return [_joined(server, known.get(server.flavor_id or "")) for server in servers]


def _joined(server: Server, flavor: Flavor | None) -> Server:
    if flavor is None or server.flavor_vcpus is not None:
        return server
    return replace(
        server,
        flavor_name=flavor.name,
        flavor_vcpus=flavor.vcpus,
        flavor_memory_mib=flavor.memory_mib,
        flavor_disk_gb=flavor.disk_gb,
    )
