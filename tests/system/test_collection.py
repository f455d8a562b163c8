"""A cloud as the API shows it: equal to its facts, cheap to ask, and honest when it fails.

One server (API and worker) and one cloud for all tests here; each leaves both as it found them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.support.client import Client
from tests.support.databases import Databases
from tests.system.commands import CommandLine
from tests.system.processes import Installation, Worker, installation, wait_for

from optimus.facts.parts import PARTS_OF_TASK, Part, Task
from optimus.inventory.tables import PicturePart
from optimus.kit.clock import epoch
from optimus.schedules.tables import Schedule
from optimus_simcloud import RunningCloud
from optimus_simcloud.made.site import HOST_DISK_GB, HOST_MEMORY_MIB, HOST_VM_CPUS, Site

API = "/api/ericic/v1"
LOG_IN = ("POST", "/identity/v3/auth/tokens")
RESOURCES = ("GET", "/orchestration/v1/{project_id}/stacks/{name}/{id}/resources")
WRONG_RC_PASSWORD = "canary-wrong-rc-password-55aa"


@dataclass
class Running:
    optimus: Installation
    server: Worker
    client: Client
    cloud: RunningCloud
    dc_id: str

    def get(self, path: str, **query: Any) -> Any:
        reply = self.client.get(f"{API}/{path}", **query)
        assert reply.status == 200, reply.body
        return reply.body

    def history(self) -> list[Any]:
        found: list[Any] = self.get("scheduler/task/history", cid=self.dc_id)["data"]
        return found

    def collect(self, task: Task) -> Any:
        """Let one task run now; its entry in the history when it has ended."""
        known = {run["id"] for run in self.history()}
        with self.optimus.database.writing() as connection:
            due = update(Schedule).where(Schedule.dc_id == self.dc_id, Schedule.task == task)
            connection.execute(due.values(next_run_at=epoch(), forced=True))

        def ended() -> Any:
            return next((r for r in self.history() if r["id"] not in known and r["state"] != "running"), None)

        return wait_for(f"a {task} run", ended)

    def parts(self) -> dict[str, Any]:
        """Every part of the dynamic task."""
        of_servers, of_hosts = self.get("nova_data", dc_id=self.dc_id), self.get("host_data", dc_id=self.dc_id)
        return {**of_hosts["parts"], **of_servers["parts"]}

    def calls_of(self, task: Task) -> Counter[tuple[str, str]]:
        self.cloud.calls.reset()
        assert self.collect(task)["state"] == "successful"
        return Counter(self.cloud.calls.by_template)


@pytest.fixture(scope="module")
def running(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, cloud: RunningCloud, line: CommandLine
) -> Iterator[Running]:
    with installation(databases.new_url(), tmp_path_factory.mktemp("collection"), line) as optimus:
        server = optimus.start_server()
        client = optimus.client(server)
        values = {key: value for key, value in cloud.registration().items() if key not in {"host_key", "api_url"}}
        reply = client.post(f"{API}/data_center", {**values, "mode": True})
        assert reply.status == 200, reply.body
        assert {"static_job", "dynamic_job"} < set(reply.body)
        found = Running(optimus, server, client, cloud, reply.data)
        wait_for("both tasks", lambda: [run["state"] for run in found.history()] == ["successful"] * 2)
        yield found


@pytest.fixture(autouse=True)
def _whole_again(running: Running) -> Iterator[None]:
    rc = Path(running.cloud.openstackrc_path)
    content = rc.read_text()
    yield
    running.cloud.faults.clear()
    rc.write_text(content)


def names(site: Site) -> dict[str | None, str]:
    return {project.id: project.name for project in site.projects.values()}


def tenants(site: Site) -> list[str]:
    return [project.id for project in site.projects.values() if project.is_tenant]


def test_vms_are_those_of_the_site(running: Running) -> None:
    site = running.cloud.site
    answer = running.get("nova_data", dc_id=running.dc_id, limit=1000)
    assert answer["total"] == len(site.servers)
    listed = {vm["nova_uuid"]: vm for vm in answer["data"]}
    assert set(listed) == set(site.servers)
    for vm_id, server in site.servers.items():
        vm = listed[vm_id]
        assert (vm["nova_name"], vm["nova_status"], vm["host"]) == (server.name, server.status, server.host)
        assert (vm["tenant_id"], vm["tenant"]) == (server.project_id, names(site)[server.project_id])
        flavor = server.flavor
        assert (vm["flavor_vcpu"], vm["flavor_memory"], vm["flavor_disk"]) == (
            flavor.vcpus,
            flavor.memory_mib,
            flavor.disk_gb,
        )
        assert vm["created_time"] == server.created_at
        assert {volume["id"] for volume in vm["volume"]} == set(server.volume_ids)
        addresses = {ip for port_id in server.port_ids for _, ip in site.ports[port_id].fixed_ips}
        assert {network["ip"] for network in vm["networks"]} == addresses


def test_hosts_are_those_of_the_site(running: Running) -> None:
    site = running.cloud.site
    answer = running.get("host_data", dc_id=running.dc_id, limit=1000)
    assert answer["total"] == len(site.hosts)
    for item in answer["data"]:
        host = site.hosts[item["host"]]
        assert item["state"] == ("up" if host.is_up else "down")
        assert item["status"] == ("disabled" if host.disabled else "enabled")
        assert item["vm_num"] == len(host.server_ids)
        assert {vm["id"] for vm in item["vm_info"]} == set(host.server_ids)
        aggregates = sorted(group.name for group in site.aggregates if host.name in group.hosts)
        assert item["host_aggregates"] == aggregates
        capacity = running.get(f"{running.dc_id}/infra_resource/{item['id']}")["data"]
        assert (capacity["total_cpu"], capacity["used_cpu"]) == (HOST_VM_CPUS, host.used_vcpus)
        assert (capacity["total_ram"], capacity["used_ram"]) == (HOST_MEMORY_MIB, host.used_memory_mib)


def test_capacity_is_the_sum_over_the_site(running: Running) -> None:
    site = running.cloud.site
    found = running.get("infrastructure", cid=running.dc_id)["data"]
    hosts = list(site.hosts.values())
    assert found["total_vcpus"] == HOST_VM_CPUS * len(hosts)
    assert found["used_vcpus"] == sum(host.used_vcpus for host in hosts)
    assert found["total_memory"] == HOST_MEMORY_MIB * len(hosts)
    assert found["used_memory"] == sum(host.used_memory_mib for host in hosts)
    assert found["total_storage"] == HOST_DISK_GB * len(hosts)
    up = sum(host.is_up for host in hosts)
    assert found["host_info"] == {"up": up, "down": len(hosts) - up, "total": len(hosts)}
    assert {tenant["id"] for tenant in found["tenant_info"]} == set(tenants(site))
    assert {volume["id"] for volume in found["volume_info"]} == set(site.volumes)


def test_quotas_are_those_of_the_site(running: Running) -> None:
    site = running.cloud.site
    for project_id in tenants(site):
        found = running.get(f"{running.dc_id}/{project_id}/tenant_quota")["data"]
        quota = site.quotas[project_id]
        used = sum(server.flavor.vcpus for server in site.servers.values() if server.project_id == project_id)
        assert (found["cores"]["limit"], found["cores"]["in_use"]) == (quota.cores, used)
        assert found["ram"]["limit"] == quota.ram_mib
        assert found["volume"]["default"]["limit"] == quota.gigabytes[""]
        if not found["cores"]["overcommitted"]:
            cores = found["cores"]
            assert cores["in_use"] + cores["availability"] + cores["other"] == cores["total"]


def test_a_root_stack_finds_the_vms_of_its_nested_ones(running: Running) -> None:
    site = running.cloud.site
    roots = {stack.id: stack for stack in site.stacks.values() if stack.parent_id is None}
    [choices] = running.get("config_data", dc_id=running.dc_id)["data"]
    assert {stack["stack_id"] for stack in choices["stack"]} == set(roots)

    def root_of(stack_id: str) -> str:
        parent = site.stacks[stack_id].parent_id
        return stack_id if parent is None else root_of(parent)

    for root_id in roots:
        members = {s.id for s in site.servers.values() if s.stack_id and root_of(s.stack_id) == root_id}
        found = running.get("nova_data", dc_id=running.dc_id, query="stack_id", filter=root_id, limit=1000)
        assert {vm["nova_uuid"] for vm in found["data"]} == members


def fixed_calls() -> Counter[tuple[str, str]]:
    """What every visit asks once: the log-in, nova's versions, the projects."""
    return Counter([LOG_IN, ("GET", "/compute/v2.1"), ("GET", "/identity/v3/projects")])


def dynamic_calls(site: Site, changed_stacks: int) -> Counter[tuple[str, str]]:
    """All lists fit on one page here; the list of all stacks is refused, so it is asked project by project."""
    lists = [
        "/compute/v2.1/servers/detail",
        "/compute/v2.1/flavors/detail",
        "/compute/v2.1/os-services",
        "/volume/v3/{project_id}/volumes/detail",
        "/network/v2.0/networks",
        "/network/v2.0/ports",
    ]
    expected = fixed_calls() + Counter(("GET", path) for path in lists)
    expected["GET", "/orchestration/v1/{project_id}/stacks"] = 1 + len(tenants(site))
    expected[RESOURCES] = changed_stacks + len(stacks_in_progress(site))
    return +expected


def stacks_in_progress(site: Site) -> list[str]:
    """Root stacks that heat is at work on: they may change without a new time stamp, so they are always read."""
    found = [s for s in site.stacks.values() if s.parent_id is None and s.status.endswith("IN_PROGRESS")]
    assert found, "the made-up site has one, or this is not tried here"
    return [stack.id for stack in found]


def static_calls(site: Site) -> Counter[tuple[str, str]]:
    expected = fixed_calls() + Counter(
        ("GET", path)
        for path in (
            "/compute/v2.1/os-aggregates",
            "/compute/v2.1/os-hypervisors/detail",
            "/volume/v3/{project_id}/types",
        )
    )
    expected["GET", "/compute/v2.1/os-quota-sets/{id}/detail"] = len(tenants(site))
    expected["GET", "/volume/v3/{project_id}/os-quota-sets/{id}"] = len(tenants(site))
    return expected


def test_a_later_visit_asks_for_the_resources_of_changed_stacks_only(running: Running) -> None:
    site = running.cloud.site
    assert running.calls_of(Task.DYNAMIC) == dynamic_calls(site, changed_stacks=0)
    running.cloud.advance()
    assert running.calls_of(Task.DYNAMIC) == dynamic_calls(site, changed_stacks=1)
    assert running.calls_of(Task.DYNAMIC) == dynamic_calls(site, changed_stacks=0)
    test_vms_are_those_of_the_site(running)
    test_a_root_stack_finds_the_vms_of_its_nested_ones(running)


def test_a_static_visit_asks_twice_for_each_project(running: Running) -> None:
    for _ in range(2):
        assert running.calls_of(Task.STATIC) == static_calls(running.cloud.site)


def test_the_history_says_what_a_visit_cost(running: Running) -> None:
    running.cloud.calls.reset()
    run = running.collect(Task.DYNAMIC)
    assert run["api_calls"] == running.cloud.calls.total
    assert run["api_bytes"] > 1000
    assert run["rows"] > len(running.cloud.site.servers)
    assert run["rows_changed"] == 0, "nothing changed at this cloud"
    assert run["task_name"] == "dynamic_data_refresh"


DYNAMIC = {part.value for part in PARTS_OF_TASK[Task.DYNAMIC]}
NETWORK = {Part.NETWORKS.value, Part.PORTS.value}
COMPUTE = {Part.SERVERS.value, Part.FLAVORS.value, Part.COMPUTE_SERVICES.value}


@dataclass(frozen=True)
class Trouble:
    """A fault, the parts that it takes, and what is said of them."""

    fault: str
    arguments: dict[str, Any]
    parts: set[str]
    state: str
    reason: str


TROUBLES = {
    "a list answers 500": Trouble(
        "server_error", {"path": "*/servers/detail", "status": 500}, {"servers"}, "failed", "answered 500"
    ),
    "a list answers 503": Trouble(
        "server_error", {"path": "*/volumes/detail", "status": 503}, {"volumes"}, "failed", "answered 503"
    ),
    "JSON is cut": Trouble("truncated_json", {"path": "*/v2.0/ports"}, {"ports"}, "failed", "no JSON"),
    "a body is short": Trouble("short_body", {"path": "*/flavors/detail"}, {"flavors"}, "failed", "flavors"),
    "a call is not permitted": Trouble(
        "forbidden", {"path": "*/os-services"}, {"compute_services"}, "not_permitted", "403"
    ),
    "stacks are refused altogether": Trouble(
        "forbidden", {"path": "/orchestration/*/stacks"}, {"stacks"}, "not_permitted", "403"
    ),
    "a service is not in the catalog": Trouble(
        "catalog_missing", {"service": "network"}, NETWORK, "not_permitted", "network"
    ),
    "a service's address is dead": Trouble("catalog_dead", {"service": "network"}, NETWORK, "failed", "network"),
    "nova's versions fail": Trouble("server_error", {"path": "/compute/v2.1/"}, COMPUTE, "failed", "answered 500"),
    "Keystone fails": Trouble("server_error", {"path": "*/auth/tokens"}, DYNAMIC, "failed", "answered 500"),
    "the log-in is refused": Trouble("refuse_login", {}, DYNAMIC, "failed", "password"),
    "the host key is another": Trouble("changed_host_key", {}, DYNAMIC, "failed", "host key"),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_trouble_keeps_the_old_picture_says_so_and_passes(running: Running, trouble: Trouble) -> None:
    site = running.cloud.site
    with running.optimus.database.writing() as connection:  # as if everything were an hour old
        connection.execute(update(PicturePart).values(collected_at=epoch() - 3600))
    began = epoch()
    running.cloud.faults.set(trouble.fault, **trouble.arguments)
    run = running.collect(Task.DYNAMIC)
    parts = running.parts()

    hit = {name for name in DYNAMIC if parts[name]["state"] != "fresh"}
    assert hit == trouble.parts, {name: parts[name]["reason"] for name in hit ^ trouble.parts}
    for name in hit:
        assert parts[name]["state"] == trouble.state
        assert trouble.reason in parts[name]["reason"]
        assert parts[name]["collected_at"] <= began - 3590
        assert parts[name]["attempted_at"] >= began
    assert all(parts[name]["collected_at"] >= began for name in DYNAMIC - hit)
    assert running.get("nova_data", dc_id=running.dc_id)["total"] == len(site.servers)
    assert parts["ports"]["rows"] == len(site.ports)

    if trouble.state == "failed":
        assert run["state"] == "failed"
        assert run["error"]
        assert trouble.reason in run["error_info"]
    else:
        assert run["state"] == "successful", "an account that may not read something is no failure of the run"

    running.cloud.faults.clear()
    assert running.collect(Task.DYNAMIC)["state"] == "successful"
    assert {part["state"] for name, part in running.parts().items() if name in DYNAMIC} == {"fresh"}


def test_a_tunnel_dropped_in_mid_visit(running: Running) -> None:
    running.cloud.faults.set("drop_tunnel", after_requests=6)
    run = running.collect(Task.DYNAMIC)
    assert run["state"] == "failed"
    assert "tunnel" in run["error_info"].lower() or "connection" in run["error_info"].lower()
    assert running.get("nova_data", dc_id=running.dc_id)["total"] == len(running.cloud.site.servers)
    running.cloud.faults.clear()
    assert running.collect(Task.DYNAMIC)["state"] == "successful"


def test_a_token_that_expires_in_mid_visit_is_renewed_once(running: Running) -> None:
    lists = "/compute/v2.1/servers/detail"
    running.cloud.calls.reset()
    running.cloud.faults.set("slow", path=lists, seconds=1.0, times=1)
    known = len(running.history())
    with running.optimus.database.writing() as connection:
        connection.execute(update(Schedule).where(Schedule.task == Task.DYNAMIC).values(next_run_at=epoch()))
    wait_for("the list being asked for", lambda: running.cloud.calls.count(lists) == 1)
    running.cloud.faults.set("expired_tokens")
    wait_for("its end", lambda: len(running.history()) > known and running.history()[0]["state"] != "running")
    assert running.history()[0]["state"] == "successful"
    assert running.cloud.calls.by_template[LOG_IN] == 2


def test_a_wrong_password_in_the_rc_file_is_told_and_not_repeated(running: Running) -> None:
    rc = Path(running.cloud.openstackrc_path)
    right = running.cloud.in_loop(lambda inner: inner.world.passwords["admin"])
    rc.write_text(rc.read_text().replace(right, WRONG_RC_PASSWORD))
    assert WRONG_RC_PASSWORD in rc.read_text()
    run = running.collect(Task.DYNAMIC)
    assert "401" in run["error"]
    told = [repr(run), repr(running.parts()), running.server.log.read_text()]
    assert not [text for text in told if WRONG_RC_PASSWORD in text or right in text]


def test_a_changed_host_key_is_trusted_by_its_fingerprint(running: Running) -> None:
    running.cloud.faults.set("changed_host_key")
    status = running.get("connect_status", cid=running.dc_id)
    assert (status["data"], status["message"]) == (False, "unable to connect to the host")
    assert status["reason"] == "host_key_changed"
    old = running.get("data_center", id=running.dc_id)["data"]["host_key_fingerprint"]
    assert status["host_key_fingerprint"] != old
    trust = {"id": running.dc_id, "fingerprint": status["host_key_fingerprint"]}
    assert running.client.post(f"{API}/data_center/host_key", trust).status == 200
    assert running.collect(Task.DYNAMIC)["state"] == "successful"
    running.cloud.faults.clear()
    assert running.client.post(f"{API}/data_center/host_key", {**trust, "fingerprint": old}).status == 200
    assert running.collect(Task.DYNAMIC)["state"] == "successful"


def test_no_password_is_said_anywhere(running: Running) -> None:
    """After all that went wrong above. The log is at its most talkative."""
    cloud = running.cloud
    rc_password = cloud.in_loop(lambda inner: inner.world.passwords["admin"])
    told = {
        "log": running.server.log.read_text(),
        "history": repr(running.history()),
        "data center": repr(running.get("data_center", id=running.dc_id)),
        "parts": repr(running.parts()),
    }
    for path in running.optimus.folder.rglob("*"):
        if path.is_file():
            told[path.name] = path.read_bytes().decode("latin-1")
    for secret in (cloud.lcm_password, rc_password, WRONG_RC_PASSWORD):
        assert [where for where, text in told.items() if secret in text] == []
    assert "request" in told["log"], "the log is at debug level"
