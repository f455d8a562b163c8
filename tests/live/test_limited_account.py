"""An account that may see less: what the cloud refuses is marked and kept, the rest is collected."""

import json
import secrets
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from tests.live.comparing import Comparison
from tests.live.conftest import registration
from tests.live.lab import LabSettings, Lcm, OpenStack
from tests.live.site import ERICIC, Serving, Site

pytestmark = pytest.mark.live

# Each part of the picture, and the client's command that asks the cloud for the same list.
COMMANDS = {
    "servers": "server list --all-projects -n",
    "flavors": "flavor list",
    "volumes": "volume list",
    "ports": "port list",
    "networks": "network list",
    "compute_services": "compute service list",
    "stacks": "stack list",
    "aggregates": "aggregate list",
    "volume_types": "volume type list",
    "hypervisors": "hypervisor list",
    "projects": "project list --my-projects",
}
# The client cannot list quotas without listing all projects; what one project has left it can.
LIMITS = "limits show --absolute"
ANSWERS = ("nova_data", "host_data", "config_data", "host_config_data")


@pytest.fixture(scope="session")
def limited_variables(lab: LabSettings) -> dict[str, str]:
    account = lab.limited
    return {"OS_USERNAME": account.user, "OS_PASSWORD": account.password, "OS_PROJECT_NAME": account.project}


@pytest.fixture(scope="session")
def allowed(lcm: Lcm, lab: LabSettings, limited_variables: dict[str, str]) -> dict[str, int | None]:
    """Rows of each part that the client may list with this account; None where it is refused."""
    cli = OpenStack(lcm, lab.rc_path, limited_variables)
    found: dict[str, int | None] = {}
    for part, command in COMMANDS.items():
        output = cli.try_one(command)
        if output.status == 0:
            found[part] = len(json.loads(output.text))
        else:
            refused = ("403", "not authorized", "disallowed by policy", "Forbidden")
            assert any(word in output.errors for word in refused), output.errors
            found[part] = None
    return found


@pytest.fixture
def rc_path(lcm: Lcm, lab: LabSettings) -> Iterator[str]:
    """A copy of the cloud's rc file in the LCM user's home."""
    home = lcm.run('printf %s "$HOME"')
    path = f"{home}/optimus-live-{secrets.token_hex(4)}.sh"
    lcm.run(f"umask 077; cp {shlex.quote(lab.rc_path)} {path}")
    try:
        yield path
    finally:
        lcm.run(f"rm -f {path}")


@pytest.fixture
def limited_site(server_process: Serving, lab: LabSettings, rc_path: str, database_kind: str) -> Iterator[Site]:
    """Registered and collected with the administrator's rc file, which is then replaced."""
    values = registration(lab) | {"name": "live lab, seen by less", "openstackrc_dir": rc_path}
    found = Site(server_process.client, values, database_kind)
    try:
        yield found
    finally:
        server_process.client.delete(f"{ERICIC}/data_center", {"id": found.dc_id})


def _parts(site: Site) -> dict[str, Any]:
    bodies = [site.get(path, dc_id=site.dc_id) for path in ANSWERS] + [site.get("infrastructure", cid=site.dc_id)]
    return {name: part for body in bodies for name, part in body["parts"].items()}


def test_refused_parts_are_marked_and_kept_and_the_rest_is_collected(
    limited_site: Site,
    lcm: Lcm,
    rc_path: str,
    limited_variables: dict[str, str],
    allowed: dict[str, int | None],
    comparison: Comparison,
) -> None:
    assert None in allowed.values(), "the account that should see less is refused nothing"
    whole, whole_hosts = _parts(limited_site), limited_site.hosts()
    exports = "".join(f"\nexport {name}={shlex.quote(value)}" for name, value in limited_variables.items())
    lcm.run(f"cat >> {rc_path}", f"{exports}\n")
    limited_site.refresh()
    parts = _parts(limited_site)
    assert parts.keys() >= COMMANDS.keys()
    for name, rows in allowed.items():
        part = parts[name]
        if rows is None:
            kept = {key: whole[name][key] for key in ("collected_at", "rows")}
            assert part == part | kept | {"state": "not_permitted"}, name
            assert part["reason"], name
            assert part["attempted_at"] >= whole[name]["attempted_at"]
        else:
            assert (part["state"], part["rows"]) == ("fresh", rows), name
    comparison.count("parts of a limited account", len(allowed))
    if allowed["compute_services"] is None and allowed["aggregates"] is None:
        kept_hosts = [(host["host"], host["state"], host["host_aggregates"]) for host in limited_site.hosts()]
        assert kept_hosts == [(host["host"], host["state"], host["host_aggregates"]) for host in whole_hosts]


def test_the_quota_of_the_accounts_own_tenant(
    limited_site: Site,
    lcm: Lcm,
    lab: LabSettings,
    rc_path: str,
    limited_variables: dict[str, str],
    comparison: Comparison,
) -> None:
    """The account sees its own tenant alone; the hosts' totals are those that the administrator's account saw."""
    exports = "".join(f"\nexport {name}={shlex.quote(value)}" for name, value in limited_variables.items())
    lcm.run(f"cat >> {rc_path}", f"{exports}\n")
    limited_site.refresh()
    [answer] = OpenStack(lcm, lab.rc_path, limited_variables).ask(LIMITS)
    limits = {line["Name"]: line["Value"] for line in answer}
    [choices] = limited_site.get("config_data", dc_id=limited_site.dc_id)["data"]
    [tenant] = choices["tenant"]
    assert tenant["tenant_name"] == lab.limited.project
    quota = limited_site.get(f"{limited_site.dc_id}/{tenant['tenant_id']}/tenant_quota")["data"]
    found = {
        name: {field: share[field] for field in ("in_use", "limit")}
        for name, share in {"cores": quota["cores"], "ram": quota["ram"], "volume": quota["volume"]["default"]}.items()
    }
    expected = {
        "cores": {"in_use": limits["totalCoresUsed"], "limit": limits["maxTotalCores"]},
        "ram": {"in_use": limits["totalRAMUsed"], "limit": limits["maxTotalRAMSize"]},
        "volume": {"in_use": limits["totalGigabytesUsed"], "limit": limits["maxTotalVolumeGigabytes"]},
    }
    comparison.same("quotas of a limited account", expected, found)


def test_an_rc_file_that_is_gone_fails_the_run_and_keeps_the_picture(
    limited_site: Site, lcm: Lcm, rc_path: str
) -> None:
    servers = limited_site.servers()
    lcm.run(f"rm -f {rc_path}")
    with pytest.raises(AssertionError, match="does not exist on the LCM"):
        limited_site.refresh()
    body = limited_site.get("nova_data", dc_id=limited_site.dc_id)
    assert body["parts"]["servers"]["state"] == "failed"
    assert limited_site.servers() == servers
