"""When a task runs next: windows, midnight, daylight saving, missed firings."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimus.schedules.planning import DAY, Window, into_window, next_firing

UTC = ZoneInfo("UTC")
SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [UTC, SHANGHAI, BERLIN, ZoneInfo("Asia/Kolkata"), ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe")]
HOUR = 3600


def at(zone: ZoneInfo, text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def local(zone: ZoneInfo, moment: int) -> str:
    return datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        (0, 0, [0, 1, DAY - 1], []),
        (5, 5, [0, 5, DAY - 1], []),
        (0, DAY, [0, DAY - 1], []),
        (100, 200, [100, 199], [0, 99, 200, DAY - 1]),
        (22 * HOUR, 4 * HOUR, [22 * HOUR, DAY - 1, 0, 4 * HOUR - 1], [4 * HOUR, 12 * HOUR, 22 * HOUR - 1]),
        (22 * HOUR, 0, [22 * HOUR, DAY - 1], [0, 22 * HOUR - 1]),
    ],
)
def test_window_holds(start: int, end: int, inside: list[int], outside: list[int]) -> None:
    window = Window(start, end)
    assert [s for s in inside if not window.holds(s)] == []
    assert [s for s in outside if window.holds(s)] == []


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-10 01:59:59", "2026-03-10 02:00:00"),
        ("2026-03-10 02:00:00", "2026-03-10 02:00:00"),
        ("2026-03-10 04:59:59", "2026-03-10 04:59:59"),
        ("2026-03-10 05:00:00", "2026-03-11 02:00:00"),
        ("2026-12-31 23:00:00", "2027-01-01 02:00:00"),
        ("2028-02-28 12:00:00", "2028-02-29 02:00:00"),
    ],
)
def test_a_moment_outside_waits_for_the_next_opening(moment: str, expected: str) -> None:
    for zone in (UTC, SHANGHAI):
        assert local(zone, into_window(at(zone, moment), Window(2 * HOUR, 5 * HOUR), zone)) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-10 23:30:00", "2026-03-10 23:30:00"),
        ("2026-03-10 00:30:00", "2026-03-10 00:30:00"),
        ("2026-03-10 01:00:00", "2026-03-10 23:00:00"),
        ("2026-03-10 12:00:00", "2026-03-10 23:00:00"),
    ],
)
def test_a_window_over_midnight(moment: str, expected: str) -> None:
    window = Window(23 * HOUR, 1 * HOUR)
    assert local(SHANGHAI, into_window(at(SHANGHAI, moment), window, SHANGHAI)) == expected


def test_the_window_is_meant_in_the_configured_zone() -> None:
    """08:00 in Shanghai is midnight in UTC, all year: China has no daylight saving."""
    window = Window(8 * HOUR, 9 * HOUR)
    for day in ("2026-01-15", "2026-07-15"):
        assert into_window(at(UTC, f"{day} 00:00:00"), window, SHANGHAI) == at(UTC, f"{day} 00:00:00")
        assert into_window(at(UTC, f"{day} 08:30:00"), window, SHANGHAI) == at(UTC, f"{day} 00:00:00") + DAY


def test_an_opening_keeps_its_local_time_over_daylight_saving() -> None:
    window = Window(3 * HOUR, 4 * HOUR)
    winter = into_window(at(BERLIN, "2026-03-28 12:00:00"), window, BERLIN)
    assert local(BERLIN, winter) == "2026-03-29 03:00:00"
    assert winter - at(BERLIN, "2026-03-28 03:00:00") == 23 * HOUR, "the clock went forward in between"
    autumn = into_window(at(BERLIN, "2026-10-24 12:00:00"), window, BERLIN)
    assert local(BERLIN, autumn) == "2026-10-25 03:00:00"
    assert autumn - at(BERLIN, "2026-10-24 03:00:00") == 25 * HOUR, "the clock went back in between"


def test_an_opening_within_the_hour_that_is_skipped_comes_when_the_clock_has_jumped() -> None:
    """02:30 does not exist on 29 March 2026 in Berlin: the clock goes from 02:00 to 03:00."""
    found = into_window(at(BERLIN, "2026-03-28 12:00:00"), Window(2 * HOUR + 1800, 5 * HOUR), BERLIN)
    assert local(BERLIN, found) == "2026-03-29 03:30:00"


def test_firings_stay_on_their_grid() -> None:
    assert next_firing(1000, 60, Window(0, 0), UTC, now=1000) == 1060
    assert next_firing(1000, 60, Window(0, 0), UTC, now=1001) == 1060
    assert next_firing(1000, 60, Window(0, 0), UTC, now=1059) == 1060
    assert next_firing(1000, 60, Window(0, 0), UTC, now=1060) == 1120


def test_missed_firings_are_not_made_up_for() -> None:
    assert next_firing(1000, 60, Window(0, 0), UTC, now=1000 + 60 * 500 + 7) == 1000 + 60 * 501


def test_a_clock_that_went_back_does_not_fire_at_once() -> None:
    assert next_firing(5000, 60, Window(0, 0), UTC, now=1000) == 5060


moments = st.integers(0, 4_000_000_000)
windows = st.builds(Window, st.integers(0, DAY - 1), st.integers(0, DAY))
zones = st.sampled_from(ZONES)


def second_of_day(moment: int, zone: ZoneInfo) -> int:
    found = datetime.fromtimestamp(moment, zone)
    return found.hour * HOUR + found.minute * 60 + found.second


def is_opening(moment: int, window: Window, zone: ZoneInfo) -> bool:
    """The window's start by the wall clock, or, where that time is skipped, by the clock before the jump."""
    if second_of_day(moment, zone) == window.start:
        return True
    jump = datetime.fromtimestamp(moment, zone).utcoffset()
    earlier = datetime.fromtimestamp(moment - 2 * HOUR, zone).utcoffset()
    assert jump is not None
    assert earlier is not None
    return (second_of_day(moment, zone) - int((jump - earlier).total_seconds())) % DAY == window.start


@given(moment=moments, window=windows, zone=zones)
def test_what_is_inside_stays_and_what_is_outside_waits_for_an_opening(
    moment: int, window: Window, zone: ZoneInfo
) -> None:
    found = into_window(moment, window, zone)
    if window.holds(second_of_day(moment, zone)):
        assert found == moment
    else:
        assert moment < found <= moment + DAY + 2 * HOUR
        assert is_opening(found, window, zone)


@given(moment=moments, window=windows, zone=st.sampled_from([UTC, SHANGHAI, ZoneInfo("Asia/Kolkata")]))
def test_the_result_is_in_the_window_where_the_clock_never_jumps(moment: int, window: Window, zone: ZoneInfo) -> None:
    moment += 1_000_000_000  # Shanghai had daylight saving until 1991, Kolkata changed until 1945
    assert window.holds(second_of_day(into_window(moment, window, zone), zone))


@given(
    planned=moments,
    interval=st.integers(30, 30 * DAY),
    window=windows,
    zone=zones,
    late=st.integers(0, 90 * DAY),
)
def test_the_next_firing_lies_ahead_on_the_grid_or_at_an_opening(
    planned: int, interval: int, window: Window, zone: ZoneInfo, late: int
) -> None:
    now = planned + late
    found = next_firing(planned, interval, window, zone, now=now)
    assert found > now
    on_grid = (found - planned) % interval == 0
    assert on_grid or is_opening(found, window, zone)
    if window.start == window.end:
        assert on_grid
        assert found <= now + interval, "no firing is left out"
