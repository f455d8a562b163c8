"""Starting, restarting, ending, TLS, and a site that changes."""

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tests.simcloud.client import Client

from optimus_simcloud import RunningCloud, SimError

COMMAND = [sys.executable, "-m", "optimus_simcloud", "--hosts", "2", "--vms", "4", "--frozen"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}


def start(state_dir: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, "--state-dir", str(state_dir), *more],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_process_says_how_to_register_it_and_ends_on_sigterm(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    assert set(first) == {
        "name",
        "lcm_ip",
        "lcm_user",
        "lcm_pwd",
        "openstackrc_dir",
        "lcmrc_dir",
        "host_key",
        "api_url",
    }
    with start(tmp_path, "--with-parent") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert json.loads(process.stdout.readline()) == first
        process.stdin.close()
        assert process.wait(5) == 0
    for name in ("state.json", "ssh_host_ed25519_key", "home/admin-openrc.sh"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_taken_port_is_a_clear_failure(tmp_path: Path) -> None:
    with RunningCloud(state_dir=tmp_path, hosts=1, vms=2, frozen=True) as cloud:
        port = cloud.lcm_port
    again = RunningCloud(state_dir=tmp_path, hosts=1, vms=2, frozen=True)
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(SimError, match=f"SSH port {port} on 127.0.0.1 is taken"),
        again,
    ):
        pass


def test_two_clouds_side_by_side() -> None:
    with RunningCloud(name="gz1", hosts=1, vms=4) as one, RunningCloud(name="gz2", hosts=1, vms=4) as two:
        assert not set(one.site.servers) & set(two.site.servers)
        assert one.host_key != two.host_key
        assert Client(two).log_in().status == 201


def test_what_changed_is_shown(tmp_path: Path) -> None:
    with RunningCloud(state_dir=tmp_path, hosts=6, vms=40, frozen=True) as cloud:
        client = Client(cloud)
        client.log_in()

        def names() -> set[str]:
            pages = client.pages("compute", "/servers/detail?all_tenants=1", "servers")
            return {server["name"] for page in pages for server in page}

        before = names()
        cloud.advance(3)
        after = names()
        assert before != after
        assert after == {server.name for server in cloud.site.servers.values()}
    with RunningCloud(state_dir=tmp_path, hosts=6, vms=40, frozen=True) as again:
        assert again.site.tick == 3
        assert {server.name for server in again.site.servers.values()} == after


def test_it_ticks_by_itself_unless_frozen() -> None:
    with RunningCloud(hosts=2, vms=4, tick_seconds=0.02) as cloud:
        for _ in range(200):
            if cloud.in_loop(lambda inner: inner.site.tick) > 1:
                break
            time.sleep(0.02)
        else:
            pytest.fail("no tick")


def test_tls() -> None:
    with RunningCloud(hosts=1, vms=2, frozen=True, tls=True) as cloud:
        assert cloud.api_url.startswith("https://")
        rc = Path(cloud.openstackrc_path).read_text()
        ca = next(line.split("=")[1] for line in rc.splitlines() if "OS_CACERT" in line)
        context = ssl.create_default_context(cafile=ca)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        with urllib.request.urlopen(cloud.api_url + "/identity/v3", context=context) as answer:
            assert json.load(answer)["version"]["id"] == "v3.14"
