"""The servers of a stack: `GET {orchestration}/stacks/{name}/{id}/resources?nested_depth=…`, one per server.

Only resources of the type OS::Nova::Server that have (had) a server count, at whatever depth. Empty means that the
stack has no server.

>>> parse_stack_servers({"resources": [
...     {"resource_name": "disk", "resource_type": "OS::Cinder::Volume", "physical_resource_id": "b055bf14",
...      "resource_status": "CREATE_COMPLETE"},
...     {"resource_name": "s", "resource_type": "OS::Nova::Server", "physical_resource_id": "3de3e4f0",
...      "resource_status": "UPDATE_COMPLETE"},
...     {"resource_name": "t", "resource_type": "OS::Nova::Server", "physical_resource_id": "",
...      "resource_status": "CREATE_FAILED"}]})
[StackServer(id='3de3e4f0')]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from optimus.collection.parsers.reading import items


@dataclass(frozen=True, slots=True)
class StackServer:
    IDENTITY: ClassVar = ("id",)
    id: str


def parse_stack_servers(page: Mapping[str, Any]) -> list[StackServer]:
    servers = (node for node in items(page, "resources") if node.raw.get("resource_type") == "OS::Nova::Server")
    return [
        StackServer(node.identity("physical_resource_id"))
        for node in servers
        if node.raw.get("physical_resource_id") and node.raw.get("resource_status") != "DELETE_COMPLETE"
    ]
