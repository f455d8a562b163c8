"""Heat: versions, stacks of one project or of all, one stack, its resources."""

from optimus_simcloud.made.site import Stack
from optimus_simcloud.render import orchestration as render
from optimus_simcloud.serve.call import Answer, Call, Refusal, as_json
from optimus_simcloud.serve.paging import collection, next_links, page_of
from optimus_simcloud.serve.refusals import denied

DEEPEST = 5  # heat's max_nested_stack_depth


def versions(call: Call) -> Answer:
    link = {"href": f"{call.world.base_url}/orchestration/v1/", "rel": "self"}
    return as_json({"versions": [{"id": "v1.0", "links": [link], "status": "CURRENT"}]}, 300)


def stacks(call: Call) -> Answer:
    """Newest first; nested ones only with `show_nested`; without `limit` all of them."""
    site, base, query = call.world.site, call.world.base_url, call.request.query
    rows: list[Stack] = call.world.kept(
        "stacks", lambda: sorted(site.stacks.values(), key=lambda s: (s.created_at, s.id), reverse=True)
    )
    if _is_true(query.get("global_tenant")):
        if not call.world.options.global_stacks:
            raise denied("orchestration", "global_index")
    else:
        _allowed(call, call.args["project_id"])
        rows = [stack for stack in rows if stack.project_id == call.args["project_id"]]
    if not _is_true(query.get("show_nested")):
        rows = [stack for stack in rows if stack.parent_id is None]
    page = page_of(call, rows, lambda s: s.id, bad_marker=None, largest=None)
    body = call.world.rendered(("stacks",), page.items, lambda s: s.id, lambda s: render.stack(s, base))
    return collection("stacks", body, "links", next_links(call, page))


def stack(call: Call) -> Answer:
    return as_json(render.one_stack(_found(call), call.world.base_url))


def resources(call: Call) -> Answer:
    text = call.request.query.get("nested_depth", "0")
    if not text.isdigit():
        raise Refusal(400, f'Invalid value for option nested_depth: "{text}" is not an integer')
    depth = min(int(text), DEEPEST)
    rows = render.resources(call.world.site, _found(call), call.world.base_url, depth)
    return as_json({"resources": rows})


def _found(call: Call) -> Stack:
    stack = call.world.site.stacks.get(call.args["id"])
    if stack is None or stack.name != call.args["name"]:
        raise Refusal(404, f"The Stack ({call.args['name']}/{call.args['id']}) could not be found.")
    _allowed(call, stack.project_id)
    return stack


def _allowed(call: Call, project_id: str) -> None:
    if not call.is_admin and project_id != call.project_id:
        raise denied("orchestration", "index")


def _is_true(text: str | None) -> bool:
    return (text or "").lower() in {"true", "1", "yes"}
