"""Heat's stacks and their resources."""

from typing import Any

from optimus_simcloud.made.site import Resource, Site, Stack
from optimus_simcloud.render.times import with_z


def stack(value: Stack, base: str) -> dict[str, Any]:
    """One row of the stack list."""
    return {
        "creation_time": with_z(value.created_at),
        "deletion_time": None,
        "description": "",
        "id": value.id,
        "links": [{"href": stack_url(value, base), "rel": "self"}],
        "parent": value.parent_id,
        "project": value.project_id,
        "stack_name": value.name,
        "stack_owner": value.owner,
        "stack_status": value.status,
        "stack_status_reason": value.reason,
        "stack_user_project_id": value.user_project_id,
        "tags": None,
        "updated_time": None if value.updated_at is None else with_z(value.updated_at),
    }


def one_stack(value: Stack, base: str) -> dict[str, Any]:
    body = stack(value, base)
    del body["project"]
    return {
        "stack": {
            **body,
            "capabilities": [],
            "disable_rollback": True,
            "notification_topics": [],
            "outputs": [],
            "parameters": {
                "OS::project_id": value.project_id,
                "OS::stack_id": value.id,
                "OS::stack_name": value.name,
            },
            "template_description": "",
            "timeout_mins": 60,
        }
    }


def resources(site: Site, value: Stack, base: str, depth: int) -> list[dict[str, Any]]:
    """The stack's resources and, down to `depth` levels, those of its nested stacks."""
    rows = [_resource(value, resource, site, base, None) for resource in value.resources]
    return rows + _nested(site, value, base, depth)


def _nested(site: Site, value: Stack, base: str, depth: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for resource in value.resources if depth > 0 else ():
        if resource.nested_id is not None:
            inner = site.stacks[resource.nested_id]
            rows += [_resource(inner, one, site, base, resource.name) for one in inner.resources]
            rows += _nested(site, inner, base, depth - 1)
    return rows


def _resource(owner: Stack, value: Resource, site: Site, base: str, parent: str | None) -> dict[str, Any]:
    links = [
        {"href": f"{stack_url(owner, base)}/resources/{value.name}", "rel": "self"},
        {"href": stack_url(owner, base), "rel": "stack"},
    ]
    if value.nested_id is not None:
        links.append({"href": stack_url(site.stacks[value.nested_id], base), "rel": "nested"})
    body: dict[str, Any] = {
        "creation_time": with_z(owner.created_at),
        "links": links,
        "logical_resource_id": value.name,
        "physical_resource_id": value.physical_id,
        "required_by": [],
        "resource_name": value.name,
        "resource_status": value.status,
        "resource_status_reason": "state changed",
        "resource_type": value.type,
        "updated_time": with_z(owner.updated_at or owner.created_at),
    }
    return body if parent is None else {**body, "parent_resource": parent}


def stack_url(value: Stack, base: str) -> str:
    return f"{base}/orchestration/v1/{value.project_id}/stacks/{value.name}/{value.id}"
