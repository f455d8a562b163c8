"""Transactions, bulk inserts, upserts, and searching in texts: the same on both databases."""

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, literal, select, text
from tests.support.databases import Databases

from optimus.accounts.tables import LoginFailure
from optimus.db import bulk
from optimus.db.bulk import insert_rows
from optimus.db.database import Database
from optimus.db.position import Position
from optimus.db.upsert import upsert
from optimus.errors import DatabaseUnavailable
from optimus.inventory.tables import Flavor
from optimus.jobs.tables import Node

ODD_TEXTS = [
    "",
    " ",
    "\\",
    "\\N",
    "\\.",
    "a\tb",
    "a\nb\r\nc",
    "\x01\x1f\x7f",
    "'\"`;--",
    "é ß Ω 虚拟机 🛰",
    "e\u0301\u200d\u2028\ufeff",
    "\U0010ffff",
    "NULL",
    "{}",
]


def flavor(number: int, name: str, **extra: Any) -> dict[str, Any]:
    return {
        "dc_id": "dc",
        "id": f"f{number}",
        "name": name,
        "vcpus": 2**40 + number,
        "memory_mib": -1,
        "disk_gb": 0,
        "ephemeral_gb": 0,
        "swap_mib": 0,
        "is_public": number % 2 == 0,
        "extra_specs": extra,
        "mark": "m",
    }


def stored(connection: Connection) -> list[dict[str, Any]]:
    query = select(*Flavor.__table__.c).order_by(func.length(Flavor.id), Flavor.id)
    return [dict(row) for row in connection.execute(query).mappings()]


@pytest.mark.parametrize("number", [len(ODD_TEXTS), bulk.DIRECT_FROM + len(ODD_TEXTS)])
def test_rows_come_back_as_they_were_inserted(database: Database, number: int) -> None:
    rows = [flavor(n, ODD_TEXTS[n % len(ODD_TEXTS)], key=ODD_TEXTS[n % len(ODD_TEXTS)], n=n) for n in range(number)]
    with database.writing() as connection:
        insert_rows(connection, Flavor, rows)
    with database.reading() as connection:
        assert stored(connection) == rows


def test_missing_values_come_back_missing(database: Database) -> None:
    seen = [n + 0.25 for n in range(bulk.DIRECT_FROM)]
    rows = [{"id": f"n{n}", "started_at": 1, "seen_at": at} for n, at in enumerate(seen)]
    with database.writing() as connection:
        insert_rows(connection, Node, rows)
        insert_rows(connection, Node, [])
        assert connection.execute(select(func.sum(Node.seen_at))).scalar_one() == sum(seen)


def test_a_bulk_insert_is_part_of_the_transaction(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as connection:  # noqa: PT012 - the end of the block is the point
        insert_rows(connection, Flavor, [flavor(n, "x") for n in range(bulk.DIRECT_FROM + 1)])
        raise RuntimeError
    with database.reading() as connection:
        assert stored(connection) == []


def test_upsert_inserts_overwrites_and_adds(database: Database) -> None:
    with database.writing() as connection:
        upsert(connection, Flavor, [flavor(1, "one"), flavor(2, "two")])
        upsert(connection, Flavor, [flavor(2, "zwei", a="b"), flavor(3, "drei")])
        upsert(connection, Flavor, [])
    with database.reading() as connection:
        assert stored(connection) == [flavor(1, "one"), flavor(2, "zwei", a="b"), flavor(3, "drei")]
    row = {"subject": "s", "period": 1, "failures": 1}
    for _ in range(3):
        with database.writing() as connection:
            upsert(connection, LoginFailure, [row], add={"failures": 1})
    with database.reading() as connection:
        assert connection.execute(select(LoginFailure.failures)).scalar_one() == 3


@given(
    whole=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    part=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_position_is_that_of_python(database: Database, whole: str, part: str) -> None:
    with database.reading() as connection:
        found = connection.execute(select(Position(literal(whole), literal(part)))).scalar_one()
    assert (found > 0) == (part in whole)
    assert not part or found == whole.find(part) + 1


def test_position_has_no_wildcards(database: Database) -> None:
    with database.reading() as connection:
        for part in ("%", "_", "\\", "*", "[a]"):
            assert connection.execute(select(Position(literal("abc"), literal(part)))).scalar_one() == 0
            assert connection.execute(select(Position(literal(f"ab{part}"), literal(part)))).scalar_one() == 3


def test_reads_change_nothing_and_see_one_moment(database: Database) -> None:
    with database.reading() as connection:
        connection.execute(insert(Node).values(id="lost", started_at=1, seen_at=1.0))
    with database.reading() as reader:
        assert reader.execute(select(func.count()).select_from(Node)).scalar_one() == 0
        with database.writing() as writer:
            writer.execute(insert(Node).values(id="kept", started_at=1, seen_at=1.0))
        if database.is_sqlite:
            assert reader.execute(select(func.count()).select_from(Node)).scalar_one() == 0
    with database.reading() as connection:
        assert connection.execute(select(Node.id)).scalars().all() == ["kept"]


def test_writers_wait_for_each_other(database: Database) -> None:
    """Read, then write, in many threads: none is refused, none overwrites another."""
    with database.writing() as connection:
        upsert(connection, LoginFailure, [{"subject": "s", "period": 1, "failures": 0}])
    failures: list[Exception] = []

    def raise_it() -> None:
        try:
            for _ in range(10):
                with database.writing() as connection:
                    connection.execute(select(LoginFailure.failures)).scalar_one()
                    upsert(
                        connection, LoginFailure, [{"subject": "s", "period": 1, "failures": 1}], add={"failures": 1}
                    )
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=raise_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with database.reading() as connection:
        assert connection.execute(select(LoginFailure.failures)).scalar_one() == 40


def test_a_database_that_is_gone_is_no_bug(databases: Databases) -> None:
    gone = "sqlite:////nowhere/at/all.db"
    if not databases.empty_url().startswith("sqlite"):
        gone = "postgresql+psycopg://postgres@127.0.0.1:1/x"
    database = Database(gone, connections=1)
    with pytest.raises(DatabaseUnavailable, match="optimus doctor"):
        database.ping()
    database.close()


def test_a_mistake_of_ours_is_not_called_unavailable(database: Database) -> None:
    try:
        with database.reading() as connection:
            connection.execute(text("SELECT nothing FROM nowhere"))
    except DatabaseUnavailable:
        # SQLite's driver calls a missing table an operational error; PostgreSQL tells the two apart.
        assert database.is_sqlite
    except Exception as error:  # noqa: BLE001 - whatever the driver calls it
        assert "nowhere" in str(error)  # noqa: PT017 - which of the two it is depends on the database
