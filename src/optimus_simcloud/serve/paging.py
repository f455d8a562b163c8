"""Limit and marker as the services have them, and the links to the next page in each service's own way."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from optimus_simcloud.serve.call import JSON, Answer, Call, Refusal

T = TypeVar("T")
LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    limit: int
    marker: str | None
    last_id: str | None

    @property
    def is_full(self) -> bool:
        """The services say that there is a next page when this one is full, even if it was the last."""
        return 0 < self.limit == len(self.items)


def page_of(
    call: Call,
    items: Sequence[T],
    key: Callable[[T], str],
    *,
    bad_marker: Callable[[str], Refusal] | None,
    largest: int | None = LARGEST_PAGE,
) -> Page[T]:
    """`bad_marker` None: an unknown marker is ignored, which is what heat does. `largest` None: no bound."""
    limit = _limit(call, largest)
    marker = call.request.query.get("marker") or None
    start = 0
    if marker is not None:
        found = next((index for index, item in enumerate(items) if key(item) == marker), None)
        if found is not None:
            start = found + 1
        elif bad_marker is not None:
            raise bad_marker(marker)
    chosen = items[start : start + limit] if limit else items[start:]
    return Page(chosen, limit, marker, key(chosen[-1]) if chosen else None)


def _limit(call: Call, largest: int | None) -> int:
    """0 means no bound."""
    text = call.request.query.get("limit", "").strip()
    if text and not text.isascii():
        raise Refusal(400, "limit param must be an integer")
    try:
        wanted = int(text or 0)
    except ValueError as error:
        raise Refusal(400, "limit param must be an integer") from error
    if wanted < 0:
        raise Refusal(400, "limit param must be positive")
    if largest is None:
        return wanted
    return min(wanted or largest, largest)


def next_url(call: Call, marker: str) -> str:
    query = {**call.request.query, "marker": marker}
    return f"{call.world.base_url}{call.request.path}?{urlencode(query)}"


def next_links(call: Call, page: Page[T]) -> list[dict[str, str]]:
    if not page.is_full or page.last_id is None:
        return []
    return [{"rel": "next", "href": next_url(call, page.last_id)}]


def collection(name: str, rows: bytes, links_name: str | None = None, links: object = None) -> Answer:
    """`{"servers": [...], "servers_links": [...]}`; without links their key is absent."""
    tail = b""
    if links_name is not None and links:
        tail = f', "{links_name}": {json.dumps(links)}'.encode()
    return Answer(200, b'{"%s": [%s]%s}' % (name.encode(), rows, tail), [JSON])
