"""Placement: root document, providers, inventories, usages."""

from optimus_simcloud.made.site import Host
from optimus_simcloud.render import placement as render
from optimus_simcloud.serve.call import Answer, Call, Refusal, as_json
from optimus_simcloud.serve.paging import collection


def root(call: Call) -> Answer:  # noqa: ARG001 - every handler takes the call
    version = {"id": "v1.0", "min_version": "1.0", "max_version": "1.39", "status": "CURRENT"}
    return as_json({"versions": [{**version, "links": [{"rel": "self", "href": ""}]}]})


def providers(call: Call) -> Answer:
    """Placement has no paging: all of them, at once."""
    hosts = list(call.world.site.hosts.values())
    if name := call.request.query.get("name"):
        hosts = [host for host in hosts if host.name == name]
    body = call.world.rendered(("providers",), hosts, lambda h: h.id, render.provider)
    return collection("resource_providers", body)


def inventories(call: Call) -> Answer:
    _host(call)
    return as_json(render.inventories())


def usages(call: Call) -> Answer:
    return as_json(render.usages(_host(call)))


def project_usages(call: Call) -> Answer:
    project_id = call.request.query.get("project_id")
    if project_id is None:
        raise Refusal(400, "Invalid query string parameters: 'project_id' is a required property")
    servers = [s for s in call.world.site.servers.values() if s.project_id == project_id]
    return as_json(render.project_usages(servers))


def _host(call: Call) -> Host:
    by_id = call.world.kept("hosts by id", lambda: {h.id: h for h in call.world.site.hosts.values()})
    host = by_id.get(call.args["id"])
    if host is None:
        raise Refusal(404, f"No resource provider with uuid {call.args['id']} found : No resource provider.")
    return host
