"""Neutron: versions, networks, subnets, ports, with `fields` and filters by equality."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from optimus_simcloud.render import network as render
from optimus_simcloud.serve.call import Answer, Call, Refusal, as_json
from optimus_simcloud.serve.paging import Page, collection, next_url, page_of

FILTERS = ("project_id", "tenant_id", "network_id", "device_id", "device_owner", "name")


class HasId(Protocol):
    id: str


T = TypeVar("T", bound=HasId)


def versions(call: Call) -> Answer:
    link = {"href": f"{call.world.base_url}/network/v2.0/", "rel": "self"}
    return as_json({"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]})


def networks(call: Call) -> Answer:
    rows = call.world.kept("networks", lambda: _by_id(call.world.site.networks.values()))
    return _list(call, "networks", rows, render.network)


def subnets(call: Call) -> Answer:
    site = call.world.site
    rows = call.world.kept("subnets", lambda: _by_id(s for n in site.networks.values() for s in n.subnets))
    return _list(call, "subnets", rows, render.subnet)


def ports(call: Call) -> Answer:
    site = call.world.site
    rows = call.world.kept("ports", lambda: _by_id(site.ports.values()))
    return _list(call, "ports", rows, lambda port: render.port(site, port))


def _by_id(values: Any) -> list[Any]:
    return sorted(values, key=lambda value: value.id)


def _list(call: Call, name: str, rows: Sequence[T], full: Callable[[T], dict[str, Any]]) -> Answer:
    query = call.request.query
    for attribute in FILTERS:
        if attribute in query:
            own = "project_id" if attribute == "tenant_id" else attribute
            rows = [row for row in rows if getattr(row, own, None) == query[attribute]]
    # Repeated `fields` arrive joined by NUL (see `http.py`): neutron is the only service that repeats a name.
    fields = tuple(query["fields"].split("\0")) if "fields" in query else ()

    def wanted(row: T) -> dict[str, Any]:
        body = full(row)
        return {key: body[key] for key in body if key in fields} if fields else body

    singular = name.removesuffix("s").capitalize()
    page = page_of(
        call,
        rows,
        lambda row: row.id,
        bad_marker=lambda marker: Refusal(404, f"{singular} {marker} could not be found."),
    )
    body = call.world.rendered((name, fields), page.items, lambda row: row.id, wanted)
    # Neutron links only when the client asked for pages.
    links = _links(call, page) if "limit" in query else None
    return collection(name, body, f"{name}_links", links)


def _links(call: Call, page: Page[T]) -> list[dict[str, str]]:
    links = []
    if page.is_full and page.last_id is not None:
        links.append({"rel": "next", "href": next_url(call, page.last_id).replace("%00", "&fields=")})
    query = {key: value for key, value in call.request.query.items() if key not in {"marker", "fields"}}
    if page.items:
        query["marker"] = page.items[0].id
    back = urlencode({**query, "page_reverse": "True"})
    links.append({"rel": "previous", "href": f"{call.world.base_url}{call.request.path}?{back}"})
    return links
