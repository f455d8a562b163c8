"""The lists that a record's data has: what names an object, what of it changes all the time, and who is where."""

from collections.abc import Mapping
from dataclasses import dataclass

from optimus.facts.hosts import Section as HostSection
from optimus.facts.parts import Part


@dataclass(frozen=True, slots=True)
class Section:
    """One list of a record's data.

    `key` names an object. `volatile` columns say when or how much rather than what: two records are not compared by
    them. `place` is the column that says where an object is. A section of a host is known host by host, if what it
    `needs` is none of the host's gaps; any other one is known if its part was collected.
    """

    key: tuple[str, ...]
    part: Part | None = None
    volatile: frozenset[str] = frozenset()
    place: str | None = None
    needs: tuple[HostSection, ...] = ()
    title: str | None = "name"


def _volatile(*names: str) -> frozenset[str]:
    return frozenset(names)


SECTIONS: Mapping[str, Section] = {
    "projects": Section(("id",), Part.PROJECTS),
    "flavors": Section(("id",), Part.FLAVORS),
    "volume_types": Section(("id",), Part.VOLUME_TYPES),
    "networks": Section(("id",), Part.NETWORKS),
    "aggregates": Section(("id",), Part.AGGREGATES),
    "aggregate_hosts": Section(("host", "aggregate_id"), Part.AGGREGATES, title=None),
    "compute_services": Section(("id",), Part.COMPUTE_SERVICES, _volatile("updated_at"), title="host"),
    "hypervisors": Section(
        ("id",),
        Part.HYPERVISORS,
        _volatile("vcpus_used", "memory_used_mib", "local_disk_used_gb", "running_vms"),
        title="hostname",
    ),
    "compute_quotas": Section(
        ("project_id",),
        Part.COMPUTE_QUOTAS,
        _volatile("cores_in_use", "ram_in_use_mib", "instances_in_use"),
        title=None,
    ),
    "volume_quotas": Section(("project_id", "volume_type"), Part.VOLUME_QUOTAS, _volatile("in_use_gb"), title=None),
    "volumes": Section(("id",), Part.VOLUMES),
    "volume_attachments": Section(("server_id", "volume_id"), Part.VOLUMES, title=None),
    "stacks": Section(("id",), Part.STACKS, _volatile("updated_at")),
    "stack_servers": Section(("stack_id", "server_id"), Part.STACKS, title=None),
    "ports": Section(("id",), Part.PORTS),
    "hosts": Section(
        ("host",),
        None,
        _volatile("state", "reason", "gaps", "probed_at", "attempted_at", "free_cpus", "ovs_only_cpus"),
        needs=(HostSection.CPUS, HostSection.NOVA_CPUS, HostSection.OVS_CPUS, HostSection.KERNEL),
        title="host",
    ),
    "numa_nodes": Section(("host", "id"), None, _volatile("hugepages_free"), needs=(HostSection.MEMORY,), title="host"),
    "guests": Section(("host", "uuid"), None, _volatile("state"), needs=(HostSection.GUESTS,)),
    "interfaces": Section(
        ("host", "name"),
        None,
        _volatile("rx_packets", "tx_packets", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped", "reason"),
        needs=(HostSection.INTERFACES,),
    ),
    "ovs_ports": Section(
        ("host", "name"),
        None,
        _volatile("rx_packets", "tx_packets", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped"),
        needs=(HostSection.OVS_PORTS,),
    ),
    "servers": Section(("id",), Part.SERVERS, _volatile("task_state", "updated_at", "launched_at"), place="host"),
}
HOST_SECTIONS = tuple(name for name, section in SECTIONS.items() if section.part is None)
