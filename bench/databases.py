"""The databases that a benchmark runs on: SQLite files, and a PostgreSQL that it starts itself."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.databases import Databases, postgres_binaries, postgres_server

KINDS = ("sqlite", "postgresql")


def kinds_of(option: str) -> list[str]:
    """`both` leaves PostgreSQL out where it is not installed, and says so."""
    wanted = list(KINDS) if option == "both" else [option]
    if "postgresql" in wanted and postgres_binaries() is None:
        print("PostgreSQL's server binaries were not found: only SQLite is measured.")
        wanted.remove("postgresql")
    return wanted


@contextmanager
def databases_of(kind: str) -> Iterator[Databases]:
    """Fresh, migrated databases of one kind; all are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="optimus-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if kind == "sqlite":
            yield Databases(folder, None)
            return
        with postgres_server(folder) as server:
            yield Databases(folder, server)
