"""Servers (VMs): `GET {compute}/servers/detail?all_tenants=1`.

From microversion 2.47 on the flavor is embedded and has no id; before, it is an id only. `user_data` and metadata
can hold secrets and are never looked at. A server of a cell that is down comes with little more than its id
and the status UNKNOWN (2.69+): its other values are then unknown, its name is "". Empty means no VM.

>>> [server] = parse_servers({"servers": [{
...     "id": "3de3e4f0-82cb-4cca-8252-471ec8bc1166", "name": "hss-stack-1", "status": "ACTIVE",
...     "tenant_id": "a7314c9d54234ba6a392406477e0bf08", "OS-EXT-STS:power_state": 1,
...     "OS-EXT-SRV-ATTR:host": "compute12.lab.example", "created": "2026-11-23T22:41:26Z",
...     "OS-SRV-USG:launched_at": "2026-11-23T22:41:27.000000", "image": "",
...     "flavor": {"original_name": "m1.small", "vcpus": 1, "ram": 2048, "disk": 20},
...     "addresses": {"vhss-internal": [{"addr": "172.16.14.149", "version": 4,
...                                      "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:5b:ca:b0"}]}}]})
>>> server.power_state, server.created_at, server.launched_at, server.flavor_name, server.flavor_id
('Running', 1795473686, 1795473687, 'm1.small', None)
>>> server.addresses
(Address(network_name='vhss-internal', ip='172.16.14.149', mac='fa:16:3e:5b:ca:b0'),)
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import Address, Server

_POWER_STATES = {0: "NoState", 1: "Running", 3: "Paused", 4: "Shutdown", 6: "Crashed", 7: "Suspended"}


def parse_servers(page: Mapping[str, Any]) -> list[Server]:
    return [_server(node) for node in items(page, "servers")]


def _server(node: Node) -> Server:
    flavor = node.node_or_none("flavor") or Node({}, f"{node.path}.flavor")
    image = node.node_or_none("image")
    return Server(
        id=node.identity("id"),
        name=node.text_or_none("name") or "",
        project_id=node.text_or_none("tenant_id"),
        status=node.text("status").upper(),
        power_state=_POWER_STATES.get(node.whole_or_none("OS-EXT-STS:power_state") or 0, "NoState"),
        vm_state=node.text_or_none("OS-EXT-STS:vm_state"),
        task_state=node.text_or_none("OS-EXT-STS:task_state"),
        host=node.text_or_none("OS-EXT-SRV-ATTR:host"),
        host_status=node.text_or_none("host_status"),
        instance_name=node.text_or_none("OS-EXT-SRV-ATTR:instance_name"),
        availability_zone=node.text_or_none("OS-EXT-AZ:availability_zone"),
        created_at=node.moment_or_none("created"),
        updated_at=node.moment_or_none("updated"),
        launched_at=node.moment_or_none("OS-SRV-USG:launched_at"),
        image_id=image.identity_or_none("id") if image else None,
        flavor_id=flavor.identity_or_none("id"),
        flavor_name=flavor.text_or_none("original_name"),
        flavor_vcpus=flavor.whole_or_none("vcpus"),
        flavor_memory_mib=flavor.whole_or_none("ram"),
        flavor_disk_gb=flavor.whole_or_none("disk"),
        addresses=_addresses(node),
    )


def _addresses(server: Node) -> tuple[Address, ...]:
    networks = server.node_or_none("addresses")
    if networks is None:
        return ()
    return tuple(
        Address(name, one.text("addr"), one.text_or_none("OS-EXT-IPS-MAC:mac_addr"))
        for name in networks.raw
        for one in networks.nodes(name)
    )
