"""One project's compute quota and use: `GET {compute}/os-quota-sets/{project}/detail`. -1 means no limit.

There is always exactly one.

>>> parse_compute_quota({"quota_set": {
...     "id": "a7314c9d54234ba6a392406477e0bf08", "cores": {"in_use": 15, "limit": 32, "reserved": 0},
...     "instances": {"in_use": 6, "limit": 10, "reserved": 0}, "ram": {"in_use": 30720, "limit": -1}}})
... # doctest: +NORMALIZE_WHITESPACE
[ComputeQuota(project_id='a7314c9d54234ba6a392406477e0bf08', cores_limit=32, cores_in_use=15,
              ram_limit_mib=-1, ram_in_use_mib=30720, instances_limit=10, instances_in_use=6)]
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import only
from optimus.facts.cloud import ComputeQuota


def parse_compute_quota(page: Mapping[str, Any]) -> list[ComputeQuota]:
    quota = only(page, "quota_set")
    cores, ram, instances = (quota.node(key) for key in ("cores", "ram", "instances"))
    return [
        ComputeQuota(
            project_id=quota.identity("id"),
            cores_limit=cores.whole("limit"),
            cores_in_use=cores.whole("in_use"),
            ram_limit_mib=ram.whole("limit"),
            ram_in_use_mib=ram.whole("in_use"),
            instances_limit=instances.whole("limit"),
            instances_in_use=instances.whole("in_use"),
        )
    ]
