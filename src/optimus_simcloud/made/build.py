"""Builds a site from its seed: the same name, size and seed give the same site, byte for byte."""

from collections import Counter
from random import Random

from optimus_simcloud.made import words
from optimus_simcloud.made.cpus import all_vm_cpus
from optimus_simcloud.made.ids import Ids
from optimus_simcloud.made.site import (
    ADMIN_PROJECT,
    EPOCH_AT,
    Aggregate,
    Flavor,
    Host,
    Project,
    Quota,
    Site,
    Volume,
)
from optimus_simcloud.made.stacks import add_failed_stack, add_stack, set_state
from optimus_simcloud.made.vms import add_server

DAY = 86400
# Of every 50 VMs; the first matching remainder wins.
STATUS_OF_EVERY_50TH = {7: "SHUTOFF", 19: "SHUTOFF", 23: "PAUSED", 31: "ERROR", 41: "SUSPENDED"}


def build_site(*, name: str, hosts: int, vms: int, seed: int) -> Site:
    site = Site(name=name, seed=seed, ids=Ids(f"{name}/{seed}"))
    rng = Random(f"{name}/{seed}/{hosts}/{vms}")
    _projects(site, vms)
    _flavors(site)
    _hosts(site, hosts)
    _aggregates(site)
    for volume_type in words.VOLUME_TYPES:
        site.volume_types[volume_type] = site.ids.uuid("volume-type", volume_type)
    _vms(site, rng, vms)
    _spare_volumes(site)
    _troubles(site)
    _quotas(site)
    return site


def _projects(site: Site, vms: int) -> None:
    for name, description in ((ADMIN_PROJECT, "Bootstrap project."), ("service", "")):
        project = Project(site.ids.hex("project", name), name, "default", description, is_tenant=True)
        site.projects[project.id] = project
    for name, prefix, zone in words.tenants_for(vms):
        project = Project(site.ids.hex("project", name), name, "default", f"{name} tenant", is_tenant=True)
        site.projects[project.id] = project
        site.tenants.append((project, prefix, zone))


def _flavors(site: Site) -> None:
    for flavor in words.FLAVORS:
        site.flavors[flavor.name] = Flavor(
            id=site.ids.uuid("flavor", flavor.name),
            name=flavor.name,
            vcpus=flavor.vcpus,
            memory_mib=flavor.memory_gib * 1024,
            disk_gb=flavor.disk_gb,
            ephemeral_gb=flavor.ephemeral_gb,
            swap_mib=flavor.swap_mib,
            is_public=flavor.is_public,
            extra_specs=flavor.extra_specs,
        )


def _hosts(site: Site, count: int) -> None:
    zones = [zone for zone, share in words.ZONES for _ in range(share)] + [None]
    for number in range(1, count + 1):
        name = f"cmp-{number:04d}.{site.name}.example"
        site.hosts[name] = Host(
            number=number,
            id=site.ids.uuid("hypervisor", number),
            service_id=site.ids.uuid("service", number),
            name=name,
            address=f"2001:db8:{site.seed % 0x10000:x}::{number:x}",
            zone=zones[(number * 7) % len(zones)],  # 7 and 20 share no factor: every zone soon has hosts
            changed_at=site.clock_at,
            free_cpus=all_vm_cpus(),
        )


def _aggregates(site: Site) -> None:
    hosts = list(site.hosts.values())
    for zone, _ in words.ZONES:
        members = [h.name for h in hosts if h.zone == zone]
        _aggregate(site, zone, zone, members, {"availability_zone": zone})
    for name, step, metadata in words.OVERLAPPING_AGGREGATES:
        members = [h.name for h in hosts[::step]] if step else []
        _aggregate(site, name, None, members, dict(metadata))


def _aggregate(site: Site, name: str, zone: str | None, hosts: list[str], metadata: dict[str, str]) -> None:
    number = len(site.aggregates) + 1
    site.aggregates.append(Aggregate(number, site.ids.uuid("aggregate", number), name, zone, hosts, metadata))


def _vms(site: Site, rng: Random, vms: int) -> None:
    """Some four in ten VMs belong to stacks; the last one was never scheduled."""
    stacks = 0
    add_failed_stack(site, site.tenants[-1], created_at=EPOCH_AT - DAY)
    left = vms - 1
    while left > 0:
        tenant = site.tenants[rng.randrange(len(site.tenants))]
        created_at = EPOCH_AT - rng.randrange(DAY, 300 * DAY)
        if left >= 4 and (stacks < 3 or rng.random() < 0.07):
            size = min(left, 4 if stacks < 3 else rng.randrange(4, 16))
            stacks += 1
            root = add_stack(site, rng, tenant, stacks, size, created_at=created_at)
            if stacks == 2:
                set_state(site, root, "UPDATE_IN_PROGRESS", EPOCH_AT - 120)
            elif stacks % 3 == 0:
                set_state(site, root, "UPDATE_COMPLETE", created_at + DAY // 2)
            left -= size
        else:
            add_server(site, rng, tenant, created_at=created_at)
            left -= 1
    for server in site.servers.values():
        server.status = STATUS_OF_EVERY_50TH.get(server.number % 50, server.status)
    _never_scheduled(site, rng)


def _never_scheduled(site: Site, rng: Random) -> None:
    standing = {host.name: host.is_up for host in site.hosts.values()}
    for host in site.hosts.values():
        host.is_up = False  # nobody can take it
    add_server(site, rng, site.tenants[-1], created_at=EPOCH_AT - 3600).name = "mgmt-nohost"
    for name, is_up in standing.items():
        site.hosts[name].is_up = is_up


def _spare_volumes(site: Site) -> None:
    project, prefix, _ = site.tenants[-1]
    for name, size, status, volume_type in (
        ("err", 10, "error", "ssd"),
        ("backup", 500, "available", "hdd"),
        ("scratch", 20, "available", "__DEFAULT__"),
    ):
        volume_id = site.ids.uuid("volume", name)
        site.volumes[volume_id] = Volume(
            id=volume_id,
            name=f"{prefix}-{name}",
            project_id=project.id,
            size_gb=size,
            volume_type=volume_type,
            status=status,
            bootable=False,
            created_at=EPOCH_AT - 30 * DAY,
        )


def _troubles(site: Site) -> None:
    """After the VMs, so that hosts in trouble have VMs: one host in twenty is down, one is disabled."""
    hosts = list(site.hosts.values())
    for index, host in enumerate(hosts):
        if index % 20 == 1:
            host.is_up, host.changed_at = False, EPOCH_AT - 7200
        elif index % 20 == 3:
            host.disabled, host.changed_at = True, EPOCH_AT - 9 * DAY
            host.disabled_reason = words.DISABLED_REASONS[index // 20 % len(words.DISABLED_REASONS)]


def _quotas(site: Site) -> None:
    """Limits a good deal over the use; the first tenant has no limits and so has `admin`."""
    used: Counter[tuple[str, str]] = Counter()
    for server in site.servers.values():
        used[server.project_id, "cores"] += server.flavor.vcpus
        used[server.project_id, "ram"] += server.flavor.memory_mib
        used[server.project_id, "instances"] += 1
    for volume in site.volumes.values():
        used[volume.project_id, "gigabytes"] += volume.size_gb
    unlimited = {site.tenants[0][0].id, site.ids.hex("project", ADMIN_PROJECT)}
    for project in site.projects.values():
        if project.id in unlimited:
            limits = Quota(-1, -1, -1, {"": -1})
        else:
            gigabytes = used[project.id, "gigabytes"] * 2 + 1000
            limits = Quota(
                cores=used[project.id, "cores"] * 3 // 2 + 40,
                ram_mib=used[project.id, "ram"] * 3 // 2 + 102400,
                instances=used[project.id, "instances"] * 2 + 10,
                gigabytes={"": gigabytes, "ssd": gigabytes // 2},
            )
        site.quotas[project.id] = limits
