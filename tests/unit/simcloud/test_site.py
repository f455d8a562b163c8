"""The made-up site: repeatable, consistent, and troubled in the ways that it promises."""

from collections import Counter
from dataclasses import asdict

import pytest

from optimus_simcloud.made.build import build_site
from optimus_simcloud.made.change import advance
from optimus_simcloud.made.site import HOST_MEMORY_MIB, HOST_OWN_CPUS, HOST_VM_CPUS, Site


def site(ticks: int = 0, seed: int = 1) -> Site:
    made = build_site(name="gz1", hosts=20, vms=300, seed=seed)
    for _ in range(ticks):
        advance(made)
    return made


def comparable(made: Site) -> dict[str, object]:
    plain = {name: getattr(made, name) for name in ("servers", "hosts", "ports", "volumes", "stacks", "networks")}
    return {name: [asdict(value) for value in values.values()] for name, values in plain.items()}


@pytest.mark.parametrize("ticks", [0, 25])
def test_the_same_seed_gives_the_same_site(ticks: int) -> None:
    assert comparable(site(ticks)) == comparable(site(ticks))
    assert comparable(site(ticks)) != comparable(site(ticks, seed=2))


@pytest.mark.parametrize("ticks", [0, 1, 60])
def test_hosts_hold_exactly_the_vms_placed_on_them(ticks: int) -> None:
    made = site(ticks)
    for host in made.hosts.values():
        mine = [s for s in made.servers.values() if s.host == host.name]
        assert set(host.server_ids) == {s.id for s in mine}
        assert host.used_vcpus == sum(s.flavor.vcpus for s in mine) <= HOST_VM_CPUS
        assert host.used_memory_mib == sum(s.flavor.memory_mib for s in mine) <= HOST_MEMORY_MIB
        pins = Counter(cpu for s in mine for cpu in s.pins)
        free = Counter(cpu for node in host.free_cpus for cpu in node)
        assert pins + free == Counter(set(range(96)) - set(HOST_OWN_CPUS))
        assert all(len(s.pins) == s.flavor.vcpus for s in mine if s.flavor.is_dedicated)


@pytest.mark.parametrize("ticks", [0, 60])
def test_everything_that_is_referred_to_exists(ticks: int) -> None:
    made = site(ticks)
    for server in made.servers.values():
        assert len(server.port_ids) == (2 if server.host else 0)
        assert all(made.ports[p].device_id == server.id for p in server.port_ids)
        assert all(made.volumes[v].server_id == server.id for v in server.volume_ids)
    for stack in made.stacks.values():
        for resource in stack.resources:
            if resource.type == "OS::Nova::Server":
                assert made.servers[resource.physical_id].stack_id == stack.id
            if resource.nested_id:
                assert made.stacks[resource.nested_id].parent_id == stack.id


def test_addresses_are_unique_in_their_network_and_of_documentation_ranges() -> None:
    made = site(30)
    seen = Counter((subnet, ip) for port in made.ports.values() for subnet, ip in port.fixed_ips)
    assert set(seen.values()) == {1}
    ranges = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:")
    assert all(ip.startswith(ranges) for _, ip in seen)


def test_the_site_has_its_troubles() -> None:
    made = site()
    statuses = Counter(server.status for server in made.servers.values())
    assert {"ERROR", "SHUTOFF", "PAUSED"} <= set(statuses)
    assert [s.name for s in made.servers.values() if s.host is None] == ["mgmt-nohost"]
    assert any(not host.is_up for host in made.hosts.values())
    assert any(host.disabled and host.disabled_reason for host in made.hosts.values())
    assert {"CREATE_COMPLETE", "UPDATE_COMPLETE", "CREATE_FAILED", "UPDATE_IN_PROGRESS"} <= {
        stack.status for stack in made.stacks.values()
    }
    assert "error" in {volume.status for volume in made.volumes.values()}
    assert -1 in {quota.cores for quota in made.quotas.values()}
    in_aggregates = Counter(host for aggregate in made.aggregates for host in aggregate.hosts)
    assert max(in_aggregates.values()) > 1


def test_life_goes_on() -> None:
    before, after = site(), site(8)
    assert set(before.servers) - set(after.servers)
    assert set(after.servers) - set(before.servers)
    assert {h.name for h in before.hosts.values() if h.is_up} != {h.name for h in after.hosts.values() if h.is_up}
    assert abs(len(after.servers) - len(before.servers)) < 15
    changed = [s for s in after.stacks.values() if s.updated_at and s.updated_at > before.clock_at]
    assert any(s.parent_id for s in changed)
