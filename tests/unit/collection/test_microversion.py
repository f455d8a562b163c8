import pytest

from optimus.collection import microversion
from optimus.collection.parsers.versions import Microversions


@pytest.mark.parametrize(
    ("lowest", "highest", "chosen"),
    [
        ((2, 1), (2, 93), "2.79"),
        ((2, 1), (2, 79), "2.79"),
        ((2, 1), (2, 60), "2.60"),
        ((2, 1), (2, 25), "2.25"),
        ((2, 1), (2, 1), "2.1"),
        ((2, 80), (2, 93), "2.80"),
        ((2, 88), (2, 93), None),
    ],
)
def test_choice(lowest: tuple[int, int], highest: tuple[int, int], chosen: str | None) -> None:
    assert microversion.choose(Microversions(lowest, highest)) == chosen


def test_a_cloud_without_microversions_gets_no_header() -> None:
    assert microversion.choose(None) is None
    assert microversion.headers(None) == {}


def test_both_headers_name_the_same_version() -> None:
    assert microversion.headers("2.79") == {
        "X-OpenStack-Nova-API-Version": "2.79",
        "OpenStack-API-Version": "compute 2.79",
    }


@pytest.mark.parametrize(("version", "paged"), [("2.33", True), ("2.100", True), ("2.25", False), (None, False)])
def test_hypervisors_have_pages_from_2_33_on(version: str | None, paged: bool) -> None:
    assert microversion.pages_hypervisors(version) is paged
