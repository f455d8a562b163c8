"""Hypervisors: `GET {compute}/os-hypervisors/detail`.

Ids are numbers before microversion 2.53. From 2.88 on the capacity is Placement's business and absent here: those
values are then None. `cpu_info` (text before 2.28, an object after) is not read. Empty means no hypervisor.

>>> [one] = parse_hypervisors({"hypervisors": [{
...     "id": 1, "hypervisor_hostname": "compute2.lab.example", "hypervisor_type": "QEMU",
...     "hypervisor_version": 4002001, "host_ip": "192.168.10.12", "state": "up", "status": "enabled",
...     "service": {"id": 4, "host": "compute2.lab.example", "disabled_reason": None},
...     "vcpus": 64, "vcpus_used": 10, "memory_mb": 393216, "memory_mb_used": 37376,
...     "local_gb": 2000, "local_gb_used": 100, "running_vms": 2, "cpu_info": "{}"}]})
>>> one.id, one.service_id, one.host, one.vcpus, one.memory_mib, one.running_vms
('1', '4', 'compute2.lab.example', 64, 393216, 2)
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import Hypervisor


def parse_hypervisors(page: Mapping[str, Any]) -> list[Hypervisor]:
    return [_hypervisor(node) for node in items(page, "hypervisors")]


def _hypervisor(node: Node) -> Hypervisor:
    service = node.node_or_none("service")
    return Hypervisor(
        id=node.identity("id"),
        hostname=node.text("hypervisor_hostname"),
        host=service.text_or_none("host") if service else None,
        service_id=service.identity_or_none("id") if service else None,
        hypervisor_type=node.text_or_none("hypervisor_type"),
        hypervisor_version=node.whole_or_none("hypervisor_version"),
        host_ip=node.text_or_none("host_ip"),
        state=node.text_or_none("state"),
        status=node.text_or_none("status"),
        vcpus=node.whole_or_none("vcpus"),
        vcpus_used=node.whole_or_none("vcpus_used"),
        memory_mib=node.whole_or_none("memory_mb"),
        memory_used_mib=node.whole_or_none("memory_mb_used"),
        local_disk_gb=node.whole_or_none("local_gb"),
        local_disk_used_gb=node.whole_or_none("local_gb_used"),
        running_vms=node.whole_or_none("running_vms"),
    )
