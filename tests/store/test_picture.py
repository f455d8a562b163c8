"""Taking in visits: what was read replaces a part, what was not leaves it, and only differences are written."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace as changed
from sqlalchemy import Connection, select, update

from optimus.db.database import Database
from optimus.facts.cloud import Address, ComputeService, Fact, Flavor, Hypervisor, Project, Server, Stack, Volume
from optimus.facts.cloud import VolumeAttachment as Attached
from optimus.facts.parts import PARTS_OF_TASK, Part, PartState, Task
from optimus.facts.visits import Cost, PartResult, Visit
from optimus.inventory import service, store
from optimus.inventory.queries.parts import picture_of
from optimus.inventory.store import CHUNK, Change
from optimus.inventory.tables import CapacitySample, PicturePart, StackServer, VolumeAttachment
from optimus.inventory.tables import ComputeService as ServiceRow
from optimus.inventory.tables import Flavor as FlavorRow
from optimus.inventory.tables import Server as ServerRow

DC = "d" * 32
OTHER = "e" * 32


def server(number: int, **values: Any) -> Server:
    made = Server(
        id=f"vm-{number}",
        name=f"Vm {number}",
        project_id="p1",
        status="ACTIVE",
        power_state="Running",
        vm_state="active",
        task_state=None,
        host="cmp-1",
        host_status="UP",
        instance_name=None,
        availability_zone="nova",
        created_at=1_700_000_000 + number,
        updated_at=None,
        launched_at=None,
        image_id=None,
        flavor_id=None,
        flavor_name="m1",
        flavor_vcpus=2,
        flavor_memory_mib=4096,
        flavor_disk_gb=20,
        addresses=(Address("net", "192.0.2.7", None),),
    )
    return changed(made, **values)


def compute_service(number: int, state: str = "up") -> ComputeService:
    return ComputeService(f"s{number}", f"cmp-{number}", "nova", state, "enabled", None, 1_700_000_000)


def stack(name: str, members: tuple[str, ...] | None) -> Stack:
    return Stack(name, name, "p1", "CREATE_COMPLETE", 1, None, f"stamp of {name}", members)


def visit(**parts: list[Fact] | PartState) -> Visit:
    """A dynamic visit; parts that are not named were read and empty."""
    results = {part: PartResult(PartState.FRESH) for part in PARTS_OF_TASK[Task.DYNAMIC]}
    for name, found in parts.items():
        part = Part(name)
        if isinstance(found, PartState):
            results[part] = PartResult(found, reason=f"{name} answered 500")
        else:
            results[part] = PartResult(PartState.FRESH, found)
    return Visit(Task.DYNAMIC, results, Cost(1, 1, 0.1), "ssh-ed25519 AAAA", "2.79")


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.writing() as opened:
        for dc_id in (DC, OTHER):
            store.open_picture(opened, dc_id)
        yield opened


def take_in(connection: Connection, found: Visit, run_id: str = "r1") -> service.Stored:
    return service.take_in(connection, DC, found, run_id=run_id, fresh_seconds=3600)


def names(connection: Connection) -> list[str]:
    return list(
        connection.execute(select(ServerRow.name).where(ServerRow.dc_id == DC).order_by(ServerRow.id)).scalars()
    )


def test_only_rows_that_differ_are_written(connection: Connection) -> None:
    servers = [server(n) for n in range(20)]
    assert take_in(connection, visit(servers=[*servers])) == service.Stored(read=20, changed=20)
    assert take_in(connection, visit(servers=[*servers]), "r2") == service.Stored(read=20, changed=0)
    servers[3] = server(3, name="renamed")
    del servers[5]
    servers.append(server(99))
    assert take_in(connection, visit(servers=[*servers]), "r3") == service.Stored(read=20, changed=3)
    assert names(connection) == [s.name for s in sorted(servers, key=lambda s: s.id)]


def test_more_rows_than_one_statement_takes(connection: Connection) -> None:
    change = Change()
    rows = [{"volume_type": f"t{n}", "project_id": "p", "limit_gb": n, "in_use_gb": 0} for n in range(CHUNK + 7)]
    from optimus.inventory.tables import VolumeQuota

    store.replace(connection, VolumeQuota, DC, rows, change=change)
    assert (change.read, change.changed) == (CHUNK + 7, CHUNK + 7)
    store.replace(connection, VolumeQuota, DC, rows[:10], change=change)
    assert len(connection.execute(select(VolumeQuota.volume_type)).all()) == 10


def test_odd_texts_survive_the_fast_way_in(connection: Connection) -> None:
    """A thousand rows take COPY on PostgreSQL, which has characters of its own."""
    odd = ["back\\slash", "tab\there", "line\nbreak", "\\N", "\\.", "多云", "😀", "quote'\"", "", " "]
    servers = [server(n, name=odd[n % len(odd)], addresses=(Address("ne\tt", "::1", None),)) for n in range(1000)]
    take_in(connection, visit(servers=[*servers]))
    assert sorted(names(connection)) == sorted(s.name for s in servers)
    stored = connection.execute(select(ServerRow.addresses).limit(1)).scalar_one()
    assert stored == [["ne\tt", "::1", None]]


def test_an_object_that_a_cloud_lists_twice_is_stored_once(connection: Connection) -> None:
    take_in(connection, visit(servers=[server(1), server(1, name="again")]))
    assert names(connection) == ["Vm 1"]


def test_a_part_that_failed_keeps_what_it_had_and_says_why(connection: Connection) -> None:
    take_in(connection, visit(servers=[server(1)], projects=[Project("p1", "one", None, enabled=True)]))
    connection.execute(update(PicturePart).values(collected_at=1000, fresh_until=2000))
    take_in(connection, visit(servers=PartState.FAILED, projects=PartState.NOT_PERMITTED), "r2")
    assert names(connection) == ["Vm 1"]
    parts: Any = picture_of(connection, DC).beside(Part.SERVERS, Part.PROJECTS, Part.PORTS)["parts"]
    assert (parts["servers"]["state"], parts["servers"]["collected_at"], parts["servers"]["rows"]) == (
        "failed",
        1000,
        1,
    )
    assert parts["servers"]["reason"] == "servers answered 500"
    assert parts["projects"]["state"] == "not_permitted"
    assert parts["ports"]["state"] == "fresh"


def test_collected_and_empty_is_not_never_collected(connection: Connection) -> None:
    before: Any = picture_of(connection, DC).beside(Part.STACKS)
    assert (before["parts"]["stacks"]["state"], before["collected_at"]) == ("not_collected", None)
    take_in(connection, visit(stacks=[]))
    after: Any = picture_of(connection, DC).beside(Part.STACKS)
    assert (after["parts"]["stacks"]["state"], after["parts"]["stacks"]["rows"]) == ("fresh", 0)
    assert after["collected_at"] is not None


def test_a_part_grows_stale_by_itself(connection: Connection) -> None:
    take_in(connection, visit())
    connection.execute(update(PicturePart).values(fresh_until=1))
    parts: Any = picture_of(connection, DC).beside(Part.PORTS)["parts"]
    assert parts["ports"]["state"] == "stale"


def test_a_stack_that_was_not_read_keeps_its_servers(connection: Connection) -> None:
    take_in(connection, visit(stacks=[stack("a", ("vm-1", "vm-2")), stack("b", ("vm-3",)), stack("c", ("vm-4",))]))
    take_in(connection, visit(stacks=[stack("a", None), stack("b", ("vm-5",))]), "r2")
    members = connection.execute(select(StackServer.stack_id, StackServer.server_id)).all()
    assert {tuple(row) for row in members} == {("a", "vm-1"), ("a", "vm-2"), ("b", "vm-5")}
    assert service.known_stacks(connection, DC) == {"a": "stamp of a", "b": "stamp of b"}


def test_the_hosts_vms_are_counted_with_the_picture(connection: Connection) -> None:
    hosts: list[Fact] = [compute_service(1), compute_service(2)]
    take_in(connection, visit(servers=[server(1), server(2), server(3, host=None)], compute_services=hosts))
    counts = select(ServiceRow.host, ServiceRow.vm_num).order_by(ServiceRow.host)
    assert [tuple(row) for row in connection.execute(counts)] == [("cmp-1", 2), ("cmp-2", 0)]
    take_in(connection, visit(servers=[server(3, host="cmp-2")], compute_services=PartState.FAILED), "r2")
    assert [tuple(row) for row in connection.execute(counts)] == [("cmp-1", 0), ("cmp-2", 1)]


def test_a_server_gets_its_flavor_from_an_earlier_list_when_this_one_failed(connection: Connection) -> None:
    flavor = Flavor("f1", "big", 16, 65536, 100, 0, 0, is_public=True)
    bare = server(1, flavor_id="f1", flavor_name=None, flavor_vcpus=None, flavor_memory_mib=None, flavor_disk_gb=None)
    take_in(connection, visit(flavors=[flavor]))
    take_in(connection, visit(servers=[bare], flavors=PartState.FAILED), "r2")
    row = connection.execute(select(ServerRow.flavor_name, ServerRow.flavor_vcpus, ServerRow.flavor_memory_mib)).one()
    assert tuple(row) == ("big", 16, 65536)
    assert connection.execute(select(FlavorRow.id)).scalars().all() == ["f1"]


def test_attachments_come_and_go_with_their_volumes(connection: Connection) -> None:
    volume = Volume(
        "v1", "data", "p1", "in-use", 10, "ssd", False, 1, (Attached("vm-1", "/dev/vdb"), Attached("vm-2", None))
    )
    take_in(connection, visit(volumes=[volume]))
    assert len(connection.execute(select(VolumeAttachment.server_id)).all()) == 2
    take_in(connection, visit(volumes=[changed(volume, attachments=())]), "r2")
    assert connection.execute(select(VolumeAttachment.server_id)).all() == []


def test_each_run_leaves_a_sample_of_what_it_saw(connection: Connection) -> None:
    hypervisor = Hypervisor(
        "h1", "cmp-1", "cmp-1", "s1", "QEMU", 1, None, "up", "enabled", 64, 10, 1000, 400, None, None, 3
    )
    dynamic = visit(servers=[server(1)], compute_services=[compute_service(1), compute_service(2, "down")])
    take_in(connection, dynamic)
    static = Visit(
        Task.STATIC,
        {Part.HYPERVISORS: PartResult(PartState.FRESH, [hypervisor])},
        Cost(1, 1, 0.1),
        "ssh-ed25519 AAAA",
        "2.79",
    )
    take_in(connection, static, "r2")
    samples = {row.run_id: row for row in connection.execute(select(*CapacitySample.__table__.c))}
    first, second = samples["r1"], samples["r2"]
    assert (first.servers, first.hosts_up, first.hosts_down, first.vcpus_total) == (1, 1, 1, None)
    assert (second.vcpus_total, second.vcpus_used, second.local_disk_total_gb, second.servers) == (64, 10, None, None)


def test_forgetting_one_data_center_leaves_the_other(connection: Connection) -> None:
    take_in(connection, visit(servers=[server(1)]))
    service.take_in(connection, OTHER, visit(servers=[server(1)]), run_id="r9", fresh_seconds=1)
    store.forget_picture(connection, DC)
    assert connection.execute(select(ServerRow.dc_id)).scalars().all() == [OTHER]
    assert picture_of(connection, OTHER).rows(Part.SERVERS) == 1


def test_a_visit_that_cannot_be_stored_leaves_everything_as_it_was(database: Database) -> None:
    with database.writing() as connection:
        store.open_picture(connection, DC)
        take_in(connection, visit(servers=[server(1)]))
    unstorable = server(2, status="X" * 40, created_at="never")
    with pytest.raises(Exception), database.writing() as connection:  # noqa: B017, PT011 - each database has its own
        take_in(connection, visit(servers=[server(1, name="new"), unstorable, server(3, created_at=2**70)]), "r2")
    with database.reading() as connection:
        assert names(connection) == ["Vm 1"]
        assert picture_of(connection, DC).rows(Part.SERVERS) == 1
