"""A whole list, page by page."""

from typing import Any

from optimus.collection import microversion
from optimus.collection.errors import CloudAnswerBad
from optimus.collection.sources import HYPERVISORS, Paging, Source
from optimus.collection.transports.openstack import Cloud

# 2,000 pages of 1,000 are far beyond any cloud: a list that goes on is a fault of the server.
_MOST_PAGES = 2000


async def fetch_list(cloud: Cloud, source: Source, page_size: int, **names: str) -> list[Any]:
    """Every object of the list, each once. Raises a CollectionError when any page fails: there is no partial list."""
    found: dict[object, Any] = {}
    seen: set[str] = set()
    limit = page_size if _in_pages(cloud, source) else None
    marker: str | None = None
    for _ in range(_MOST_PAGES):
        page = await cloud.read(source, limit=limit, marker=marker, **names)
        for value in page.values:
            found.setdefault(tuple(getattr(value, field) for field in value.IDENTITY), value)
        if limit is None or page.marker is None:
            return list(found.values())
        if page.ids <= seen:
            break
        seen |= page.ids
        marker = page.marker
    raise CloudAnswerBad(f"The cloud repeats pages of its {source.list_key} without end: look at that service's proxy.")


def _in_pages(cloud: Cloud, source: Source) -> bool:
    if source is HYPERVISORS:
        return microversion.pages_hypervisors(cloud.microversion)
    return source.paging is Paging.MARKER
