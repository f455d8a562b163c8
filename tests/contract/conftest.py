"""What contract tests share: recording clients, data centers with a made-up picture, and what the run has selected."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.contract.api import Api, StartApi
from tests.support.databases import Databases
from tests.support.pictures import take_in_picture
from tests.support.server import RunningServer, make_services, running_server

from optimus.accounts import passwords


@pytest.fixture(scope="module", autouse=True)
def quick_hashes() -> Iterator[None]:
    """The same hash function with little memory: these tests log in hundreds of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)))
        passwords._nobodys_hash.cache_clear()
        yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture(scope="session")
def api(server: RunningServer) -> Api:
    """The server that many tests share."""
    return Api(server)


@pytest.fixture
def own_api(own_server: RunningServer) -> Api:
    """A server with an empty database, for one test."""
    return Api(own_server)


@pytest.fixture
def start_api(databases: Databases, tmp_path: Path) -> Iterator[StartApi]:
    """Starts servers with other settings than the usual ones: `start_api(registration="closed")`."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Api:
            services = make_services(databases.new_url(), tmp_path, **settings)
            return Api(stack.enter_context(running_server(services)))

        yield start


@pytest.fixture(scope="session")
def cloud_id(api: Api) -> str:
    """A data center whose picture is the made-up cloud; tests only read it."""
    dc_id = api.add_offline("云-测试 100%_", city="广州")
    take_in_picture(api.services.database, dc_id)
    return dc_id


@pytest.fixture(scope="session")
def empty_id(api: Api) -> str:
    """A data center of which nothing was ever collected."""
    return api.add_offline("nothing collected")


_ZZ = "test_zz_nothing_lags.py"
WHY_PARTIAL = pytest.StashKey[str]()


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        # Without PostgreSQL's half, the half on SQLite has still seen everything.
        if item.path.parent == Path(__file__).parent and not item.get_closest_marker("postgres"):
            item.config.stash[WHY_PARTIAL] = "some contract tests were deselected"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """The comparison of what was seen comes last, and only when everything was there to be seen."""
    here = Path(__file__).parent
    mine = {item.path.name for item in items if item.path.parent == here}
    if not_there := {path.name for path in here.glob("test_*.py")} - mine:
        config.stash[WHY_PARTIAL] = f"not all contract tests are selected: without {', '.join(sorted(not_there))}"
    elif any("::" in argument for argument in config.args):
        config.stash[WHY_PARTIAL] = "single tests are selected"
    items.sort(key=lambda item: item.path.name == _ZZ)
