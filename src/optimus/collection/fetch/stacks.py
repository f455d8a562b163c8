"""The root stacks and the servers that each of them holds."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from optimus.collection.catalog import Service
from optimus.collection.combine.stacks import StackTree, stack_fact, stack_trees
from optimus.collection.errors import NotFound, NotPermitted
from optimus.collection.fetch.lists import fetch_list
from optimus.collection.fetch.together import together
from optimus.collection.parsers.stacks import ListedStack
from optimus.collection.sources import PROJECT_STACKS, STACK_RESOURCES, STACKS
from optimus.collection.transports.openstack import Cloud
from optimus.facts.cloud import Project, Stack

_UNPAGED = 1


async def fetch_stacks(
    cloud: Cloud,
    page_size: int,
    known_stacks: Mapping[str, str],
    projects: Callable[[], Awaitable[Sequence[Project]]],
) -> list[Stack]:
    """Every root stack; its servers are asked for only when its stamp is not the one in `known_stacks` (id -> stamp).

    Many heats let nobody list the stacks of all projects; then the list is asked for project by project.
    """
    cloud.require(Service.ORCHESTRATION)
    try:
        listed = await fetch_list(cloud, STACKS, page_size, project_id=cloud.catalog.project_id)
    except NotPermitted:
        listed = await _project_by_project(cloud, page_size, await projects())
    stacks = await together(_stack(cloud, tree, known_stacks) for tree in stack_trees(listed))
    return [stack for stack in stacks if stack is not None]


async def _project_by_project(cloud: Cloud, page_size: int, projects: Sequence[Project]) -> list[ListedStack]:
    lists = await together(fetch_list(cloud, PROJECT_STACKS, page_size, project_id=project.id) for project in projects)
    # An administrator is shown all stacks under every project: each counts once.
    return list({stack.id: stack for listed in lists for stack in listed}.values())


async def _stack(cloud: Cloud, tree: StackTree, known_stacks: Mapping[str, str]) -> Stack | None:
    """None when the stack was deleted since it was listed."""
    root = tree.root
    if known_stacks.get(root.id) == tree.stamp and not tree.in_progress:
        return stack_fact(tree, None)
    project = root.project_id or cloud.catalog.project_id
    names = {"project_id": project, "stack_name": root.name, "stack_id": root.id}
    try:
        servers = await fetch_list(cloud, STACK_RESOURCES, _UNPAGED, **names)
    except NotFound:
        return None
    return stack_fact(tree, tuple(sorted({server.id for server in servers})))
