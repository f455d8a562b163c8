"""Compute services: `GET {compute}/os-services`; only those of the binary nova-compute, one per compute host.

Their ids are numbers before microversion 2.53 and UUIDs after. `updated_at` is nova's last news of the service.
Empty means that the cloud has no compute host.

>>> parse_compute_services({"services": [
...     {"id": 4, "binary": "nova-compute", "host": "compute2.lab.example", "zone": "vepc_cp", "state": "up",
...      "status": "enabled", "disabled_reason": None, "updated_at": "2026-11-23T22:44:08.000000"},
...     {"id": 1, "binary": "nova-scheduler", "host": "cic-1.lab.example", "zone": "internal", "state": "up",
...      "status": "enabled", "updated_at": "2026-11-23T22:44:08.000000"}]})
... # doctest: +NORMALIZE_WHITESPACE
[ComputeService(id='4', host='compute2.lab.example', availability_zone='vepc_cp', state='up', status='enabled',
                disabled_reason=None, updated_at=1795473848)]
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import ComputeService


def parse_compute_services(page: Mapping[str, Any]) -> list[ComputeService]:
    return [_service(node) for node in items(page, "services") if node.raw.get("binary") == "nova-compute"]


def _service(node: Node) -> ComputeService:
    return ComputeService(
        id=node.identity("id"),
        host=node.text("host"),
        availability_zone=node.text_or_none("zone"),
        state=node.text("state"),
        status=node.text("status"),
        disabled_reason=node.text_or_none("disabled_reason"),
        updated_at=node.moment_or_none("updated_at"),
    )
