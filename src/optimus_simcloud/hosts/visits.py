"""The compute hosts behind an LCM: its `ssh`, and SSH servers of their own for who comes through a channel."""

import asyncio
import contextlib
import hashlib
import hmac
import socket
from collections.abc import Callable
from dataclasses import dataclass

import asyncssh
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from optimus_simcloud.faults import Faults
from optimus_simcloud.heard import Heard
from optimus_simcloud.hosts.machine import Machine
from optimus_simcloud.hosts.sshline import SshLine
from optimus_simcloud.hosts.tools import system_of
from optimus_simcloud.made.site import Host, Site
from optimus_simcloud.shell import syntax
from optimus_simcloud.shell.run import Exit, Input, InputWanted, Process, Shell, Sink, Streams

SSH_PORT = 22
ROOT, PLAIN = 0, 1001
_PATHS = {ROOT: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", PLAIN: "/usr/local/bin:/usr/bin"}
_HANGS_SECONDS = 600.0
_LOGIN_SECONDS = 30
_CHUNK = bytes(1024 * 1024)
_TIMED_OUT = 124
_SSH_FAILED = 255
_WARNING = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Host key verification failed.
"""
ServerProcess = asyncssh.SSHServerProcess


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    stdout: bytes
    stderr: bytes


class Hosts:
    """All compute hosts of one site. `clock`: seconds since the epoch by the site's own time."""

    def __init__(
        self, site: Site, faults: Faults, heard: Heard, clock: Callable[[], float], *, user: str, password: str
    ) -> None:
        self._site = site
        self._faults = faults
        self._heard = heard
        self._clock = clock
        self._user = user
        self._password = password
        self._known = {name: host for host in site.hosts.values() for name in _names(host)}

    def named(self, name: str) -> Host | None:
        """By its name, the first label of it, or its address."""
        return self._known.get(name.removesuffix("."))

    def host_key(self, host: Host) -> asyncssh.SSHKey:
        """The same for the same site and host, at every start; another one while the fault is set."""
        changed = self._faults.take("host_key_changed", _label(host)) is not None
        return _key(f"{self._site.name}/{self._site.seed}/{host.name}/{changed}")

    async def ssh(self, line: SshLine, process: "ServerProcess[bytes]") -> None:
        """What OpenSSH's client on the LCM does and says; ends the process."""
        bound = _HANGS_SECONDS if line.seconds is None else line.seconds
        try:
            async with asyncio.timeout(bound):
                status = await self._ssh(line, process)
        except TimeoutError:
            status = _TIMED_OUT
        process.exit(status)

    async def _ssh(self, line: SshLine, process: "ServerProcess[bytes]") -> int:
        host = self.named(line.host)
        if host is None:
            return _complain(process, f"ssh: Could not resolve hostname {line.host}: Name or service not known\n")
        if self.is_down(host):
            why = "No route to host"
            if host.number % 3 == 1:  # one of a filtered network: nobody says that it is not there
                await asyncio.sleep(line.connect_seconds)
                why = "Connection timed out"
            return _complain(process, f"ssh: connect to host {line.host} port {SSH_PORT}: {why}\n")
        if self._faults.take("host_key_changed", _label(host)):
            return _complain(process, _WARNING)
        return await self._answered(host, line.command, process)

    def is_down(self, host: Host) -> bool:
        return not host.is_up or self._faults.take("host_down", _label(host)) is not None

    async def _answered(self, host: Host, command: str, process: "ServerProcess[bytes]") -> int:
        name = _label(host)
        if self._faults.take("host_hangs", name):
            await asyncio.sleep(_HANGS_SECONDS)
        if flood := self._faults.take("host_output_flood", name):
            for _ in range(flood.megabytes):
                process.stdout.write(_CHUNK)
                await process.stdout.drain()
            return 0
        try:
            reply = self.run(host, command, None)
        except InputWanted:
            given = await process.stdin.read()
            reply = self.run(host, command, given.decode("utf-8", "replace"))
        if self._faults.take("host_output_garbage", name):
            reply = Reply(0, hashlib.shake_256(name.encode()).digest(len(reply.stdout)), b"")
        if self._faults.take("host_output_cut", name):
            reply = Reply(0, reply.stdout[: len(reply.stdout) // 2], b"")
        process.stderr.write(reply.stderr)
        process.stdout.write(reply.stdout)
        await process.stdout.drain()
        return reply.status

    def run(self, host: Host, command: str, stdin: str | None) -> Reply:
        """What the account's log-in shell on the host leaves of a command line. Raises InputWanted."""
        ran: list[tuple[str, ...]] = []
        name = _label(host)
        refused = self._faults.take("host_sudo_refused", name) is not None
        user = PLAIN if refused or self._faults.take("host_plain_account", name) else ROOT
        system = system_of(
            Machine(self._site, host, self._clock()),
            missing=self._faults.tools_missing(name),
            sudo_refuses=refused,
            ran=ran.append,
        )
        io = Streams(Input(stdin), Sink(), Sink())
        shell = Shell(Process(system, [], io, user, {"PATH": _PATHS[user], "HOME": "/root"}), [])
        try:
            status = shell.run(syntax.parse(command), io)
        except syntax.ShellSyntaxError as error:
            io.stderr.write(f"sh: {error}\n")
            status = 2
        except Exit as leaving:
            status = leaving.status
        self._heard.on_hosts.extend((name, words) for words in ran)
        return Reply(status, io.stdout.text().encode(), io.stderr.text().encode())

    def may_log_in(self, user: str, password: str) -> bool:
        """The hosts have the LCM's account."""
        given, right = f"{user}\0{password}".encode(), f"{self._user}\0{self._password}".encode()
        return hmac.compare_digest(given, right)

    async def serve(self, host: Host, reader: "asyncssh.SSHReader[bytes]", writer: "asyncssh.SSHWriter[bytes]") -> None:
        """The host's own SSH server, at the end of a channel of the LCM's connection."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        pumps = [asyncio.ensure_future(_inwards(reader, ours)), asyncio.ensure_future(_outwards(ours, writer))]
        try:
            connection = await asyncssh.run_server(
                theirs,
                server_factory=lambda: _Login(self),
                server_host_keys=[self.host_key(host)],
                process_factory=lambda process: self._session(host, process),
                encoding=None,
                login_timeout=_LOGIN_SECONDS,
                allow_scp=False,
            )
            async with connection:
                closed = asyncio.ensure_future(connection.wait_closed())
                await asyncio.wait([closed, pumps[0]], return_when=asyncio.FIRST_COMPLETED)
                connection.abort()
                await closed
        except (asyncssh.Error, OSError):
            pass  # refused, or gone: the client knows why
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            ours.close()
            theirs.close()
            writer.close()

    async def _session(self, host: Host, process: "ServerProcess[bytes]") -> None:
        process.exit(await self._answered(host, process.command or "", process))


class _Login(asyncssh.SSHServer):
    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's signature
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._hosts.may_log_in(username, password)


def _label(host: Host) -> str:
    return host.name.partition(".")[0]


def _names(host: Host) -> tuple[str, ...]:
    return (_label(host), host.name, host.address)


def _key(text: str) -> asyncssh.SSHKey:
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(text.encode()).digest())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return asyncssh.import_private_key(pem)


def _complain(process: "ServerProcess[bytes]", text: str) -> int:
    process.stderr.write(text.replace("\n", "\r\n").encode())
    return _SSH_FAILED


async def _inwards(reader: "asyncssh.SSHReader[bytes]", sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(asyncssh.Error, OSError):
        while data := await reader.read(65536):
            await loop.sock_sendall(sock, data)


async def _outwards(sock: socket.socket, writer: "asyncssh.SSHWriter[bytes]") -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(asyncssh.Error, OSError):
        while data := await loop.sock_recv(sock, 65536):
            writer.write(data)
            await writer.drain()
