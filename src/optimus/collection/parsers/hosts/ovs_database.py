"""OVS's own tables: one `ovs-vsctl --format=json` that lists Bridge, Port, Interface and Open_vSwitch.

Each table is one JSON value; they stand one after the other, and their columns tell which is which. A map is
`["map", [[key, value], …]]`, a set `["set", […]]`, an absent value the empty set. `statistics` leaves a counter out
that the interface has not, where ovs-ofctl prints `?`.

>>> read = parse_ovs_database('''
... {"headings":["name","ports"],"data":[["br-int",["uuid","p1"]]]}
... {"headings":["_uuid","interfaces"],"data":[[["uuid","p1"],["uuid","i1"]]]}
... {"headings":["_uuid","name","type","ofport","mac_in_use","mtu","link_state","link_speed","error","external_ids",
...   "statistics","status"], "data":[[["uuid","i1"],"vhu767b85ad-b6","dpdkvhostuserclient",2,"00:00:00:00:00:00",1500,
...   "up",["set",[]],["set",[]],["map",[["iface-id","767b85ad-b6c1-4d0e-9f6e-0a1b2c3d4e5f"]]],
...   ["map",[["rx_packets",7]]],["map",[]]]]}
... {"headings":["name","options"],"data":[]}
... {"headings":["other_config"],"data":[[["map",[["dpdk-init","true"],["pmd-cpu-mask","0x6"]]]]]}''').value
>>> read.interfaces[0].name, read.interfaces[0].bridge, read.interfaces[0].neutron_port_id
('vhu767b85ad-b6', 'br-int', '767b85ad-b6c1-4d0e-9f6e-0a1b2c3d4e5f')
>>> read.interfaces[0].statistics, read.pmd_cpus, read.uses_dpdk
({'rx_packets': 7}, (1, 2), True)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder
from typing import Any

from optimus.collection.parsers.hosts.cpu_lists import parse_cpu_mask
from optimus.collection.parsers.hosts.reading import Parsed, Unreadable

_DECODER = JSONDecoder()


@dataclass(frozen=True, slots=True)
class OvsInterface:
    """`device` is the PCI address of a DPDK port's NIC."""

    name: str
    bridge: str | None
    interface_type: str | None
    number: int | None  # OpenFlow's, which an old ovs-ofctl prints in place of the name
    mac: str | None
    mtu: int | None
    link_up: bool | None
    speed_mbps: int | None
    error: str | None
    neutron_port_id: str | None
    device: str | None
    statistics: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OvsDatabase:
    """`pmd_cpus` is None when no mask is set."""

    interfaces: tuple[OvsInterface, ...]
    pmd_cpus: tuple[int, ...] | None
    uses_dpdk: bool


def parse_ovs_database(text: str) -> Parsed[OvsDatabase]:
    tables = [_rows(one, text) for one in _values(text)]
    try:
        return Parsed(_database(tables, text))
    except TypeError as failure:  # a map where a name should stand
        raise Unreadable("ovs-vsctl", "names and UUIDs in their columns", text) from failure


def _database(tables: list[list[dict[str, Any]]], text: str) -> OvsDatabase:
    bridges, ports, interfaces, dpdk, switch = (
        _table(tables, columns)
        for columns in (
            {"name", "ports"},
            {"_uuid", "interfaces"},
            {"_uuid", "name", "type"},
            {"options"},
            {"other_config"},
        )
    )
    if bridges is None or ports is None or interfaces is None or switch is None:
        raise Unreadable("ovs-vsctl", "the tables Bridge, Port, Interface and Open_vSwitch", text)
    bridge_of_port = {port: row["name"] for row in bridges for port in _items(row["ports"])}
    bridge_of = {one: bridge_of_port.get(row["_uuid"]) for row in ports for one in _items(row["interfaces"])}
    devices = {row["name"]: _map(row["options"]).get("dpdk-devargs") for row in dpdk or ()}
    config = _map(switch[0]["other_config"]) if switch else {}
    mask = config.get("pmd-cpu-mask")
    return OvsDatabase(
        interfaces=tuple(_interface(row, bridge_of, devices) for row in interfaces),
        pmd_cpus=parse_cpu_mask(str(mask)) if mask else None,
        uses_dpdk=str(config.get("dpdk-init", "")).lower() in {"true", "try"},
    )


def _values(text: str) -> list[Any]:
    values, at = [], 0
    while rest := text[at:].lstrip():
        at = len(text) - len(rest)
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (JSONDecodeError, RecursionError) as failure:
            raise Unreadable("ovs-vsctl", "JSON", rest) from failure
        values.append(value)
    return values


def _rows(table: Any, text: str) -> list[dict[str, Any]]:
    try:
        return [
            {column: _plain(cell) for column, cell in zip(table["headings"], row, strict=True)} for row in table["data"]
        ] or [dict.fromkeys(table["headings"], _EMPTY)]
    except (KeyError, TypeError, ValueError, RecursionError) as failure:
        raise Unreadable("ovs-vsctl", "a table with headings and data", text) from failure


_EMPTY = object()


def _table(tables: list[list[dict[str, Any]]], columns: set[str]) -> list[dict[str, Any]] | None:
    """The first table with these columns; one without rows still has its headings."""
    for rows in tables:
        if columns <= set(rows[0]):
            return [] if _EMPTY in rows[0].values() else rows
    return None


def _plain(cell: Any) -> Any:
    match cell:
        case ["map", list(pairs)]:
            return {str(key): _plain(value) for key, value in pairs}
        case ["set", list(items)]:
            return [_plain(one) for one in items] or None
        case ["uuid" | "named-uuid", str(value)]:
            return value
        case _:
            return cell


def _items(value: Any) -> Sequence[Any]:
    """A set of one is written without the set."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int | None:
    return value if type(value) is int else None


def _interface(row: dict[str, Any], bridge_of: Mapping[Any, Any], devices: Mapping[Any, Any]) -> OvsInterface:
    number, speed = _number(row.get("ofport")), _number(row.get("link_speed"))
    state = row.get("link_state")
    return OvsInterface(
        name=str(row["name"]),
        bridge=_text(bridge_of.get(row["_uuid"])),
        interface_type=_text(row["type"]),
        number=number if number is not None and number >= 0 else None,
        mac=_text(row.get("mac_in_use")),
        mtu=_number(row.get("mtu")),
        link_up=state == "up" if state in {"up", "down"} else None,
        speed_mbps=speed // 1_000_000 if speed else None,
        error=_text(row.get("error")),
        neutron_port_id=_text(_map(row.get("external_ids")).get("iface-id")),
        device=_text(devices.get(row["name"])),
        statistics={key: value for key, value in _map(row.get("statistics")).items() if type(value) is int},
    )
