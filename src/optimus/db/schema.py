"""The schema's versions: upgrading to the newest, and telling whether a database is there.

Alembic is imported only when there is something to do: it takes as long to load as the rest of a start.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from optimus.db.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 7034812  # PostgreSQL's advisory lock, so that two processes do not migrate at once; any number will do


def newest() -> str:
    """The newest version: files are named by their version, which counts up."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def is_current(database: Database) -> bool:
    """Whether every migration has been applied."""
    with database.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return list(found) == [newest()]


def upgrade(database: Database) -> None:
    """Bring the schema to the newest version. Two processes may call it at once: one waits for the other."""
    if is_current(database):
        return
    from alembic import command  # noqa: PLC0415 - see above

    with database.writing() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def alembic_config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
