"""Keystone: versions, tokens, projects."""

import hmac
import json
from datetime import UTC, datetime
from typing import Any

from optimus_simcloud.render import identity as render
from optimus_simcloud.serve.call import Answer, Call, Refusal, as_json
from optimus_simcloud.serve.paging import collection
from optimus_simcloud.serve.refusals import UNAUTHENTICATED
from optimus_simcloud.serve.world import Token


def versions(call: Call) -> Answer:
    return as_json({"versions": {"values": [render.version(call.world.base_url)]}}, 300)


def version(call: Call) -> Answer:
    return as_json({"version": render.version(call.world.base_url)})


def create_token(call: Call) -> Answer:
    try:
        auth = json.loads(call.request.body)["auth"]
        methods = auth["identity"]["methods"]
        if methods == ["password"]:
            user, project_id = _by_password(call, auth)
        elif methods == ["application_credential"]:
            user, project_id = _by_credential(call, auth["identity"]["application_credential"])
        else:
            raise Refusal(401, "Attempted to authenticate with an unsupported method.")
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(400, "Invalid input for field 'auth': a required property is missing.") from error
    text, token = call.world.issue(user, project_id, methods[0])
    return as_json(_body(call, token), 201, [("X-Subject-Token", text), ("Vary", "X-Auth-Token")])


def show_token(call: Call) -> Answer:
    token = call.world.token(call.request.headers.get("x-subject-token"))
    if token is None:
        raise Refusal(404, "Could not find token.")
    return as_json(_body(call, token))


def projects(call: Call) -> Answer:
    domain, name = call.request.query.get("domain_id"), call.request.query.get("name")
    chosen = (p for p in call.world.site.projects.values() if domain in {None, p.domain_id} and name in {None, p.name})
    rows = sorted(chosen, key=lambda p: p.id)
    body = call.world.rendered(("projects",), rows, lambda p: p.id, lambda p: render.project(p, call.world.base_url))
    links = {"next": None, "self": f"{call.world.base_url}{call.request.path}", "previous": None}
    return collection("projects", body, "links", links)


def project(call: Call) -> Answer:
    found = call.world.site.projects.get(call.args["id"])
    if found is None:
        raise Refusal(404, f"Could not find project: {call.args['id']}.")
    return as_json({"project": render.project(found, call.world.base_url)})


def _by_password(call: Call, auth: dict[str, Any]) -> tuple[str, str]:
    given = auth["identity"]["password"]["user"]
    users = {call.world.site.ids.hex("user", name): name for name in call.world.passwords}
    name = given["name"] if "name" in given else users.get(given["id"], "")
    password = call.world.passwords.get(name)
    if password is None or not hmac.compare_digest(password.encode(), str(given["password"]).encode()):
        raise Refusal(401, UNAUTHENTICATED)
    wanted = auth["scope"]["project"]
    admin = call.world.admin_project_id()
    # Both accounts have roles in the project `admin` only, as after a cloud's bootstrap.
    if admin != (wanted["id"] if "id" in wanted else call.world.site.ids.hex("project", wanted["name"])):
        raise Refusal(401, UNAUTHENTICATED)
    return name, admin


def _by_credential(call: Call, given: dict[str, Any]) -> tuple[str, str]:
    credential_id, secret = call.world.credential
    if given["id"] != credential_id or not hmac.compare_digest(secret.encode(), str(given["secret"]).encode()):
        raise Refusal(401, UNAUTHENTICATED)
    return call.world.options.rc_user, call.world.admin_project_id()


def _body(call: Call, token: Token) -> dict[str, Any]:
    site = call.world.site
    domain = {"id": "default", "name": "Default"}
    return {
        "token": {
            "audit_ids": [site.ids.hex("audit", token.issued_at)[:22]],
            "catalog": render.catalog(site, token.project_id, call.world.roots()),
            "expires_at": _moment(token.expires_at),
            "is_domain": False,
            "issued_at": _moment(token.issued_at),
            "methods": list(token.methods),
            "project": {
                "domain": domain,
                "id": token.project_id,
                "name": site.projects[token.project_id].name,
            },
            "roles": [{"id": site.ids.hex("role", role), "name": role} for role in token.roles],
            "user": {
                "domain": domain,
                "id": site.ids.hex("user", token.user),
                "name": token.user,
                "password_expires_at": None,
            },
        }
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
