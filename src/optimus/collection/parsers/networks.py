"""Networks: `GET {network}/v2.0/networks`. The provider values are for administrators only: None without them.

Empty means that the cloud has no network.

>>> parse_networks({"networks": [{
...     "id": "0b7c1048-c030-40ca-8ad1-4460d3f6120b", "name": "nfv-mgmt-s11", "mtu": 1450, "shared": False,
...     "tenant_id": "99f210e645c640c5815280e207086168", "router:external": False,
...     "provider:network_type": "vxlan", "provider:physical_network": None, "provider:segmentation_id": 638}]})
... # doctest: +NORMALIZE_WHITESPACE
[Network(id='0b7c1048-c030-40ca-8ad1-4460d3f6120b', name='nfv-mgmt-s11',
         project_id='99f210e645c640c5815280e207086168', shared=False, external=False, network_type='vxlan',
         physical_network=None, segmentation_id=638, mtu=1450)]
"""

from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import Network


def parse_networks(page: Mapping[str, Any]) -> list[Network]:
    return [_network(node) for node in items(page, "networks")]


def _network(node: Node) -> Network:
    return Network(
        id=node.identity("id"),
        name=node.text_or_none("name") or "",
        project_id=node.text_or_none("project_id") or node.text_or_none("tenant_id"),
        shared=node.flag("shared"),
        external=node.flag("router:external"),
        network_type=node.text_or_none("provider:network_type"),
        physical_network=node.text_or_none("provider:physical_network"),
        segmentation_id=node.whole_or_none("provider:segmentation_id"),
        mtu=node.whole_or_none("mtu"),
    )
