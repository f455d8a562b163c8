"""A simulated cloud that the tests of this folder share, and an installation for each test."""

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.databases import Databases
from tests.system.commands import CommandLine, command_line
from tests.system.processes import Installation, installation

from optimus_simcloud import RunningCloud


@pytest.fixture(scope="session")
def line() -> Iterator[CommandLine]:
    with command_line() as found:
        yield found


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    with RunningCloud(hosts=6, vms=60, frozen=True, password="canary-lcm-password-7c1f") as running:
        yield running
    # A worker killed in mid-request leaves the simulator's half of a forwarded connection to the garbage collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def optimus(databases: Databases, tmp_path: Path, cloud: RunningCloud, line: CommandLine) -> Iterator[Installation]:
    cloud.faults.clear()
    cloud.calls.reset()
    with installation(databases.new_url(), tmp_path, line) as found:
        yield found
    cloud.faults.clear()
