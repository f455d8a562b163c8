"""The LCM as a collector meets it: log-in, the rc file, commands, the way to the APIs."""

import asyncio

import asyncssh
import pytest
from tests.simcloud.client import over_ssh

from optimus_simcloud import RunningCloud

SOURCE = (
    'env -i HOME="$HOME" PATH="$PATH" bash --noprofile --norc -c \'set -a; . "$1" >/dev/null </dev/null; env -0\' _ '
)


def environment(cloud: RunningCloud) -> dict[str, str]:
    async def read(connection: asyncssh.SSHClientConnection) -> str:
        done = await connection.run(SOURCE + cloud.openstackrc_path, check=True)
        return str(done.stdout)

    pairs = (line.split("=", 1) for line in over_ssh(cloud, read).split("\0") if "=" in line)
    return {name: value for name, value in pairs if name.startswith("OS_")}


def test_wrong_password_is_refused(cloud: RunningCloud) -> None:
    async def log_in() -> None:
        await asyncssh.connect(
            cloud.lcm_host, cloud.lcm_port, username="ceeinfra", password="wrong", known_hosts=None, config=None
        )

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(log_in())


def test_commands_really_run(cloud: RunningCloud) -> None:
    async def run(connection: asyncssh.SSHClientConnection) -> tuple[object, object, object, object]:
        one = await connection.run("printf out; printf err >&2; exit 7")
        two = await connection.run("cat", input="through")
        return one.stdout, one.stderr, one.exit_status, two.stdout

    assert over_ssh(cloud, run) == ("out", "err", 7, "through")


def test_a_command_ends_with_its_connection(cloud: RunningCloud) -> None:
    async def start(connection: asyncssh.SSHClientConnection) -> object:
        process = await connection.create_process("echo $$; exec sleep 50")
        return (await process.stdout.readline()).strip()

    pid = over_ssh(cloud, start)

    async def is_alive(connection: asyncssh.SSHClientConnection) -> int | None:
        for _ in range(50):
            if (await connection.run(f"kill -0 {pid}")).exit_status != 0:
                return False
            await asyncio.sleep(0.1)
        return True

    assert not over_ssh(cloud, is_alive)


@pytest.mark.parametrize("style", ["export", "plain", "quoted", "noisy", "tenant", "prompt", "failing", "credential"])
def test_rc_styles(style: str) -> None:
    with RunningCloud(hosts=1, vms=2, frozen=True, rc_style=style) as cloud:
        password = cloud.cloud.world.passwords["admin"]
        if style == "failing":
            with pytest.raises(asyncssh.ProcessError):
                environment(cloud)
            return
        found = environment(cloud)
        assert found["OS_AUTH_URL"] == f"{cloud.api_url}/identity/v3"
        match style:
            case "credential":
                assert found["OS_APPLICATION_CREDENTIAL_SECRET"]
                assert "OS_PASSWORD" not in found
            case "prompt":
                assert not found.get("OS_PASSWORD")
            case "tenant":
                assert found["OS_TENANT_NAME"] == "admin"
                assert found["OS_PASSWORD"] == password
            case _:
                assert found["OS_PASSWORD"] == password
                assert found["OS_PROJECT_NAME"] == "admin"


def test_the_api_is_reached_through_the_connection_and_nothing_else_is(cloud: RunningCloud) -> None:
    async def ask(connection: asyncssh.SSHClientConnection) -> object:
        reader, writer = await connection.open_connection("127.0.0.1", cloud.api_port, encoding=None)
        writer.write(b"GET /identity/v3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", cloud.lcm_port)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("192.0.2.1", cloud.api_port)
        return answer

    answer = over_ssh(cloud, ask)
    assert isinstance(answer, bytes)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
