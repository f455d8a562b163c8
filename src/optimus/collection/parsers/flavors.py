"""Flavors: `GET {compute}/flavors/detail?is_public=None`.

Extra specs are part of the list from microversion 2.61 on; an older cloud would need one call per flavor, so
there they stay empty. `swap` is "" for none. Empty means that the cloud has no flavor.

>>> parse_flavors({"flavors": [{
...     "id": "1", "name": "vepc.nm", "vcpus": 4, "ram": 16384, "disk": 100, "swap": "",
...     "OS-FLV-EXT-DATA:ephemeral": 0, "os-flavor-access:is_public": True,
...     "extra_specs": {"hw:cpu_policy": "dedicated"}}]})
... # doctest: +NORMALIZE_WHITESPACE
[Flavor(id='1', name='vepc.nm', vcpus=4, memory_mib=16384, disk_gb=100, ephemeral_gb=0, swap_mib=0,
        is_public=True, extra_specs={'hw:cpu_policy': 'dedicated'})]
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import Flavor


def parse_flavors(page: Mapping[str, Any]) -> list[Flavor]:
    return [_flavor(node) for node in items(page, "flavors")]


def _flavor(node: Node) -> Flavor:
    return Flavor(
        id=node.identity("id"),
        name=node.text("name"),
        vcpus=node.whole("vcpus"),
        memory_mib=node.whole("ram"),
        disk_gb=node.whole("disk"),
        ephemeral_gb=node.whole_or_none("OS-FLV-EXT-DATA:ephemeral") or 0,
        swap_mib=node.whole_or_none("swap") or 0,
        is_public=node.flag("os-flavor-access:is_public", default=True),
        extra_specs=node.text_map("extra_specs"),
    )
