"""Quotas: one call per project, side by side."""

from collections.abc import Iterable
from typing import Any

from optimus.collection.errors import NotFound
from optimus.collection.fetch.lists import fetch_list
from optimus.collection.fetch.together import together
from optimus.collection.sources import Source
from optimus.collection.transports.openstack import Cloud
from optimus.facts.cloud import Project

_UNPAGED = 1


async def fetch_quotas(cloud: Cloud, source: Source, projects: Iterable[Project]) -> list[Any]:
    """The quotas of all these projects; one that was deleted meanwhile is left out. Any other failure fails all."""
    cloud.require(source.service)
    answers = await together(_of_project(cloud, source, project.id) for project in projects)
    if answers and all(answer is None for answer in answers):
        raise NotFound(f"The {source.service} service offers no quotas of projects (404 for each of them).")
    return [quota for answer in answers if answer is not None for quota in answer]


async def _of_project(cloud: Cloud, source: Source, project_id: str) -> list[Any] | None:
    try:
        return await fetch_list(cloud, source, _UNPAGED, project_id=project_id)
    except NotFound:
        return None
