"""Whole visits: over SSH to a small cloud, with everything that can go wrong on the way."""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.collection.fakes import (
    LIMITS,
    OTHER_PROJECT,
    PASSWORD,
    PROJECT,
    FakeCloud,
    FakeLcm,
    Reply,
    Request,
    always,
    open_cloud,
    open_lcm,
    resources_path,
    server_row,
    stack_row,
)

from optimus.collection.errors import (
    CaFileUnusable,
    CatalogUnusable,
    CertificateRefused,
    CloudAnswerBad,
    CloudAnswerLate,
    CollectionError,
    HostKeyChanged,
    KeystoneRefused,
    PermissionDenied,
    RcFileUnusable,
)
from optimus.collection.visit import visit
from optimus.facts.cloud import Stack
from optimus.facts.parts import PARTS_OF_TASK, Part, PartState, Task
from optimus.facts.visits import ApiAccess, Limits, PartResult, Target, Visit

pytestmark = pytest.mark.anyio
COMPUTE = f"/compute/v2.1/{PROJECT}"
SERVERS = f"{COMPUTE}/servers/detail"
STACKS = f"/heat/v1/{PROJECT}/stacks"
BROKEN = (PartState.FAILED, PartState.NOT_PERMITTED)


@dataclass
class Site:
    lcm: FakeLcm
    cloud: FakeCloud
    rc: Path

    async def visit(
        self,
        task: Task = Task.DYNAMIC,
        *,
        access: ApiAccess = ApiAccess.TUNNEL,
        limits: Limits = LIMITS,
        known: dict[str, str] | None = None,
    ) -> Visit:
        target = Target(self.lcm.address(), str(self.rc), access)
        return await visit(target, task, known_stacks=known or {}, limits=limits)


@asynccontextmanager
async def site(tmp_path: Path, tls: ssl.SSLContext | None = None, **rc: str) -> AsyncIterator[Site]:
    async with open_lcm() as lcm, open_cloud(tls) as cloud:
        path = tmp_path / "admin openrc's.sh"
        path.write_text(cloud.rc(**rc))
        yield Site(lcm, cloud, path)


def states(found: Visit) -> dict[PartState, set[Part]]:
    return {state: {part for part, one in found.parts.items() if one.state is state} for state in PartState}


def ids(result: PartResult) -> list[str]:
    assert result.state is PartState.FRESH, result.reason
    return [fact.id for fact in result.facts]  # type: ignore[union-attr]


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("access", list(ApiAccess))
async def test_every_part_is_fresh(tmp_path: Path, task: Task, access: ApiAccess) -> None:
    async with site(tmp_path) as at:
        found = await at.visit(task, access=access)
    assert tuple(found.parts) == PARTS_OF_TASK[task]
    assert states(found)[PartState.FRESH] == set(PARTS_OF_TASK[task])
    assert ids(found.parts[Part.PROJECTS]) == [PROJECT, OTHER_PROJECT]
    assert found.host_key == at.lcm.key_line
    assert found.compute_microversion == "2.79"
    assert found.cost.api_calls == len(at.cloud.requests)
    assert found.cost.api_bytes > 0
    assert bool(at.lcm.forwards) is (access is ApiAccess.TUNNEL)


async def test_the_dynamic_facts(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        found = await at.visit()
    assert ids(found.parts[Part.SERVERS]) == ["vm-0", "vm-1", "vm-2"]
    assert found.parts[Part.VOLUMES] == PartResult(PartState.FRESH, [])
    [stack] = found.parts[Part.STACKS].facts
    assert isinstance(stack, Stack)
    assert (stack.id, stack.project_id, stack.server_ids) == ("s1", OTHER_PROJECT, ("vm-0",))


async def test_lists_that_a_lesser_account_may_see_in_part_say_so(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.roles = ["member"]
        found = await at.visit()
    assert "no admin role" in str(found.parts[Part.VOLUMES].reason)
    assert found.parts[Part.SERVERS].reason is None, "asked for with all_tenants: all of them, or refused"


async def test_the_static_facts(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        found = await at.visit(Task.STATIC)
    assert len(found.parts[Part.COMPUTE_QUOTAS].facts) == 2
    assert len(found.parts[Part.VOLUME_QUOTAS].facts) == 4
    assert ids(found.parts[Part.HYPERVISORS]) == ["h1"]


async def test_nova_is_asked_in_one_pinned_microversion(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        await at.visit()
    asked = [request.headers for request in at.cloud.requests if request.path.startswith(f"{COMPUTE}/")]
    assert asked
    assert {headers["x-openstack-nova-api-version"] for headers in asked} == {"2.79"}
    assert {headers["openstack-api-version"] for headers in asked} == {"compute 2.79"}
    others = [request.headers for request in at.cloud.requests if not request.path.startswith("/compute")]
    assert not any("openstack-api-version" in headers for headers in others)


async def test_a_legacy_v2_endpoint_is_read_through_v2_1_where_that_is_offered(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.services["compute"] = f"/compute/v2/{PROJECT}"
        found = await at.visit()
    assert found.compute_microversion == "2.79"
    assert f"GET {SERVERS}" in at.cloud.calls


async def test_a_legacy_v2_endpoint_alone(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.services["compute"] = f"/nova/v2/{PROJECT}"
        rows = [server_row(1, flavor={"id": "f"})]
        flavor = {"id": "f", "name": "m1", "vcpus": 3, "ram": 1, "disk": 1}
        at.cloud.lists[f"/nova/v2/{PROJECT}/servers/detail"] = ("servers", rows)
        at.cloud.lists[f"/nova/v2/{PROJECT}/flavors/detail"] = ("flavors", [flavor])
        found = await at.visit()
    assert found.compute_microversion is None
    [server] = found.parts[Part.SERVERS].facts
    assert (server.flavor_name, server.flavor_vcpus) == ("m1", 3)  # type: ignore[union-attr]
    assert "openstack-api-version" not in {name for one in at.cloud.requests for name in one.headers}
    assert Counter(at.cloud.calls)[f"GET /nova/v2/{PROJECT}/flavors/detail"] == 1


@pytest.mark.parametrize("status", [300, 302])
async def test_version_documents_that_redirect(tmp_path: Path, status: int) -> None:
    async with site(tmp_path) as at:
        inside = {"Location": "http://only-inside.example:1/compute/v2.1"} if status == 302 else {}
        at.cloud.answers["/compute/v2.1/"] = always(
            Reply({"choices": [at.cloud.microversions["version"]]}, status, inside)
        )
        found = await at.visit()
    assert found.compute_microversion == "2.79"


async def test_a_nova_that_hides_its_versions_fails_its_own_parts_only(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers["/compute/v2.1/"] = always(Reply({}, 500))
        found = await at.visit()
    assert states(found)[PartState.FAILED] == {Part.SERVERS, Part.FLAVORS, Part.COMPUTE_SERVICES}
    assert "/compute/v2.1/" in (found.parts[Part.SERVERS].reason or "")


# pages


@pytest.mark.parametrize("count", [0, 9, 10, 11, 25])
async def test_lists_are_followed_to_their_last_page(tmp_path: Path, count: int) -> None:
    async with site(tmp_path) as at:
        at.cloud.lists[SERVERS] = ("servers", [server_row(number) for number in range(count)])
        found = await at.visit(limits=replace(LIMITS, page_size=10))
    assert ids(found.parts[Part.SERVERS]) == [f"vm-{number}" for number in range(count)]


async def test_a_cloud_may_cut_pages_shorter_than_asked(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.page_cap = 4
        at.cloud.lists[SERVERS] = ("servers", [server_row(number) for number in range(10)])
        found = await at.visit()
    assert len(ids(found.parts[Part.SERVERS])) == 10


async def test_a_row_that_moves_to_the_next_page_counts_once(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        pages = {"": [server_row(1), server_row(2)], "vm-2": [server_row(2), server_row(3)], "vm-3": []}
        at.cloud.answers[SERVERS] = lambda asked: Reply({"servers": pages[asked.query.get("marker", "")]})
        found = await at.visit(limits=replace(LIMITS, page_size=2))
    assert ids(found.parts[Part.SERVERS]) == ["vm-1", "vm-2", "vm-3"]


async def test_a_cloud_that_repeats_a_page_is_noticed(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers[SERVERS] = always(Reply({"servers": [server_row(1), server_row(2)]}))
        found = await at.visit(limits=replace(LIMITS, page_size=2))
    assert found.parts[Part.SERVERS].state is PartState.FAILED
    assert "repeats" in (found.parts[Part.SERVERS].reason or "")
    assert Counter(at.cloud.calls)[f"GET {SERVERS}"] == 2


async def test_a_failed_page_fails_the_whole_list(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        rows = [server_row(number) for number in range(10)]
        at.cloud.answers[SERVERS] = lambda asked: (
            Reply({}, 500) if "marker" in asked.query else Reply({"servers": rows})
        )
        found = await at.visit(limits=replace(LIMITS, page_size=10))
    assert found.parts[Part.SERVERS].state is PartState.FAILED
    assert found.parts[Part.SERVERS].facts == ()


@pytest.mark.parametrize("task", list(Task))
async def test_the_budget_of_calls(tmp_path: Path, task: Task) -> None:
    """Log-in and versions, one per list, two per project, one per changed stack: and none per server."""
    async with site(tmp_path) as at:
        at.cloud.lists[SERVERS] = ("servers", [server_row(number) for number in range(500)])
        found = await at.visit(task)
        calls = found.cost.api_calls
    lists = {Task.DYNAMIC: 8, Task.STATIC: 4}[task]
    assert calls == 2 + lists + {Task.DYNAMIC: 1, Task.STATIC: 2 * 2}[task]
    assert set(Counter(at.cloud.calls).values()) == {1}


# stacks


async def test_an_unchanged_stack_is_not_read_again(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        [first] = (await at.visit()).parts[Part.STACKS].facts
        assert isinstance(first, Stack)
        at.cloud.requests.clear()
        [second] = (await at.visit(known={"s1": first.stamp})).parts[Part.STACKS].facts
        assert isinstance(second, Stack)
        assert (second.stamp, second.server_ids) == (first.stamp, None)
        assert f"GET {resources_path('s1')}" not in at.cloud.calls
        at.cloud.lists[STACKS][1][1]["updated_time"] = "2026-11-24T00:00:00Z"  # of the nested one
        [third] = (await at.visit(known={"s1": first.stamp})).parts[Part.STACKS].facts
        assert isinstance(third, Stack)
        assert third.server_ids == ("vm-0",)


async def test_a_stack_at_work_is_always_read(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.lists[STACKS] = ("stacks", [stack_row("s1", stack_status="UPDATE_IN_PROGRESS")])
        [first] = (await at.visit()).parts[Part.STACKS].facts
        assert isinstance(first, Stack)
        [second] = (await at.visit(known={"s1": first.stamp})).parts[Part.STACKS].facts
        assert isinstance(second, Stack)
        assert second.server_ids == ("vm-0",)


async def test_a_stack_deleted_meanwhile_is_left_out(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.lists[STACKS][1].append(stack_row("gone"))
        found = await at.visit()
    assert ids(found.parts[Part.STACKS]) == ["s1"]


@pytest.mark.parametrize(("status", "state"), [(500, PartState.FAILED), (403, PartState.NOT_PERMITTED)])
async def test_a_stack_that_cannot_be_read_fails_the_part(tmp_path: Path, status: int, state: PartState) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers[resources_path("s1")] = always(Reply({}, status))
        found = await at.visit()
    assert found.parts[Part.STACKS].state is state
    assert len(states(found)[PartState.FRESH]) == 7


async def test_stacks_are_asked_project_by_project_where_the_whole_list_is_refused(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        rows = at.cloud.lists.pop(STACKS)[1]
        for row in rows:
            row["links"] = [{"href": f"http://h:8004/v1/{row.pop('project')}/stacks/x/y"}]
        at.cloud.answers[STACKS] = lambda asked: (
            Reply({}, 403) if "global_tenant" in asked.query else Reply({"stacks": rows})
        )
        at.cloud.lists[f"/heat/v1/{OTHER_PROJECT}/stacks"] = ("stacks", rows)
        found = await at.visit()
    assert ids(found.parts[Part.STACKS]) == ["s1"]
    assert Counter(at.cloud.calls)[f"GET {STACKS}"] == 2
    assert Counter(at.cloud.calls)[f"GET /heat/v1/{OTHER_PROJECT}/stacks"] == 1


# refusals and failures of one part


@pytest.mark.parametrize("status", [403, 404])
async def test_a_refused_list_is_not_permitted_and_the_rest_is_kept(tmp_path: Path, status: int) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers[f"{COMPUTE}/os-aggregates"] = always(Reply({}, status))
        found = await at.visit(Task.STATIC)
    assert states(found)[PartState.NOT_PERMITTED] == {Part.AGGREGATES}
    assert f"GET {COMPUTE}/os-aggregates" in (found.parts[Part.AGGREGATES].reason or "")


async def test_a_cloud_without_heat(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        del at.cloud.services["orchestration"]
        found = await at.visit()
    assert states(found)[PartState.NOT_PERMITTED] == {Part.STACKS}
    assert "no orchestration service" in (found.parts[Part.STACKS].reason or "")


async def test_projects_of_an_account_that_may_not_list_all(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers["/identity/v3/projects"] = always(Reply({}, 403))
        at.cloud.lists["/identity/v3/auth/projects"] = ("projects", [{"id": PROJECT, "name": "admin"}])
        found = await at.visit(Task.STATIC)
    assert ids(found.parts[Part.PROJECTS]) == [PROJECT]
    assert len(found.parts[Part.COMPUTE_QUOTAS].facts) == 1


async def test_without_projects_there_are_no_quotas_and_the_reason_is_the_same(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers["/identity/v3/projects"] = always(Reply({}, 403))
        found = await at.visit(Task.STATIC)
    assert states(found)[PartState.NOT_PERMITTED] == {Part.PROJECTS, Part.COMPUTE_QUOTAS, Part.VOLUME_QUOTAS}
    assert found.parts[Part.COMPUTE_QUOTAS].reason == found.parts[Part.PROJECTS].reason


async def test_a_project_deleted_meanwhile_has_no_quota(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers[f"{COMPUTE}/os-quota-sets/{PROJECT}/detail"] = always(Reply({}, 404))
        found = await at.visit(Task.STATIC)
    assert len(found.parts[Part.COMPUTE_QUOTAS].facts) == 1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply({}, 500), "answered 500"),
        (Reply({}, 503), "answered 503"),
        (Reply({}, 302, {"Location": "http://elsewhere"}), "answered 302"),
        (Reply(b"<html>busy</html>"), "no JSON"),
        (Reply(b'{"servers": ['), "no JSON"),
        (Reply({"servers": [server_row(1)]}, cut=5), "broke off"),
        (Reply(b"[]"), "expected a JSON object"),
        (Reply({"servers": [{"name": "s3cret"}]}), "servers[0].id: expected an id"),
        (Reply({"items": []}), "servers: expected a list"),
        (Reply({"servers": [], "padding": "x" * 5000}), "more than 4000 bytes"),
        (Reply({"servers": []}, 200, {"Content-Length": "99999"}), "more than 4000 bytes"),
    ],
)
async def test_a_part_that_fails_says_why_and_the_rest_is_kept(tmp_path: Path, reply: Reply, said: str) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers[SERVERS] = always(reply)
        found = await at.visit(limits=replace(LIMITS, answer_bytes=4000))
    failed = found.parts[Part.SERVERS]
    assert states(found)[PartState.FAILED] == {Part.SERVERS}
    assert said in (failed.reason or "")
    assert SERVERS in (failed.reason or "")
    assert "s3cret" not in (failed.reason or "")
    assert failed.facts == ()


async def test_big_answers_are_read_too(tmp_path: Path) -> None:
    """Beyond the size at which decoding moves to a thread, and beyond one SSH window."""
    async with site(tmp_path) as at:
        rows = [server_row(number, filler="x" * 10_000) for number in range(900)]
        at.cloud.lists[SERVERS] = ("servers", rows)
        found = await at.visit()
    assert len(ids(found.parts[Part.SERVERS])) == 900


async def test_a_closed_idle_connection_is_asked_again(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        seen: list[str] = []

        def close_first(request: Request) -> Reply:
            seen.append(request.path)
            if len(seen) == 1:
                raise ConnectionResetError
            return Reply({"servers": []})

        at.cloud.answers[SERVERS] = close_first
        found = await at.visit()
    assert ids(found.parts[Part.SERVERS]) == []
    assert len(seen) == 2


# tokens


async def test_a_token_that_expires_is_renewed_once(tmp_path: Path) -> None:
    async with site(tmp_path) as at:

        def expire(_: Request) -> Reply:
            at.cloud.valid_tokens.clear()
            del at.cloud.answers["/identity/v3/projects"]
            return Reply({}, 401)

        at.cloud.answers["/identity/v3/projects"] = expire
        found = await at.visit()
    assert states(found)[PartState.FRESH] == set(PARTS_OF_TASK[Task.DYNAMIC])
    assert at.cloud.logins == 2


async def test_a_service_that_never_accepts_the_token(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers[SERVERS] = always(Reply({}, 401))
        found = await at.visit()
    assert states(found)[PartState.FAILED] == {Part.SERVERS}
    assert "401" in (found.parts[Part.SERVERS].reason or "")
    assert at.cloud.logins == 2


# what stops the visit


async def fails(at: Site, kind: type[CollectionError], said: str, limits: Limits = LIMITS) -> None:
    with pytest.raises(kind) as caught:
        await at.visit(limits=limits)
    assert said in caught.value.message
    for secret in (PASSWORD, "cloud-s3cret"):
        assert secret not in repr(caught.value)
        assert secret not in caught.value.message


async def test_a_changed_host_key(tmp_path: Path) -> None:
    async with site(tmp_path) as at, open_lcm() as other:
        target = Target(at.lcm.address(pinned_host_key=other.key_line), str(at.rc))
        with pytest.raises(HostKeyChanged):
            await visit(target, Task.STATIC, known_stacks={}, limits=LIMITS)
        assert at.lcm.passwords == []


async def test_an_rc_file_that_is_not_there(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.rc.unlink()
        await fails(at, RcFileUnusable, str(at.rc))


async def test_an_rc_file_that_asks_for_the_password(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.rc.write_text(at.cloud.rc() + "unset OS_PASSWORD\nread -sr OS_PASSWORD\n")
        await fails(at, RcFileUnusable, "OS_PASSWORD")


async def test_an_rc_file_that_is_too_long(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.rc.write_text(at.cloud.rc(OS_X="x" * 5000))
        await fails(at, RcFileUnusable, "1000 bytes", replace(LIMITS, rc_output_bytes=1000))


async def test_keystone_refuses(tmp_path: Path) -> None:
    async with site(tmp_path, OS_PASSWORD="wr0ng") as at:
        await fails(at, KeystoneRefused, str(at.rc))


@pytest.mark.parametrize("reply", [Reply({}, 404), Reply({}, 500), Reply(b"<html>", 201), Reply({}, 200)])
async def test_something_that_is_no_keystone(tmp_path: Path, reply: Reply) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers["/identity/v3/auth/tokens"] = always(reply)
        await fails(at, CloudAnswerBad, "/identity/v3/auth/tokens")


async def test_a_catalog_without_the_region(tmp_path: Path) -> None:
    async with site(tmp_path, OS_REGION_NAME="elsewhere") as at:
        await fails(at, CatalogUnusable, "elsewhere")


async def test_a_keystone_that_is_down(tmp_path: Path) -> None:
    async with site(tmp_path, OS_AUTH_URL="http://127.0.0.1:1/v3") as at:
        await fails(at, CloudAnswerBad, "could not connect")


async def test_a_host_that_forbids_forwarding(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.lcm.allows_forwarding = False
        await fails(at, PermissionDenied, "AllowTcpForwarding")


# TLS


def served_by(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def ca_file(tmp_path: Path, authority: trustme.CA) -> str:
    path = tmp_path / "the ca's.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.mark.parametrize("access", list(ApiAccess))
async def test_tls_with_the_clouds_own_ca(tmp_path: Path, authority: trustme.CA, access: ApiAccess) -> None:
    async with site(tmp_path, served_by(authority)) as at:
        at.rc.write_text(f'export OS_CACERT="{ca_file(tmp_path, authority)}"\n' + at.cloud.rc())
        found = await at.visit(access=access)
    assert states(found)[PartState.FRESH] == set(PARTS_OF_TASK[Task.DYNAMIC])


async def test_connections_are_kept_alive_inside_tls(tmp_path: Path, authority: trustme.CA) -> None:
    async with site(tmp_path, served_by(authority)) as at:
        at.rc.write_text(f'export OS_CACERT="{ca_file(tmp_path, authority)}"\n' + at.cloud.rc())
        await at.visit(limits=replace(LIMITS, concurrent_requests=1))
    assert len(at.cloud.requests) > 5
    assert len(at.lcm.forwards) == 1


async def test_tls_with_a_ca_that_is_another(tmp_path: Path, authority: trustme.CA) -> None:
    async with site(tmp_path, served_by(authority)) as at:
        at.rc.write_text(f'export OS_CACERT="{ca_file(tmp_path, trustme.CA())}"\n' + at.cloud.rc())
        await fails(at, CertificateRefused, "OS_CACERT")


async def test_tls_without_a_ca(tmp_path: Path, authority: trustme.CA) -> None:
    async with site(tmp_path, served_by(authority)) as at:
        await fails(at, CertificateRefused, "OS_CACERT")


async def test_tls_with_another_name(tmp_path: Path, authority: trustme.CA) -> None:
    async with site(tmp_path, served_by(authority, "keystone.example")) as at:
        at.rc.write_text(f'export OS_CACERT="{ca_file(tmp_path, authority)}"\n' + at.cloud.rc())
        await fails(at, CertificateRefused, "certificate")


async def test_tls_unverified_only_when_the_rc_file_says_so(tmp_path: Path, authority: trustme.CA) -> None:
    async with site(tmp_path, served_by(authority)) as at:
        at.rc.write_text(at.cloud.rc(OS_INSECURE="true"))
        found = await at.visit()
    assert not any(states(found)[state] for state in BROKEN)


@pytest.mark.parametrize("content", [None, "no certificate", ""])
async def test_a_ca_file_that_cannot_be_used(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    async with site(tmp_path, OS_CACERT=str(path)) as at:
        await fails(at, CaFileUnusable, str(path))


# endings


async def dropping(at: Site, path: str) -> Visit:
    """A visit, one request after another, whose SSH connection ends when this path is asked for."""

    def drop(_: Request) -> Reply:
        at.lcm.connections[-1].abort()
        return Reply({})

    at.cloud.answers[path] = drop
    return await at.visit(limits=replace(LIMITS, concurrent_requests=1))


async def test_a_tunnel_that_drops_keeps_what_was_complete(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        found = await dropping(at, resources_path("s1"))  # the last call of all
    assert states(found)[PartState.FAILED] == {Part.STACKS}
    assert "SSH connection" in (found.parts[Part.STACKS].reason or "")


async def test_a_tunnel_that_drops_fails_the_rest_at_once(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        found = await dropping(at, SERVERS)
        asked = at.cloud.calls
    lost = found.parts[Part.SERVERS].reason
    failed = states(found)[PartState.FAILED]
    assert len(failed) > 1
    assert {found.parts[part].reason for part in failed} == {lost}
    assert asked[-1] == f"GET {SERVERS}"


async def test_an_answer_that_is_late(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers[SERVERS] = always(Reply(b"", headers={"Content-Length": "10"}))
        found = await at.visit(limits=replace(LIMITS, request_seconds=1.0))
    assert states(found)[PartState.FAILED] == {Part.SERVERS}
    assert "did not answer within 1 s" in (found.parts[Part.SERVERS].reason or "")


async def test_a_visit_that_takes_too_long_keeps_what_was_complete(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers[SERVERS] = always(Reply(b"", headers={"Content-Length": "10"}))
        found = await at.visit(limits=replace(LIMITS, visit_seconds=2.0))
    assert states(found)[PartState.FAILED] == {Part.SERVERS}
    assert "visit did not end within 2 s" in (found.parts[Part.SERVERS].reason or "")


async def test_a_log_in_that_takes_too_long(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers["/identity/v3/auth/tokens"] = always(Reply(b"", headers={"Content-Length": "10"}))
        await fails(at, CloudAnswerLate, "did not answer", replace(LIMITS, request_seconds=0.5))
        await fails(at, CloudAnswerLate, "visit did not end", replace(LIMITS, visit_seconds=1.0))


async def test_a_cancelled_visit_closes_everything(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.cloud.answers[SERVERS] = always(Reply(b"", headers={"Content-Length": "10"}))
        before = asyncio.all_tasks()
        running = asyncio.create_task(at.visit())
        await at.cloud.until(f"GET {SERVERS}")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await at.lcm.connections[-1].wait_closed()
        ours = {task for task in asyncio.all_tasks() - before if "optimus" in repr(task.get_coro())}
        assert not ours


async def test_no_secret_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with site(tmp_path) as at:
        found = await at.visit()
    for secret in (PASSWORD, "cloud-s3cret", "token-1"):
        assert secret not in caplog.text
        assert secret not in repr(found)


async def test_the_log_in_sends_what_keystone_documents(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        await at.visit()
    sent: Any = json.loads(at.cloud.requests[0].body)
    assert sent["auth"]["identity"]["methods"] == ["password"]
    assert sent["auth"]["scope"] == {"project": {"name": "admin", "domain": {"id": "default"}}}
    assert {request.method for request in at.cloud.requests[1:]} == {"GET"}
