"""Volumes: `GET {volume}/volumes/detail?all_tenants=1`.

cinder writes `bootable` as text and its times without a zone (they are UTC). Empty means that there is no volume.

>>> parse_volumes({"volumes": [{
...     "id": "f0d7ce5d-7c80-4dac-aad4-93cfb1bad743", "name": "", "status": "in-use", "size": 10, "bootable": "true",
...     "os-vol-tenant-attr:tenant_id": "99f210e645c640c5815280e207086168", "volume_type": "ssd",
...     "created_at": "2026-11-23T22:41:21.000000",
...     "attachments": [{"server_id": "3de3e4f0-82cb-4cca-8252-471ec8bc1166", "device": "/dev/vdb"}]}]})
... # doctest: +NORMALIZE_WHITESPACE
[Volume(id='f0d7ce5d-7c80-4dac-aad4-93cfb1bad743', name=None, project_id='99f210e645c640c5815280e207086168',
        status='in-use', size_gb=10, volume_type='ssd', bootable=True, created_at=1795473681,
        attachments=(VolumeAttachment(server_id='3de3e4f0-82cb-4cca-8252-471ec8bc1166', device='/dev/vdb'),))]
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import Volume, VolumeAttachment


def parse_volumes(page: Mapping[str, Any]) -> list[Volume]:
    return [_volume(node) for node in items(page, "volumes")]


def _volume(node: Node) -> Volume:
    return Volume(
        id=node.identity("id"),
        name=node.text_or_none("name"),
        project_id=node.text_or_none("os-vol-tenant-attr:tenant_id"),
        status=node.text("status"),
        size_gb=node.whole("size"),
        volume_type=node.text_or_none("volume_type"),
        bootable=node.flag("bootable"),
        created_at=node.moment_or_none("created_at"),
        attachments=tuple(
            VolumeAttachment(one.identity("server_id"), one.text_or_none("device"))
            for one in node.nodes("attachments")
            if one.identity_or_none("server_id")  # attached to a host, not to a server
        ),
    )
