"""The projects: all of them, or those of the account where it may not list all."""

from optimus.collection.errors import NotPermitted
from optimus.collection.fetch.lists import fetch_list
from optimus.collection.sources import OWN_PROJECTS, PROJECTS
from optimus.collection.transports.openstack import Cloud
from optimus.facts.cloud import Project


async def fetch_projects(cloud: Cloud, page_size: int) -> list[Project]:
    """Raises the first refusal when both lists are refused: it names the call that should be permitted."""
    try:
        return await fetch_list(cloud, PROJECTS, page_size)
    except NotPermitted as refusal:
        try:
            return await fetch_list(cloud, OWN_PROJECTS, page_size)
        except NotPermitted:
            raise refusal from None
