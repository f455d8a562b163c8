"""What a simulated cloud was told to run, so that a test can compare it with what may be run."""

from collections import deque

KEPT = 20_000


class Heard:
    """The newest commands: lines of the LCM's log-in shell, and programs that ran on hosts with their arguments."""

    def __init__(self) -> None:
        self.on_lcm: deque[str] = deque(maxlen=KEPT)
        self.on_hosts: deque[tuple[str, tuple[str, ...]]] = deque(maxlen=KEPT)

    def clear(self) -> None:
        self.on_lcm.clear()
        self.on_hosts.clear()
