"""Made-up facts of one data center, as a dynamic and a static visit would bring them."""

from collections.abc import Iterator
from itertools import count

from optimus.facts import cloud
from optimus.facts.parts import Part, PartState, Task
from optimus.facts.visits import Cost, PartResult, Visit

STATUSES = ("ACTIVE", "ACTIVE", "ACTIVE", "SHUTOFF", "ERROR")
VMS_OF_HOST, VMS_OF_STACK, TENANTS, NETWORKS, ZONES = 20, 10, 40, 50, 4
STARTED_AT = 1_790_000_000


class Made:
    """A data center with so many VMs. Ids are unique over all data centers made with one `numbers`."""

    def __init__(self, vms: int, numbers: "count[int]") -> None:
        self._numbers = numbers
        self.projects = [cloud.Project(self._id(), f"Tenant-{n:02}", "default", enabled=True) for n in range(TENANTS)]
        self.hosts = [f"compute-{n:04}.dc.example" for n in range(max(1, vms // VMS_OF_HOST))]
        self.networks = [
            cloud.Network(
                self._id(),
                f"net-{n:02}",
                self.projects[n % TENANTS].id,
                False,
                False,
                "vlan",
                "physnet0",
                100 + n,
                9000,
            )
            for n in range(NETWORKS)
        ]
        self.servers = [self._server(n) for n in range(vms)]
        self.stacks = [
            cloud.Stack(
                self._id(), f"stack-{n:05}", self.projects[n % TENANTS].id, "CREATE_COMPLETE", STARTED_AT, None, "s",
                tuple(server.id for server in self.servers[n * VMS_OF_STACK : (n + 1) * VMS_OF_STACK]),
            )
            for n in range(max(1, vms // VMS_OF_STACK))
        ]  # fmt: skip

    def visits(self) -> Iterator[Visit]:
        cost = Cost(0, 0, 0.0)
        dynamic: dict[Part, list[cloud.Fact]] = {
            Part.PROJECTS: [*self.projects],
            Part.SERVERS: [*self.servers],
            Part.FLAVORS: [cloud.Flavor("1", "m1.medium", 4, 8192, 40, 0, 0, is_public=True)],
            Part.VOLUMES: [self._volume(n) for n in range(0, len(self.servers), 4)],
            Part.PORTS: [self._port(n) for n in range(2 * len(self.servers))],
            Part.NETWORKS: [*self.networks],
            Part.COMPUTE_SERVICES: [self._service(n) for n in range(len(self.hosts))],
            Part.STACKS: [*self.stacks],
        }
        zones = [
            cloud.Aggregate(str(n), f"aggregate-{n}", f"zone-{n}", tuple(self.hosts[n::ZONES])) for n in range(ZONES)
        ]
        for task, parts in ((Task.DYNAMIC, dynamic), (Task.STATIC, {Part.AGGREGATES: zones})):
            results = {part: PartResult(PartState.FRESH, facts) for part, facts in parts.items()}
            yield Visit(task, results, cost, "ssh-ed25519 AAAA", "2.79")

    def _id(self) -> str:
        text = f"{next(self._numbers) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _server(self, n: int) -> cloud.Server:
        host = self.hosts[n // VMS_OF_HOST % len(self.hosts)]
        memory = 2048 << n % 5
        return cloud.Server(
            id=self._id(),
            name=f"vnf-{n % 97:02}-node-{n:06}",
            project_id=self.projects[n % TENANTS].id,
            status=STATUSES[n % len(STATUSES)],
            power_state="Running",
            vm_state="active",
            task_state=None,
            host=host,
            host_status="UP",
            instance_name=f"instance-{n:08x}",
            availability_zone=f"zone-{n % ZONES}",
            created_at=STARTED_AT + n * 7919 % 10_000_000,
            updated_at=STARTED_AT + n,
            launched_at=STARTED_AT + n,
            image_id=None,
            flavor_id=None,
            flavor_name="m1.medium",
            flavor_vcpus=1 + n % 16,
            flavor_memory_mib=memory,
            flavor_disk_gb=20 + n % 7 * 20,
            addresses=tuple(cloud.Address(self.networks[(n + k) % NETWORKS].name, _ip(n, k), None) for k in range(2)),
        )

    def _port(self, n: int) -> cloud.Port:
        vm, k = divmod(n, 2)
        server, network = self.servers[vm], self.networks[(vm + k) % NETWORKS]
        mac = ":".join(f"{n >> shift & 0xFF:02x}" for shift in (40, 32, 24, 16, 8, 0))
        return cloud.Port(
            self._id(), "", network.id, server.project_id, server.id, "compute:nova", mac, "ACTIVE", "vhostuser",
            "normal", server.host, (_ip(vm, k),),
        )  # fmt: skip

    def _volume(self, n: int) -> cloud.Volume:
        server = self.servers[n]
        attached = (cloud.VolumeAttachment(server.id, "/dev/vdb"),)
        return cloud.Volume(
            self._id(), f"volume-{n}", server.project_id, "in-use", 10, "ssd", False, STARTED_AT, attached
        )

    def _service(self, n: int) -> cloud.ComputeService:
        state = "down" if n % 10 == 9 else "up"
        return cloud.ComputeService(
            self._id(), self.hosts[n], f"zone-{n % ZONES}", state, "enabled", None, STARTED_AT + n * 31 % 1000
        )


def _ip(n: int, k: int) -> str:
    return f"10.{k}{n >> 16 & 0xF}.{n >> 8 & 0xFF}.{n & 0xFF}"
