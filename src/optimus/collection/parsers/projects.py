"""Projects (tenants): `GET /v3/projects`, or `GET /v3/auth/projects` for an account that may not list them all.

Heat makes one project per stack for its own users, named `<project id>-<stack id…>`; they are nobody's tenants and
are left out, as are domains listed as projects. Empty means that the cloud has no other project.

>>> parse_projects({"projects": [
...     {"id": "a7314c9d54234ba6a392406477e0bf08", "name": "vHSS", "domain_id": "default", "enabled": True,
...      "is_domain": False, "parent_id": "default", "tags": []},
...     {"id": "3b1c56c2023d4ec0b89b7ee4721147a7", "domain_id": "e6986321367c425987ef551da2275833",
...      "name": "99f210e645c640c5815280e207086168-82bed66a-0b40-4a06-aa19-310a17e", "enabled": True}]})
[Project(id='a7314c9d54234ba6a392406477e0bf08', name='vHSS', domain_id='default', enabled=True)]
"""

import re
from collections.abc import Mapping
from typing import Any

from optimus.collection.parsers.reading import Node, items
from optimus.facts.cloud import Project

_STACK_USERS = re.compile(r"[0-9a-f]{32}-")


def parse_projects(page: Mapping[str, Any]) -> list[Project]:
    projects = (_project(node) for node in items(page, "projects") if not node.flag("is_domain"))
    return [project for project in projects if not _STACK_USERS.match(project.name)]


def _project(node: Node) -> Project:
    return Project(
        id=node.identity("id"),
        name=node.text("name"),
        domain_id=node.text_or_none("domain_id"),
        enabled=node.flag("enabled", default=True),
    )
