"""Ports: `GET {network}/v2.0/ports`. The binding values are for administrators only: None without them.

Empty means that the cloud has no port.

>>> [port] = parse_ports({"ports": [{
...     "id": "0299ff9d-8617-4312-9913-8b663f7b2833", "name": "", "mac_address": "fa:16:3e:b3:8c:eb",
...     "network_id": "9de84eac-f526-414b-9e48-4aaf35f817e8", "tenant_id": "99f210e645c640c5815280e207086168",
...     "device_id": "94b77e82-4825-467e-bf1f-5ae0eaa364f0", "device_owner": "compute:nova", "status": "ACTIVE",
...     "binding:vif_type": "vhostuser", "binding:vnic_type": "normal", "binding:host_id": "compute20.lab.example",
...     "fixed_ips": [{"ip_address": "10.10.2.216"}, {"ip_address": "fd00::d8"}]}]})
>>> port.ip_addresses, port.vif_type, port.host
(('10.10.2.216', 'fd00::d8'), 'vhostuser', 'compute20.lab.example')
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import Port


def parse_ports(page: Mapping[str, Any]) -> list[Port]:
    return [_port(node) for node in items(page, "ports")]


def _port(node: Node) -> Port:
    return Port(
        id=node.identity("id"),
        name=node.text_or_none("name") or "",
        network_id=node.identity("network_id"),
        project_id=node.text_or_none("project_id") or node.text_or_none("tenant_id"),
        device_id=node.text_or_none("device_id"),
        device_owner=node.text_or_none("device_owner"),
        mac=node.text("mac_address"),
        status=node.text("status"),
        vif_type=node.text_or_none("binding:vif_type"),
        vnic_type=node.text_or_none("binding:vnic_type"),
        host=node.text_or_none("binding:host_id"),
        ip_addresses=tuple(one.text("ip_address") for one in node.nodes("fixed_ips")),
    )
