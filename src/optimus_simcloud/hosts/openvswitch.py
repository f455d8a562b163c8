"""ovs-vsctl and ovs-ofctl: OVS with a user-space datapath."""

import json
from typing import Any

from optimus_simcloud.hosts.machine import PMD_CPUS, Machine, OvsPort, Traffic
from optimus_simcloud.shell.run import Process

_SOCKET = "/var/run/openvswitch"
_NO_VALUE = ["set", []]
Table = list[dict[str, Any]]


def vsctl(machine: Machine, process: Process) -> int:
    if process.user != 0:
        process.complain(f"ovs-vsctl: unix:{_SOCKET}/db.sock: database connection failed (Permission denied)")
        return 1
    words = [word for word in process.arguments if not word.startswith("--timeout=")]
    if words == ["list-br"]:
        process.streams.stdout.write("".join(f"{name}\n" for name in machine.bridges))
        return 0
    if words[:2] != ["--format=json", "--"]:
        process.complain(f"ovs-vsctl: unknown command '{' '.join(words)}'; see --help for help")
        return 1
    tables = _tables(machine)
    for command in _commands(words[2:]):
        problem = _answer(tables, command, process)
        if problem:
            process.complain(f"ovs-vsctl: {problem}")
            return 1
    return 0


def _commands(words: list[str]) -> list[list[str]]:
    commands: list[list[str]] = [[]]
    for word in words:
        if word == "--":
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def _answer(tables: dict[str, Table], command: list[str], process: Process) -> str | None:
    """What is wrong with the command, if anything."""
    match command:
        case [columns, "list", table] if columns.startswith("--columns="):
            condition = ""
        case [columns, "find", table, condition] if columns.startswith("--columns="):
            pass
        case _:
            return f"unknown command '{' '.join(command)}'; see --help for help"
    if table not in tables:
        return f'unknown table "{table}"'
    name, _, wanted = condition.partition("=")
    rows = [row for row in tables[table] if not name or row.get(name) == wanted]
    headings = columns.removeprefix("--columns=").split(",")
    for heading in headings:
        if any(heading not in row for row in tables[table]):
            return f'{table} does not contain a column whose name matches "{heading}"'
    data = [[row[heading] for heading in headings] for row in rows]
    process.streams.stdout.write(json.dumps({"data": data, "headings": headings}, separators=(",", ":")) + "\n")
    return None


def _tables(machine: Machine) -> dict[str, Table]:
    bridges: Table = []
    ports: Table = []
    interfaces: Table = []
    for bridge, members in machine.bridges.items():
        held = []
        for port in members:
            own, interface = (
                ["uuid", machine.site.ids.uuid(kind, machine.host.name, bridge, port.name)]
                for kind in ("ovs-port", "ovs-interface")
            )
            held.append(own)
            ports.append({"_uuid": own, "name": port.name, "interfaces": interface})
            interfaces.append(_interface(interface, port))
        bridges.append({"name": bridge, "ports": ["set", held]})
    mask = f"{sum(1 << cpu for cpu in PMD_CPUS):x}"
    config = {"dpdk-init": "true", "dpdk-socket-mem": "4096,4096", "pmd-cpu-mask": mask}
    root = {"other_config": _map(config), "external_ids": _map({"hostname": machine.host.name})}
    return {"Bridge": bridges, "Port": ports, "Interface": interfaces, "Open_vSwitch": [root]}


def _interface(own: list[str], port: OvsPort) -> dict[str, Any]:
    ids = {}
    if port.port_id:
        ids = {
            "attached-mac": port.guest_mac,
            "iface-id": port.port_id,
            "iface-status": "active",
            "vm-uuid": port.server_id,
        }
    is_up = port.traffic is not None and port.kind != "internal"
    return {
        "_uuid": own,
        "name": port.name,
        "type": port.kind,
        "ofport": port.number,
        "mac_in_use": port.mac,
        "mtu": port.mtu if port.mtu is not None else _NO_VALUE,
        "link_state": "up" if is_up else "down",
        "link_speed": _NO_VALUE if port.speed_mbps is None else port.speed_mbps * 1_000_000,
        "error": _NO_VALUE,
        "external_ids": _map(ids),
        "options": _map({"dpdk-devargs": port.device} if port.device else {}),
        "statistics": _map(_statistics(port)),
    }


def _map(pairs: dict[str, Any]) -> list[Any]:
    return ["map", [[name, pairs[name]] for name in sorted(pairs)]]


def _statistics(port: OvsPort) -> dict[str, int]:
    """OVS leaves out what a kind of port does not count."""
    count = port.traffic
    if count is None:
        return {}
    found = {
        "rx_bytes": count.rx_bytes,
        "rx_packets": count.rx_packets,
        "tx_bytes": count.tx_bytes,
        "tx_packets": count.tx_packets,
    }
    if _counts_drops(port):
        found |= {"rx_dropped": count.rx_dropped, "tx_dropped": count.tx_dropped}
    if _counts_errors(port):
        found |= {"rx_errors": 0, "tx_errors": 0}
    return found


def _counts_drops(port: OvsPort) -> bool:
    return port.kind != "patch"


def _counts_errors(port: OvsPort) -> bool:
    return port.kind not in {"patch", "dpdkvhostuserclient"}


def ofctl(machine: Machine, process: Process) -> int:
    words = [word for word in process.arguments if not word.startswith("--timeout=")]
    named = "--names" in words
    words = [word for word in words if word != "--names"]
    if len(words) != 2 or words[0] != "dump-ports":
        process.complain(f"ovs-ofctl: unknown command '{' '.join(words)}'; use --help for help")
        return 1
    bridge = words[1]
    ports = machine.bridges.get(bridge)
    if process.user != 0:
        process.complain(f"ovs-ofctl: {_SOCKET}/{bridge}.mgmt: failed to open socket (Permission denied)")
        return 1
    if ports is None:
        process.complain(f"ovs-ofctl: {bridge} is not a bridge or a socket")
        return 1
    process.streams.stdout.write(f"OFPST_PORT reply (xid=0x2): {len(ports)} ports\n")
    for port in ports:
        process.streams.stdout.write(_row(port, named=named))
    return 0


def _row(port: OvsPort, *, named: bool) -> str:
    if port.number == 65534:
        name = "LOCAL"
    elif named:
        name = f'"{port.name}"' if "-" in port.name else port.name
    else:
        name = f"{port.number:2}"
    count = port.traffic
    rx, tx = (_side(port, count, side) for side in ("rx", "tx"))
    others = "frame=0, over=0, crc=0" if port.kind == "internal" else "frame=?, over=?, crc=?"
    collisions = "0" if port.kind == "internal" else "?"
    return f"  port  {name}: rx {rx}, {others}\n           tx {tx}, coll={collisions}\n".replace(
        "port  LOCAL", "port LOCAL"
    )


def _side(port: OvsPort, count: Traffic | None, side: str) -> str:
    if count is None:
        return "pkts=?, bytes=?, drop=?, errs=?"
    drop = getattr(count, f"{side}_dropped") if _counts_drops(port) else "?"
    errors = "0" if _counts_errors(port) else "?"
    packets, size = getattr(count, f"{side}_packets"), getattr(count, f"{side}_bytes")
    return f"pkts={packets}, bytes={size}, drop={drop}, errs={errors}"
