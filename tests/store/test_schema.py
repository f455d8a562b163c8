"""Migrations make exactly the tables that the code has."""

import threading
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tests.support.databases import Databases

import optimus.worker  # noqa: F401 - brings in every module that defines tables
from optimus.db import schema
from optimus.db.base import Base
from optimus.db.database import Database


def test_the_migrated_schema_is_that_of_the_tables(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_ours})
        assert compare_metadata(context, Base.metadata) == []


def _is_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    return not (kind == "table" and name == "alembic_version")


def test_a_new_database_is_not_current_and_becomes_so(databases: Databases) -> None:
    database = Database(databases.empty_url())
    assert not schema.is_current(database)
    schema.upgrade(database)
    assert schema.is_current(database)
    schema.upgrade(database)
    database.close()


def test_two_that_migrate_at_once_do_not_disturb_each_other(databases: Databases) -> None:
    url = databases.empty_url()
    failures: list[BaseException] = []

    def migrate() -> None:
        database = Database(url)
        try:
            schema.upgrade(database)
        except BaseException as error:  # noqa: BLE001 - shown below, in the test's own thread
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    database = Database(url)
    assert schema.is_current(database)
    database.close()


def test_versions_are_named_in_order() -> None:
    assert schema.newest().isdecimal()
