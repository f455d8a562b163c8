"""What workers promise when they are many, killed, frozen, stopped, or made pointless under way."""

import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select, update
from tests.system.processes import Installation, wait_for

from optimus.datacenters.schemas import DataCenterNew
from optimus.db.base import Base
from optimus.facts.parts import Part, Task
from optimus.inventory.queries.parts import picture_of
from optimus.inventory.tables import PicturePart, Server
from optimus.jobs.tables import Node
from optimus.kit.clock import epoch
from optimus.schedules import queries
from optimus.schedules import service as schedules
from optimus.schedules.tables import Schedule
from optimus.workflows import register_datacenter
from optimus_simcloud import RunningCloud

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see the fixture `cloud`

SLOW: dict[str, Any] = {"path": "*/servers/detail", "seconds": 20.0}


def register(optimus: Installation, cloud: RunningCloud, *, tasks: tuple[Task, ...] = (Task.DYNAMIC,)) -> str:
    """Register the cloud and let only these tasks be due."""
    values = {key: value for key, value in cloud.registration().items() if key not in {"host_key", "api_url"}}
    new = DataCenterNew.model_validate({**values, "mode": True})
    services = optimus.services
    with optimus.database.writing() as connection:
        done = register_datacenter.register(connection, services.settings, services.vault, new)
        for task in set(Task) - set(tasks):
            pause = update(Schedule).where(Schedule.task == task).values(paused=True, next_run_at=None)
            connection.execute(pause)
    return done.dc_id


def runs(optimus: Installation, dc_id: str) -> list[Any]:
    with optimus.database.reading() as connection:
        return queries.history(connection, dc_id, task=None, limit=100, offset=0)[0]


def states(optimus: Installation, dc_id: str) -> list[str]:
    """Newest first."""
    return [run["state"] for run in runs(optimus, dc_id)]


def make_due(optimus: Installation, dc_id: str) -> None:
    with optimus.database.writing() as connection:
        for task in connection.execute(select(Schedule.task).where(Schedule.paused.is_(False))).scalars().all():
            schedules.run_now(connection, dc_id, Task(task))


def server_count(optimus: Installation, dc_id: str) -> int:
    with optimus.database.reading() as connection:
        return int(connection.execute(select(func.count()).where(Server.dc_id == dc_id)).scalar_one())


def test_a_worker_collects_what_is_due_and_says_what_it_did(optimus: Installation, cloud: RunningCloud) -> None:
    optimus.start_worker()
    dc_id = register(optimus, cloud, tasks=(Task.DYNAMIC, Task.STATIC))
    wait_for("both tasks", lambda: states(optimus, dc_id) == ["successful", "successful"])
    assert server_count(optimus, dc_id) == len(cloud.site.servers)
    for run in runs(optimus, dc_id):
        assert run["api_calls"] > 0
        assert run["rows"] > 0
        assert run["finished_at"] >= run["timestamp"]
    with optimus.database.reading() as connection:
        picture = picture_of(connection, dc_id)
    assert picture.collected_at(*Part) is not None, "every part was collected"


def test_two_workers_run_a_due_task_once(optimus: Installation, cloud: RunningCloud) -> None:
    for _ in range(2):
        optimus.start_worker()
    wait_for("both workers", lambda: nodes(optimus) == 2)
    dc_id = register(optimus, cloud)
    wait_for("the first run", lambda: states(optimus, dc_id) == ["successful"])
    logins = cloud.calls.count("/identity/v3/auth/tokens", "POST")
    for firing in range(5):
        make_due(optimus, dc_id)
        wait_for("one run more", lambda: states(optimus, dc_id) == ["successful"] * (firing + 2))  # noqa: B023
    assert cloud.calls.count("/identity/v3/auth/tokens", "POST") - logins == 5, "no firing ran twice"


def nodes(optimus: Installation) -> int:
    with optimus.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(Node)).scalar_one())


def test_a_firing_during_a_run_is_counted_and_not_run(optimus: Installation, cloud: RunningCloud) -> None:
    cloud.faults.set("slow", path="*/servers/detail", seconds=3.0)
    optimus.start_worker()
    dc_id = register(optimus, cloud)
    wait_for("the run", lambda: states(optimus, dc_id) == ["running"])
    make_due(optimus, dc_id)
    wait_for("the skip", lambda: runs(optimus, dc_id)[0]["skipped"] == 1)
    wait_for("its end", lambda: states(optimus, dc_id) == ["successful"])


def test_a_killed_workers_run_is_closed_and_run_again_by_another(optimus: Installation, cloud: RunningCloud) -> None:
    cloud.faults.set("slow", **SLOW)
    victim = optimus.start_worker()
    dc_id = register(optimus, cloud)
    wait_for("the run", lambda: states(optimus, dc_id) == ["running"])
    wait_for("the list being asked for", lambda: cloud.calls.count("/compute/v2.1/servers/detail") > 0)
    victim.signal(signal.SIGKILL)
    victim.wait()
    optimus.forget_signs_of_life()
    cloud.faults.clear()
    optimus.start_worker()
    wait_for("the second run", lambda: states(optimus, dc_id) == ["successful", "failed"])
    closed = runs(optimus, dc_id)[1]
    assert "worker" in closed["error"]
    assert closed["status"] is False


def test_a_frozen_worker_that_wakes_up_stores_nothing(optimus: Installation, cloud: RunningCloud) -> None:
    cloud.faults.set("slow", path="*/servers/detail", seconds=4.0, times=1)
    frozen = optimus.start_worker()
    dc_id = register(optimus, cloud)
    wait_for("the list being asked for", lambda: cloud.calls.count("/compute/v2.1/servers/detail") > 0)
    frozen.signal(signal.SIGSTOP)
    optimus.forget_signs_of_life()
    optimus.start_worker()
    wait_for("the second run", lambda: states(optimus, dc_id) == ["successful", "failed"])
    before = (runs(optimus, dc_id), server_count(optimus, dc_id))
    frozen.signal(signal.SIGCONT)
    wait_for("its word that it gave up", lambda: "run given up" in frozen.log.read_text())
    assert (runs(optimus, dc_id), server_count(optimus, dc_id)) == before


def test_a_stopped_worker_closes_its_run_and_leaves_the_task_due(optimus: Installation, cloud: RunningCloud) -> None:
    cloud.faults.set("slow", **SLOW)
    worker = optimus.start_worker()
    dc_id = register(optimus, cloud)
    wait_for("the list being asked for", lambda: cloud.calls.count("/compute/v2.1/servers/detail") > 0)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert states(optimus, dc_id) == ["failed"]
    with optimus.database.reading() as connection:
        next_run = queries.next_runs(connection, dc_id)[Task.DYNAMIC]
    assert next_run is not None
    assert next_run <= epoch()


def test_deleting_a_data_center_ends_its_collection_without_a_trace(optimus: Installation, cloud: RunningCloud) -> None:
    optimus.start_worker()
    dc_id = register(optimus, cloud)
    wait_for("a picture", lambda: states(optimus, dc_id) == ["successful"])
    cloud.faults.set("slow", **SLOW)
    asked = cloud.calls.count("/compute/v2.1/servers/detail")
    make_due(optimus, dc_id)
    wait_for("the list being asked for", lambda: cloud.calls.count("/compute/v2.1/servers/detail") > asked)
    with optimus.database.writing() as connection:
        register_datacenter.delete(connection, dc_id)
    worker = optimus.workers[0]
    wait_for("the visit broken off", lambda: "run given up" in worker.log.read_text(), seconds=15)
    assert rows_of(optimus, dc_id) == {}


def rows_of(optimus: Installation, dc_id: str) -> dict[str, int]:
    """How many rows each table has of a data center, for those that have any."""
    found = {}
    with optimus.database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            if "dc_id" in table.c:
                number = count_of(connection, table, dc_id)
                if number:
                    found[table.name] = number
    return found


def count_of(connection: Any, table: Table, dc_id: str) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(table.c.dc_id == dc_id)).scalar_one())


def test_a_failing_list_keeps_the_old_one_and_says_why(optimus: Installation, cloud: RunningCloud) -> None:
    optimus.start_worker()
    dc_id = register(optimus, cloud)
    wait_for("a picture", lambda: states(optimus, dc_id) == ["successful"])
    with optimus.database.writing() as connection:  # as if it were from an hour ago
        connection.execute(update(PicturePart).values(collected_at=PicturePart.collected_at - 3600))
    cloud.faults.set("server_error", path="*/servers/detail", status=500)
    make_due(optimus, dc_id)
    wait_for("the failed run", lambda: states(optimus, dc_id) == ["failed", "successful"])
    with optimus.database.reading() as connection:
        parts: Any = picture_of(connection, dc_id).beside(Part.SERVERS, Part.PORTS)["parts"]
    assert parts["servers"]["state"] == "failed"
    assert "500" in parts["servers"]["reason"]
    assert parts["servers"]["rows"] == server_count(optimus, dc_id) == len(cloud.site.servers)
    assert parts["ports"]["state"] == "fresh"
    assert parts["ports"]["collected_at"] - parts["servers"]["collected_at"] >= 3600
    failed = runs(optimus, dc_id)[0]
    assert "servers" in failed["error"]
    assert "500" in failed["error_info"]


def test_passwords_are_in_no_history_log_or_database(
    optimus: Installation, cloud: RunningCloud, tmp_path: Path
) -> None:
    optimus.start_worker()
    dc_id = register(optimus, cloud)
    wait_for("a run", lambda: states(optimus, dc_id) == ["successful"])
    for number, fault in enumerate(("refuse_login", "changed_host_key", "server_error")):
        cloud.faults.clear()
        arguments: dict[str, Any] = {"path": "*/auth/tokens"} if fault == "server_error" else {}
        cloud.faults.set(fault, **arguments)
        make_due(optimus, dc_id)
        wait_for(f"failure by {fault}", lambda: states(optimus, dc_id)[: number + 1] == ["failed"] * (number + 1))  # noqa: B023
    secrets = {cloud.lcm_password, cloud.in_loop(lambda inner: inner.world.passwords["admin"])}
    told = [optimus.workers[0].log.read_text(), repr(runs(optimus, dc_id))]
    told += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*.db*")]
    for secret in secrets:
        assert not [text for text in told if secret in text]
    assert "Traceback" in runs(optimus, dc_id)[0]["error_info"]
