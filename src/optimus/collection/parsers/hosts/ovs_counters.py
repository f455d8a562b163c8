"""Port counters: `ovs-ofctl --names dump-ports BRIDGE`, for each bridge under a line `== BRIDGE`.

A counter that a port type has not is `?`. Names with a dash are quoted; an ovs-ofctl that knows no `--names` (before
2.8) prints numbers. A bridge without ports prints its head only.

>>> read = parse_ovs_counters('''== br-int
... OFPST_PORT reply (xid=0x2): 2 ports
...   port  "vhu9c0d5b7e-01": rx pkts=61, bytes=5710, drop=0, errs=?, frame=?, over=?, crc=?
...            tx pkts=58, bytes=5348, drop=0, errs=?, coll=?
...   port LOCAL: rx pkts=0, bytes=0, drop=0, errs=0, frame=0, over=0, crc=0
...            tx pkts=0, bytes=0, drop=37, errs=0, coll=0''')
>>> read.value[("br-int", "vhu9c0d5b7e-01")]
Counters(rx_packets=61, tx_packets=58, rx_errors=None, tx_errors=None, rx_dropped=0, tx_dropped=0)
>>> sorted(read.value)
[('br-int', 'LOCAL'), ('br-int', 'vhu9c0d5b7e-01')]
"""

import re

from optimus.collection.parsers.hosts.reading import Parsed, Unreadable, excerpt, whole
from optimus.facts.hosts import Counters

_PORT = re.compile(r'\s*port\s+(?:"((?:[^"\\]|\\.)*)"|(\S+?))\s*: rx (pkts=.*)')
_TX = re.compile(r"\s*tx (pkts=.*)")
_PAIR = re.compile(r"(\w+)=(\?|\d+)")
_KNOWN = re.compile(
    r"\s*(OFPST_PORT reply|OFPST_PORT \[more\]|duration=|rx rfc2819|tx rfc2819|CUSTOM Statistics|[\w ]+=[\d?])|\s*$"
)

Rows = dict[tuple[str, str], Counters]


def parse_ovs_counters(text: str) -> Parsed[Rows]:
    """(bridge, port's name or number) -> counters."""
    rows: Rows = {}
    skipped: list[str] = []
    bridge = port = None
    received: dict[str, int | None] = {}
    for line in text.splitlines():
        if line.startswith("== "):
            bridge, port = line[3:], None
        elif bridge is None:
            if line.strip():
                raise Unreadable("ovs-ofctl", "a line '== BRIDGE'", text)
        elif found := _PORT.fullmatch(line):
            port, received = found[1] or found[2], _numbers(found[3])
        elif port is not None and (found := _TX.fullmatch(line)):
            rows[(bridge, port)] = _counters(received, _numbers(found[1]))
            port = None
        elif not _KNOWN.match(line):
            skipped.append(excerpt(line))
    return Parsed(rows, tuple(skipped))


def _numbers(text: str) -> dict[str, int | None]:
    return {key: whole(value) for key, value in _PAIR.findall(text)}


def _counters(rx: dict[str, int | None], tx: dict[str, int | None]) -> Counters:
    return Counters(rx.get("pkts"), tx.get("pkts"), rx.get("errs"), tx.get("errs"), rx.get("drop"), tx.get("drop"))
