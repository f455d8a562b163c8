"""The lists of VMs and hosts, on random pictures, against a few plain lines of Python that mean the same.

Both databases are compared with the same lines, and so with each other.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection
from tests.support.facts import a

from optimus.db.database import Database
from optimus.facts import cloud
from optimus.facts.parts import Part, PartState, Task
from optimus.facts.visits import Cost, PartResult, Visit
from optimus.http.inputs import Order
from optimus.inventory import service, store
from optimus.inventory.queries import capacity, hosts, servers, tenants
from optimus.inventory.queries.parts import picture_of
from optimus.inventory.schemas import (
    HostFilter,
    HostQuery,
    HostSort,
    ServerFilter,
    ServerQuery,
    ServerSort,
    ServiceState,
)

DC = "d" * 32
PIECES = ["vMME", "VMME", "%", "_", "\\", "-", "01", "网元", "Straße", "STRASSE", "ǅ", "é", " ", "'", "a"]
ASKED = 40  # questions for each picture


class Picture:
    """Random facts of one data center."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.projects = [a(cloud.Project, id=f"{n:032x}", name=self.name()) for n in range(4)]
        self.hosts = [
            a(
                cloud.ComputeService,
                id=str(n),
                host=f"Cmp-{n}.{random.choice(['a', 'B', '%'])}.example",
                state=random.choice(["up", "down"]),
                availability_zone=random.choice(["z1", "z_1", None]),
                updated_at=random.choice([None, 5, 6, 7]),
            )
            for n in range(8)
        ]
        self.aggregates = [
            a(cloud.Aggregate, id=str(n), name=random.choice(["agg", "agg%", "聚合"]), hosts=tuple(self.some_hosts()))
            for n in range(4)
        ]
        self.servers = [self.server(n) for n in range(30)]
        self.stacks = [
            a(
                cloud.Stack,
                id=f"s{n}",
                server_ids=tuple(s.id for s in random.sample(self.servers, random.randrange(8))),
            )
            for n in range(4)
        ]
        self.networks = [a(cloud.Network, id=f"n{n}", name=self.name()) for n in range(3)]
        self.ports = [
            a(
                cloud.Port,
                id=f"port{n:02}",
                network_id=random.choice(["n0", "n1", "n2", "gone"]),
                device_id=random.choice([s.id for s in self.servers] + ["router", None]),
                ip_addresses=tuple(f"10.{n}.0.{m}" for m in range(random.randrange(3))),
            )
            for n in range(40)
        ]
        self.volumes = [self.volume(n) for n in range(20)]

    def name(self) -> str:
        return "".join(self.random.choices(PIECES, k=self.random.randrange(1, 4)))

    def some_hosts(self) -> list[str]:
        return [h.host for h in self.random.sample(self.hosts, self.random.randrange(5))]

    def server(self, number: int) -> cloud.Server:
        random = self.random
        return a(
            cloud.Server,
            id=f"{random.getrandbits(64):016x}-{number}",
            name=self.name(),
            project_id=random.choice([p.id for p in self.projects] + ["0" * 30 + "ff", None]),
            status=random.choice(["ACTIVE", "SHUTOFF", "SHELVED_OFFLOADED", "ERROR"]),
            power_state="Running",
            host=random.choice([h.host for h in self.hosts] + ["gone-host", None]),
            created_at=random.choice([None, 0, 100, 200, 300]),
            flavor_vcpus=random.choice([None, 1, 2]),
            flavor_memory_mib=random.choice([None, 512, 2048]),
            flavor_disk_gb=random.choice([None, 0, 20]),
        )

    def volume(self, number: int) -> cloud.Volume:
        random = self.random
        holders = random.sample(self.servers, random.randrange(3))
        attachments = tuple(
            cloud.VolumeAttachment(server.id, random.choice([None, "/dev/vda", "/dev/vdb"])) for server in holders
        )
        return a(cloud.Volume, id=f"v{number:02}", name=random.choice([None, "x", "y"]), attachments=attachments)

    def store(self, database: Database) -> None:
        dynamic: dict[Part, Sequence[Any]] = {
            Part.PROJECTS: self.projects,
            Part.SERVERS: self.servers,
            Part.FLAVORS: [],
            Part.VOLUMES: self.volumes,
            Part.PORTS: self.ports,
            Part.NETWORKS: self.networks,
            Part.COMPUTE_SERVICES: self.hosts,
            Part.STACKS: self.stacks,
            Part.AGGREGATES: self.aggregates,
        }
        results = {part: PartResult(PartState.FRESH, facts) for part, facts in dynamic.items()}
        visit = Visit(Task.DYNAMIC, results, Cost(1, 1, 0.1), "", None)
        with database.writing() as connection:
            store.open_picture(connection, DC)
            service.take_in(connection, DC, visit, run_id="r", fresh_seconds=60)

    @property
    def project_names(self) -> dict[str | None, str]:
        return {p.id: p.name for p in self.projects}


def unsaid_is_least(value: int | None) -> int:
    return -1 if value is None else value


SERVER_SORTS: dict[ServerSort, Callable[[cloud.Server], int | None]] = {
    ServerSort.TIME: lambda s: s.created_at,
    ServerSort.MEMORY: lambda s: s.flavor_memory_mib,
    ServerSort.DISK: lambda s: s.flavor_disk_gb,
    ServerSort.VCPU: lambda s: s.flavor_vcpus,
}


def matching_servers(picture: Picture, by: ServerFilter | None, needle: str) -> list[cloud.Server]:
    folded = needle.casefold()

    def matches(server: cloud.Server) -> bool:
        if by is ServerFilter.NAME:
            return folded in server.name.casefold()
        if by is ServerFilter.STATUS:
            return needle.upper() in server.status
        if by is ServerFilter.HOST:
            return server.host is not None and folded in server.host.lower()
        if by is ServerFilter.STACK:
            return any(server.id in (s.server_ids or ()) for s in picture.stacks if s.id == needle)
        if by is ServerFilter.TENANT:
            name = picture.project_names.get(server.project_id)
            return server.project_id == needle or (name is not None and folded in name.casefold())
        return True

    return [s for s in picture.servers if matches(s)]


def a_needle(picture: Picture, by: str | None) -> str:
    random = picture.random
    texts: dict[str | None, list[str]] = {
        ServerFilter.NAME: [s.name for s in picture.servers],
        ServerFilter.STATUS: [s.status.lower() for s in picture.servers],
        ServerFilter.HOST: [h.host.upper() for h in picture.hosts],
        ServerFilter.STACK: [s.id for s in picture.stacks],
        ServerFilter.TENANT: [p.name for p in picture.projects] + [s.project_id or "x" for s in picture.servers],
        HostFilter.HOST: [h.host.upper() for h in picture.hosts],
        HostFilter.AGGREGATE: [g.name for g in picture.aggregates],
        HostFilter.ZONE: [h.availability_zone or "x" for h in picture.hosts],
        HostFilter.STATE: ["up", "down", "u"],
    }
    text = random.choice([*texts.get(by, ["x"]), *PIECES])
    if random.random() < 0.5:
        start = random.randrange(len(text))
        text = text[start : start + random.randrange(1, 4)]
    return random.choice([text, text.swapcase()]) or "x"


def expected_volumes(picture: Picture, server_id: str) -> list[str]:
    held = [(at.device or "", v.id) for v in picture.volumes for at in v.attachments if at.server_id == server_id]
    return [volume_id for _, volume_id in sorted(held)]


def expected_networks(picture: Picture, server_id: str) -> list[tuple[str, str, str | None]]:
    names = {n.id: n.name for n in picture.networks}
    ports = sorted((p for p in picture.ports if p.device_id == server_id), key=lambda p: p.id)
    return [(p.network_id, ip, names.get(p.network_id)) for p in ports for ip in p.ip_addresses]


def page_of_servers(connection: Connection, wanted: ServerQuery) -> tuple[list[Any], int]:
    return servers.page(connection, DC, wanted, picture_of(connection, DC))


@pytest.mark.parametrize("seed", range(4))
def test_lists_of_servers(database: Database, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "FEW", 8)  # so that filters find fewer, as many, and more
    picture = Picture(seed)
    picture.store(database)
    random = picture.random
    with database.reading() as connection:
        for _ in range(ASKED):
            by = random.choice([None, *ServerFilter])
            needle = a_needle(picture, by)
            sort, order = random.choice([None, *ServerSort]), random.choice([None, *Order])
            limit, offset = random.choice([None, 1, 7, 1000]), random.choice([None, 0, 3, 29, 500])
            wanted = ServerQuery(query=by, filter=needle, sort=sort, order=order, limit=limit, offset=offset)
            found, total = page_of_servers(connection, wanted)

            matching = matching_servers(picture, wanted.query if wanted.filter else None, wanted.filter or "")
            key = SERVER_SORTS[sort or ServerSort.TIME]
            matching.sort(key=lambda s: (unsaid_is_least(key(s)), s.id), reverse=order is not Order.ASC)
            cut = matching[offset or 0 :][: limit or 10]
            assert total == len(matching), wanted
            assert [item["nova_uuid"] for item in found] == [s.id for s in cut], wanted
            for item, server in zip(found, cut, strict=True):
                assert (item["nova_name"], item["host"]) == (server.name, server.host)
                assert item["tenant"] == picture.project_names.get(server.project_id)
                assert (item["created_time"], item["flavor_vcpu"]) == (server.created_at, server.flavor_vcpus)
                assert [v["id"] for v in item["volume"]] == expected_volumes(picture, server.id)
                assert [(n["id"], n["ip"], n["name"]) for n in item["networks"]] == expected_networks(
                    picture, server.id
                )


HOST_MATCHES: dict[HostFilter, Callable[[Picture, cloud.ComputeService, str], bool]] = {
    HostFilter.HOST: lambda _, host, needle: needle.lower() in host.host.lower(),
    HostFilter.ZONE: lambda _, host, needle: host.availability_zone == needle,
    HostFilter.STATE: lambda _, host, needle: host.state == needle,
    HostFilter.AGGREGATE: lambda picture, host, needle: any(
        host.host in g.hosts for g in picture.aggregates if g.name == needle
    ),
}


@pytest.mark.parametrize("seed", range(4))
def test_lists_of_hosts(database: Database, seed: int) -> None:
    picture = Picture(seed)
    picture.store(database)
    random = picture.random
    vms = {h.host: sorted((s for s in picture.servers if s.host == h.host), key=lambda s: s.id) for h in picture.hosts}
    with database.reading() as connection:
        for _ in range(ASKED):
            by, sort, order = (random.choice([None, *choices]) for choices in (HostFilter, HostSort, Order))
            limit, offset = random.choice([None, 1, 3, 1000]), random.choice([None, 0, 3, 29])
            wanted: Any = HostQuery.model_construct(
                query=by, filter=a_needle(picture, by), sort=sort, order=order, limit=limit, offset=offset
            )
            found, total = hosts.page(connection, DC, wanted, picture_of(connection, DC))

            matching = [h for h in picture.hosts if by is None or HOST_MATCHES[by](picture, h, wanted.filter)]
            matching.sort(
                key=lambda h: (
                    len(vms[h.host]) if sort is HostSort.VM_NUM else unsaid_is_least(h.updated_at),
                    h.host,
                ),
                reverse=order is not Order.ASC,
            )
            cut = matching[offset or 0 :][: limit or 10]
            assert total == len(matching), wanted
            assert [item["id"] for item in found] == [h.id for h in cut], wanted
            for item, host in zip(found, cut, strict=True):
                assert item["vm_num"] == len(vms[host.host])
                assert sorted(vm["id"] for vm in item["vm_info"]) == [s.id for s in vms[host.host]]
                assert item["host_aggregates"] == sorted(g.name for g in picture.aggregates if host.host in g.hosts)
                assert item["host_aggregate"] == ", ".join(item["host_aggregates"])
                assert item["update_at"] == host.updated_at


@pytest.mark.parametrize("seed", range(2))
def test_services_choices_and_volumes(database: Database, seed: int) -> None:
    picture = Picture(seed)
    picture.store(database)
    with database.reading() as connection:
        up = {item["id"] for item in hosts.services(connection, DC, ServiceState.UP)}
        down = {item["id"] for item in hosts.services(connection, DC, ServiceState.DOWN)}
        choices = tenants.choices(connection, DC)
        found = capacity.infrastructure(connection, DC)
    assert up == {h.id for h in picture.hosts if h.state == "up"}
    assert down == {h.id for h in picture.hosts} - up
    assert {s["stack_id"] for s in choices["stack"]} == {s.id for s in picture.stacks}
    assert [t["tenant_id"] for t in choices["tenant"]] == [
        p.id for p in sorted(picture.projects, key=lambda p: (p.name.casefold(), p.id))
    ]
    assert found["host_info"] == {"up": len(up), "down": len(down), "total": len(picture.hosts)}
    by_name = sorted(picture.volumes, key=lambda v: (v.name or "", v.id))
    assert [v["id"] for v in found["volume_info"]] == [v.id for v in by_name]


def test_pages_make_the_whole_list(database: Database) -> None:
    """Many VMs that sort alike: no page repeats or leaves out one."""
    picture = Picture(99)
    picture.store(database)
    with database.reading() as connection:
        for sort in ServerSort:
            pages = [
                page_of_servers(connection, ServerQuery(sort=sort, limit=4, offset=at))[0] for at in range(0, 32, 4)
            ]
            listed = [item["nova_uuid"] for page in pages for item in page]
            assert len(listed) == len(set(listed)) == len(picture.servers)
