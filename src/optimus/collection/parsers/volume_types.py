"""Volume types: `GET {volume}/types?is_public=None`. Empty means that the cloud has no volume type.

>>> parse_volume_types({"volume_types": [
...     {"id": "9151ad04-f754-4ff1-8b26-b8d5516ee9e9", "name": "ssd", "is_public": True,
...      "extra_specs": {"volume_backend_name": "ssd"}}]})
[VolumeType(id='9151ad04-f754-4ff1-8b26-b8d5516ee9e9', name='ssd', is_public=True)]
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import VolumeType


def parse_volume_types(page: Mapping[str, Any]) -> list[VolumeType]:
    return [_volume_type(node) for node in items(page, "volume_types")]


def _volume_type(node: Node) -> VolumeType:
    old_name = node.flag("os-volume-type-access:is_public", default=True)
    return VolumeType(node.identity("id"), node.text("name"), node.flag("is_public", default=old_name))
