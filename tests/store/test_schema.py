"""Our migrations: they make exactly the tables that the code declares, and can be run by anybody at any time."""

import threading
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from tests.support.databases import Databases

import optimus.app  # noqa: F401 - all tables are known with it
from optimus.db import schema
from optimus.db.base import Base
from optimus.db.database import Database


@pytest.fixture
def empty(databases: Databases) -> Any:
    found = Database(databases.empty_url(), connections=2)
    yield found
    found.close()


def differences(database: Database) -> list[Any]:
    # Tables, columns, types, nullability, keys and indexes. Not compared: an index's `WHERE`, which alembic leaves
    # out (test_runs.py tries the one that we have), and server defaults, which SQLite gives back as other text.
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[Any] = compare_metadata(context, Base.metadata)
        return found


def test_a_fresh_upgrade_makes_exactly_what_the_code_declares(empty: Database) -> None:
    assert not schema.is_current(empty)
    schema.upgrade(empty)
    assert schema.is_current(empty)
    assert differences(empty) == []


def test_a_difference_would_be_noticed(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE server DROP COLUMN vm_state"))
        connection.execute(text("DROP INDEX ix_run_state"))
    assert len(differences(database)) == 2


def test_upgrading_again_changes_nothing(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("INSERT INTO job_node (id, started_at, seen_at) VALUES ('n', 1, 2)"))
    schema.upgrade(database)
    with database.reading() as connection:
        assert connection.execute(text("SELECT id FROM job_node")).scalars().all() == ["n"]
    assert differences(database) == []


def test_a_database_of_another_version_is_not_current(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not schema.is_current(database)


def test_processes_that_upgrade_an_empty_database_at_once(databases: Databases) -> None:
    url = databases.empty_url()
    together = threading.Barrier(3)
    failures: list[BaseException] = []

    def upgrade() -> None:
        database = Database(url, connections=1)
        try:
            together.wait(10)
            schema.upgrade(database)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    database = Database(url, connections=1)
    assert schema.is_current(database)
    assert differences(database) == []
    database.close()


def test_versions_are_named_in_order() -> None:
    assert schema.newest().isdecimal()
