from collections.abc import Iterator

import pytest
from tests.simcloud.client import Client

from optimus_simcloud import RunningCloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    with RunningCloud(hosts=6, vms=40, frozen=True) as running:
        yield running


@pytest.fixture
def admin(cloud: RunningCloud) -> Iterator[Client]:
    client = Client(cloud)
    assert client.log_in().status == 201
    cloud.calls.reset()
    yield client
    cloud.faults.clear()
