"""When a task runs next."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimus.schedules.planning import DAY, Window, into_window, next_firing

UTC = ZoneInfo("UTC")
SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
ALWAYS = Window(0, 0)
seconds = st.integers(min_value=0, max_value=DAY - 1)
moments = st.integers(min_value=1_600_000_000, max_value=1_900_000_000)
zones = st.sampled_from([UTC, SHANGHAI, BERLIN])


def at(text: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def second_of_day(moment: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(moment, zone)
    return local.hour * 3600 + local.minute * 60 + local.second


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        (Window(28800, 64800), [28800, 64799], [28799, 64800, 0]),
        (Window(64800, 28800), [64800, DAY - 1, 0, 28799], [28800, 64799]),
        (Window(0, 0), [0, DAY - 1], []),
        (Window(3600, 3600), [0, 3600], []),
        (Window(0, DAY), [0, DAY - 1], []),
    ],
)
def test_a_window_holds_its_start_and_not_its_end(window: Window, inside: list[int], outside: list[int]) -> None:
    assert all(window.holds(s) for s in inside)
    assert not any(window.holds(s) for s in outside)


def test_without_a_window_the_grid_is_kept() -> None:
    assert next_firing(1000, 600, ALWAYS, UTC, now=1000) == 1600
    assert next_firing(1000, 600, ALWAYS, UTC, now=1599) == 1600
    assert next_firing(1000, 600, ALWAYS, UTC, now=1600) == 2200


def test_missed_firings_are_not_made_up_for() -> None:
    assert next_firing(1000, 600, ALWAYS, UTC, now=1000 + 10 * 600 + 5) == 1000 + 11 * 600


def test_outside_its_window_a_task_waits_for_the_opening() -> None:
    day = Window(28800, 64800)
    assert into_window(at("2026-11-23T20:00:00", SHANGHAI), day, SHANGHAI) == at("2026-11-24T08:00:00", SHANGHAI)
    assert into_window(at("2026-11-23T05:00:00", SHANGHAI), day, SHANGHAI) == at("2026-11-23T08:00:00", SHANGHAI)
    assert into_window(at("2026-11-23T05:00:00", UTC), day, SHANGHAI) == at("2026-11-23T13:00:00", SHANGHAI)


def test_a_window_over_midnight() -> None:
    night = Window(22 * 3600, 6 * 3600)
    assert into_window(at("2026-11-23T23:00:00", BERLIN), night, BERLIN) == at("2026-11-23T23:00:00", BERLIN)
    assert into_window(at("2026-11-23T05:59:59", BERLIN), night, BERLIN) == at("2026-11-23T05:59:59", BERLIN)
    assert into_window(at("2026-11-23T06:00:00", BERLIN), night, BERLIN) == at("2026-11-23T22:00:00", BERLIN)


def test_the_opening_is_by_the_clock_on_the_wall_when_it_is_changed() -> None:
    """Berlin, 29 March 2026: the night has 23 hours."""
    early = Window(5 * 3600, 7 * 3600)
    assert into_window(at("2026-03-28T20:00:00", BERLIN), early, BERLIN) == at("2026-03-29T05:00:00", BERLIN)
    assert at("2026-03-29T05:00:00", BERLIN) - at("2026-03-28T20:00:00", BERLIN) == 8 * 3600


@given(planned=moments, interval=st.integers(30, 30 * DAY), start=seconds, end=seconds, late=st.integers(0, 10 * DAY))
def test_the_next_firing_is_later_and_inside_the_window(
    planned: int, interval: int, start: int, end: int, late: int
) -> None:
    now = planned + late
    window = Window(start, end)
    following = next_firing(planned, interval, window, SHANGHAI, now=now)
    assert following > now
    assert window.holds(second_of_day(following, SHANGHAI))
    on_the_grid = (following - planned) % interval == 0
    assert on_the_grid or second_of_day(following, SHANGHAI) == start


@given(moment=moments, start=seconds, end=seconds, zone=zones)
def test_the_wait_for_an_opening_is_shorter_than_a_day(moment: int, start: int, end: int, zone: ZoneInfo) -> None:
    opening = into_window(moment, Window(start, end), zone)
    assert moment <= opening <= moment + DAY + 3600  # an hour more on the day that has 25
