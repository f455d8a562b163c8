"""When a task runs next: plain arithmetic over an interval and a daily window, without a clock of its own."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = 86400


@dataclass(frozen=True, slots=True)
class Window:
    """Seconds after local midnight. `start` equal to `end`: always open; `start` after `end`: over midnight."""

    start: int
    end: int

    def holds(self, second_of_day: int) -> bool:
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= second_of_day < self.end
        return second_of_day >= self.start or second_of_day < self.end


def next_firing(planned: int, interval: int, window: Window, zone: ZoneInfo, *, now: int) -> int:
    """The first firing after `now` on the grid of `planned`, or the next opening of the window.

    Firings that were missed (a worker was down) are not made up for: one collection is as good as ten.
    """
    steps = max(1, (now - planned) // interval + 1)
    return into_window(planned + steps * interval, window, zone)


def into_window(at: int, window: Window, zone: ZoneInfo) -> int:
    """`at` itself when the window is open then, else its next opening."""
    local = datetime.fromtimestamp(at, zone)
    second = local.hour * 3600 + local.minute * 60 + local.second
    if window.holds(second):
        return at
    day = local.date() if second < window.start else local.date() + timedelta(days=1)
    hours, rest = divmod(window.start, 3600)
    opening = datetime.combine(day, time(hours % 24, rest // 60, rest % 60), zone)
    return int(opening.timestamp())
