"""The tables of a report: which columns each has, and how its rows are made of a record's data. No file format here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from optimus.records.context import Context
from optimus.records.document import Row
from optimus.records.hosts import cpus_of

Cells = Sequence[Any]


class Kind(Enum):
    """How a column's values are written. Times are epoch seconds, shares 0 to 1."""

    TEXT = "text"
    NUMBER = "number"
    SHARE = "share"
    TIME = "time"
    FLAG = "flag"
    MIXED = "mixed"  # a number where there is one thing, a text where there are several


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    kind: Kind = Kind.TEXT
    width: int = 14


@dataclass(frozen=True, slots=True)
class Group:
    """Columns under one merged title."""

    title: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `section`: the list that its rows come from one by one; None: all is in the context."""

    name: str
    groups: tuple[Group, ...]
    rows: Callable[[Context, Iterable[Row]], Iterator[Cells]]
    section: str | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for group in self.groups for column in group.columns)

    def read(self, context: Context) -> Iterator[Cells]:
        """All its rows, the section read anew."""
        return self.rows(context, context.rows(self.section) if self.section else ())


def number(title: str, width: int = 12) -> Column:
    return Column(title, Kind.NUMBER, width)


def share(title: str, width: int = 12) -> Column:
    return Column(title, Kind.SHARE, width)


def time(title: str) -> Column:
    return Column(title, Kind.TIME, 18)


def flag(title: str) -> Column:
    return Column(title, Kind.FLAG, 10)


def rate(used: int | None, total: int | None) -> float | None:
    """Used of total; None where there is nothing to divide by."""
    return None if used is None or not total or total < 0 else used / total


def volume_totals(context: Context) -> tuple[int | None, int | None]:
    """GB of all volumes, and of those that are attached; None when volumes were never collected."""
    if context.head["parts"]["volumes"]["collected_at"] is None:
        return None, None
    total = sum(volume[2] for volume in context.volumes.values())
    attached = sum(context.volumes[one][2] for one in context.servers_of_volume if one in context.volumes)
    return total, attached


def _dc_static(context: Context, _rows: Iterable[Row]) -> Iterator[Cells]:
    volumes, attached = volume_totals(context)
    yield (
        context.total("vcpus"),
        context.total("memory_mib"),
        context.total("local_disk_gb"),
        volumes,
        context.total("vcpus_used"),
        context.total("memory_used_mib"),
        context.total("local_disk_used_gb"),
        rate(attached, volumes),
    )


DC_STATIC = Sheet(
    "DC_Static",
    (
        Group(
            "Total Hypervisor Resource",
            (
                number("Total CPU"),
                number("Total Mem (MB)", 16),
                number("Total Local Disk (GB)", 22),
                number("Total Volume (GB)", 20),
            ),
        ),
        Group(
            "Utilization",
            (
                number("Used CPU"),
                number("Used Memory (MB)", 19),
                number("Used Disk (GB)", 16),
                share("Volume Usage Rate", 19),
            ),
        ),
    ),
    _dc_static,
)

NO_LIMIT = "No Limit"


def _limit(row: Row | None, column: str) -> Any:
    if row is None:
        return None
    return NO_LIMIT if row[column] == -1 else row[column]


def _tenant_static(context: Context, _rows: Iterable[Row]) -> Iterator[Cells]:
    for project_id, name in context.projects.items():
        compute = context.compute_quotas.get(project_id)
        volume = context.volume_quotas.get(project_id, {}).get("")
        yield (
            name,
            _limit(compute, "cores_limit"),
            _limit(compute, "ram_limit_mib"),
            _limit(volume, "limit_gb"),
            compute and compute["cores_in_use"],
            compute and compute["ram_in_use_mib"],
            rate(volume["in_use_gb"], volume["limit_gb"]) if volume else None,
        )


TENANT_STATIC = Sheet(
    "Tenant_Static",
    (
        Group(
            "Quotas",
            (
                Column("Tenant Name", width=28),
                Column("CPU Quota", Kind.MIXED, 12),
                Column("Mem Quota (MB)", Kind.MIXED, 17),
                Column("Volume Quota (GB)", Kind.MIXED, 20),
            ),
        ),
        Group("Utilization", (number("Used CPU"), number("Used Memory (MB)", 19), share("Volume Usage Rate", 19))),
    ),
    _tenant_static,
)


def _host_cells(context: Context, host: str | None) -> Cells:
    if host is None:
        return (None,) * 8
    service = context.services.get(host)
    capacity = context.capacity_of.get(host, {})
    return (
        host,
        ", ".join(context.aggregates_of.get(host, ())) or None,
        service and service["availability_zone"],
        service and service["state"],
        capacity.get("vcpus"),
        capacity.get("memory_mib"),
        capacity.get("local_disk_gb"),
        "; ".join(context.numa_of.get(host, ())) or None,
    )


def networks_of(context: Context, row: Row) -> str:
    """`network=address; …`: neutron's, then what nova alone knows (floating addresses)."""
    fixed = context.addresses_of.get(row["id"], ())
    told = {ip for _, ip in fixed}
    more = [(name, ip) for name, ip, _mac in row["addresses"] if ip not in told]
    return "; ".join(f"{name}={ip}" for name, ip in [*fixed, *more])


def _several(values: Sequence[Any]) -> Any:
    """One thing as it is, several as a text."""
    if len(values) <= 1:
        return values[0] if values else None
    return ", ".join("" if value is None else str(value) for value in values)


def _vm_static(context: Context, rows: Iterable[Row]) -> Iterator[Cells]:
    """A row for each VM, then one for each host that has none."""
    host_name, host_cells = None, _host_cells(context, None)
    for row in rows:
        if row["host"] != host_name:
            host_name, host_cells = row["host"], _host_cells(context, row["host"])
        project_id = row["project_id"]
        volumes = [context.volumes[one] for one in context.volumes_of.get(row["id"], ()) if one in context.volumes]
        names, states, sizes, types, bootable = zip(*volumes, strict=True) if volumes else ((),) * 5
        yield (
            context.projects.get(project_id, project_id),
            row["id"],
            row["name"],
            row["status"],
            row["power_state"],
            row["created_at"],
            networks_of(context, row),
            *host_cells,
            row["flavor_vcpus"],
            context.cpus_of.get(row["id"]),
            row["flavor_memory_mib"],
            row["flavor_disk_gb"],
            _several(names),
            _several(states),
            _several(sizes),
            _several(types),
            _several(bootable),
            sum(sizes),
        )
    for host in sorted(set(context.services) - set(context.vms_of_host)):
        yield (*(None,) * 7, *_host_cells(context, host), *(None,) * 10)


VM_STATIC = Sheet(
    "VM_Static",
    (
        Group(
            "VM",
            (
                Column("Tenant Name", width=20),
                Column("UUID", width=37),
                Column("Name", width=28),
                Column("Status", width=11),
                Column("Power State", width=13),
                time("Created Time"),
                Column("Networks", width=44),
            ),
        ),
        Group(
            "Host",
            (
                Column("Host", width=28),
                Column("Host Aggregate", width=18),
                Column("Availability Zone", width=18),
                Column("Compute State", width=15),
                number("infra CPU"),
                number("infra Mem"),
                number("infra Disk"),
                Column("NUMA Layout", width=44),
            ),
        ),
        Group(
            "Flavor and Resources",
            (
                number("vcpu", 8),
                Column("p-cpu", width=24),
                number("Mem (MB)"),
                number("Disk (GB)"),
                Column("volume name", width=24),
                Column("volume state", width=14),
                Column("volume size", Kind.MIXED, 13),
                Column("volume type", width=14),
                Column("volume bootable", Kind.MIXED, 16),
                number("Total Volume Size", 19),
            ),
        ),
    ),
    _vm_static,
    "servers",
)


def _hosts(context: Context, rows: Iterable[Row]) -> Iterator[Cells]:
    for row in rows:
        host = row["host"]
        capacity = context.capacity_of.get(host, {})
        known = context.hosts.get(host, {})
        yield (
            host,
            row["id"],
            ", ".join(context.aggregates_of.get(host, ())) or None,
            row["availability_zone"],
            row["state"],
            row["status"],
            row["disabled_reason"],
            row["updated_at"],
            context.vms_of_host.get(host, 0),
            capacity.get("vcpus"),
            capacity.get("vcpus_used"),
            rate(capacity.get("vcpus_used"), capacity.get("vcpus")),
            capacity.get("memory_mib"),
            capacity.get("memory_used_mib"),
            rate(capacity.get("memory_used_mib"), capacity.get("memory_mib")),
            capacity.get("local_disk_gb"),
            capacity.get("local_disk_used_gb"),
            rate(capacity.get("local_disk_used_gb"), capacity.get("local_disk_gb")),
            known.get("sockets") or None,
            known.get("cpus") or None,
            known.get("free"),
            "; ".join(context.numa_of.get(host, ())) or None,
            known.get("state", "not_collected"),
            known.get("probed_at"),
            known.get("reason"),
        )


HOSTS = Sheet(
    "Hosts",
    (
        Group(
            "Host",
            (
                Column("Host", width=28),
                Column("Id", width=12),
                Column("Host Aggregate", width=18),
                Column("Availability Zone", width=18),
                Column("Compute State", width=15),
                Column("Status", width=11),
                Column("Disabled Reason", width=18),
                time("Seen by Nova"),
                number("VMs", 8),
            ),
        ),
        Group(
            "Capacity",
            (
                number("CPU", 9),
                number("Used CPU", 11),
                share("CPU Rate", 11),
                number("Memory (MB)", 14),
                number("Used Memory (MB)", 19),
                share("Memory Rate", 14),
                number("Disk (GB)", 11),
                number("Used Disk (GB)", 16),
                share("Disk Rate", 11),
            ),
        ),
        Group(
            "Hardware",
            (
                number("Sockets", 9),
                number("Logical CPUs", 14),
                number("Free CPUs", 11),
                Column("NUMA Layout", width=44),
                Column("Read", width=14),
                time("Read at"),
                Column("Reason", width=40),
            ),
        ),
    ),
    _hosts,
    "compute_services",
)


class Owner(Enum):
    """Who has a logical CPU."""

    VM = "VM"
    FREE = "Free for VMs"
    OVS = "OVS"
    HOST = "Host"
    OFFLINE = "Offline"
    UNKNOWN = "Unknown"


def owners_of(context: Context, row: Row) -> dict[int, tuple[Owner, list[str]]]:
    """Owner and VMs of each logical CPU of a host. `row` is the host's own."""
    vms: dict[int, list[str]] = {}
    for name, vcpu_cpus, pinned in context.guests_of.get(row["host"], ()):
        if pinned:
            for cpus in vcpu_cpus:
                vms.setdefault(cpus_of(cpus)[0], []).append(name)
    free = row.get("free_cpus")
    free_cpus = set(cpus_of(free or ""))
    ovs_cpus = set(cpus_of(row.get("ovs_only_cpus") or ""))
    found: dict[int, tuple[Owner, list[str]]] = {}
    for cpu, _core, _socket, _node, online in row.get("cpus") or ():
        if not online:
            owner = Owner.OFFLINE
        elif cpu in vms:
            owner = Owner.VM
        elif cpu in ovs_cpus:
            owner = Owner.OVS
        elif cpu in free_cpus:
            owner = Owner.FREE
        else:
            owner = Owner.UNKNOWN if free is None else Owner.HOST
        found[cpu] = owner, vms.get(cpu, [])
    return found


def _cpu_layout(context: Context, rows: Iterable[Row]) -> Iterator[Cells]:
    for row in rows:
        owners = owners_of(context, row)
        for number_, core, socket, node, _online in row.get("cpus") or ():
            owner, vms = owners[number_]
            yield row["host"], socket, node, core, number_, owner.value, ", ".join(vms) or None


CPU_LAYOUT = Sheet(
    "CPU_Layout",
    (
        Group(
            "CPU",
            (
                Column("Host", width=28),
                number("Socket", 8),
                number("NUMA Node", 12),
                number("Core", 8),
                number("CPU", 8),
                Column("Owner", width=14),
                Column("VM", width=28),
            ),
        ),
    ),
    _cpu_layout,
    "hosts",
)


def _interfaces(_context: Context, rows: Iterable[Row]) -> Iterator[Cells]:
    for row in rows:
        yield tuple(row[name] for name in _INTERFACE_COLUMNS)


_INTERFACE_COLUMNS = (
    "host", "name", "mac", "pci_address", "numa_node", "description", "driver", "driver_version", "firmware_version",
    "speed_mbps", "link_up", "mtu", "bond", "bound_to", "rx_packets", "tx_packets", "rx_errors", "tx_errors",
    "rx_dropped", "tx_dropped", "reason",
)  # fmt: skip
_COUNTERS = (
    number("RX Packets", 15),
    number("TX Packets", 15),
    number("RX Errors"),
    number("TX Errors"),
    number("RX Dropped"),
    number("TX Dropped"),
)
INTERFACES = Sheet(
    "Interfaces",
    (
        Group(
            "Interface",
            (
                Column("Host", width=28),
                Column("Name", width=14),
                Column("MAC", width=18),
                Column("PCI Address", width=14),
                number("NUMA Node"),
                Column("Device", width=44),
            ),
        ),
        Group(
            "Driver",
            (
                Column("Driver", width=12),
                Column("Version", width=14),
                Column("Firmware", width=24),
                number("Speed (Mb/s)", 14),
                flag("Link Up"),
                number("MTU", 8),
                Column("Bond", width=10),
                Column("Bound to", width=12),
            ),
        ),
        Group("Counters", (*_COUNTERS, Column("Reason", width=40))),
    ),
    _interfaces,
    "interfaces",
)


def _ports(context: Context, rows: Iterable[Row]) -> Iterator[Cells]:
    for row in rows:
        found = context.ovs.get(row["id"]) or (None,) * 7
        device, project = row["device_id"], row["project_id"]
        yield (
            row["id"],
            row["name"] or None,
            context.networks.get(row["network_id"], row["network_id"]),
            ", ".join(row["ip_addresses"]) or None,
            row["mac"],
            row["status"],
            context.projects.get(project, project),
            context.servers.get(device or "", device),
            row["device_owner"],
            row["host"],
            row["vif_type"],
            row["vnic_type"],
            *found,
        )


PORTS = Sheet(
    "Ports",
    (
        Group(
            "Port",
            (
                Column("Id", width=37),
                Column("Name", width=18),
                Column("Network", width=20),
                Column("IP Addresses", width=30),
                Column("MAC", width=18),
                Column("Status", width=11),
                Column("Tenant Name", width=20),
            ),
        ),
        Group(
            "Device",
            (
                Column("VM", width=28),
                Column("Device Owner", width=18),
                Column("Host", width=28),
                Column("VIF Type", width=12),
                Column("VNIC Type", width=12),
            ),
        ),
        Group("OVS", (Column("OVS Port", width=16), *_COUNTERS)),
    ),
    _ports,
    "ports",
)


def _volumes(context: Context, rows: Iterable[Row]) -> Iterator[Cells]:
    for row in rows:
        project = row["project_id"]
        servers = context.servers_of_volume.get(row["id"], ())
        yield (
            row["id"],
            row["name"],
            context.projects.get(project, project),
            row["status"],
            row["size_gb"],
            row["volume_type"],
            row["bootable"],
            row["created_at"],
            ", ".join(context.servers.get(one, one) for one in servers) or None,
        )


VOLUMES = Sheet(
    "Volumes",
    (
        Group(
            "Volume",
            (
                Column("Id", width=37),
                Column("Name", width=28),
                Column("Tenant Name", width=20),
                Column("State", width=12),
                number("Size (GB)"),
                Column("Type", width=14),
                flag("Bootable"),
                time("Created Time"),
                Column("Attached to", width=36),
            ),
        ),
    ),
    _volumes,
    "volumes",
)


def _stacks(context: Context, rows: Iterable[Row]) -> Iterator[Cells]:
    for row in rows:
        project = row["project_id"]
        yield (
            row["id"],
            row["name"],
            context.projects.get(project, project),
            row["status"],
            row["created_at"],
            row["updated_at"],
            context.servers_of_stack.get(row["id"], 0),
        )


STACKS = Sheet(
    "Stacks",
    (
        Group(
            "Stack",
            (
                Column("Id", width=37),
                Column("Name", width=32),
                Column("Tenant Name", width=20),
                Column("Status", width=20),
                time("Created Time"),
                time("Updated Time"),
                number("VMs", 8),
            ),
        ),
    ),
    _stacks,
    "stacks",
)

# As they stand in the workbook, after Summary and before Changes.
SHEETS = (DC_STATIC, TENANT_STATIC, VM_STATIC, HOSTS, CPU_LAYOUT, INTERFACES, PORTS, VOLUMES, STACKS)
BY_NAME = {sheet.name: sheet for sheet in SHEETS}
