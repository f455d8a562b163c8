"""Hosts, against `openstack compute service|hypervisor|aggregate|server`."""

from typing import Any

import pytest
from tests.live.comparing import Comparison, by
from tests.live.reference import Reference, epoch
from tests.live.site import Site

pytestmark = pytest.mark.live

HEARTBEAT_SECONDS = 60


def test_every_host_with_its_aggregates_and_vms(site: Site, reference: Reference, comparison: Comparison) -> None:
    found = by("id", site.hosts())
    comparison.same("hosts", reference.host_items(site.dc_id), found)
    comparison.count("VMs of hosts", sum(len(host["vm_info"]) for host in found.values()))


def test_times_of_hosts(site: Site, reference: Reference) -> None:
    """A host that is down keeps its last heartbeat; the others' moves on between the two readings."""
    run = site.first_runs["dynamic"]
    for host in site.hosts():
        service = reference.services[host["id"]]
        said = epoch(service["Updated At"])
        assert host["timestamp"] >= run["timestamp"]
        assert said is not None
        apart = 0.0
        if service["State"] == "up":
            apart = abs(host["timestamp"] - reference.asked_at) + HEARTBEAT_SECONDS
        assert abs(host["update_at"] - said) <= apart, f"{host['host']}: {host['update_at']}, the cloud says {said}"


def test_pages_add_up_to_the_whole_list(site: Site, reference: Reference) -> None:
    whole = [host["id"] for host in site.hosts()]
    assert [host["id"] for host in site.hosts(limit=3)] == whole
    assert sorted(whole) == sorted(reference.services)
    assert len(site.get("host_data", dc_id=site.dc_id)["data"]) == min(10, len(whole))


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(("sort", "field"), [("vm_num", "vm_num"), ("update_time", "update_at")])
def test_sorts(site: Site, reference: Reference, comparison: Comparison, sort: str, field: str, order: str) -> None:
    found = [host[field] for host in site.hosts(sort=sort, order=order, limit=4)]
    known = site.hosts() if sort == "update_time" else list(reference.host_items(site.dc_id).values())
    assert found == sorted((host[field] for host in known), reverse=order == "desc")
    comparison.count("sorts")


@pytest.mark.parametrize("query", ["host", "host_aggregate", "availability_zone", "state"])
def test_filters(site: Site, reference: Reference, comparison: Comparison, query: str) -> None:
    """`host` is a part of the name in any case, the others are equal to the whole value."""
    hosts = reference.host_items(site.dc_id)
    field = "host_aggregates" if query == "host_aggregate" else query

    def values(host: dict[str, Any]) -> list[str]:
        return list(host[field]) if isinstance(host[field], list) else [host[field]]

    whole = {value for host in hosts.values() for value in values(host)}
    needles = {*whole, *(value[:-1] for value in whole), *(value.upper() for value in whole), "%", "no such thing"}
    for needle in sorted(needles):
        expected = {
            host_id
            for host_id, host in hosts.items()
            if (needle.lower() in host["host"].lower() if query == "host" else needle in values(host))
        }
        found = {host["id"] for host in site.hosts(query=query, filter=needle)}
        assert found == expected, f"{query}={needle!r}: {found ^ expected}"
    comparison.count("host filters", len(needles))


def test_nova_service_up_and_down(site: Site, reference: Reference, comparison: Comparison) -> None:
    for state in ("up", "down"):
        expected = {
            service_id: {
                "availability_zone": service["Zone"],
                "cid": site.dc_id,
                "host": service["Host"],
                "id": service_id,
                "state": service["State"],
                "status": service["Status"],
                "disabled_reason": service["Disabled Reason"],
            }
            for service_id, service in reference.services.items()
            if (service["State"] == "up") == (state == "up")
        }
        found = by("id", site.get(f"{site.dc_id}/nova_service/{state}")["data"])
        comparison.same(f"services {state}", expected, found, may_be_empty=True)


def test_capacity_of_every_host(site: Site, reference: Reference, comparison: Comparison) -> None:
    found = {
        service["Host"]: site.get(f"{site.dc_id}/infra_resource/{service_id}")["data"]
        for service_id, service in reference.services.items()
    }
    comparison.same("host capacities", reference.capacities, found)


def test_host_config_data_lists_aggregates_and_zones(site: Site, reference: Reference, comparison: Comparison) -> None:
    [found] = site.get("host_config_data", dc_id=site.dc_id)["data"]
    names = {one["Name"]: {"aggregate_name": one["Name"]} for one in reference.aggregates}
    comparison.same("aggregates", names, by("aggregate_name", found["host_ha"]))
    zones = {one["Availability Zone"] for one in reference.aggregates if one["Availability Zone"]}
    expected = {zone: {"availability_zone": zone} for zone in zones}
    comparison.same("availability zones", expected, by("availability_zone", found["host_az"]))
