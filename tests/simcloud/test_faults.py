"""Every fault can be seen by a client, and is gone when it is cleared."""

import http.client
import json
import socket
import time

import asyncssh
import pytest
from tests.simcloud.client import Client, over_ssh

from optimus_simcloud import RunningCloud, SimError

SERVERS = "/compute/v2.1/servers/detail?all_tenants=1"


def test_unknown_faults_are_refused(cloud: RunningCloud) -> None:
    with pytest.raises(SimError):
        cloud.faults.set("gremlins")
    with pytest.raises(SimError):
        cloud.faults.set("slow", service="compute")


def test_slow(admin: Client) -> None:
    admin.cloud.faults.set("slow", seconds=0.3, path="/compute/*", times=1)
    started = time.monotonic()
    assert admin.get(SERVERS).status == 200
    assert time.monotonic() - started >= 0.3


def test_server_error_for_a_path_and_a_number_of_times(admin: Client) -> None:
    admin.cloud.faults.set("server_error", path="/compute/v2.1/servers/*", times=2)
    assert [admin.get(SERVERS).status for _ in range(3)] == [500, 500, 200]
    admin.cloud.faults.set("server_error", status=503)
    assert admin.get("/network/v2.0/ports").json["NeutronError"]["message"]


def test_forbidden_through_the_admin_endpoint(admin: Client) -> None:
    asked = {"fault": "forbidden", "path": "/compute/v2.1/os-aggregates"}
    assert admin.send("POST", "/_sim/faults", asked).status == 200
    assert admin.get("/compute/v2.1/os-aggregates").status == 403
    assert admin.get("/compute/v2.1/os-services").status == 200
    assert admin.send("DELETE", "/_sim/faults").json == {"faults": []}
    assert admin.get("/compute/v2.1/os-aggregates").status == 200
    assert admin.send("POST", "/_sim/faults", {"fault": "gremlins"}).status == 400


def test_truncated_json_has_its_whole_length(admin: Client) -> None:
    admin.cloud.faults.set("truncated_json", path="*/servers/*")
    reply = admin.get(SERVERS)
    assert reply.headers["content-length"] == str(len(reply.body))
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


def test_short_body(admin: Client) -> None:
    admin.cloud.faults.set("short_body", path="*/servers/*")
    with pytest.raises(http.client.IncompleteRead):
        admin.get(SERVERS)


def test_expired_tokens_happen_once(admin: Client) -> None:
    admin.cloud.faults.set("expired_tokens")
    assert admin.get(SERVERS).status == 401
    admin.log_in()
    assert admin.get(SERVERS).status == 200


def test_wrong_catalog(admin: Client) -> None:
    admin.cloud.faults.set("catalog_missing", service="orchestration")
    admin.cloud.faults.set("catalog_dead", service="network")
    admin.log_in()
    assert "orchestration" not in admin.catalog
    with pytest.raises(ConnectionRefusedError):
        admin.get(admin.catalog["network"] + "/v2.0/ports")


def test_dropped_tunnel_now(cloud: RunningCloud) -> None:
    async def wait(connection: asyncssh.SSHClientConnection) -> object:
        await connection.run("true")
        cloud.faults.set("drop_tunnel")
        return (await connection.run("true")).exit_status

    with pytest.raises((asyncssh.Error, OSError)):
        over_ssh(cloud, wait)


@pytest.mark.parametrize("bound", [{"after_requests": 2}, {"after_bytes": 5000}])
def test_dropped_tunnel_within_an_answer(admin: Client, bound: dict[str, int]) -> None:
    async def ask(connection: asyncssh.SSHClientConnection) -> None:
        admin.cloud.faults.set("drop_tunnel", **bound)
        for _ in range(5):
            reader, writer = await connection.open_connection("127.0.0.1", admin.cloud.api_port, encoding=None)
            writer.write(b"GET /identity/v3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert await reader.read()
            if "after_bytes" in bound:
                request = f"GET {SERVERS} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {admin.token}\r\n\r\n"
                reader, writer = await connection.open_connection("127.0.0.1", admin.cloud.api_port, encoding=None)
                writer.write(request.encode())
                await reader.read()
        await connection.run("true", timeout=5)

    with pytest.raises((asyncssh.Error, OSError)):
        over_ssh(admin.cloud, ask)


async def nothing(connection: asyncssh.SSHClientConnection) -> None:
    assert connection.get_server_host_key() is not None


def test_changed_host_key(admin: Client) -> None:
    first = admin.cloud.host_key
    admin.cloud.faults.set("changed_host_key")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        over_ssh(admin.cloud, nothing, host_key=first)
    admin.cloud.faults.clear("changed_host_key")
    over_ssh(admin.cloud, nothing, host_key=first)


def test_refused_login(admin: Client) -> None:
    admin.cloud.faults.set("refuse_login")
    with pytest.raises(asyncssh.PermissionDenied):
        over_ssh(admin.cloud, nothing)


def test_no_banner(admin: Client) -> None:
    admin.cloud.faults.set("hang_banner")
    address = (admin.cloud.lcm_host, admin.cloud.lcm_port)
    with socket.create_connection(address, timeout=0.3) as sock, pytest.raises(TimeoutError):
        sock.recv(1)


def test_calls_are_counted_by_template(admin: Client) -> None:
    admin.get(SERVERS)
    admin.get("/compute/v2.1/os-quota-sets/some-project/detail")
    admin.get("/nowhere")
    rows = {(r["method"], r["path"]): r["count"] for r in admin.get("/_sim/calls").json["calls"]}
    assert rows == {
        ("GET", "/compute/v2.1/servers/detail"): 1,
        ("GET", "/compute/v2.1/os-quota-sets/{id}/detail"): 1,
        ("GET", "(unknown)"): 1,
    }
    assert admin.send("DELETE", "/_sim/calls").json["total"] == 0
