"""Host aggregates: `GET {compute}/os-aggregates`. Empty means that the cloud has none.

>>> parse_aggregates({"aggregates": [{
...     "id": 1, "name": "vepc_cp", "availability_zone": "vepc_cp", "hosts": ["compute1.lab.example"],
...     "metadata": {"availability_zone": "vepc_cp", "role": "control-plane"}, "deleted": False}]})
... # doctest: +NORMALIZE_WHITESPACE
[Aggregate(id='1', name='vepc_cp', availability_zone='vepc_cp', hosts=('compute1.lab.example',),
           metadata={'availability_zone': 'vepc_cp', 'role': 'control-plane'})]
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import Aggregate


def parse_aggregates(page: Mapping[str, Any]) -> list[Aggregate]:
    return [_aggregate(node) for node in items(page, "aggregates")]


def _aggregate(node: Node) -> Aggregate:
    return Aggregate(
        id=node.identity("id"),
        name=node.text("name"),
        availability_zone=node.text_or_none("availability_zone"),
        hosts=node.texts("hosts"),
        metadata=node.text_map("metadata"),
    )
