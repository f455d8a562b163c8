"""Fixtures that all tests share. `database` and `server` exist twice: on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from tests.support.databases import Databases, PostgresServer, postgres_binaries, postgres_server
from tests.support.server import RunningServer, make_services, running_server
from xdist.scheduler import LoadFileScheduling

from optimus.db.database import Database

# Machines are shared: how long one example takes says nothing of the code.
hypothesis_settings.register_profile("optimus", deadline=None)
hypothesis_settings.load_profile("optimus")

CONTRACT = "tests/contract/"
NO_POSTGRES = "PostgreSQL's server binaries were not found on this machine (Debian: apt-get install postgresql)"
NOT_LIVE = "needs a live lab (root and Debian packages): run ./script/test --live"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="also run what needs root, Debian packages or a lab")


class SharedOut(LoadFileScheduling):  # type: ignore[misc]
    """Processes share the tests by file, but contract tests stay together.

    The last of those look back on every answer that the others were given.
    """

    def _split_scope(self, nodeid: str) -> str:
        return CONTRACT if nodeid.startswith(CONTRACT) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)  # a run may leave the plugin out
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedOut:
    return SharedOut(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--live"):
        return
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(pytest.mark.skip(reason=NOT_LIVE))


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    if postgres_binaries() is None:
        missing = pytest.fail if request.config.getoption("--live") else pytest.skip
        missing(NO_POSTGRES)
    with postgres_server(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Fresh databases of each kind in turn."""
    postgres = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return Databases(tmp_path_factory.mktemp(request.param), postgres)


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """An empty, migrated database."""
    found = Database(databases.new_url(), connections=8)
    yield found
    found.close()


@pytest.fixture(scope="session")
def server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that many tests share: each makes data centers and users of its own."""
    services = make_services(databases.new_url(), tmp_path_factory.mktemp("data"))
    with running_server(services) as running:
        yield running


@pytest.fixture
def own_server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of this test's own, with an empty database."""
    services = make_services(databases.new_url(), tmp_path_factory.mktemp("data"))
    with running_server(services) as running:
        yield running
