"""What port counters did between two samples; pure.

A counter never falls by itself: where it did, OVS, the port or the host was restarted, and nobody knows how much was
counted before that. Such an increase is None with a reason, never a negative or a huge number.
"""

from collections.abc import Mapping

from typing_extensions import TypedDict

COUNTERS = ("rx_packets", "rx_errors", "rx_dropped", "tx_packets", "tx_errors", "tx_dropped")

Counts = Mapping[str, int | None]


class Increase(TypedDict):
    """`counters` of all six; None where it cannot be told, and `reason` then says why (one sentence)."""

    counters: dict[str, int | None]
    reason: str | None


def increase(earlier: Counts | None, later: Counts | None, *, moved: bool = False) -> Increase:
    """How far each counter went. `moved`: the two samples are from different hosts.

    >>> increase({"rx_packets": 5}, {"rx_packets": 12})["counters"]["rx_packets"]
    7
    >>> increase({"rx_packets": 5}, {"rx_packets": 2})["reason"]
    'rx_packets fell since the sample: the port, OVS or the host was restarted.'
    """
    if moved:
        return _none("The VM was on another host when the sample was taken.")
    if earlier is None:
        return _none("The port was not there when the sample was taken.")
    if later is None:
        return _none("The port has no counters now.")
    fallen = [name for name in COUNTERS if _fell(earlier.get(name), later.get(name))]
    if fallen:
        # One counter that fell shows a restart; the others began anew as well, whether or not they have caught up.
        return _none(f"{' and '.join(fallen)} fell since the sample: the port, OVS or the host was restarted.")
    counters = {name: _difference(earlier.get(name), later.get(name)) for name in COUNTERS}
    unknown = [name for name, value in counters.items() if value is None]
    return {"counters": counters, "reason": f"OVS has no {', '.join(unknown)} of this port." if unknown else None}


def _none(reason: str) -> Increase:
    return {"counters": dict.fromkeys(COUNTERS), "reason": reason}


def _fell(earlier: int | None, later: int | None) -> bool:
    return earlier is not None and later is not None and later < earlier


def _difference(earlier: int | None, later: int | None) -> int | None:
    return None if earlier is None or later is None else later - earlier
