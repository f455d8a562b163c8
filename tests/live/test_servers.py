"""VMs and what they are filtered by, against `openstack server|port|network|volume|stack`."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.live.comparing import Comparison, by
from tests.live.reference import Reference
from tests.live.site import Site

pytestmark = pytest.mark.live

SORTS = {"time": "created_time", "memory": "flavor_memory", "disk": "flavor_disk", "vcpu": "flavor_vcpu"}


def test_every_vm_is_what_the_client_shows(site: Site, reference: Reference, comparison: Comparison) -> None:
    comparison.same("servers", reference.server_items(site.dc_id), by("nova_uuid", site.servers()))


def test_the_flavors_of_the_vms(site: Site, reference: Reference, comparison: Comparison) -> None:
    """Against the flavors' own list: the VMs' items are compared with what nova embeds in each server."""
    sizes = ("flavor_vcpu", "flavor_memory", "flavor_disk")
    found = {item["flavor_name"]: {size: item[size] for size in sizes} for item in site.servers()}
    expected = {
        flavor["Name"]: dict(zip(sizes, (flavor["VCPUs"], flavor["RAM"], flavor["Disk"]), strict=True))
        for flavor in reference.flavors.values()
        if flavor["Name"] in {server["flavor"]["original_name"] for server in reference.servers.values()}
    }
    comparison.same("flavors of VMs", expected, found)


def test_the_networks_of_the_vms(site: Site, reference: Reference, comparison: Comparison) -> None:
    """Only networks that a VM has an address on are told of."""
    found = {one["id"]: one["name"] for item in site.servers() for one in item["networks"]}
    used = {port["network_id"] for server_id in reference.servers for port in reference.ports_of(server_id)}
    comparison.same("networks of VMs", {one: reference.network_names[one] for one in used}, found)


def test_every_port_address_of_every_vm(site: Site, reference: Reference, comparison: Comparison) -> None:
    """Neutron's view, port by port; the ports of routers and of nobody belong to no VM."""
    told: dict[str, Any] = {
        f"{item['nova_uuid']} {one['ip']}": {"id": one["id"], "name": one["name"]}
        for item in site.servers()
        for one in item["networks"]
    }
    of_servers = [port for port in reference.ports.values() if port["device_id"] in reference.servers]
    expected = {
        f"{port['device_id']} {fixed['ip_address']}": {
            "id": port["network_id"],
            "name": reference.network_names[port["network_id"]],
        }
        for port in of_servers
        for fixed in port["fixed_ips"]
    }
    floating = {
        f"{server_id} {ip}"
        for server_id, server in reference.servers.items()
        for ips in server["addresses"].values()
        for ip in ips
    } - expected.keys()
    comparison.same("addresses", expected, {key: value for key, value in told.items() if key not in floating})
    comparison.count("ports", len(of_servers))


def test_every_attached_volume(site: Site, reference: Reference, comparison: Comparison) -> None:
    """Nova's view: `volumes_attached` of each server (cinder's is in the VM's item)."""
    expected = {
        server_id: {one["id"] for one in server["volumes_attached"]}
        for server_id, server in reference.servers.items()
        if server["volumes_attached"]
    }
    found = {item["nova_uuid"]: {one["id"] for one in item["volume"]} for item in site.servers() if item["volume"]}
    comparison.same("servers with volumes", expected, found)
    comparison.count("attached volumes", sum(len(ids) for ids in expected.values()))


def test_pages_add_up_to_the_whole_list(site: Site, reference: Reference, comparison: Comparison) -> None:
    whole = [item["nova_uuid"] for item in site.servers()]
    paged = [item["nova_uuid"] for item in site.servers(limit=7)]
    assert paged == whole
    assert sorted(paged) == sorted(reference.servers)
    assert len(site.get("nova_data", dc_id=site.dc_id)["data"]) == min(10, len(whole))


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", SORTS)
def test_sorts(site: Site, reference: Reference, comparison: Comparison, sort: str, order: str) -> None:
    field = SORTS[sort]
    expected = sorted((item[field] for item in reference.server_items(site.dc_id).values()), reverse=order == "desc")
    assert [item[field] for item in site.servers(sort=sort, order=order, limit=9)] == expected
    comparison.count("sorts")


def test_newest_first_is_the_default(site: Site) -> None:
    assert site.servers() == site.servers(sort="time", order="desc")


Matches = Callable[[dict[str, Any], str], bool]


def contains(field: str) -> Matches:
    return lambda server, needle: needle.casefold() in str(server[field] or "").casefold()


def of_tenant(server: dict[str, Any], needle: str) -> bool:
    return needle.casefold() in server["tenant"].casefold() or needle == server["tenant_id"]


FILTERS: dict[str, tuple[str, Matches]] = {
    "nova_name": ("nova_name", contains("nova_name")),
    "nova_status": ("nova_status", contains("nova_status")),
    "nova_host": ("host", contains("host")),
    "nova_tenant": ("tenant", of_tenant),
}


@pytest.mark.parametrize("query", FILTERS)
def test_filters(site: Site, reference: Reference, comparison: Comparison, query: str) -> None:
    """Every value that the cloud has, parts of it in another case, and what is in none."""
    field, matches = FILTERS[query]
    servers = reference.server_items(site.dc_id)
    values = sorted({str(server[field]) for server in servers.values() if server[field]})
    needles = {*values, *(value[1:5].upper() for value in values), "%", "_", "no such thing"}
    if query == "nova_tenant":
        needles |= {server["tenant_id"] for server in servers.values()}
    for needle in sorted(needles):
        expected = {server_id for server_id, server in servers.items() if matches(server, needle)}
        found = {item["nova_uuid"] for item in site.servers(query=query, filter=needle)}
        assert found == expected, f"{query}={needle!r}: {found ^ expected}"
    comparison.count("VM filters", len(needles))


def test_stack_filter_finds_the_servers_of_nested_stacks_too(
    site: Site, reference: Reference, comparison: Comparison
) -> None:
    expected = reference.stack_servers
    found = {
        stack_id: {item["nova_uuid"] for item in site.servers(query="stack_id", filter=stack_id)}
        for stack_id in expected
    }
    comparison.same("stack memberships", expected, found)
    assert site.servers(query="stack_id", filter="no-such-stack") == []


def test_config_data_lists_the_root_stacks_and_the_tenants(
    site: Site, reference: Reference, comparison: Comparison
) -> None:
    [found] = site.get("config_data", dc_id=site.dc_id)["data"]
    stacks = {
        stack_id: {
            "stack_id": stack_id,
            "stack_name": stack["Stack Name"],
            "stack_status": stack["Stack Status"],
            "tenant_id": stack["Project"],
        }
        for stack_id, stack in reference.root_stacks.items()
    }
    comparison.same("stacks", stacks, by("stack_id", found["stack"]))
    tenants = {one: {"tenant_id": one, "tenant_name": name} for one, name in reference.projects.items()}
    comparison.same("tenants", tenants, by("tenant_id", found["tenant"]))
    heats_own = reference.all_project_ids - reference.projects.keys()
    comparison.count("heat's own projects left out", len(heats_own))
