"""Ids that Optimus makes: 32 hex digits, as in the API document's examples."""

import time
import uuid


def new_id() -> str:
    return uuid.uuid4().hex


def new_id_in_order() -> str:
    """An id whose text sorts by the time when it was made, to the microsecond, as far as clocks agree."""
    return f"{time.time_ns() // 1000:014x}{uuid.uuid4().hex[:18]}"
