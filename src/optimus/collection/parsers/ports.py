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

import sys
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from optimus.collection.parsers.reading import Identity, Rows, Text, identity, shared, text
from optimus.facts.cloud import Port


class _FixedIp(Struct, gc=False):
    ip_address: Text = None


class _Row(Struct, gc=False):
    id: Identity = None
    name: Text = None
    network_id: Identity = None
    project_id: Text = None
    tenant_id: Text = None
    device_id: Text = None
    device_owner: Text = None
    mac_address: Text = None
    status: Text = None
    vif_type: Text = field(default=None, name="binding:vif_type")
    vnic_type: Text = field(default=None, name="binding:vnic_type")
    host: Text = field(default=None, name="binding:host_id")
    fixed_ips: list[_FixedIp] | None = None


_ROWS = Rows("ports", _Row)
decode_ports = _ROWS.decode


def parse_ports(page: Mapping[str, Any]) -> list[Port]:
    return _ROWS.parse(page, _port)


def _port(row: _Row) -> Port:
    return Port(
        id=identity(row.id, "id"),
        name=row.name or "",
        network_id=sys.intern(identity(row.network_id, "network_id")),
        project_id=shared(row.project_id or row.tenant_id),
        device_id=row.device_id or None,
        device_owner=shared(row.device_owner),
        mac=text(row.mac_address, "mac_address"),
        status=sys.intern(text(row.status, "status")),
        vif_type=shared(row.vif_type),
        vnic_type=shared(row.vnic_type),
        host=shared(row.host),
        ip_addresses=tuple(
            [text(one.ip_address, f"fixed_ips[{at}].ip_address") for at, one in enumerate(row.fixed_ips or ())]
        ),
    )
