"""Builds what one process shares between its requests and jobs."""

from threading import BoundedSemaphore

from optimus.db.database import Database
from optimus.http.call import Services
from optimus.kit.secrecy import Vault, derive_key
from optimus.settings import Settings, prepare_data_dir, secret_key


def build_services(settings: Settings, *, connections: int | None = None) -> Services:
    """Opens nothing yet. Raises SettingsRefused for a missing or weak key."""
    if settings.is_sqlite:
        prepare_data_dir(settings)
    secret = secret_key(settings)
    database = Database(settings.sqlalchemy_url(), connections=connections or settings.request_threads)
    vault = Vault(secret, settings.secret_key_previous.get_secret_value())
    long_reads = BoundedSemaphore(max(1, settings.request_threads // 2))
    return Services(settings, database, vault, derive_key(secret, "access tokens"), long_reads)
