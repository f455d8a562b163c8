"""A small made-up cloud with what real ones surprise with, stored as a data center's picture without any cloud.

Five hosts (one down and disabled, one without capacity), fourteen VMs, four tenants. Times count from `T0`.
"""

from collections.abc import Sequence

from optimus.db.database import Database
from optimus.facts import cloud
from optimus.facts.parts import PARTS_OF_TASK, Part, PartState, Task
from optimus.facts.visits import Cost, PartResult, Visit
from optimus.inventory import service
from optimus.kit.ids import new_id

T0 = 1_700_000_000
FLOATING_IP = "203.0.113.9"
CORE, PERCENT, VEPC, BARE = ("c0" * 16, "c1" * 16, "c2" * 16, "c3" * 16)  # projects; BARE has no quota and no VM
GHOST = "ee" * 16  # a project that servers name and keystone does not list
OAM, BEARER, GONE_NETWORK = ("0a" * 16, "0b" * 16, "0c" * 16)
STACK, CHINESE_STACK, EMPTY_STACK = ("a0" * 16, "a1" * 16, "a2" * 16)
FILLERS = 8


def server_id(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def volume_id(number: int) -> str:
    return f"{number:08d}-aaaa-4000-8000-000000000000"


# What the VMs of the list are, by number: the tests speak of them by these names.
MME, MME_PERCENT, CHINESE, UNSCHEDULED, UNKNOWN_FLAVOR, CRASHED = (server_id(n) for n in range(1, 7))
FILLER_IDS = [server_id(100 + n) for n in range(FILLERS)]
ALL_IDS = [MME, MME_PERCENT, CHINESE, UNSCHEDULED, UNKNOWN_FLAVOR, CRASHED, *FILLER_IDS]
BOOT_VOLUME, SHARED_VOLUME, NAMELESS_VOLUME, CHINESE_VOLUME = (volume_id(n) for n in range(1, 5))

LARGE = ("f1", "m1.large", 8, 16384, 40)
MIDDLE = ("f2", "m1.middle", 4, 8192, 20)
SMALL = ("f3", "m1.small", 2, 4096, 10)
TINY = ("f4", "m1.tiny", 1, 512, 0)
FILLER = ("f5", "m1.filler", 1, 1024, 5)
NO_FLAVOR = ("gone", None, None, None, None)
FlavorValues = tuple[str, str | None, int | None, int | None, int | None]


def _server(
    id_: str,
    name: str,
    project_id: str | None,
    *,
    status: str,
    power: str,
    host: str | None,
    created: int | None,
    flavor: FlavorValues,
    addresses: tuple[cloud.Address, ...] = (),
) -> cloud.Server:
    flavor_id, flavor_name, vcpus, memory, disk = flavor
    return cloud.Server(
        id=id_,
        name=name,
        project_id=project_id,
        status=status,
        power_state=power,
        vm_state=status.lower(),
        task_state=None,
        host=host,
        host_status="UP" if host else None,
        instance_name=f"instance-{id_[:8]}" if host else None,
        availability_zone="vepc_cp" if host else None,
        created_at=created,
        updated_at=None if created is None else created + 5,
        launched_at=None,
        image_id=None,
        flavor_id=flavor_id,
        flavor_name=flavor_name,
        flavor_vcpus=vcpus,
        flavor_memory_mib=memory,
        flavor_disk_gb=disk,
        addresses=addresses,
    )


def _servers() -> list[cloud.Server]:
    oam = cloud.Address("oam_net", "192.0.2.11", "fa:16:3e:00:00:01")
    floating = cloud.Address("oam_net", FLOATING_IP, "fa:16:3e:00:00:01")
    only_nova = cloud.Address("oam_net", "192.0.2.12", None)
    one, two, three = "compute1.site.example", "compute2.site.example", "compute3.site.example"
    named = [
        _server(
            MME,
            "vMME_01",
            CORE,
            status="ACTIVE",
            power="Running",
            host=one,
            created=T0 + 10,
            flavor=LARGE,
            addresses=(oam, floating),
        ),
        _server(
            MME_PERCENT,
            "vMME%02",
            CORE,
            status="PAUSED",
            power="Paused",
            host=one,
            created=T0 + 20,
            flavor=LARGE,
            addresses=(only_nova,),
        ),
        _server(
            CHINESE,
            "虚拟机-三",
            PERCENT,
            status="SHUTOFF",
            power="Shutdown",
            host=two,
            created=T0 + 20,
            flavor=MIDDLE,
        ),
        _server(
            UNSCHEDULED,
            "VMMEX01",
            VEPC,
            status="ERROR",
            power="NoState",
            host=None,
            created=T0 + 30,
            flavor=SMALL,
        ),
        _server(
            UNKNOWN_FLAVOR,
            "Straße",
            GHOST,
            status="SUSPENDED",
            power="Suspended",
            host=three,
            created=None,
            flavor=NO_FLAVOR,
        ),
        _server(
            CRASHED,
            "crashed.vm",
            None,
            status="ACTIVE",
            power="Crashed",
            host=two,
            created=T0 + 40,
            flavor=TINY,
        ),
    ]
    fillers = [
        _server(
            id_,
            f"filler-{n:02d}",
            VEPC,
            status="ACTIVE",
            power="Running",
            host=two,
            created=T0 + 100 + n,
            flavor=FILLER,
        )
        for n, id_ in enumerate(FILLER_IDS)
    ]
    return [*named, *fillers]


def _flavors() -> list[cloud.Flavor]:
    return [
        cloud.Flavor(id_, str(name), vcpus or 0, memory or 0, disk or 0, 0, 0, True, {"hw:cpu_policy": "dedicated"})
        for id_, name, vcpus, memory, disk in (LARGE, MIDDLE, SMALL, TINY, FILLER)
    ]


def _volumes() -> list[cloud.Volume]:
    first, both = cloud.VolumeAttachment(MME, "/dev/vda"), ("/dev/vdb", "/dev/vdc")
    return [
        cloud.Volume(BOOT_VOLUME, "boot_vol", CORE, "in-use", 100, "ceph_ssd", True, T0, (first,)),
        cloud.Volume(
            SHARED_VOLUME,
            "shared%data",
            CORE,
            "in-use",
            40,
            "pool_1",
            False,
            T0,
            (cloud.VolumeAttachment(MME, both[0]), cloud.VolumeAttachment(MME_PERCENT, both[1])),
        ),
        cloud.Volume(NAMELESS_VOLUME, None, VEPC, "available", 10, None, False, None),
        cloud.Volume(
            CHINESE_VOLUME,
            "数据卷",
            PERCENT,
            "in-use",
            50,
            "ceph_ssd",
            True,
            T0,
            (cloud.VolumeAttachment(CHINESE, "/dev/vda"),),
        ),
    ]


def _port(number: int, network_id: str, device_id: str | None, *ips: str) -> cloud.Port:
    return cloud.Port(
        id=f"{number:08d}-bbbb-4000-8000-000000000000",
        name=f"port{number}",
        network_id=network_id,
        project_id=CORE,
        device_id=device_id,
        device_owner="compute:nova" if device_id else None,
        mac=f"fa:16:3e:00:00:{number:02x}",
        status="ACTIVE",
        vif_type="vhostuser",
        vnic_type="normal",
        host=None,
        ip_addresses=ips,
    )


def _ports() -> list[cloud.Port]:
    return [
        _port(1, OAM, MME, "192.0.2.11", "2001:db8::11"),
        _port(2, BEARER, MME, "198.51.100.11"),
        _port(3, GONE_NETWORK, CHINESE, "198.51.100.13"),
        _port(4, OAM, None, "192.0.2.200"),
    ]


def _networks() -> list[cloud.Network]:
    return [
        cloud.Network(OAM, "oam_net", CORE, False, False, "vlan", "physnet1", 100, 1500),
        cloud.Network(BEARER, "承载%网", CORE, True, True, "vlan", "physnet1", 101, 9000),
    ]


def _hosts(extra: int) -> list[cloud.ComputeService]:
    named = [
        cloud.ComputeService("101", "compute1.site.example", "vepc_cp", "up", "enabled", None, T0 + 100),
        cloud.ComputeService("102", "compute2.site.example", "vepc_cp", "up", "enabled", None, T0 + 100),
        cloud.ComputeService("103", "compute3.site.example", "vepc_up", "down", "enabled", None, T0 + 50),
        cloud.ComputeService("104", "compute4.site.example", "nova", "up", "disabled", "维护中", None),
        cloud.ComputeService("105", "COMPUTE_5.site.example", None, "down", "disabled", "broken", T0 + 200),
    ]
    more = [
        cloud.ComputeService(f"{201 + n}", f"extra{n:02d}", "nova", "up", "enabled", None, T0 - n) for n in range(extra)
    ]
    return [*named, *more]


def _stacks() -> list[cloud.Stack]:
    # The collector folds nested stacks into their root: MME_PERCENT is of a nested one.
    return [
        cloud.Stack(STACK, "vepc-stack", CORE, "CREATE_COMPLETE", T0, None, "1", (MME, MME_PERCENT)),
        cloud.Stack(CHINESE_STACK, "更新栈", PERCENT, "UPDATE_FAILED", T0, T0 + 1, "1", (CHINESE,)),
        cloud.Stack(EMPTY_STACK, "empty", VEPC, "DELETE_FAILED", None, None, "1", ()),
    ]


def _projects() -> list[cloud.Project]:
    names = {CORE: "核心网租户", PERCENT: "100%_Tenant", VEPC: "vEPC_Prod", BARE: "Ωmega"}
    return [cloud.Project(id_, name, "default", True) for id_, name in names.items()]


def _aggregates() -> list[cloud.Aggregate]:
    one, two, three = "compute1.site.example", "compute2.site.example", "compute3.site.example"
    return [
        cloud.Aggregate("1", "vepc_cp", "vepc_cp", (one, two), {"pinned": "true"}),
        cloud.Aggregate("2", "高性能", None, (one,)),
        cloud.Aggregate("3", "vepc_up", "vepc_up", (three,)),
        cloud.Aggregate("4", "50%_pinned", None, (two,)),
        cloud.Aggregate("5", "empty", "edge"),
    ]


def _hypervisor(host: str, service_id: str, *numbers: int | None) -> cloud.Hypervisor:
    vcpus, vcpus_used, memory, memory_used, disk, disk_used = numbers
    return cloud.Hypervisor(
        id=f"h{service_id}",
        hostname=host,
        host=host,
        service_id=service_id,
        hypervisor_type="QEMU",
        hypervisor_version=4_002_001,
        host_ip="192.0.2.101",
        state="up",
        status="enabled",
        vcpus=vcpus,
        vcpus_used=vcpus_used,
        memory_mib=memory,
        memory_used_mib=memory_used,
        local_disk_gb=disk,
        local_disk_used_gb=disk_used,
        running_vms=None,
    )


def _hypervisors() -> list[cloud.Hypervisor]:
    return [
        _hypervisor("compute1.site.example", "101", 56, 24, 385401, 45568, 811, 0),
        _hypervisor("compute2.site.example", "102", 40, 30, 262144, 200000, 500, 100),
        _hypervisor("compute3.site.example", "103", 40, 0, 262144, 2048, 500, 0),
        _hypervisor("compute4.site.example", "104", None, None, None, None, None, None),
    ]


def _static() -> dict[Part, Sequence[cloud.Fact]]:
    return {
        Part.PROJECTS: _projects(),
        Part.AGGREGATES: _aggregates(),
        Part.VOLUME_TYPES: [
            cloud.VolumeType("t1", "ceph_ssd", True),
            cloud.VolumeType("t2", "pool_1", True),
            cloud.VolumeType("t3", "unused", True),
        ],
        Part.HYPERVISORS: _hypervisors(),
        # vCPUs: 60 of 136 used. Memory: more used than there is, so everybody is over-committed.
        Part.COMPUTE_QUOTAS: [
            cloud.ComputeQuota(CORE, 60, 30, 100_000, 40_000, 10, 2),
            cloud.ComputeQuota(PERCENT, -1, 10, -1, 5_000, -1, 1),
            cloud.ComputeQuota(VEPC, 40, 20, 2_000_000, 900_000, 100, 9),
        ],
        Part.VOLUME_QUOTAS: [
            cloud.VolumeQuota(CORE, "", 1000, 190),
            cloud.VolumeQuota(CORE, "ceph_ssd", 500, 150),
            cloud.VolumeQuota(CORE, "pool_1", -1, 40),
            cloud.VolumeQuota(PERCENT, "", -1, 0),
            cloud.VolumeQuota(VEPC, "", 100, 120),
            cloud.VolumeQuota(VEPC, "ceph_ssd", 300, 0),
        ],
    }


def _dynamic(extra_hosts: int) -> dict[Part, Sequence[cloud.Fact]]:
    return {
        Part.PROJECTS: _projects(),
        Part.SERVERS: _servers(),
        Part.FLAVORS: _flavors(),
        Part.VOLUMES: _volumes(),
        Part.PORTS: _ports(),
        Part.NETWORKS: _networks(),
        Part.COMPUTE_SERVICES: _hosts(extra_hosts),
        Part.STACKS: _stacks(),
    }


def made_up_visit(task: Task, *, extra_hosts: int = 0) -> Visit:
    """What a visit for this task brings back from the made-up cloud."""
    facts = _dynamic(extra_hosts) if task is Task.DYNAMIC else _static()
    assert set(facts) == set(PARTS_OF_TASK[task])
    parts = {part: PartResult(PartState.FRESH, found) for part, found in facts.items()}
    return Visit(task, parts, Cost(len(parts), 1000, 0.5), host_key="", compute_microversion="2.90")


def take_in_picture(database: Database, dc_id: str, *, extra_hosts: int = 0) -> None:
    """Make the made-up cloud the picture of a registered data center."""
    for task in Task:
        visit = made_up_visit(task, extra_hosts=extra_hosts)
        with database.writing() as connection:
            service.take_in(connection, dc_id, visit, run_id=new_id(), fresh_seconds=3600)
