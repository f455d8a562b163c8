"""`inventory.store.replace`: a table becomes what was read, and only what differs is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select
from tests.support.facts import a

from optimus.db.database import Database
from optimus.facts import cloud
from optimus.facts.parts import Part
from optimus.inventory import store
from optimus.inventory.rows import FILLINGS, Row
from optimus.inventory.store import Change, replace
from optimus.inventory.tables import Flavor, Network, StackServer, VolumeQuota


def network(number: int, name: str = "n") -> cloud.Network:
    return a(cloud.Network, id=f"net{number}", name=name)


def put(database: Database, networks: list[cloud.Network], dc_id: str = "dc") -> Change:
    change = Change()
    rows = FILLINGS[Part.NETWORKS][0].rows(networks)
    with database.writing() as connection:
        replace(connection, Network, dc_id, rows, change=change)
    return change


def names(database: Database, dc_id: str = "dc") -> dict[str, str]:
    query = select(Network.id, Network.name).where(Network.dc_id == dc_id)
    with database.reading() as connection:
        return {row.id: row.name for row in connection.execute(query)}


@contextmanager
def writes(database: Database) -> Iterator[list[str]]:
    """The statements that write, as they are sent."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split(maxsplit=1)[0] in {"INSERT", "UPDATE", "DELETE"}:
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_new_different_and_gone_rows_are_counted(database: Database) -> None:
    first = put(database, [network(1), network(2), network(3)])
    assert (first.read, first.changed) == (3, 3)
    second = put(database, [network(1), network(2, "renamed"), network(4)])
    assert (second.read, second.changed) == (3, 3), "one renamed, one new, one gone"
    assert names(database) == {"net1": "n", "net2": "renamed", "net4": "n"}


def test_the_same_again_writes_nothing(database: Database) -> None:
    networks = [network(n) for n in range(20)]
    put(database, networks)
    with writes(database) as sent:
        again = put(database, networks[::-1])
    assert (again.read, again.changed) == (20, 0)
    assert sent == []


def test_an_empty_list_empties_the_table(database: Database) -> None:
    put(database, [network(1), network(2)])
    assert put(database, []).changed == 2
    assert names(database) == {}


def test_another_data_center_is_left_alone(database: Database) -> None:
    put(database, [network(1)], "one")
    put(database, [network(1, "other")], "two")
    put(database, [], "one")
    assert names(database, "two") == {"net1": "other"}


def test_two_data_centers_may_have_the_same_objects(database: Database) -> None:
    """Names and ids of a site that was registered twice."""
    assert put(database, [network(1)], "one").changed == 1
    assert put(database, [network(1)], "two").changed == 1
    assert names(database, "one") == names(database, "two") == {"net1": "n"}


def test_a_doubled_key_counts_once(database: Database) -> None:
    change = put(database, [network(1, "first"), network(1, "second")])
    assert (change.read, change.changed) == (1, 1)
    assert names(database) == {"net1": "first"}


@pytest.mark.parametrize("number", [500, 501])
def test_more_rows_than_one_statement_takes(database: Database, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CHUNK", 250)
    change = put(database, [network(n) for n in range(number)])
    assert (change.read, change.changed) == (number, number)
    change = put(database, [network(n, "renamed") for n in range(number)])
    assert (change.read, change.changed) == (number, number)
    assert set(names(database).values()) == {"renamed"}
    assert put(database, []).changed == number
    assert names(database) == {}


def test_a_key_of_several_columns(database: Database) -> None:
    def put_quotas(*quotas: cloud.VolumeQuota) -> Change:
        change = Change()
        with database.writing() as connection:
            replace(connection, VolumeQuota, "dc", FILLINGS[Part.VOLUME_QUOTAS][0].rows(quotas), change=change)
        return change

    put_quotas(
        cloud.VolumeQuota("p1", "", 1, 0), cloud.VolumeQuota("p1", "ssd", 2, 0), cloud.VolumeQuota("p2", "", 3, 0)
    )
    change = put_quotas(cloud.VolumeQuota("p1", "", 1, 0), cloud.VolumeQuota("p2", "", 3, 1))
    assert change.changed == 2
    with database.reading() as connection:
        rows = connection.execute(select(VolumeQuota.project_id, VolumeQuota.volume_type, VolumeQuota.in_use_gb)).all()
    assert sorted(tuple(row) for row in rows) == [("p1", "", 0), ("p2", "", 1)]


def test_members_of_stacks_that_were_not_read_stay(database: Database) -> None:
    def put_members(*members: tuple[str, str], keeps: str | None = None) -> Change:
        change = Change()
        rows = [{"stack_id": stack, "server_id": server} for stack, server in members]
        with database.writing() as connection:
            replace(
                connection,
                StackServer,
                "dc",
                rows,
                change=change,
                keeps=None if keeps is None else lambda k: k[0] == keeps,
            )
        return change

    put_members(("s1", "vm1"), ("s1", "vm2"), ("s2", "vm3"))
    assert put_members(("s2", "vm4"), keeps="s1").changed == 2
    with database.reading() as connection:
        rows = connection.execute(select(StackServer.stack_id, StackServer.server_id)).all()
    assert sorted(tuple(row) for row in rows) == [("s1", "vm1"), ("s1", "vm2"), ("s2", "vm4")]


def test_objects_within_a_row_are_compared_too(database: Database) -> None:
    def put_flavor(specs: dict[str, str]) -> int:
        change = Change()
        flavor = a(cloud.Flavor, id="f", name="f", extra_specs=specs)
        with database.writing() as connection:
            replace(connection, Flavor, "dc", FILLINGS[Part.FLAVORS][0].rows([flavor]), change=change)
        return change.changed

    assert [
        put_flavor(s) for s in ({"a": "1"}, {"a": "1"}, {"a": "2"}, {"a": "2", "b": "1"}, {"b": "1", "a": "2"})
    ] == [*[1, 0, 1, 1, 0]]


def test_a_failure_leaves_the_table_as_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CHUNK", 250)
    put(database, [network(1), network(2)])

    def rows() -> Iterator[Row]:
        yield from FILLINGS[Part.NETWORKS][0].rows([network(n, "half") for n in range(260)])
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError), database.writing() as connection:
        replace(connection, Network, "dc", rows(), change=Change())
    assert names(database) == {"net1": "n", "net2": "n"}
