"""What `optimus demo` does once the simulated clouds are there: serve, register them, and wait for their data."""

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

import typer

from optimus.accounts import service as accounts
from optimus.accounts.errors import UserExists
from optimus.cli.run import run_server
from optimus.cli.session import opened
from optimus.datacenters import queries
from optimus.datacenters.schemas import DataCenterNew
from optimus.facts.parts import Part
from optimus.facts.roles import Role
from optimus.http.call import Services
from optimus.inventory.queries.parts import picture_of
from optimus.workflows import register_datacenter

USER = "demo"
PLACES = {
    "guangzhou-1": {"country": "China", "province": "Guangdong", "city": "Guangzhou", "cee_version": "drop28"},
    "zhuzhou-2": {"country": "China", "province": "Hunan", "city": "Zhuzhou", "cee_version": "drop35"},
}
COLLECT_SECONDS = 60.0


def serve_beside(clouds: list[dict[str, Any]]) -> None:
    """`clouds` are the simulated clouds' own descriptions."""
    with opened(needs_schema=False) as services:
        run_server(services, worker=True, ready=lambda url: _in_background(services, clouds, url))


def _in_background(services: Services, clouds: list[dict[str, Any]], url: str) -> None:
    """Runs when the server begins to answer, which it must not keep from answering."""
    threading.Thread(target=_set_up, args=(services, clouds, url, typer.echo), daemon=True).start()


def _set_up(services: Services, clouds: list[dict[str, Any]], url: str, say: Callable[[str], None]) -> None:
    password = _demo_user(services)
    ids = _register(services, clouds)
    say(f"Optimus answers at {url} (API documentation: {url}/docs)")
    say(f"Log in as {USER} with the password {password}")
    if _wait_for_data(services, ids):
        say(f"Both simulated clouds are collected. Try: ./script/ask {url}")
    else:
        say("The simulated clouds are not collected yet; see scheduler/task/history for why.")


def _demo_user(services: Services) -> str:
    """The demo user's password: made once, kept in the data folder, readable by its owner alone."""
    path = services.settings.data_dir / "demo-password"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(12))
    password = path.read_text().strip()
    with contextlib.suppress(UserExists):
        accounts.add_user(services.database, USER, password, role=Role.ADMIN)
    return password


def _register(services: Services, clouds: list[dict[str, Any]]) -> list[str]:
    """Register the clouds that are not registered yet; the ids of both."""
    ids = []
    for cloud in clouds:
        name = cloud["name"]
        with services.database.writing() as connection:
            dc_id = queries.id_of_name(connection, name)
            if dc_id is None:
                keys = ("lcm_ip", "lcm_user", "lcm_pwd", "openstackrc_dir", "lcmrc_dir")
                values = {"name": name, "mode": True, "system_name": name.upper(), **PLACES[name]}
                new = DataCenterNew.model_validate(values | {key: cloud[key] for key in keys})
                dc_id = register_datacenter.register(connection, services.settings, services.vault, new).dc_id
        ids.append(dc_id)
    return ids


def _wait_for_data(services: Services, ids: list[str]) -> bool:
    deadline = time.monotonic() + COLLECT_SECONDS
    while time.monotonic() < deadline:
        with services.database.reading() as connection:
            pictures = [picture_of(connection, dc_id) for dc_id in ids]
        if all(p.collected_at(Part.SERVERS, Part.HYPERVISORS) is not None for p in pictures):
            return True
        time.sleep(0.2)
    return False
