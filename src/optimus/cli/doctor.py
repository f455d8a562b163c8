"""`optimus doctor`: checks everything that can be wrong, and says what to do."""

import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import typer

from optimus.cli.session import opened
from optimus.datacenters import queries
from optimus.db import schema
from optimus.errors import OptimusError
from optimus.http.call import Services
from optimus.jobs import nodes
from optimus.workflows import check_connection

FREE_BYTES_WANTED = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    ok: bool
    text: str


def doctor() -> None:
    """Check database, key, engine, disk, and every data center's log-in. Exit code 0: all is well, 1: not."""
    with opened(needs_schema=False) as services:
        findings = []
        for finding in check(services):
            findings.append(finding)
            typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject}: {finding.text}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def check(services: Services) -> Iterator[Finding]:
    """Later checks that need the database are left out when it is not there."""
    database = _database(services)
    yield database
    yield Finding("key", ok=True, text="a strong secret key is set")  # services exist only with one
    yield _disk(services)
    if database.ok:
        yield _engine(services)
        yield from _datacenters(services)


def _database(services: Services) -> Finding:
    try:
        current = schema.is_current(services.database)
    except OptimusError as error:
        return Finding("database", ok=False, text=error.message)
    kind = "SQLite" if services.database.is_sqlite else "PostgreSQL"
    if not current:
        return Finding("database", ok=False, text=f"{kind} is not at this version's schema: run `optimus migrate`")
    return Finding("database", ok=True, text=f"{kind} answers, at this version's schema")


def _disk(services: Services) -> Finding:
    folder = services.settings.data_dir
    if not folder.exists():
        return Finding("disk", ok=True, text="no data folder is used")
    free = shutil.disk_usage(folder).free
    text = f"{free // 1024**2} MiB free at {folder}"
    return Finding("disk", ok=free >= FREE_BYTES_WANTED, text=text)


def _engine(services: Services) -> Finding:
    since = time.time() - services.settings.node_dead_seconds
    with services.database.reading() as connection:
        alive = nodes.alive(connection, since=since)
    text = f"{alive} workers alive" if alive else "no worker is alive: start `optimus serve` or `optimus worker`"
    return Finding("engine", ok=alive > 0, text=text)


def _datacenters(services: Services) -> Iterator[Finding]:
    with services.database.reading() as connection:
        items = [item for item in queries.items(connection) if item["mode"]]
    for item in items:
        subject = f"data center {item['name']}"
        try:
            found = check_connection.of_datacenter(services, item["id"])
        except OptimusError as error:
            yield Finding(subject, ok=False, text=error.message)
            continue
        text = f"log-in to {item['lcm_user']}@{item['lcm_ip']} works" if found.ok else str(found.message)
        yield Finding(subject, ok=found.ok, text=text + (f" ({found.reason})" if found.reason else ""))
