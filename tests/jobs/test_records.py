"""Records as jobs: handed in once, made again when a worker dies, and never stuck."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from tests.jobs.fakes import FakeEngine
from tests.support.databases import Databases
from tests.support.records import maker_of, take_in_all
from tests.support.server import make_services

from optimus.datacenters import service as datacenters
from optimus.datacenters.schemas import DataCenterNew
from optimus.errors import DatabaseFull
from optimus.facts.parts import Task
from optimus.http.call import Services
from optimus.inventory import store as inventory_store
from optimus.jobs.tables import Node
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id_in_order
from optimus.records import archive, queries, service, store
from optimus.records.errors import RecordSuperseded
from optimus.records.schemas import Kept, Language
from optimus.records.tables import Record, RecordChunk
from optimus.schedules import service as schedules
from optimus.workflows import make_record, register_datacenter
from optimus.workflows.dispatch import DAY, Dispatcher


class World:
    """One data center with a picture, a dispatcher, and an engine that only notes."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.database = services.database
        self.engine = FakeEngine()
        self.dispatcher = Dispatcher(services.settings, services.database, self.engine, "this-node")
        with self.database.writing() as connection:
            self.dc_id = datacenters.register(connection, services.vault, DataCenterNew(name="gz1"))
            inventory_store.open_picture(connection, self.dc_id)
        take_in_all(self.database, self.dc_id)

    def ask(self, name: str = "r", **more: Any) -> str:
        about = {"name": name, "dc_id": self.dc_id, "dc_name": "gz1", "created_by": "x", **more}
        with self.database.writing() as connection:
            return service.ask_for(connection, about, language=Language.ENGLISH, space_mib=100)

    def row(self, record_id: str) -> Any:
        with self.database.reading() as connection:
            return queries.get_row(connection, record_id)

    def dead(self, node_id: str) -> None:
        with self.database.writing() as connection:
            connection.execute(insert(Node).values(id=node_id, started_at=1, seen_at=time.time() - 1000))

    def claim(self, record_id: str, node_id: str) -> store.Claim:
        with self.database.writing() as connection:
            found = store.claim(connection, record_id, node_id)
        assert found is not None
        return found


@pytest.fixture
def world(databases: Databases, tmp_path: Path) -> Iterator[World]:
    services = make_services(databases.new_url(), tmp_path, record_days=2)
    yield World(services)
    services.database.close()


def test_a_record_is_handed_in_once(world: World) -> None:
    record_id = world.ask()
    assert world.dispatcher.fire_records() == 1
    assert world.dispatcher.fire_records() == 0
    assert world.engine.handed_in == [(make_record.JOB_NAME, f"record:{record_id}:0")]


def test_a_record_whose_last_job_is_ending_is_handed_in_later(world: World) -> None:
    record_id = world.ask()
    world.engine.busy = {record_id}
    assert world.dispatcher.fire_records() == 0
    world.engine.busy.clear()
    assert world.dispatcher.fire_records() == 1


def test_a_record_waits_for_the_collections_asked_for_with_it(world: World) -> None:
    record_id = world.ask(after_run=new_id_in_order())
    assert world.dispatcher.fire_records() == 0
    assert world.row(record_id).step == "collecting"
    runs = []
    for task in Task:
        with world.database.writing() as connection:
            run = schedules.begin(connection, dc_id=world.dc_id, dc_name="gz1", task=task, node_id="n")
        assert run is not None
        runs.append(run)
    assert world.dispatcher.fire_records() == 0
    for number, (run, error) in enumerate(zip(runs, (None, "the cloud is down"), strict=True)):
        with world.database.writing() as connection:
            schedules.end(connection, run, schedules.Outcome(error=error))
        assert world.dispatcher.fire_records() == number


def test_a_record_does_not_wait_for_ever_for_a_collection(world: World) -> None:
    record_id = world.ask(after_run=new_id_in_order())
    with world.database.writing() as connection:
        connection.execute(update(Record).values(created_at=epoch() - 10 * DAY))
    assert world.dispatcher.fire_records() == 1
    maker_of(world.services).make(record_id)
    assert world.row(record_id).status == "successful"


def test_a_record_of_a_dead_worker_is_made_again_once_and_then_fails(world: World) -> None:
    record_id = world.ask()
    world.dispatcher.fire_records()
    claim = world.claim(record_id, "dead-1")
    archive.Archive(world.database, claim, space_mib=100).keep(Kept.DATA, [b"half"])
    world.dead("dead-1")
    world.dispatcher.reap()
    assert world.engine.abandoned == ["dead-1"]
    assert (world.row(record_id).status, world.row(record_id).node_id) == ("running", None)
    with world.database.reading() as connection:
        assert connection.execute(select(RecordChunk.record_id)).all() == []
    assert world.dispatcher.fire_records() == 1
    assert [job for _, job in world.engine.handed_in] == [f"record:{record_id}:0", f"record:{record_id}:1"]
    # Whoever was only taken for dead stores nothing more.
    with pytest.raises(RecordSuperseded):
        archive.Archive(world.database, claim, space_mib=100).keep(Kept.DATA, [b"late"])
    world.claim(record_id, "dead-2")
    world.dead("dead-2")
    world.dispatcher.reap()
    row = world.row(record_id)
    assert (row.status, row.step) == ("failed", "failed")
    assert "twice" in row.error


def test_a_record_that_waited_with_a_dead_worker_is_handed_in_again(world: World) -> None:
    """Its job may have been taken by the dead worker and not begun."""
    record_id = world.ask()
    world.dispatcher.fire_records()
    world.dead("dead")
    world.dispatcher.reap()
    assert world.dispatcher.fire_records() == 1
    assert world.engine.handed_in[-1][1] == f"record:{record_id}:1"


def test_a_worker_that_ends_gives_its_record_back(world: World) -> None:
    record_id = world.ask()
    maker = maker_of(world.services)
    maker.stopping.set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_record, "ROWS_A_TELL", 1)
        maker.make(record_id)
    row = world.row(record_id)
    assert (row.status, row.node_id, row.deaths, row.attempt) == ("running", None, 0, 1)
    maker_of(world.services).make(record_id)
    assert world.row(record_id).status == "successful"


def test_a_record_of_a_data_center_deleted_meanwhile_leaves_nothing(world: World) -> None:
    record_id = world.ask()
    claim = world.claim(record_id, "node-1")
    with world.database.writing() as connection:
        register_datacenter.delete(connection, world.dc_id)
    with pytest.raises(RecordSuperseded):
        archive.Archive(world.database, claim, space_mib=100).keep(Kept.DATA, [b"late"])
    with world.database.reading() as connection:
        assert connection.execute(select(RecordChunk.record_id)).all() == []


def test_a_database_without_room_fails_the_record_as_soon_as_that_can_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_id = world.ask()
    full = threading.Event()
    full.set()
    add_chunk, fail = store.add_chunk, service.fail

    def no_room(*given: Any) -> None:
        if full.is_set():
            raise DatabaseFull("The database's disk is full.")
        add_chunk(*given)

    def not_yet(*given: Any, **more: Any) -> None:
        if full.is_set():
            full.clear()  # room again, at the next try
            raise DatabaseFull("The database's disk is full.")
        fail(*given, **more)

    monkeypatch.setattr(store, "add_chunk", no_room)
    monkeypatch.setattr(service, "fail", not_yet)
    monkeypatch.setattr(make_record, "CLOSE_SECONDS", 0.01)
    maker_of(world.services).make(record_id)
    row = world.row(record_id)
    assert (row.status, row.error) == ("failed", "The database's disk is full.")


def test_a_bug_is_told_with_its_traceback(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    record_id = world.ask()

    def bug(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(make_record, "write_record", bug)
    maker_of(world.services).make(record_id)
    row = world.row(record_id)
    assert "please report" in row.error
    assert "ZeroDivisionError" in row.traceback


def test_old_records_are_pruned_and_those_being_made_are_not(world: World) -> None:
    old, new, running = world.ask("old"), world.ask("new"), world.ask("running")
    for record_id in (old, new):
        maker_of(world.services).make(record_id)
    with world.database.writing() as connection:
        connection.execute(update(Record).where(Record.id != new).values(created_at=epoch() - 3 * DAY))
    world.dispatcher.prune()
    with world.database.reading() as connection:
        assert set(connection.execute(select(Record.id)).scalars()) == {new, running}
        assert set(connection.execute(select(RecordChunk.record_id)).scalars()) == {new}


def test_progress_is_seen_while_it_lasts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    record_id = world.ask()
    seen: list[tuple[str, int]] = []
    write = archive.Archive.tell

    def noted(self: archive.Archive, step: Any, progress: int) -> None:
        write(self, step, progress)
        row = world.row(record_id)
        seen.append((row.step, row.progress))

    monkeypatch.setattr(archive.Archive, "tell", noted)
    monkeypatch.setattr(make_record, "ROWS_A_TELL", 5)
    maker_of(world.services).make(record_id)
    assert seen == sorted(seen, key=lambda one: one[1])
    assert [step for step, _ in dict.fromkeys(seen)] == [step for step, _ in seen]
    assert {step for step, _ in seen} == {"reading", "writing", "storing"}
    assert len(seen) > 5
