"""One measured thing of bench.records, in a process of its own: `python -m bench.recording` with a job on stdin."""

import gc
import resource
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from tests.support.server import make_services

from bench.children import Job, answer
from bench.made import Made
from optimus.db import schema
from optimus.facts import cloud
from optimus.facts.hosts import Counters, Guest, HostFacts, Interface, LogicalCpu, NovaCpus, NumaNode, OvsCpus, OvsPort
from optimus.facts.parts import Part, PartState, Task
from optimus.facts.visits import Cost, PartResult, Visit
from optimus.http.call import Services
from optimus.inventory import host_store
from optimus.inventory import service as inventory
from optimus.inventory import store as inventory_store
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id
from optimus.records import downloads, service
from optimus.records.schemas import DiffQuery, DownloadQuery, Format, Language
from optimus.records.tables import Record
from optimus.workflows.make_record import RecordMaker

DC_ID = "d" * 32
CORES, INTERFACES, PORTS_OF_HOST = 24, 8, 40  # of a host with two sockets and two threads for each core
MIB = 1024 * 1024


def services_of(job: Job) -> Services:
    folder = Path(job["folder"])
    return make_services(f"sqlite:///{folder / 'optimus.db'}", folder, log_level="error")


def host_facts(host: str, servers: list[cloud.Server], ports: list[cloud.Port], counter: int) -> HostFacts:
    cpus = tuple(LogicalCpu(n, n // 2 % CORES, n % 2, n % 2, online=True) for n in range(4 * CORES))
    guests = tuple(
        Guest(server.id, f"instance-{n:08x}", server.name, "running", tuple((8 + 4 * n + k,) for k in range(4)),
              pinned=True, emulator_cpus=(0, 1))
        for n, server in enumerate(servers)
    )  # fmt: skip
    interfaces = tuple(
        Interface(f"eth{n}", f"fa:16:3e:00:00:{n:02x}", f"0000:3b:00.{n}", "ixgbe", "5.1.0-k", "0x800007a3",
                  "Intel Corporation 82599ES 10-Gigabit SFI/SFP+ Network Connection", n % 2, 10_000, link_up=True,
                  mtu=9000, bond=None, bound_to=None, counters=Counters(counter, counter, 0, 0, 0, 0))
        for n in range(INTERFACES)
    )  # fmt: skip
    ovs = tuple(
        OvsPort(f"vhu{port.id[:11]}", "br-int", "dpdkvhostuserclient", port.id, counter, counter, 0, 0, 0, 0)
        for port in ports
    )
    return HostFacts(
        host, epoch(), cpus, tuple(NumaNode(n, tuple(range(n, 4 * CORES, 2)), 1 << 27) for n in (0, 1)), guests,
        NovaCpus(tuple(range(8, 4 * CORES)), None, "/etc/nova/nova.conf"), OvsCpus((2, 3, 4, 5), "pmd-cpu-mask"), None,
        interfaces, ovs,
    )  # fmt: skip


def static_visit(made: Made) -> Visit:
    parts: dict[Part, list[cloud.Fact]] = {
        Part.HYPERVISORS: [
            cloud.Hypervisor(str(n), host, host, None, "QEMU", 6_000_000, "192.0.2.1", "up", "enabled", 96, 80,
                             786_432, 600_000, 1800, 400, 20)
            for n, host in enumerate(made.hosts)
        ],
        Part.COMPUTE_QUOTAS: [
            cloud.ComputeQuota(p.id, 4000, 3000, 9_000_000, 5_000_000, 1000, 500) for p in made.projects
        ],
        Part.VOLUME_QUOTAS: [cloud.VolumeQuota(p.id, "", 100_000, 1250) for p in made.projects],
        Part.VOLUME_TYPES: [cloud.VolumeType("1", "ssd", is_public=True)],
    }  # fmt: skip
    results = {part: PartResult(PartState.FRESH, facts) for part, facts in parts.items()}
    return Visit(Task.STATIC, results, Cost(0, 0, 0.0), "ssh-ed25519 AAAA", "2.79")


def prepare(job: Job) -> dict[str, Any]:
    """A database with one data center."""
    services = services_of(job)
    schema.upgrade(services.database)
    made = Made(job["vms"], count(1))
    with services.database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO data_center (id, name, mode, api_access, created_at, updated_at) "
                "VALUES (:id, 'bench', 0, 'tunnel', 1, 1)"
            ),
            {"id": DC_ID},
        )
        inventory_store.open_picture(connection, DC_ID)
        ports: list[cloud.Port] = []
        for visit in (*made.visits(), static_visit(made)):
            inventory.take_in(connection, DC_ID, visit, run_id=new_id(), fresh_seconds=3600)
            ports.extend(visit.parts[Part.PORTS].facts if Part.PORTS in visit.parts else ())  # type: ignore[arg-type]
        put_hosts(connection, made, ports, counter=1_000_000)
    return {"hosts": len(made.hosts)}


def put_hosts(connection: Any, made: Made, ports: list[cloud.Port], counter: int) -> None:
    by_host: dict[str, list[cloud.Server]] = {host: [] for host in made.hosts}
    for server in made.servers:
        by_host[str(server.host)].append(server)
    for n, (host, servers) in enumerate(by_host.items()):
        own = ports[n * PORTS_OF_HOST : (n + 1) * PORTS_OF_HOST]
        facts = host_facts(host, servers, own, counter)
        host_store.put(connection, [host_store.record_of(DC_ID, facts, now=epoch())])


def change(job: Job) -> dict[str, Any]:
    """What a day brings: VMs come, go and move, and every counter and time of update is another."""
    services = services_of(job)
    with services.database.writing() as connection:
        for statement in (
            "UPDATE server SET updated_at = updated_at + 60",
            "UPDATE compute_service SET updated_at = updated_at + 60",
            "UPDATE server SET host = 'compute-1' WHERE id IN (SELECT id FROM server ORDER BY id LIMIT 200)",
            "DELETE FROM server WHERE id IN (SELECT id FROM server ORDER BY id DESC LIMIT 100)",
            "UPDATE port SET status = 'DOWN' WHERE id IN (SELECT id FROM port ORDER BY id LIMIT 500)",
        ):
            connection.execute(text(statement))
        made = Made(job["vms"], count(1))
        ports = next(made.visits()).parts[Part.PORTS].facts
        put_hosts(connection, made, list(ports), counter=epoch() % 1_000_000)  # type: ignore[arg-type]
    return {}


def measured(work: Callable[[], object]) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def make(job: Job) -> dict[str, Any]:
    services = services_of(job)
    about = {"name": job["name"], "dc_id": DC_ID, "dc_name": "bench", "created_by": "bench"}
    with services.database.writing() as connection:
        record_id = service.ask_for(connection, about, language=Language.ENGLISH, space_mib=10_000)
    maker = RecordMaker(services.settings, services.database, "bench", threading.Event())
    found = measured(lambda: maker.make(record_id))
    with services.database.reading() as connection:
        row = connection.execute(select(*Record.__table__.c).where(Record.id == record_id)).one()
    assert row.status == "successful", row.error
    return {**found, "data_mib": row.data_bytes / MIB, "workbook_mib": row.workbook_bytes / MIB}


def bare(job: Job) -> dict[str, Any]:
    """The newest record's workbook written once for its cells, and then only those cells, timed."""
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415 - only here
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # noqa: PLC0415

    calls: list[tuple[str, str, int, int, Any, Any]] = []
    writers = ("write_string", "write_number", "write_boolean", "write_blank")
    originals = {name: getattr(Worksheet, name) for name in writers}

    def noting(name: str) -> Any:
        def noted(self: Any, row: int, column: int, value: Any, look: Any = None) -> Any:
            calls.append((self.name, name, row, column, value, look))
            return originals[name](self, row, column, value, look)

        return noted

    for name in writers:
        setattr(Worksheet, name, noting(name))
    newest = ids(job)[-1]
    answer_of(
        downloads.download(
            services_of(job), newest, DownloadQuery(id=newest, format=Format.XLSX, lang=Language.CHINESE)
        )
    )
    for name in writers:
        setattr(Worksheet, name, originals[name])
    # As a constant-memory workbook wants them: each sheet's rows in order. Formats are kept by what they were.
    path = Path(job["folder"]) / "bare.xlsx"

    def write() -> None:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        sheets: dict[str, Any] = {}
        looks: dict[int, Any] = {}
        for sheet, name, row, column, value, look in calls:
            worksheet = sheets.get(sheet) or sheets.setdefault(sheet, book.add_worksheet(sheet))
            own = None if look is None else looks.get(id(look)) or looks.setdefault(id(look), book.add_format())
            getattr(worksheet, name)(row, column, value, own)
        book.close()

    # What was noted for the comparison is no work of a bare writer's.
    gc.collect()
    gc.freeze()
    return {**measured(write), "cells": len(calls)}


def answer_of(found: Any) -> int:
    """Take the whole answer, as a client would."""
    return sum(len(piece) for piece in found.pieces)


def ids(job: Job) -> list[str]:
    with services_of(job).database.reading() as connection:
        return list(connection.execute(select(Record.id).order_by(Record.id)).scalars())


def compare(job: Job) -> dict[str, Any]:
    services = services_of(job)
    a, b = ids(job)[-2:]
    found: list[Any] = []
    measure = measured(lambda: found.append(downloads.compare(services, a, b, DiffQuery())))
    return {**measure, "changes": found[0].body["total"]}


WORK = {"prepare": prepare, "make": make, "bare": bare, "change": change, "compare": compare}

if __name__ == "__main__":
    answer(lambda job: WORK[job["work"]](job))
