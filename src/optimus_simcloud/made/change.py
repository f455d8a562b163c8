"""One tick of life: VMs come and go, hosts fail and recover, one stack scales. A function of (seed, tick)."""

from random import Random

from optimus_simcloud.made.site import Host, Site, Stack
from optimus_simcloud.made.stacks import add_member, remove_member, set_state
from optimus_simcloud.made.vms import add_server, remove_server

TICK_SECONDS = 60
SMALLEST_GROUP, LARGEST_GROUP = 2, 12
REPAIR_TICKS = 3


def advance(site: Site) -> None:
    """The site one minute later."""
    site.tick += 1
    site.clock_at += TICK_SECONDS
    site.revision += 1
    rng = Random(f"{site.name}/{site.seed}/tick/{site.tick}")
    _vms_come_and_go(site, rng)
    _hosts_fail_and_recover(site, rng)
    _stack_scales(site, rng)


def _vms_come_and_go(site: Site, rng: Random) -> None:
    alone = [s.id for s in site.servers.values() if s.stack_id is None and s.host is not None]
    count = max(1, len(site.servers) // 1000)
    for server_id in rng.sample(alone, min(count, len(alone))):
        remove_server(site, server_id)
    for _ in range(count):
        tenant = site.tenants[rng.randrange(len(site.tenants))]
        add_server(site, rng, tenant, created_at=site.clock_at - 30)
    # One VM is stopped or started by its operator.
    changed = site.servers[rng.choice(list(site.servers))]
    if changed.host is not None and changed.status in {"ACTIVE", "SHUTOFF"}:
        changed.status = "SHUTOFF" if changed.status == "ACTIVE" else "ACTIVE"
        changed.updated_at = site.clock_at
        site.touch(changed.id)


def _hosts_fail_and_recover(site: Site, rng: Random) -> None:
    down = [host for host in site.hosts.values() if not host.is_up]
    for host in down:
        # Those that were down before the first tick stay so: there is always one to look at.
        if host.changed_at >= site.clock_at - site.tick * TICK_SECONDS and (
            site.clock_at - host.changed_at >= REPAIR_TICKS * TICK_SECONDS
        ):
            _set_up(site, host, is_up=True)
    standing = [host for host in site.hosts.values() if host.is_up and not host.disabled]
    if site.tick % 4 == 0 and len(standing) > 1:
        _set_up(site, rng.choice(standing), is_up=False)


def _set_up(site: Site, host: Host, *, is_up: bool) -> None:
    host.is_up, host.changed_at = is_up, site.clock_at
    site.touch(host.id)
    for server_id in host.server_ids:  # their host_status changes with it
        site.touch(server_id)


def _stack_scales(site: Site, rng: Random) -> None:
    """The first stack with a flat group grows for five ticks, then shrinks for five.

    On odd ticks only the nested stack shows an update, as when an alarm scales the group and not an operator.
    """
    root, group = _scaling_stack(site)
    if root is None or group is None:
        return
    tenant = next(t for t in site.tenants if t[0].id == root.project_id)
    grows = site.tick % 10 < 5
    if grows and len(group.resources) < LARGEST_GROUP:
        add_member(site, rng, tenant, group, templated=False, at=site.clock_at)
    elif not grows and len(group.resources) > SMALLEST_GROUP:
        remove_member(site, group)
    set_state(site, group, "UPDATE_COMPLETE", site.clock_at)
    if site.tick % 2 == 0:
        set_state(site, root, "UPDATE_COMPLETE", site.clock_at)


def _scaling_stack(site: Site) -> tuple[Stack | None, Stack | None]:
    for stack in site.stacks.values():
        if stack.parent_id is None and stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            for resource in stack.resources:
                group = site.stacks.get(resource.nested_id or "")
                if group and all(member.nested_id is None for member in group.resources):
                    return stack, group
    return None, None
