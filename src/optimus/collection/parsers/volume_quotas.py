"""One project's gigabytes, in all and per volume type: `GET {volume}/os-quota-sets/{project}?usage=true`.

`gigabytes` is the total over all types (volume type ""), `gigabytes_<type>` one type's; -1 means no limit.
There is always at least the total.

>>> for quota in parse_volume_quotas({"quota_set": {
...         "id": "a7314c9d54234ba6a392406477e0bf08", "gigabytes": {"in_use": 1620, "limit": 4000, "reserved": 0},
...         "gigabytes_ssd": {"in_use": 620, "limit": -1, "reserved": 0}, "volumes": {"in_use": 4, "limit": 40},
...         "backup_gigabytes": {"in_use": 0, "limit": 1000}}}):
...     print(repr(quota.volume_type), quota.limit_gb, quota.in_use_gb)
'' 4000 1620
'ssd' -1 620
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, only
from optimus.facts.cloud import VolumeQuota

_TOTAL = "gigabytes"
_OF_TYPE = "gigabytes_"


def parse_volume_quotas(page: Mapping[str, Any]) -> list[VolumeQuota]:
    quota = only(page, "quota_set")
    of_types = sorted(key for key in quota.raw if key.startswith(_OF_TYPE))
    return [_gigabytes(quota, _TOTAL, ""), *(_gigabytes(quota, key, key.removeprefix(_OF_TYPE)) for key in of_types)]


def _gigabytes(quota: Node, key: str, volume_type: str) -> VolumeQuota:
    one = quota.node(key)
    return VolumeQuota(quota.identity("id"), volume_type, one.whole("limit"), one.whole("in_use"))
