"""Connections and transactions: one way for SQLite and PostgreSQL.

Writes on SQLite begin at once (`BEGIN IMMEDIATE`), so that a write never fails
in mid-transaction because a read came first; PostgreSQL needs nothing of the kind.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from optimus.errors import DatabaseFull, DatabaseUnavailable

SQLITE_BUSY_MS = 15_000
BUSY_POLL_SECONDS = 0.02
CONNECT_SECONDS = 5
WRITING = "optimus_writing"
POSTGRES_DISK_FULL = "53100"


class Database:
    """One process's connections to the main database."""

    def __init__(self, url: str, *, connections: int = 16) -> None:
        self.engine = _make_engine(url, connections)
        self.is_sqlite = self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self, *, one_moment: bool = False) -> Iterator[Connection]:
        """A transaction for reads; it is rolled back at the end.

        `one_moment`: all its statements see the database as it was at the first. SQLite always does so; PostgreSQL
        would otherwise show each statement what was committed until then.
        """
        with _told_apart(), self.engine.connect() as connection:
            if one_moment and not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901 - the same
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back when an exception passes."""
        with _told_apart(), self.engine.connect() as connection:
            connection = connection.execution_options(**{WRITING: True})  # noqa: PLW2901 - the same connection
            with connection.begin():
                yield connection

    def ping(self) -> None:
        """Raises DatabaseUnavailable."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _told_apart() -> Iterator[None]:
    """A database that is gone or too busy is not a bug: say so in our own words."""
    try:
        yield
    except OperationalError as error:
        if _is_full(error):
            raise DatabaseFull(
                "The database's disk is full: free some space there, or delete records that are no longer needed."
            ) from error
        raise DatabaseUnavailable("The database does not answer: try again, then run `optimus doctor`.") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable("The connection to the database was lost: try again.") from error
        raise
    except sqlalchemy.exc.TimeoutError as error:
        raise DatabaseUnavailable("All database connections are in use: try again in a moment.") from error


def _is_full(error: OperationalError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state == POSTGRES_DISK_FULL or getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def _make_engine(url: str, connections: int) -> Engine:
    pool = {"pool_size": connections, "max_overflow": 2, "pool_timeout": 30, "pool_pre_ping": False}
    if not url.startswith("sqlite"):
        engine = sqlalchemy.create_engine(
            url, **{**pool, "pool_pre_ping": True}, connect_args={"connect_timeout": CONNECT_SECONDS}
        )
        event.listen(engine, "connect", _postgres_connect)
        return engine
    engine = sqlalchemy.create_engine(
        url, **pool, connect_args={"timeout": SQLITE_BUSY_MS / 1000, "check_same_thread": False}
    )
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _postgres_connect(dbapi_connection: Any, _record: ConnectionPoolEntry) -> None:
    # A statement that hangs must not hold a request thread for ever; collections' bulk writes stay far below.
    with dbapi_connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '60s'; SET lock_timeout = '15s'; SET TIME ZONE 'UTC'")
    dbapi_connection.commit()


def _sqlite_connect(dbapi_connection: Any, _record: ConnectionPoolEntry) -> None:
    # The driver would begin transactions at moments of its own; _sqlite_begin does it instead.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
    cursor.execute("PRAGMA cache_size=-16000")
    cursor.execute("PRAGMA mmap_size=268435456")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch the file to its write-ahead log, which it keeps.

    SQLite does not wait for others during this switch, as it does everywhere else: of processes that open a new file
    at the same moment all but one would fail. So the wait is here.
    """
    limit = time.monotonic() + SQLITE_BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > limit:
                raise
            time.sleep(BUSY_POLL_SECONDS)
        else:
            return


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # the low byte: extended codes say more above it


def _sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
