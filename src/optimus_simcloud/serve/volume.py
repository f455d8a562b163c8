"""Cinder: versions, volumes, types, quotas."""

from optimus_simcloud.made.site import Volume
from optimus_simcloud.render import volume as render
from optimus_simcloud.serve.call import Answer, Call, Refusal, as_json
from optimus_simcloud.serve.paging import collection, next_links, page_of


def versions(call: Call) -> Answer:
    link = {"href": f"{call.world.base_url}/volume/v3/", "rel": "self"}
    version = {
        "id": "v3.0",
        "links": [link],
        "media-types": [],
        "min_version": "3.0",
        "status": "CURRENT",
        "updated": "2021-10-20T00:00:00Z",
        "version": "3.70",
    }
    return as_json({"versions": [version]}, 300 if call.request.path.rstrip("/") == "/volume" else 200)


def volumes_detail(call: Call) -> Answer:
    _own_project(call)
    site, base, project = call.world.site, call.world.base_url, call.args["project_id"]
    rows: list[Volume] = call.world.kept(
        "volumes", lambda: sorted(site.volumes.values(), key=lambda v: (v.created_at, v.id), reverse=True)
    )
    if call.request.query.get("all_tenants", "0").lower() in {"0", "false"}:
        rows = [volume for volume in rows if volume.project_id == call.project_id]
    page = page_of(call, rows, lambda v: v.id, bad_marker=_bad_marker)
    body = call.world.rendered(
        ("volumes", project), page.items, lambda v: v.id, lambda v: render.volume(site, v, base, project)
    )
    return collection("volumes", body, "volumes_links", next_links(call, page))


def types(call: Call) -> Answer:
    _own_project(call)
    rows = list(call.world.site.volume_types.items())
    page = page_of(call, rows, lambda row: row[1], bad_marker=_bad_marker)
    body = call.world.rendered(("types",), page.items, lambda row: row[1], lambda row: render.volume_type(*row))
    return collection("volume_types", body, "volume_type_links", next_links(call, page))


def quota(call: Call) -> Answer:
    _own_project(call)
    project_id = call.args["id"]
    site = call.world.site
    limits = site.quotas.get(project_id)
    if limits is None:
        raise Refusal(404, f"Could not find project: {project_id}.")
    volumes = call.world.kept("volumes by project", lambda: _by_project(list(site.volumes.values())))
    usage = call.request.query.get("usage", "").lower() in {"true", "1"}
    return as_json(render.quota(project_id, limits, volumes.get(project_id, []), site.volume_types, usage=usage))


def _by_project(volumes: list[Volume]) -> dict[str, list[Volume]]:
    found: dict[str, list[Volume]] = {}
    for volume in volumes:
        found.setdefault(volume.project_id, []).append(volume)
    return found


def _own_project(call: Call) -> None:
    """Cinder refuses a URL whose project is not the token's."""
    if call.args["project_id"] != call.project_id:
        raise Refusal(400, f"Malformed request url: {call.request.path}")


def _bad_marker(marker: str) -> Refusal:
    return Refusal(404, f"Volume {marker} could not be found.")
