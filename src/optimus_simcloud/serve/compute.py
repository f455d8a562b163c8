"""Nova: microversions and the lists."""

import re
from collections import Counter

from optimus_simcloud.made.site import Server
from optimus_simcloud.render import compute as render
from optimus_simcloud.render import servers as render_servers
from optimus_simcloud.serve.call import Answer, Call, Refusal, Request, as_json
from optimus_simcloud.serve.paging import collection, next_links, page_of

OLDEST = (2, 1)
# The header that all services share came with 2.27; an older nova does not look at it.
SHARED_HEADER_SINCE = (2, 27)
HYPERVISOR_PAGES_SINCE = (2, 33)


def negotiate(request: Request, newest: tuple[int, int]) -> tuple[int, int]:
    """The microversion of this call; 406 for one that this nova does not have."""
    wanted = request.headers.get("x-openstack-nova-api-version")
    shared = request.headers.get("openstack-api-version", "")
    if newest >= SHARED_HEADER_SINCE and shared.startswith("compute "):
        wanted = shared.removeprefix("compute ")
    if wanted is None:
        return OLDEST
    if wanted.strip() == "latest":
        return newest
    if not (match := re.fullmatch(r"\s*(\d+)\.(\d+)\s*", wanted)):
        raise Refusal(400, f"API Version String {wanted} is of invalid format. Must be of format MajorNum.MinorNum.")
    version = (int(match[1]), int(match[2]))
    if not OLDEST <= version <= newest:
        bounds = f"Minimum is 2.1 and maximum is {newest[0]}.{newest[1]}."
        raise Refusal(406, f"Version {wanted} is not supported by the API. {bounds}")
    return version


def version_headers(version: tuple[int, int], newest: tuple[int, int]) -> list[tuple[str, str]]:
    text = f"{version[0]}.{version[1]}"
    headers = [("X-OpenStack-Nova-API-Version", text), ("Vary", "X-OpenStack-Nova-API-Version")]
    if newest >= SHARED_HEADER_SINCE:
        headers += [("OpenStack-API-Version", f"compute {text}"), ("Vary", "OpenStack-API-Version")]
    return headers


def versions(call: Call) -> Answer:
    return as_json({"versions": [_version(call, "v2.0"), _version(call, "v2.1")]})


def version(call: Call) -> Answer:
    return as_json({"version": _version(call, "v2.1")})


def _version(call: Call, name: str) -> dict[str, object]:
    old = name == "v2.0"
    return {
        "id": name,
        "links": [{"href": f"{call.world.base_url}/compute/{'v2' if old else name}/", "rel": "self"}],
        "min_version": "" if old else "2.1",
        "status": "SUPPORTED" if old else "CURRENT",
        "updated": "2011-01-21T11:33:21Z" if old else "2013-07-23T11:33:21Z",
        "version": "" if old else call.world.options.compute_microversion,
    }


def servers_detail(call: Call) -> Answer:
    query = call.request.query
    site, base = call.world.site, call.world.base_url
    rows: list[Server] = call.world.kept(
        "servers", lambda: sorted(site.servers.values(), key=lambda s: (s.created_at, s.id), reverse=True)
    )
    if query.get("all_tenants", "0").lower() in {"0", "false"}:
        rows = [server for server in rows if server.project_id == call.project_id]
    rows = _filtered(rows, query)
    page = page_of(call, rows, lambda s: s.id, bad_marker=_bad_marker)
    body = call.world.rendered(
        ("servers", call.version),
        page.items,
        lambda s: s.id,
        lambda s: render_servers.server(site, s, base, call.version),
    )
    return collection("servers", body, "servers_links", next_links(call, page))


def _filtered(rows: list[Server], query: dict[str, str]) -> list[Server]:
    project = query.get("project_id") or query.get("tenant_id")
    if project:
        rows = [server for server in rows if server.project_id == project]
    if host := query.get("host"):
        rows = [server for server in rows if server.host == host]
    if status := query.get("status"):
        rows = [server for server in rows if server.status == status.upper()]
    return rows


def server(call: Call) -> Answer:
    found = call.world.site.servers.get(call.args["id"])
    if found is None:
        raise Refusal(404, f"Instance {call.args['id']} could not be found.")
    body = render_servers.server(call.world.site, found, call.world.base_url, call.version)
    if found.host is None:
        # Kept in cell0: the list has no `fault` for it.
        body["fault"] = {
            "code": 500,
            "created": body["created"],
            "message": "No valid host was found. There are not enough hosts available.",
        }
    return as_json({"server": body})


def flavors_detail(call: Call) -> Answer:
    every = call.request.query.get("is_public", "").lower() == "none" and call.is_admin
    rows = sorted((f for f in call.world.site.flavors.values() if every or f.is_public), key=lambda flavor: flavor.id)
    page = page_of(call, rows, lambda f: f.id, bad_marker=_bad_marker)
    body = call.world.rendered(
        ("flavors", call.version),
        page.items,
        lambda f: f.id,
        lambda f: render.flavor(f, call.world.base_url, call.version),
    )
    return collection("flavors", body, "flavors_links", next_links(call, page))


def flavor_extra_specs(call: Call) -> Answer:
    for flavor in call.world.site.flavors.values():
        if flavor.id == call.args["id"]:
            return as_json({"extra_specs": flavor.extra_specs})
    raise Refusal(404, f"Flavor {call.args['id']} could not be found.")


def services(call: Call) -> Answer:
    site = call.world.site
    rows = render.control_services(site, call.version)
    rows += [render.compute_service(site, host, call.version) for host in site.hosts.values()]
    for name in ("binary", "host"):
        if wanted := call.request.query.get(name):
            rows = [row for row in rows if row[name] == wanted]
    return as_json({"services": rows})


def hypervisors_detail(call: Call) -> Answer:
    hosts = list(call.world.site.hosts.values())
    paged = call.version >= HYPERVISOR_PAGES_SINCE
    key = "id" if call.version >= (2, 53) else "number"
    links = None
    if paged:  # an older nova does not look at limit and marker
        page = page_of(call, hosts, lambda h: str(getattr(h, key)), bad_marker=_bad_marker)
        hosts, links = list(page.items), next_links(call, page)
    body = call.world.rendered(
        ("hypervisors", call.version), hosts, lambda h: h.id, lambda h: render.hypervisor(h, call.version)
    )
    return collection("hypervisors", body, "hypervisors_links", links)


def aggregates(call: Call) -> Answer:
    return as_json({"aggregates": [render.aggregate(a, call.version) for a in call.world.site.aggregates]})


def quota(call: Call) -> Answer:
    return _quota(call, detail=False)


def quota_detail(call: Call) -> Answer:
    return _quota(call, detail=True)


def _quota(call: Call, *, detail: bool) -> Answer:
    project_id = call.args["id"]
    limits = call.world.site.quotas.get(project_id)
    if limits is None:
        raise Refusal(400, f"Project ID {project_id} is not a valid project.")
    used = dict(call.world.usage().get(project_id, Counter()))
    return as_json(render.quota(project_id, limits, used, detail=detail))


def _bad_marker(marker: str) -> Refusal:
    return Refusal(400, f"marker [{marker}] not found")
