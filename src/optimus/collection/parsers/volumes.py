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

import sys
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from optimus.collection.parsers.reading import (
    Flag,
    Identity,
    Rows,
    Text,
    Whole,
    flag,
    identity,
    moment_or_none,
    shared,
    text,
    whole,
)
from optimus.facts.cloud import Volume, VolumeAttachment


class _Attachment(Struct, gc=False):
    server_id: Identity = None
    device: Text = None


class _Row(Struct, gc=False):
    id: Identity = None
    name: Text = None
    tenant_id: Text = field(default=None, name="os-vol-tenant-attr:tenant_id")
    status: Text = None
    size: Whole = None
    volume_type: Text = None
    bootable: Flag = None
    created_at: Text = None
    attachments: list[_Attachment] | None = None


_ROWS = Rows("volumes", _Row)
decode_volumes = _ROWS.decode


def parse_volumes(page: Mapping[str, Any]) -> list[Volume]:
    return _ROWS.parse(page, _volume)


def _volume(row: _Row) -> Volume:
    return Volume(
        id=identity(row.id, "id"),
        name=row.name or None,
        project_id=shared(row.tenant_id),
        status=sys.intern(text(row.status, "status")),
        size_gb=whole(row.size, "size"),
        volume_type=shared(row.volume_type),
        bootable=flag(row.bootable, "bootable"),
        created_at=moment_or_none(row.created_at, "created_at"),
        attachments=tuple(
            VolumeAttachment(identity(one.server_id, "attachments.server_id"), one.device or None)
            for one in row.attachments or ()
            if one.server_id not in {None, ""}  # attached to a host, not to a server
        ),
    )
