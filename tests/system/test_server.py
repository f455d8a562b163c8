"""`optimus serve`: API and worker in one process, as most installations run it."""

import signal
import socket

import pytest
from tests.system.processes import Installation, Worker, wait_for
from tests.system.test_workers import make_due, register, runs, server_count, states

from optimus_simcloud import RunningCloud

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see the fixture `cloud`


def answering(server: Worker) -> str:
    return str(wait_for("the server", server.url))


def test_killed_in_mid_collection_it_runs_it_again_at_the_next_start(
    optimus: Installation, cloud: RunningCloud
) -> None:
    cloud.faults.set("slow", path="*/servers/detail", seconds=20.0)
    victim = optimus.start_server()
    answering(victim)
    dc_id = register(optimus, cloud)
    wait_for("the list being asked for", lambda: cloud.calls.count("/compute/v2.1/servers/detail") > 0)
    victim.signal(signal.SIGKILL)
    victim.wait()
    optimus.forget_signs_of_life()
    cloud.faults.clear()
    assert states(optimus, dc_id) == ["running"]
    optimus.start_server()
    wait_for("the second run", lambda: states(optimus, dc_id) == ["successful", "failed"])
    assert server_count(optimus, dc_id) == len(cloud.site.servers)
    make_due(optimus, dc_id)
    wait_for("a third, as ever", lambda: states(optimus, dc_id) == ["successful", "successful", "failed"])


def test_ready_only_with_a_worker_and_ended_politely(optimus: Installation, cloud: RunningCloud) -> None:
    server = optimus.start_server()
    client = optimus.client(server)
    assert client.get("/healthz").body["alive"] is True
    wait_for("readiness", lambda: client.get("/readyz").status == 200)
    assert client.get("/readyz").body == {"ready": True, "database": True, "migrations": True, "engine": True}
    server.signal(signal.SIGTERM)
    assert server.wait(20) == 0
    assert "Traceback" not in server.log.read_text()
    assert runs(optimus, "none") == []


def test_a_port_in_use_is_a_sentence(optimus: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = optimus.run("serve", OPTIMUS_PORT=port)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"optimus: Cannot listen on 127.0.0.1:{port} (Address already in use)")
    assert "OPTIMUS_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr
