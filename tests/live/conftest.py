"""Fixtures for the comparison of Optimus with a real OpenStack: the cloud that `OPTIMUS_LAB_*` names."""

from collections.abc import Iterator

import pytest
from tests.live.comparing import COMPARED, Comparison
from tests.live.lab import LabSettings, Lcm, missing_variables, read_settings
from tests.live.reference import Reference
from tests.live.site import Serving, Site, serving
from tests.support.databases import Databases


@pytest.fixture(scope="session")
def lab() -> LabSettings:
    if missing := missing_variables():
        pytest.fail(
            f"The live tests compare with the cloud that OPTIMUS_LAB_* names, but {', '.join(missing)} is not set: "
            "see docs/live-tests.md, or let .ci/run bring up a lab."
        )
    return read_settings()


@pytest.fixture(scope="session")
def lcm(lab: LabSettings) -> Lcm:
    return Lcm(lab)


@pytest.fixture(scope="session")
def reference(lcm: Lcm, lab: LabSettings) -> Reference:
    return Reference(lcm, lab.rc_path)


@pytest.fixture(scope="session")
def database_kind(databases: Databases) -> str:
    return databases.empty_url().split(":", 1)[0].split("+", 1)[0]


@pytest.fixture(scope="session")
def server_process(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """`optimus serve` with its embedded worker, on SQLite and then on PostgreSQL."""
    with serving(tmp_path_factory.mktemp("serve"), databases.empty_url()) as found:
        yield found


@pytest.fixture(scope="session")
def site(server_process: Serving, lab: LabSettings, database_kind: str) -> Site:
    """The lab, registered and collected."""
    return Site(server_process.client, registration(lab), database_kind)


@pytest.fixture
def comparison(site: Site) -> Comparison:
    return Comparison(site.database)


def registration(lab: LabSettings) -> dict[str, str]:
    return {
        "name": "live lab",
        "lcm_ip": lab.lcm,
        "lcm_user": lab.user,
        "lcm_pwd": lab.password,
        "openstackrc_dir": lab.rc_path,
    }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for database, counts in COMPARED.items():
        numbers = ", ".join(f"{kind} {number}" for kind, number in counts.items())
        terminalreporter.write_line(f"live comparison ({database}): {numbers or 'nothing'}")
