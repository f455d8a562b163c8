"""What a page of the API costs: `.venv/bin/python -m bench.api [--quick] [--database sqlite|postgresql|both]`.

Pages of VMs and of hosts over ten data centers of three sizes, for 1 and 8 clients, each beside a handler of the
same server that answers a constant of the same size behind the same log-in check. All are asked in turn.
"""

import argparse
import statistics
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.databases import Databases
from tests.support.server import PASSWORD, make_services

from bench.children import run_child, running
from bench.databases import databases_of, kinds_of
from bench.figures import print_goal, print_table, spread
from bench.made import Made
from optimus.accounts import service as accounts
from optimus.datacenters.schemas import DataCenterNew
from optimus.db.database import Database
from optimus.facts.roles import Role
from optimus.http.call import Services
from optimus.inventory import service as inventory
from optimus.inventory.queries import tenants
from optimus.workflows.register_datacenter import register

DATA_CENTERS = 10
P50_GOAL, P99_GOAL = 3.0, 2.0
VMS, HOSTS = "/api/ericic/v1/nova_data?dc_id=DC", "/api/ericic/v1/host_data?dc_id=DC"
# name -> path; DC and STACK are filled in. The goal on growth is for pages without a filter or with one by equality.
PAGES = {
    "VMs": VMS,
    "VMs by memory": f"{VMS}&sort=memory",
    "VMs, name contains": f"{VMS}&query=nova_name&filter=node-00001",
    "VMs of a stack": f"{VMS}&query=stack_id&filter=STACK",
    "hosts": HOSTS,
    "hosts by VMs": f"{HOSTS}&sort=vm_num",
    "hosts, name contains": f"{HOSTS}&query=host&filter=compute-000",
    "hosts in a zone": f"{HOSTS}&query=availability_zone&filter=zone-1",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.api", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small data centers, few requests: to see that it works")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--page", choices=PAGES, help="this page only")
    asked = parser.parse_args()
    sizes = (200, 2000) if asked.quick else (2000, 20000, 200000)
    blocks = 2 if asked.quick else 5
    pages = [asked.page] if asked.page else list(PAGES)
    for kind in kinds_of(asked.database):
        with databases_of(kind) as databases, tempfile.TemporaryDirectory(prefix="optimus-bench-") as folder:
            _Api(kind, databases, Path(folder), sizes, blocks).measure(pages)


class _Api:
    """Servers of all sizes at once, on one kind of database."""

    def __init__(self, kind: str, databases: Databases, folder: Path, sizes: tuple[int, ...], blocks: int) -> None:
        self._kind = kind
        self._databases = databases
        self._folder = folder
        self._sizes = sizes
        self._blocks = blocks
        self._rows: list[list[str]] = []
        self._p50: dict[str, float] = {}
        self._p99: dict[str, float] = {}

    def measure(self, pages: list[str]) -> None:
        with ExitStack() as stack:
            servers = [self._start(stack, size) for size in self._sizes]
            for page in pages:
                for clients in (1, 8):
                    self._ask(servers, page, clients)
        head = ("VMs", "page", "clients", "bytes", "req/s", "p50 ms", "p99 ms", "p50/constant", "p99/constant")
        print_table(f"pages of the API, {self._kind}", (*head, "constant's p50, p99 ms", "client's ms"), self._rows)
        growth = [[name, f"{ratio:.2f}"] for name, ratio in self._p99.items()]
        print_table(f"p99 at {self._sizes[-1]} VMs / p99 at {self._sizes[0]}", ("page", "ratio"), growth)
        worst = max(self._p50, key=lambda name: self._p50[name])
        print_goal(f"p50 / the constant's p50, worst page ({worst}), {self._kind}", self._p50[worst], P50_GOAL)
        if bounded := [name for name in self._p99 if "contains" not in name]:
            worst = max(bounded, key=lambda name: self._p99[name])
            print_goal(f"growth of p99, worst bounded page ({worst}), {self._kind}", self._p99[worst], P99_GOAL)

    def _start(self, stack: ExitStack, size: int) -> dict[str, Any]:
        url = self._databases.new_url()
        folder = self._folder / str(size)
        services = make_services(url, folder, access_token_seconds=86400)
        centers = _fill(services, size)
        accounts.add_user(services.database, "bench", PASSWORD, role=Role.VIEWER)
        _, tokens = accounts.log_in(services, "bench", PASSWORD, client_address="")
        with services.database.reading() as connection:
            stacks = [tenants.choices(connection, dc)["stack"][0]["stack_id"] for dc in centers]
        services.database.close()
        ready = stack.enter_context(running("bench.serving", job={"url": url, "folder": str(folder)}))
        print(f"{self._kind}: {size} VMs are stored and served", flush=True)
        return {"port": ready["port"], "token": tokens["access_token"], "dcs": centers, "stacks": stacks}

    def _ask(self, servers: list[dict[str, Any]], page: str, clients: int) -> None:
        job = {"servers": servers, "path": PAGES[page], "clients": clients, "blocks": self._blocks, "block": 104}
        found = run_child("bench.asking", job)
        for size, server in zip(self._sizes, found["servers"], strict=True):
            ours, constant = server["page"], server["constant"]
            p50 = ours["p50_ms"] / constant["p50_ms"]
            self._p50[f"{page}, {size}, {clients}"] = p50
            self._rows.append(
                [
                    str(size),
                    page,
                    str(clients),
                    str(ours["size"]),
                    spread(ours["rates"], 0),
                    f"{ours['p50_ms']:.2f}",
                    f"{ours['p99_ms']:.2f}",
                    f"{p50:.2f}",
                    f"{ours['p99_ms'] / constant['p99_ms']:.2f}",
                    f"{constant['p50_ms']:.2f}, {constant['p99_ms']:.2f}",
                    f"{found['client_ms']:.2f}",
                ]
            )
        least, most = (found["servers"][at]["page"]["p99_ms"] for at in (0, -1))
        self._p99[f"{page}, {clients}"] = most / least
        ours = [statistics.median(server["page"]["rates"]) for server in found["servers"]]
        print(f"  {page}, {clients} clients: {', '.join(f'{rate:.0f}' for rate in ours)} req/s", flush=True)


def _fill(services: Services, vms: int) -> list[str]:
    """The ids of the data centers, each with its share of the VMs."""
    numbers = count(1)
    made = [_fill_one(services, f"dc-{n}", Made(vms // DATA_CENTERS, numbers)) for n in range(DATA_CENTERS)]
    _look_over(services.database)
    return made


def _fill_one(services: Services, name: str, made: Made) -> str:
    database = services.database
    with database.writing() as connection:
        new = DataCenterNew(name=name, mode=False)
        dc_id = register(connection, services.settings, services.vault, new).dc_id
        for visit in made.visits():
            run_id = f"{name}-{visit.task}"
            inventory.take_in(connection, dc_id, visit, run_id=run_id, fresh_seconds=86400)
    return dc_id


def _look_over(database: Database) -> None:
    """What PostgreSQL's autovacuum does within a minute of such a change."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
