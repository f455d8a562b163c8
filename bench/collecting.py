"""One measured thing of bench.collect, in a process of its own: `python -m bench.collecting` with a job on stdin."""

import asyncio
import gc
import pickle
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpcore
from sqlalchemy import Table, select
from tests.support.server import make_services

from bench.children import Job, Meter, answer
from optimus.collection.transports.http import Http, open_http
from optimus.collection.transports.openstack import Cloud, log_in
from optimus.collection.transports.ssh import open_link
from optimus.collection.visit import _prepare, visit
from optimus.datacenters.schemas import DataCenterNew
from optimus.db.database import Database
from optimus.db.upsert import upsert
from optimus.facts.parts import Part, Task
from optimus.facts.visits import LcmAddress, Limits, Target, Visit
from optimus.inventory import service as inventory
from optimus.inventory import store
from optimus.inventory.rows import FILLINGS
from optimus.schedules.tables import Run
from optimus.workflows.refresh_datacenter import Refresher
from optimus.workflows.register_datacenter import register

DC_ID = "0" * 32
Pages = list[list[tuple[str, dict[str, str]]]]  # lists side by side, the pages of each one after another


def target_of(cloud: Mapping[str, str]) -> Target:
    host, _, port = cloud["lcm_ip"].rpartition(":")
    lcm = LcmAddress(host, int(port), cloud["lcm_user"], cloud["lcm_pwd"], cloud["host_key"])
    return Target(lcm, cloud["openstackrc_dir"])


def record(job: Job) -> dict[str, Any]:
    """Visit twice: the pages that a first and a repeated visit read, and the second's facts."""
    asked: list[tuple[str, dict[str, str]]] = []
    ask = Http.ask

    async def noted(self: Http, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> Any:
        if method == "GET":
            asked.append((url, {name: value for name, value in headers.items() if name != "X-Auth-Token"}))
        return await ask(self, method, url, headers, content)

    Http.ask = noted  # type: ignore[method-assign]
    target = target_of(job["cloud"])
    first = asyncio.run(visit(target, Task.DYNAMIC, known_stacks={}, limits=Limits()))
    pages_first = _side_by_side(asked)
    asked.clear()
    known = {fact.id: fact.stamp for fact in first.parts[Part.STACKS].facts}  # type: ignore[union-attr]
    asyncio.run(visit(target, Task.DYNAMIC, known_stacks=known, limits=Limits()))
    Path(job["facts"]).write_bytes(pickle.dumps(first))
    counts = {part.value: len(result.facts) for part, result in first.parts.items()}
    return {"first": pages_first, "repeated": _side_by_side(asked), "counts": counts}


def _side_by_side(asked: list[tuple[str, dict[str, str]]]) -> Pages:
    """A list's next page is known only from the page before; everything else can be asked at once."""
    lists: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for url, headers in asked:
        lists.setdefault(url.partition("marker=")[0].rstrip("&"), []).append((url, headers))
    return list(lists.values())


def read_bare(job: Job) -> dict[str, Any]:
    """The same pages by the same client through the same tunnel; what arrives is counted and thrown away."""
    return asyncio.run(_read_bare(target_of(job["cloud"]), job["pages"], Limits()))


async def _read_bare(target: Target, pages: Pages, limits: Limits) -> dict[str, Any]:
    whole = Meter()
    async with _logged_in(target, limits) as (http, cloud):
        received = http.received
        Http._body = _thrown_away  # type: ignore[assignment]
        alone = Meter()
        await asyncio.gather(*(_read_list(http, cloud, one) for one in pages))
        return {
            **whole.read(),
            "alone_seconds": alone.read()["seconds"],
            "bytes": http.received - received,
            "calls": http.calls,
        }


@asynccontextmanager
async def _logged_in(target: Target, limits: Limits) -> AsyncIterator[tuple[Http, Cloud]]:
    async with open_link(target.lcm, limits) as link:
        access, context = await _prepare(link, target.openstackrc_path, limits)
        async with open_http(context, link, limits) as http:
            yield http, await log_in(http, access)


async def _read_list(http: Http, cloud: Cloud, pages: list[tuple[str, dict[str, str]]]) -> None:
    for url, headers in pages:
        found = await http.ask("GET", url, {**headers, "X-Auth-Token": cloud._token})
        assert found.status in {200, 300, 403}, (url, found.status)


async def _thrown_away(self: Http, response: httpcore.Response, _headers: Mapping[str, str], _call: str) -> bytes:
    async for chunk in response.aiter_stream():
        self.received += len(chunk)
    return b""


def collect(job: Job) -> dict[str, Any]:
    """A data center's dynamic task as the worker runs it, as often as `runs` says; each run's figures."""
    services = make_services(job["url"], Path(job["folder"]))
    new = DataCenterNew.model_validate({**job["cloud"], "mode": True})
    with services.database.writing() as connection:
        dc_id = register(connection, services.settings, services.vault, new).dc_id
    refresher = Refresher(services.settings, services.database, services.vault, "bench", threading.Event())
    figures = []
    for _ in range(job["runs"]):
        meter = Meter()
        # In a thread, as the worker does. In the main thread asyncio.run handles SIGINT, and the signal module
        # makes (and throws away) a text of all that was collected when the handler is looked at.
        job_thread = threading.Thread(target=refresher.refresh, args=(dc_id, Task.DYNAMIC.value))
        job_thread.start()
        job_thread.join()
        figures.append(meter.read())
        with services.database.reading() as connection:
            run = connection.execute(select(*_table(Run).c).order_by(Run.started_at.desc(), Run.id)).mappings().first()
        assert run is not None
        assert run["state"] == "successful", run["error"]
        time.sleep(1.1)  # runs are told apart by the second in which they began
        figures[-1] |= {name: run[name] for name in ("visit_ms", "store_ms", "rows_read", "rows_changed")}
    return {"runs": figures}


def keep(job: Job) -> dict[str, Any]:
    """Facts in memory into an empty database, and once more when nothing changed."""
    found: Visit = pickle.loads(Path(job["facts"]).read_bytes())
    database = Database(job["url"], connections=1)
    with database.writing() as connection:
        store.open_picture(connection, DC_ID)
    figures = []
    for number in range(2):
        gc.collect()
        meter = Meter()
        with database.writing() as connection:
            inventory.take_in(connection, DC_ID, found, run_id=f"{number:032}", fresh_seconds=600)
        figures.append(meter.read())
    return {"first": figures[0], "unchanged": figures[1]}


def upsert_plainly(job: Job) -> dict[str, Any]:
    """The reference: every row of the same facts by executemany INSERT … ON CONFLICT, the rows made beforehand."""
    found: Visit = pickle.loads(Path(job["facts"]).read_bytes())
    database = Database(job["url"], connections=1)
    tables = [
        (filling.model, [{"dc_id": DC_ID, **row, "mark": "0" * 16} for row in filling.rows(result.facts)])
        for part, result in found.parts.items()
        for filling in FILLINGS[part]
    ]
    figures = []
    for _ in range(2):
        gc.collect()
        meter = Meter()
        with database.writing() as connection:
            for model, rows in tables:
                upsert(connection, model, rows)
        figures.append(meter.read())
    return {"first": figures[0], "unchanged": figures[1]}


def _table(model: type[Any]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


WORKS = {work.__name__: work for work in (record, read_bare, collect, keep, upsert_plainly)}

if __name__ == "__main__":
    answer(lambda job: WORKS[job["work"]](job))
