"""Logging in to an LCM, and the four sentences of the API document."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncssh
import pytest
from tests.collection.fakes import LIMITS, PASSWORD, open_lcm

from optimus.collection.errors import HostKeyChanged, LcmRefused, LcmUnreachable, LoginRefused
from optimus.collection.login import check_login, fetch_host_key
from optimus.collection.transports.ssh import open_link
from optimus.facts.visits import LcmAddress

pytestmark = pytest.mark.anyio
IMPATIENT = replace(LIMITS, connect_seconds=0.2)


@asynccontextmanager
async def listener(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def at(port: int, host: str = "127.0.0.1") -> LcmAddress:
    return LcmAddress(host, port, "lcm", PASSWORD)


async def test_the_first_contact_brings_the_host_key() -> None:
    async with open_lcm() as lcm:
        check = await check_login(lcm.address(), LIMITS)
        assert (check.ok, check.message, check.reason) == (True, None, None)
        assert check.host_key == lcm.key_line
        assert check.fingerprint == lcm.key.get_fingerprint()
        assert await fetch_host_key("127.0.0.1", lcm.port, LIMITS) == (check.host_key, check.fingerprint)


async def test_the_pinned_key_is_accepted() -> None:
    async with open_lcm() as lcm:
        assert (await check_login(lcm.address(pinned_host_key=lcm.key_line), LIMITS)).ok


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
async def test_a_changed_key_is_refused_before_any_password(kind: str) -> None:
    other = asyncssh.generate_private_key(kind).export_public_key().decode()
    async with open_lcm() as lcm:
        check = await check_login(lcm.address(pinned_host_key=other), LIMITS)
        assert lcm.passwords == []
    assert (check.ok, check.message, check.reason) == (False, "unable to connect to the host", "host_key_changed")
    assert (check.host_key, check.fingerprint) == (lcm.key_line, lcm.key.get_fingerprint())


async def test_fetching_the_key_sends_no_password() -> None:
    async with open_lcm() as lcm:
        await fetch_host_key("127.0.0.1", lcm.port, LIMITS)
        assert lcm.passwords == []


async def test_a_pinned_key_that_is_no_key() -> None:
    async with open_lcm() as lcm:
        with pytest.raises(HostKeyChanged):
            async with open_link(lcm.address(pinned_host_key="ssh-ed25519 AAAA"), LIMITS):
                pass


async def test_a_wrong_password() -> None:
    async with open_lcm() as lcm:
        address = lcm.address(password="wr0ng")
        assert (await check_login(address, LIMITS)).message == "Authentication failed"
        with pytest.raises(LoginRefused) as caught:
            async with open_link(address, LIMITS):
                pass
    assert "wr0ng" not in repr(caught.value)
    assert "wr0ng" not in repr(address)


async def test_a_host_that_asks_for_the_password_in_a_dialogue() -> None:
    asked: list[str] = []

    class Dialogue(asyncssh.SSHServer):
        def kbdint_auth_supported(self) -> bool:
            return True

        def get_kbdint_challenge(self, *_: object) -> tuple[str, str, str, list[tuple[str, bool]]]:
            return "", "", "", [("Password: ", False)]

        def validate_kbdint_response(self, _: str, responses: Sequence[str]) -> bool:
            asked.extend(responses)
            return list(responses) == [PASSWORD]

    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Dialogue, server_host_keys=[key])
    try:
        async with open_link(at(server.get_port()), LIMITS) as link:
            assert link.host_key.fingerprint == key.get_fingerprint()
        assert asked == [PASSWORD]
    finally:
        server.close()
        await server.wait_closed()


async def test_an_account_without_a_shell() -> None:
    async with open_lcm() as lcm:
        lcm.allows_commands = False
        assert (await check_login(lcm.address(), LIMITS)).message == "Permission denied"


async def test_a_host_that_refuses_commands() -> None:
    async with asyncssh_without_commands() as port:
        check = await check_login(at(port), LIMITS)
    assert check.message == "Permission denied"


@asynccontextmanager
async def asyncssh_without_commands() -> AsyncIterator[int]:
    class Anyone(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's
            return False

    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen("127.0.0.1", 0, server_factory=Anyone, server_host_keys=[key])
    try:
        yield server.get_port()
    finally:
        server.close()
        await server.wait_closed()


async def test_a_closed_port() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # taken, but nobody listens
        address = at(unused.getsockname()[1])
        assert (await check_login(address, LIMITS)).message == "unable to connect to the host"
        with pytest.raises(LcmRefused):
            await fetch_host_key(address.host, address.port, LIMITS)


async def test_a_host_that_accepts_and_is_silent() -> None:
    done = asyncio.Event()

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    async with listener(hang) as port:
        assert (await check_login(at(port), IMPATIENT)).message == "unable to reach the host"
        with pytest.raises(LcmUnreachable):
            await fetch_host_key("127.0.0.1", port, IMPATIENT)
        done.set()


async def test_something_that_is_no_ssh() -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with listener(web) as port:
        assert (await check_login(at(port), LIMITS)).message == "unable to connect to the host"


async def test_a_host_that_closes_at_once() -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    async with listener(close) as port:
        assert (await check_login(at(port), LIMITS)).message == "unable to connect to the host"


async def test_a_name_that_nobody_knows() -> None:
    assert (await check_login(at(22, "no-such-host.invalid"), LIMITS)).message == "unable to reach the host"


async def test_names_are_dialled_at_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_lcm() as lcm:
        real = await asyncio.get_running_loop().getaddrinfo("127.0.0.1", lcm.port, type=socket.SOCK_STREAM)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            dead = await asyncio.get_running_loop().getaddrinfo(*unused.getsockname(), type=socket.SOCK_STREAM)

            async def both(*_: object, **__: object) -> list[object]:
                return [*dead, *real]

            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
            assert (await check_login(lcm.address(host="two.example"), LIMITS)).ok


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_ipv6() -> None:
    server = await asyncssh.listen("::1", 0, server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")])
    try:
        assert (await fetch_host_key("::1", server.get_port(), LIMITS))[0].startswith("ssh-ed25519 ")
    finally:
        server.close()
        await server.wait_closed()


async def test_output_is_bounded_and_commands_end_in_time() -> None:
    async with open_lcm() as lcm, open_link(lcm.address(), LIMITS) as link:
        output = await link.run("head -c 300000 /dev/zero", limit=1000, seconds=10)
        assert (output.truncated, len(output.stdout)) == (True, 1000)
        assert (await link.run("exit 3", limit=10, seconds=10)).status == 3
        with pytest.raises(LcmUnreachable, match="did not end"):
            await link.run("sleep 5", limit=10, seconds=0.1)
