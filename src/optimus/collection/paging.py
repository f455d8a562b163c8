"""Where a list goes on: the marker of its next page, read from one page.

The links in an answer often name hosts that only the cloud itself can reach, so only the marker is taken from them.
Heat, keystone and services that cut pages shorter than asked are covered by the same rule: a next link leads on;
without one, only a page as long as was asked for can have a successor.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from optimus.collection.errors import CloudAnswerBad


def next_marker(page: Mapping[str, Any], list_key: str, limit: int | None) -> str | None:
    """The marker to ask the next page with; None after the last page. Raises CloudAnswerBad when it cannot go on."""
    rows = page.get(list_key)
    if not isinstance(rows, Sequence) or not rows:
        return None
    link = next(_next_links(page), None)
    if link is None:
        if page.get("truncated"):
            raise CloudAnswerBad(
                f"The cloud cuts its list of {list_key} short and offers no next page: raise its limit."
            )
        return _last_id(rows, list_key) if limit is not None and len(rows) >= limit else None
    markers = parse_qs(urlsplit(link).query).get("marker")
    return markers[-1] if markers else _last_id(rows, list_key)


def ids_of(page: Mapping[str, Any], list_key: str) -> set[str]:
    """The ids on a page, to notice a cloud that repeats itself."""
    rows = page.get(list_key)
    return {str(_id_of(row)) for row in rows} if isinstance(rows, list) else set()


def _id_of(row: Any) -> Any:
    """A row is an object of the JSON, or a struct where its parser decodes by type."""
    return row.get("id") if isinstance(row, Mapping) else getattr(row, "id", None)


def _next_links(page: Mapping[str, Any]) -> Iterator[str]:
    """nova, cinder, neutron: `<list>_links`; heat: `links` as a list; keystone: `links` as an object."""
    for key, links in page.items():
        if key != "links" and not key.endswith("_links"):
            continue
        if isinstance(links, Mapping) and isinstance(links.get("next"), str):
            yield links["next"]
        elif isinstance(links, list):
            yield from (
                str(one.get("href", "")) for one in links if isinstance(one, Mapping) and one.get("rel") == "next"
            )


def _last_id(rows: Sequence[Any], list_key: str) -> str:
    last = _id_of(rows[-1])
    if not isinstance(last, str | int):
        raise CloudAnswerBad(f"The last of the {list_key} on a page has no id, so the next page cannot be asked for.")
    return str(last)
