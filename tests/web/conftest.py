"""A demo (Optimus and two simulated clouds, as processes) and Debian's Chromium to look at it with."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.support.client import Client
from tests.system.processes import wait_for
from tests.web.looking import DROP, Looker, Site

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "artefacts" / "web"
NO_CHROMIUM = "Chromium was not found (Debian: apt-get install chromium fonts-noto-cjk)"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, collected."""
    folder = tmp_path_factory.mktemp("demo")
    log = folder / "log"
    environment = {
        **os.environ,
        "OPTIMUS_PORT": "0",
        "OPTIMUS_DATA_DIR": str(folder / "data"),
        "OPTIMUS_DYNAMIC_INTERVAL_SECONDS": "60",
    }
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "optimus.cli.demo"], stdout=said, stderr=said, env=environment, cwd=ROOT
        )
    try:
        wait_for("the demo's data", lambda: process.poll() is not None or "are collected" in log.read_text())
        found = re.search(r"answers at http://127\.0\.0\.1:(\d+)", log.read_text())
        assert found, log.read_text()
        password = (folder / "data" / "demo-password").read_text().strip()
        yield _site(int(found.group(1)), password)
    finally:
        process.terminate()
        process.wait(30)


def _site(port: int, password: str) -> Site:
    anonymous = Client("127.0.0.1", port)
    reply = anonymous.post("/api/v1/login", {"name": "demo", "password": password})
    client = anonymous.as_user(reply.data["access_token"])
    cid = client.get("/api/ericic/v1/data_center").data[0]["id"]
    hosts = client.get("/api/ericic/v1/host_data", dc_id=cid, query="state", filter="up", sort="vm_num").data
    host = next(h for h in hosts if _is_pinned(client, cid, h["id"]))
    tenant = client.get("/api/ericic/v1/config_data", dc_id=cid).data[0]["tenant"][0]["tenant_id"]
    layout = client.get(f"/api/ericic/v1/{cid}/cpu_layout/{host['id']}").data
    listed = {vm["id"] for vm in host["vm_info"]}
    vm = next(g["uuid"] for g in layout["instance_info"] if g["pinned"] and g["uuid"] in listed)
    return Site(f"http://127.0.0.1:{port}", password, client, cid, host["id"], vm, tenant)


def _is_pinned(client: Client, cid: str, hid: str) -> bool:
    reply = client.get(f"/api/ericic/v1/{cid}/cpu_layout/{hid}")
    return reply.status == 200 and any(guest["pinned"] for guest in reply.data["instance_info"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail(NO_CHROMIUM)
    with sync_playwright() as playwright:
        # Root has no sandbox of its own to give; nothing but this site is visited.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def looker(site: Site, browser: Browser) -> Iterator[Looker]:
    """A person at a browser, not logged in; whatever the browser complained of fails the test."""
    with_person = Looker(site, browser)
    yield with_person
    with_person.close()
    assert with_person.complaints == []


@dataclass(frozen=True)
class Files:
    """The generator's own example, unpacked."""

    workbook: Path
    templates: list[Path]


@pytest.fixture(scope="session")
def example(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Files:
    import base64
    import io
    import zipfile

    folder = tmp_path_factory.mktemp("example")
    reply = site.client.get("/api/v1/config/yaml_gen/example", site="GZ", cee_ver=DROP)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(reply.data))) as archive:
        archive.extractall(folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    templates = sorted(path for path in files if path.suffix in {".yaml", ".j2"})
    assert templates, json.dumps([str(path) for path in files])
    return Files(next(path for path in files if path.suffix == ".xlsx"), templates)
