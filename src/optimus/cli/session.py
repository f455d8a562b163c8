"""What every command needs: the settings, and the services built from them."""

from collections.abc import Iterator
from contextlib import contextmanager

from optimus.db import schema
from optimus.errors import DatabaseUnavailable
from optimus.http.call import Services
from optimus.kit import logs
from optimus.services import build_services
from optimus.settings import load_settings


@contextmanager
def opened(*, connections: int | None = None, needs_schema: bool = True) -> Iterator[Services]:
    """Raises SettingsRefused; and DatabaseUnavailable for a schema that was not migrated, when it is needed."""
    settings = load_settings()
    logs.configure(level=settings.log_level, as_json=settings.log_format == "json")
    services = build_services(settings, connections=connections)
    try:
        if needs_schema and not schema.is_current(services.database):
            raise DatabaseUnavailable("The database is not at this version's schema: run `optimus migrate` first.")
        yield services
    finally:
        services.database.close()
