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

import sys
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from optimus.collection.parsers.reading import (
    Identity,
    ParseError,
    Rows,
    Text,
    Whole,
    identity,
    identity_or_none,
    moment_or_none,
    shared,
    text,
    whole_or_none,
)
from optimus.facts.cloud import Address, Server

_POWER_STATES = {0: "NoState", 1: "Running", 3: "Paused", 4: "Shutdown", 6: "Crashed", 7: "Suspended"}


class _Flavor(Struct, gc=False):
    id: Identity = None
    original_name: Text = None
    vcpus: Whole = None
    ram: Whole = None
    disk: Whole = None


class _Image(Struct, gc=False):
    id: Identity = None


class _Address(Struct, gc=False):
    addr: Text = None
    mac: Text = field(default=None, name="OS-EXT-IPS-MAC:mac_addr")


class _Row(Struct, gc=False):
    id: Identity = None
    name: Text = None
    tenant_id: Text = None
    status: Text = None
    power_state: Whole = field(default=None, name="OS-EXT-STS:power_state")
    vm_state: Text = field(default=None, name="OS-EXT-STS:vm_state")
    task_state: Text = field(default=None, name="OS-EXT-STS:task_state")
    host: Text = field(default=None, name="OS-EXT-SRV-ATTR:host")
    host_status: Text = None
    instance_name: Text = field(default=None, name="OS-EXT-SRV-ATTR:instance_name")
    availability_zone: Text = field(default=None, name="OS-EXT-AZ:availability_zone")
    created: Text = None
    updated: Text = None
    launched_at: Text = field(default=None, name="OS-SRV-USG:launched_at")
    image: _Image | str | None = None  # "" of a server that boots from a volume
    flavor: _Flavor | str | None = None
    addresses: dict[str, list[_Address] | None] | None = None


_ROWS = Rows("servers", _Row)
decode_servers = _ROWS.decode


def parse_servers(page: Mapping[str, Any]) -> list[Server]:
    return _ROWS.parse(page, _server)


def _server(row: _Row) -> Server:
    flavor = row.flavor if isinstance(row.flavor, _Flavor) else _Flavor()
    return Server(
        id=identity(row.id, "id"),
        name=row.name or "",
        project_id=shared(row.tenant_id),
        status=sys.intern(text(row.status, "status").upper()),
        power_state=_POWER_STATES.get(whole_or_none(row.power_state, "OS-EXT-STS:power_state") or 0, "NoState"),
        vm_state=shared(row.vm_state),
        task_state=shared(row.task_state),
        host=shared(row.host),
        host_status=shared(row.host_status),
        instance_name=row.instance_name or None,
        availability_zone=shared(row.availability_zone),
        created_at=moment_or_none(row.created, "created"),
        updated_at=moment_or_none(row.updated, "updated"),
        launched_at=moment_or_none(row.launched_at, "OS-SRV-USG:launched_at"),
        image_id=identity_or_none(row.image.id, "image.id") if isinstance(row.image, _Image) else None,
        flavor_id=identity_or_none(flavor.id, "flavor.id"),
        flavor_name=shared(flavor.original_name),
        flavor_vcpus=whole_or_none(flavor.vcpus, "flavor.vcpus"),
        flavor_memory_mib=whole_or_none(flavor.ram, "flavor.ram"),
        flavor_disk_gb=whole_or_none(flavor.disk, "flavor.disk"),
        addresses=_addresses(row.addresses) if row.addresses else (),
    )


def _addresses(networks: Mapping[str, list[_Address] | None]) -> tuple[Address, ...]:
    found = []
    for network, addresses in networks.items():
        name = sys.intern(network)
        for at, one in enumerate(addresses or ()):
            if one.addr is None:
                raise ParseError(f"addresses.{name}[{at}].addr", "text", None)
            found.append(Address(name, one.addr, one.mac or None))
    return tuple(found)
