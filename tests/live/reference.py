"""What the `openstack` client says of a cloud, in the words of the API document: one dict per object."""

import time
from collections import defaultdict
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from tests.live.lab import OLD_COMPUTE, Lcm, OpenStack

Item = dict[str, Any]

POWER_STATES = {0: "NoState", 1: "Running", 3: "Paused", 4: "Shutdown", 6: "Crashed", 7: "Suspended"}
HEATS_OWN = "Heat stack user project"
NO_LIMIT = -1


def epoch(text: str | None) -> int | None:
    """OpenStack writes UTC with or without a Z, with or without fractions."""
    if not text:
        return None
    moment = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    return int(moment.timestamp())


class Reference:
    """Asked once per run: a cloud that changes meanwhile differs from what Optimus collected."""

    def __init__(self, lcm: Lcm, rc_path: str) -> None:
        self._cli = OpenStack(lcm, rc_path)
        self._old_cli = OpenStack(lcm, rc_path, OLD_COMPUTE)

    @cached_property
    def _lists(self) -> dict[str, list[Item]]:
        questions = {
            "servers": "server list --all-projects -n",
            "ports": "port list",
            "networks": "network list",
            "volumes": "volume list --all-projects",
            "snapshots": "volume snapshot list --all-projects --long",
            "volume_types": "volume type list --long",
            "projects": "project list --long",
            "services": "compute service list --service nova-compute --long",
            "hypervisors": "hypervisor list --long",
            "aggregates": "aggregate list --long",
            "stacks": "stack list --all-projects --nested",
            "flavors": "flavor list --all --long",
        }
        self.asked_at = time.time()
        return dict(zip(questions, self._cli.ask(*questions.values()), strict=True))

    def _ids(self, name: str) -> list[str]:
        return [str(item["ID"]) for item in self._lists[name]]

    # Tenants

    @cached_property
    def projects(self) -> dict[str, str]:
        """Name of each tenant by id; heat's own projects are nobody's tenants."""
        return {p["ID"]: p["Name"] for p in self._lists["projects"] if p["Description"] != HEATS_OWN}

    @cached_property
    def all_project_ids(self) -> set[str]:
        return set(self._ids("projects"))

    @cached_property
    def compute_quotas(self) -> dict[str, dict[str, Item]]:
        """Of each tenant: resource -> In Use, Limit."""
        answers = self._cli.ask(*(f"quota list --compute --detail --project {one}" for one in self.projects))
        return {
            project: {line["Resource"]: line for line in lines}
            for project, lines in zip(self.projects, answers, strict=True)
        }

    @cached_property
    def volume_limits(self) -> dict[str, dict[str, int]]:
        """Of each tenant: volume type (`default`: all together) -> GB."""
        shown = self._cli.show("quota", self.projects, key="project")
        prefix = "gigabytes_"
        return {
            project: {"default": quota["gigabytes"]}
            | {key.removeprefix(prefix): value for key, value in quota.items() if key.startswith(prefix)}
            for project, quota in shown.items()
        }

    @cached_property
    def volume_use(self) -> dict[str, dict[str, int]]:
        """The client cannot tell it: volumes and snapshots summed up, as cinder counts them."""
        used: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        sizes = [(volume, volume["size"]) for volume in self.volumes.values()]
        sizes += [(self.volumes[snapshot["Volume"]], snapshot["Size"]) for snapshot in self._lists["snapshots"]]
        for volume, size in sizes:
            of_project = used[volume["os-vol-tenant-attr:tenant_id"]]
            of_project["default"] += size
            of_project[volume["type"]] += size
        return used

    # Servers

    @cached_property
    def servers(self) -> dict[str, Item]:
        """`server show` of every server."""
        return self._cli.show("server", self._ids("servers"))

    @cached_property
    def ports(self) -> dict[str, Item]:
        return self._cli.show("port", self._ids("ports"))

    @cached_property
    def network_names(self) -> dict[str, str]:
        return {network["ID"]: network["Name"] for network in self._lists["networks"]}

    @cached_property
    def volumes(self) -> dict[str, Item]:
        return self._cli.show("volume", self._ids("volumes"))

    @cached_property
    def flavors(self) -> dict[str, Item]:
        return {flavor["ID"]: flavor for flavor in self._lists["flavors"]}

    def ports_of(self, server_id: str) -> list[Item]:
        return [port for port in self.ports.values() if port["device_id"] == server_id]

    def server_items(self, dc_id: str) -> dict[str, Item]:
        """What nova_data should answer, addresses and volumes sorted."""
        return {server_id: self._server_item(dc_id, server) for server_id, server in self.servers.items()}

    def _server_item(self, dc_id: str, server: Item) -> Item:
        flavor = server["flavor"]
        return {
            "created_time": epoch(server["created"]),
            "dc_id": dc_id,
            "flavor_disk": flavor["disk"],
            "flavor_memory": flavor["ram"],
            "flavor_vcpu": flavor["vcpus"],
            "flavor_name": flavor["original_name"],
            "host": server["OS-EXT-SRV-ATTR:host"],
            "host_status": server["host_status"] or None,
            "availability_zone": server["OS-EXT-AZ:availability_zone"] or None,
            "instance_name": server["OS-EXT-SRV-ATTR:instance_name"],
            "networks": self._addresses(server),
            "nova_name": server["name"],
            "nova_power_state": POWER_STATES[server["OS-EXT-STS:power_state"]],
            "nova_status": server["status"],
            "nova_task_state": server["OS-EXT-STS:task_state"],
            "nova_uuid": server["id"],
            "tenant": self.projects[server["project_id"]],
            "tenant_id": server["project_id"],
            "updated_time": epoch(server["updated"]),
            "volume": self._volumes_of(server["id"]),
        }

    def _addresses(self, server: Item) -> list[Item]:
        """Which addresses, and on networks of which name, nova says; the networks' ids neutron."""
        network_of = {
            (self.network_names[port["network_id"]], fixed["ip_address"]): port["network_id"]
            for port in self.ports_of(server["id"])
            for fixed in port["fixed_ips"]
        }
        network_named = {name: network_id for (name, _), network_id in network_of.items()}
        items = [
            {"id": network_of.get((name, ip), network_named.get(name)), "ip": ip, "name": name}
            for name, ips in server["addresses"].items()
            for ip in ips
        ]
        return sorted(items, key=lambda item: str(item["ip"]))

    def _volumes_of(self, server_id: str) -> list[Item]:
        items = [
            {
                "id": volume["id"],
                "volume_name": volume["name"] or None,
                "volume_type": volume["type"],
                "volume_status": volume["status"],
                "volume_size": volume["size"],
                "volume_bootable": volume["bootable"] == "true",
            }
            for volume in self.volumes.values()
            if any(attachment["server_id"] == server_id for attachment in volume["attachments"])
        ]
        return sorted(items, key=lambda item: str(item["id"]))

    # Stacks

    @cached_property
    def root_stacks(self) -> dict[str, Item]:
        return {stack["ID"]: stack for stack in self._lists["stacks"] if not stack["Parent"]}

    @cached_property
    def stack_servers(self) -> dict[str, set[str]]:
        """The servers of each root stack, those of nested stacks included."""
        answers = self._cli.ask(*(f"stack resource list -n 5 {stack_id}" for stack_id in self.root_stacks))
        return {
            stack_id: {
                one["physical_resource_id"]
                for one in resources
                if one["resource_type"] == "OS::Nova::Server" and one["physical_resource_id"] in self.servers
            }
            for stack_id, resources in zip(self.root_stacks, answers, strict=True)
        }

    # Hosts

    @cached_property
    def services(self) -> dict[str, Item]:
        return {str(service["ID"]): service for service in self._lists["services"]}

    @cached_property
    def aggregates(self) -> list[Item]:
        return self._lists["aggregates"]

    @cached_property
    def volume_types(self) -> list[str]:
        return [volume_type["Name"] for volume_type in self._lists["volume_types"]]

    def host_items(self, dc_id: str) -> dict[str, Item]:
        """What host_data should answer, VMs sorted by id; without the two times, which move."""
        return {service_id: self._host_item(dc_id, service) for service_id, service in self.services.items()}

    def _host_item(self, dc_id: str, service: Item) -> Item:
        host = service["Host"]
        aggregates = sorted(one["Name"] for one in self.aggregates if host in one["Hosts"])
        vms = [
            {
                "id": server["id"],
                "name": server["name"],
                "status": server["status"],
                "tenant_id": server["project_id"],
                "tenant_name": self.projects[server["project_id"]],
            }
            for server in self.servers.values()
            if server["OS-EXT-SRV-ATTR:host"] == host
        ]
        return {
            "availability_zone": service["Zone"],
            "dc_id": dc_id,
            "host": host,
            "host_aggregate": ", ".join(aggregates),
            "host_aggregates": aggregates,
            "id": str(service["ID"]),
            "state": service["State"],
            "status": service["Status"],
            "disabled_reason": service["Disabled Reason"],
            "vm_info": sorted(vms, key=lambda vm: str(vm["id"])),
            "vm_num": len(vms),
        }

    @cached_property
    def capacities(self) -> dict[str, Item]:
        """By host name. The client refuses `hypervisor show` of a host that is down: then the older `host show`."""
        shown = self._cli.show("hypervisor", self._ids("hypervisors"), some_fail=True)
        found = {
            one["service_host"]: {
                "total_cpu": one["vcpus"],
                "total_ram": one["memory_mb"],
                "total_rom": one["local_gb"],
                "used_cpu": one["vcpus_used"],
                "used_ram": one["memory_mb_used"],
                "used_rom": one["local_gb_used"],
            }
            for one in shown.values()
        }
        silent = [one["Hypervisor Hostname"] for one in self._lists["hypervisors"] if str(one["ID"]) not in shown]
        for host, lines in zip(silent, self._old_cli.ask(*(f"host show {one}" for one in silent)), strict=True):
            of = {line["Project"]: line for line in lines}
            total, used = of["(total)"], of["(used_now)"]
            found[host] = {
                "total_cpu": total["CPU"],
                "total_ram": total["Memory MB"],
                "total_rom": total["Disk GB"],
                "used_cpu": used["CPU"],
                "used_ram": used["Memory MB"],
                "used_rom": used["Disk GB"],
            }
        return found

    def total(self, field: str) -> int:
        return sum(capacity[field] for capacity in self.capacities.values())
