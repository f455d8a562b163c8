"""What the rows of one list need of the others: read once from a record's data, and small enough to be held."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from optimus.records.document import Row, Stored, row_of
from optimus.records.hosts import cpus_of

OpenData = Callable[[], Iterable[bytes]]  # the data's compressed chunks, from the front
_CAPACITY = ("vcpus", "vcpus_used", "memory_mib", "memory_used_mib", "local_disk_gb", "local_disk_used_gb")
_COUNTERS = ("rx_packets", "tx_packets", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped")


class Context:
    """Everything that a report of a record's data looks up."""

    def __init__(self, open_data: OpenData) -> None:
        self.open_data = open_data
        stored = Stored(open_data())
        self.head: Mapping[str, Any] = stored.head
        self.counts: Counter[str] = Counter()
        self.projects: dict[str, str] = {}
        self.networks: dict[str, str] = {}
        self.aggregates: dict[str, str] = {}
        self.aggregates_of: dict[str, list[str]] = defaultdict(list)
        self.services: dict[str, Row] = {}
        self.capacity_of: dict[str, dict[str, int | None]] = {}
        self.compute_quotas: dict[str, Row] = {}
        self.volume_quotas: dict[str, dict[str, Row]] = defaultdict(dict)
        self.volumes: dict[str, tuple[Any, ...]] = {}
        self.volumes_of: dict[str, list[str]] = defaultdict(list)
        self.servers_of_volume: dict[str, list[str]] = defaultdict(list)
        self.servers_of_stack: Counter[str] = Counter()
        self.stack_of: dict[str, str] = {}
        self.stacks: dict[str, str] = {}
        self.addresses_of: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.hosts: dict[str, Row] = {}
        self.numa_of: dict[str, list[str]] = defaultdict(list)
        self.guests_of: dict[str, list[tuple[str, list[str], bool]]] = defaultdict(list)
        self.cpus_of: dict[str, str] = {}
        self.ovs: dict[str, tuple[Any, ...]] = {}
        self.servers: dict[str, str] = {}
        self.vms_of_host: Counter[str] = Counter()
        self.vms_by_status: Counter[str] = Counter()
        for name, lines in stored.sections():
            reader = getattr(self, f"_read_{name}", None)
            count = 0
            for line in lines:
                count += 1
                if reader is not None:
                    reader(row_of(line))
            self.counts[name] = count

    def rows(self, section: str) -> Iterator[Row]:
        """A section's rows, read anew."""
        for name, lines in Stored(self.open_data()).sections():
            if name == section:
                yield from (row_of(line) for line in lines)
                return

    def total(self, column: str) -> int | None:
        """Over all hypervisors; None when none of them told."""
        known = [value for capacity in self.capacity_of.values() if (value := capacity[column]) is not None]
        return sum(known) if known else None

    def _read_projects(self, row: Row) -> None:
        self.projects[row["id"]] = row["name"]

    def _read_networks(self, row: Row) -> None:
        self.networks[row["id"]] = row["name"]

    def _read_aggregates(self, row: Row) -> None:
        self.aggregates[row["id"]] = row["name"]

    def _read_aggregate_hosts(self, row: Row) -> None:
        name = self.aggregates.get(row["aggregate_id"])
        if name is not None:
            self.aggregates_of[row["host"]].append(name)

    def _read_compute_services(self, row: Row) -> None:
        self.services[row["host"]] = row

    def _read_hypervisors(self, row: Row) -> None:
        capacity = self.capacity_of.setdefault(row["host"] or row["hostname"], dict.fromkeys(_CAPACITY))
        for name in _CAPACITY:
            if row[name] is not None:
                capacity[name] = (capacity[name] or 0) + row[name]

    def _read_compute_quotas(self, row: Row) -> None:
        self.compute_quotas[row["project_id"]] = row

    def _read_volume_quotas(self, row: Row) -> None:
        self.volume_quotas[row["project_id"]][row["volume_type"]] = row

    def _read_volumes(self, row: Row) -> None:
        self.volumes[row["id"]] = (
            row["name"] or row["id"],
            row["status"],
            row["size_gb"],
            row["volume_type"],
            row["bootable"],
        )

    def _read_volume_attachments(self, row: Row) -> None:
        self.volumes_of[row["server_id"]].append(row["volume_id"])
        self.servers_of_volume[row["volume_id"]].append(row["server_id"])

    def _read_stacks(self, row: Row) -> None:
        self.stacks[row["id"]] = row["name"]

    def _read_stack_servers(self, row: Row) -> None:
        self.servers_of_stack[row["stack_id"]] += 1
        name = self.stacks.get(row["stack_id"])
        if name is not None:
            self.stack_of[row["server_id"]] = name

    def _read_ports(self, row: Row) -> None:
        if row["device_id"]:
            network = self.networks.get(row["network_id"]) or row["network_id"]
            self.addresses_of[row["device_id"]].extend((network, ip) for ip in row["ip_addresses"])

    def _read_hosts(self, row: Row) -> None:
        self.hosts[row["host"]] = {name: row.get(name) for name in ("state", "reason", "probed_at", "gaps")}
        cpus = row.get("cpus") or ()
        self.hosts[row["host"]]["sockets"] = len({cpu[2] for cpu in cpus if cpu[2] is not None})
        self.hosts[row["host"]]["cpus"] = len(cpus)
        free = row.get("free_cpus")
        self.hosts[row["host"]]["free"] = None if free is None else len(cpus_of(free))

    def _read_numa_nodes(self, row: Row) -> None:
        self.numa_of[row["host"]].append(f"node {row['id']}: {row['cpus']}")

    def _read_guests(self, row: Row) -> None:
        shown = ",".join(row["vcpu_cpus"]) if row["pinned"] else ",".join(dict.fromkeys(row["vcpu_cpus"]))
        self.cpus_of[row["uuid"]] = shown
        self.guests_of[row["host"]].append((row["name"] or row["instance"], row["vcpu_cpus"], row["pinned"]))

    def _read_ovs_ports(self, row: Row) -> None:
        counters = tuple(row[name] for name in _COUNTERS)
        if row["neutron_port_id"]:
            self.ovs[row["neutron_port_id"]] = (row["name"], *counters)

    def _read_servers(self, row: Row) -> None:
        self.servers[row["id"]] = row["name"]
        self.vms_by_status[row["status"]] += 1
        if row["host"]:
            self.vms_of_host[row["host"]] += 1
