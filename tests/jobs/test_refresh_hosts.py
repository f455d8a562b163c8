"""A static collection looks into every compute host of a simulated cloud, and is good without those that fail."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from tests.support.databases import Databases
from tests.support.server import make_services

from optimus.datacenters import queries
from optimus.datacenters.schemas import DataCenterNew
from optimus.db import schema
from optimus.facts.parts import Task
from optimus.http.call import Services
from optimus.inventory.queries import host_facts
from optimus.inventory.queries.host_facts import StoredHost
from optimus.inventory.tables import ComputeService, Hypervisor
from optimus.schedules import queries as schedule_queries
from optimus.workflows import register_datacenter
from optimus.workflows.refresh_datacenter import Refresher
from optimus_simcloud import RunningCloud


@pytest.fixture(scope="module")
def running() -> Iterator[RunningCloud]:
    with RunningCloud(hosts=6, vms=40, frozen=True) as cloud:
        yield cloud


@pytest.fixture
def cloud(running: RunningCloud) -> Iterator[RunningCloud]:
    yield running
    running.faults.clear()


class Installation:
    """One database with the cloud registered, and collections run in this very thread."""

    def __init__(self, services: Services, cloud: RunningCloud, **changes: Any) -> None:
        self.services = services
        self.stopping = threading.Event()
        values = {key: value for key, value in cloud.registration().items() if key not in {"host_key", "api_url"}}
        new = DataCenterNew.model_validate({**values, "mode": True, **changes})
        with services.database.writing() as connection:
            self.dc_id = register_datacenter.register(connection, services.settings, services.vault, new).dc_id

    def collect(self, task: Task = Task.STATIC) -> Any:
        """The run."""
        services = self.services
        refresher = Refresher(services.settings, services.database, services.vault, "this-node", self.stopping)
        refresher.refresh(self.dc_id, task.value)
        with services.database.reading() as connection:
            return schedule_queries.history(connection, self.dc_id, task=task, limit=1, offset=0)[0][0]

    def hosts(self) -> dict[str, StoredHost]:
        with self.services.database.reading() as connection:
            return host_facts.stored(connection, self.dc_id)


@pytest.fixture
def services(databases: Databases, tmp_path: Path) -> Iterator[Services]:
    made = make_services(databases.new_url(), tmp_path, hosts_collection_seconds=60)
    schema.upgrade(made.database)
    yield made
    made.database.close()


def test_every_host_is_asked_and_those_that_are_down_are_told(services: Services, cloud: RunningCloud) -> None:
    installation = Installation(services, cloud)
    down = {host.name for host in cloud.site.hosts.values() if not host.is_up}
    assert down
    run = installation.collect()
    assert (run["state"], run["hosts_asked"], run["hosts_failed"]) == ("successful", 6, len(down))
    hosts = installation.hosts()
    assert hosts.keys() == cloud.site.hosts.keys()
    for name, host in hosts.items():
        if name in down:
            assert (host.facts, host.trouble) == (None, "host_down")
            continue
        assert host.facts is not None
        made = [server for server in cloud.site.servers.values() if server.host == name]
        running = {server.id: server.pins for server in made if server.status in {"ACTIVE", "PAUSED"}}
        read = {guest.uuid: guest for guest in host.facts.guests}
        assert read.keys() == running.keys()
        for server_id, pins in running.items():
            if pins:
                assert tuple(cpus[0] for cpus in read[server_id].vcpu_cpus) == pins


def test_a_host_that_fails_keeps_what_it_said(services: Services, cloud: RunningCloud) -> None:
    installation = Installation(services, cloud)
    first = installation.collect()
    before = installation.hosts()
    cloud.faults.set("host_output_garbage", host="*")
    again = installation.collect()
    assert (again["state"], again["hosts_failed"]) == ("successful", 6)
    assert first["hosts_failed"] < 6
    after = installation.hosts()
    assert {name: host.facts for name, host in after.items()} == {name: host.facts for name, host in before.items()}
    assert all(host.reason for host in after.values())


def test_hosts_that_are_gone_are_forgotten(services: Services, cloud: RunningCloud) -> None:
    installation = Installation(services, cloud)
    installation.collect()
    with services.database.writing() as connection:
        connection.execute(text("INSERT INTO host_record (dc_id, host, attempted_at) VALUES (:dc, 'old', 1)"),
                           {"dc": installation.dc_id})  # fmt: skip
    installation.collect()
    assert "old" not in installation.hosts()


def test_a_time_budget_ends_the_round(services: Services, cloud: RunningCloud) -> None:
    hasty = services.settings.model_copy(update={"hosts_collection_seconds": 1.0})
    installation = Installation(Services(hasty, services.database, services.vault, services.token_key), cloud)
    cloud.faults.set("host_hangs", host="*")
    run = installation.collect()
    assert (run["state"], run["hosts_asked"], run["hosts_failed"]) == ("successful", 6, 6)
    told = {(host.trouble, host.reason) for host in installation.hosts().values()}
    assert {trouble for trouble, _ in told} <= {"visit_over", "host_down"}, told


def test_hosts_can_be_left_out(services: Services, cloud: RunningCloud) -> None:
    without = services.settings.model_copy(update={"hosts_collection_seconds": 0.0})
    installation = Installation(Services(without, services.database, services.vault, services.token_key), cloud)
    run = installation.collect()
    assert (run["state"], run["hosts_asked"]) == ("successful", None)
    assert installation.hosts() == {}


def test_a_dynamic_collection_asks_no_host(services: Services, cloud: RunningCloud) -> None:
    installation = Installation(services, cloud)
    assert installation.collect(Task.DYNAMIC)["hosts_asked"] is None


def test_a_worker_that_ends_keeps_the_picture_it_has_stored(services: Services, cloud: RunningCloud) -> None:
    installation = Installation(services, cloud)
    cloud.faults.set("host_hangs", host="*")
    threading.Timer(2.0, installation.stopping.set).start()
    run = installation.collect()
    assert (run["state"], run["hosts_asked"]) == ("successful", 0)
    with services.database.reading() as connection:
        stored = connection.execute(select(Hypervisor.host).where(Hypervisor.dc_id == installation.dc_id)).scalars()
        assert set(stored) == cloud.site.hosts.keys()


def test_a_data_center_deleted_meanwhile_leaves_nothing(services: Services, cloud: RunningCloud) -> None:
    installation = Installation(services, cloud)
    cloud.faults.set("host_hangs", host="*")

    def delete() -> None:
        with services.database.writing() as connection:
            register_datacenter.delete(connection, installation.dc_id)

    threading.Timer(2.0, delete).start()
    refresher = Refresher(services.settings, services.database, services.vault, "this-node", installation.stopping)
    refresher.refresh(installation.dc_id, Task.STATIC.value)
    assert installation.hosts() == {}


def test_direct_access_pins_each_hosts_key_once(services: Services, cloud: RunningCloud) -> None:
    login = {"host_access": "direct", "host_user": cloud.lcm_user, "host_pwd": cloud.lcm_password}
    installation = Installation(services, cloud, **login)
    up = [host.name for host in cloud.site.hosts.values() if host.is_up]
    run = installation.collect()
    assert run["hosts_failed"] == 6 - len(up)
    with services.database.reading() as connection:
        pinned = queries.pinned_hosts(connection, installation.dc_id)
    assert pinned == {name: cloud.cloud.host_key_of(name) for name in up}
    cloud.faults.set("host_key_changed", host="*")
    assert {host.trouble for host in (installation.collect(), installation.hosts())[1].values()} == {
        "host_key_changed",
        "host_down",
    }


def test_hosts_of_either_list_are_asked(services: Services, cloud: RunningCloud) -> None:
    """The first static collection has only hypervisors, and a cloud may hide them from the account."""
    installation = Installation(services, cloud)
    installation.collect(Task.DYNAMIC)
    installation.collect(Task.STATIC)
    with services.database.writing() as connection:
        connection.execute(update(ComputeService).where(ComputeService.id.is_not(None)).values(host="only-a-service"))
        assert host_facts.known_hosts(connection, installation.dc_id) == sorted({*cloud.site.hosts, "only-a-service"})
