"""Now, in the unit in which all times are stored and answered."""

import time


def epoch() -> int:
    """Whole seconds since 1970-01-01 UTC."""
    return int(time.time())
