"""Driver and firmware: `ethtool -i NAME`, for each interface under a line `== NAME`.

An interface whose driver cannot say (`Operation not supported`) has an `error` instead of values.

>>> parse_ethtool('''== control0
... driver: i40e
... version: 2.8.20-k
... firmware-version: 6.01 0x80003d3b 1.1862.0
... bus-info: 0000:3b:00.0
... == x0
... Cannot get driver information: Operation not supported''').value  # doctest: +NORMALIZE_WHITESPACE
{'control0': DriverInfo(driver='i40e', version='2.8.20-k', firmware='6.01 0x80003d3b 1.1862.0',
                        bus_info='0000:3b:00.0', error=None),
 'x0': DriverInfo(driver=None, version=None, firmware=None, bus_info=None,
                  error='Cannot get driver information: Operation not supported')}
"""

from dataclasses import dataclass

from optimus.collection.parsers.hosts.reading import Parsed, Unreadable, excerpt

_SAYS_NOTHING = {"", "N/A", "n/a"}


@dataclass(frozen=True, slots=True)
class DriverInfo:
    driver: str | None
    version: str | None
    firmware: str | None
    bus_info: str | None
    error: str | None = None


def parse_ethtool(text: str) -> Parsed[dict[str, DriverInfo]]:
    """Interface -> what ethtool said of it."""
    blocks: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in text.splitlines():
        if line.startswith("== "):
            lines = blocks.setdefault(line[3:], [])
        elif lines is not None:
            lines.append(line)
        elif line.strip():
            raise Unreadable("ethtool", "a line '== NAME'", text)
    return Parsed({name: _info(block) for name, block in blocks.items()})


def _info(lines: list[str]) -> DriverInfo:
    values = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    if "driver" not in values:
        return DriverInfo(None, None, None, None, excerpt(" ".join(lines)) or "ethtool said nothing")
    driver, version, firmware, bus_info = (
        None if values.get(key, "") in _SAYS_NOTHING else values[key]
        for key in ("driver", "version", "firmware-version", "bus-info")
    )
    return DriverInfo(driver, version, firmware, bus_info)
