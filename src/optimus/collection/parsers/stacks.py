"""Stacks, root and nested alike: `GET {orchestration}/stacks?global_tenant=true&show_nested=true`.

A nested stack names its `parent`. Only newer heats tell the `project`; the self link of any release holds it.
Empty means that the cloud has no stack.

>>> parse_stacks({"stacks": [{
...     "id": "82bed66a-0b40-4a06-aa19-310a17eb0949", "stack_name": "broken-stack", "parent": None,
...     "stack_status": "CREATE_FAILED", "creation_time": "2026-11-23T22:41:18Z", "updated_time": None,
...     "links": [{"rel": "self", "href": "http://127.0.0.1:8004/v1/99f210e645c640c5815280e207086168/stacks"
...                                       "/broken-stack/82bed66a-0b40-4a06-aa19-310a17eb0949"}]}]})
... # doctest: +NORMALIZE_WHITESPACE
[ListedStack(id='82bed66a-0b40-4a06-aa19-310a17eb0949', name='broken-stack',
             project_id='99f210e645c640c5815280e207086168', status='CREATE_FAILED', created_at=1795473678,
             updated_at=None, parent_id=None)]
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from optimus.collection.parsers.reading import Node, items

_PROJECT_IN_LINK = re.compile(r"/v1/([^/]+)/stacks/")


@dataclass(frozen=True, slots=True)
class ListedStack:
    """One line of heat's list. `parent_id` is None for a root."""

    IDENTITY: ClassVar = ("id",)
    id: str
    name: str
    project_id: str | None
    status: str
    created_at: int | None
    updated_at: int | None
    parent_id: str | None


def parse_stacks(page: Mapping[str, Any]) -> list[ListedStack]:
    return [_stack(node) for node in items(page, "stacks")]


def _stack(node: Node) -> ListedStack:
    return ListedStack(
        id=node.identity("id"),
        name=node.text("stack_name"),
        project_id=node.text_or_none("project") or _project_in_links(node),
        status=node.text("stack_status"),
        created_at=node.moment_or_none("creation_time"),
        updated_at=node.moment_or_none("updated_time"),
        parent_id=node.text_or_none("parent"),
    )


def _project_in_links(node: Node) -> str | None:
    links = (one.text_or_none("href") or "" for one in node.nodes("links"))
    return next((found[1] for link in links if (found := _PROJECT_IN_LINK.search(link))), None)
