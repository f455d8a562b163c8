"""The LCM: a real SSH server with password log-in whose commands really run.

A command runs as `/bin/sh -c` of whoever runs the simulator, with the simulated home as its directory. So the
server listens on loopback only and its password is random: who can log in already has an account here. `ssh` to a
compute host is the exception: nothing runs for it on this machine, the simulated host answers.
"""

import asyncio
import contextlib
import hmac
import os
import signal
import socket
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import asyncssh

from optimus_simcloud.faults import Faults
from optimus_simcloud.heard import Heard
from optimus_simcloud.hosts.sshline import asked
from optimus_simcloud.hosts.visits import SSH_PORT, Hosts

COMMAND_SECONDS = 60.0
LOGIN_SECONDS = 30
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Lcm:
    def __init__(
        self,
        sock: socket.socket,
        key: asyncssh.SSHKey,
        faults: Faults,
        *,
        home: Path,
        user: str,
        password: str,
        ports: frozenset[int],
        hosts: Hosts,
        heard: Heard,
    ) -> None:
        self._sock = sock
        self._key = key
        self._other_key: asyncssh.SSHKey | None = None
        self.faults = faults
        self._home = home
        self._user = user
        self._password = password
        self.hosts = hosts
        self._heard = heard
        self.ports = ports  # those that may be reached through the connection
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self._silent: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._in_background(self._accept())

    def host_key(self) -> str:
        return " ".join(self._current_key().export_public_key().decode().split()[:2])

    def drop_all(self) -> None:
        for connection in list(self.connections):
            connection.abort()

    async def close(self) -> None:
        for sock in self._silent:
            sock.close()
        self.drop_all()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sock.close()

    def may_log_in(self, user: str, password: str) -> bool:
        given, right = f"{user}\0{password}".encode(), f"{self._user}\0{self._password}".encode()
        return hmac.compare_digest(given, right) and not self.faults.is_set("refuse_login")

    def _current_key(self) -> asyncssh.SSHKey:
        if not self.faults.is_set("changed_host_key"):
            return self._key
        if self._other_key is None:
            self._other_key = asyncssh.generate_private_key("ssh-ed25519")
        return self._other_key

    def _in_background(self, work: "asyncio._CoroutineLike[None]") -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(self._sock)
            sock.setblocking(False)
            if self.faults.is_set("hang_banner"):
                self._silent.append(sock)
            else:
                self._in_background(self._serve(sock))

    async def _serve(self, sock: socket.socket) -> None:
        # Accepted by hand rather than by asyncssh.listen, so that each connection can have its own host key or none.
        try:
            connection = await asyncssh.run_server(
                sock,
                server_factory=lambda: _Session(self),
                server_host_keys=[self._current_key()],
                process_factory=self._run,
                encoding=None,
                login_timeout=LOGIN_SECONDS,
                allow_scp=False,
            )
            await connection.wait_closed()
        except (asyncssh.Error, OSError):
            sock.close()  # refused, gone, or not SSH at all: the client knows why

    async def _run(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        if process.command is None:
            process.stderr.write(b"This account runs single commands only.\n")
            process.exit(1)
            return
        self._heard.on_lcm.append(process.command)
        if line := asked(process.command):
            await _until_gone(process, self.hosts.ssh(line, process))
            return
        child = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            process.command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=self._home,
            env={
                "HOME": str(self._home),
                "USER": self._user,
                "LOGNAME": self._user,
                "SHELL": "/bin/sh",
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "LANG": "C.UTF-8",
            },
            start_new_session=True,
        )
        work = asyncio.ensure_future(_through(process, child))
        gone = asyncio.ensure_future(process.wait_closed())
        try:
            await asyncio.wait({work, gone}, timeout=COMMAND_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)  # its own session: nobody else is in the group
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)
            status = await child.wait()
            process.exit(status if status >= 0 else 128 - status)


class _Session(asyncssh.SSHServer):
    def __init__(self, lcm: Lcm) -> None:
        self._lcm = lcm
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._lcm.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        if self._connection is not None:
            self._lcm.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's signature
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._lcm.may_log_in(username, password)

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> Any:  # noqa: ARG002
        host = self._lcm.hosts.named(dest_host) if dest_port == SSH_PORT else None
        if host is None:
            return dest_host in LOOPBACK and dest_port in self._lcm.ports
        if self._lcm.hosts.is_down(host):
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "No route to host")
        return lambda reader, writer: self._lcm.hosts.serve(host, reader, writer)


async def _until_gone(process: "asyncssh.SSHServerProcess[bytes]", working: Coroutine[Any, Any, None]) -> None:
    work, gone = asyncio.ensure_future(working), asyncio.ensure_future(process.wait_closed())
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (work, gone):
            task.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)


async def _through(process: "asyncssh.SSHServerProcess[bytes]", child: Process) -> None:
    """Input to the command, its output back, until both outputs end and it has exited."""
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    feeding = asyncio.ensure_future(_feed(process, child.stdin))
    try:
        await asyncio.gather(_drain(child.stdout, process.stdout), _drain(child.stderr, process.stderr))
        await child.wait()
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


async def _feed(process: "asyncssh.SSHServerProcess[bytes]", stdin: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await process.stdin.read(65536):
            stdin.write(data)
            await stdin.drain()
    stdin.close()


async def _drain(source: asyncio.StreamReader, sink: "asyncssh.SSHWriter[bytes]") -> None:
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
