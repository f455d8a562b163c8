"""SSH to the LCM: log-in with a pinned host key, commands with bounded output; and through it to further hosts."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum

import asyncssh
from asyncssh.saslprep import SASLPrepError

from optimus.collection.errors import (
    CollectionError,
    HostKeyChanged,
    LcmRefused,
    LcmUnreachable,
    LoginRefused,
    PermissionDenied,
    TunnelLost,
)
from optimus.collection.transports.dial import dial, place
from optimus.facts.hosts import DirectLogin, Trouble
from optimus.facts.visits import LcmAddress, Limits

# One fixed order, so that fetching a key and pinning it at the first log-in meet the same key.
_HOST_KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
)
# AES-GCM first: with the processor's own instructions it is three times as fast as asyncssh's first choice, chacha20.
_CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
# A dead network path ends the connection after about 30 s instead of the kernel's many minutes.
_KEEPALIVE_SECONDS = 10
_SIGNALS = {"HUP": 1, "INT": 2, "KILL": 9, "PIPE": 13, "ALRM": 14, "TERM": 15}
_AUTH_DISCONNECTS = {asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, asyncssh.DISC_ILLEGAL_USER_NAME}


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host's public key as it is pinned ("type base64") and as people compare it ("SHA256:…")."""

    line: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Output:
    """What a command left. `truncated` when it wrote more than the bound; then `stdout` is its beginning."""

    status: int | None
    stdout: bytes
    truncated: bool


class Ending(Enum):
    """How an exchange ended: by itself, or because of what."""

    EXITED = "exited"
    TOO_MUCH = "too much output"
    TIMED_OUT = "timed out"
    CONNECTION_LOST = "connection lost"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a command with input left: all of it, or what had come when it was ended."""

    ending: Ending
    status: int | None
    stdout: bytes
    stderr: bytes


class ChannelRefused(PermissionDenied):
    """The LCM gives no (further) channel: no shell for the account, or its MaxSessions is reached."""


class HostUnreached(Exception):
    """A further host could not be logged in to. `host_key`: the one it showed, when that was why."""

    def __init__(self, trouble: Trouble, reason: str, host_key: str | None = None) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason
        self.host_key = host_key


class Link:
    """An open, authenticated connection: to the LCM, or through it to a host."""

    def __init__(self, connection: asyncssh.SSHClientConnection, host_key: HostKey, where: str) -> None:
        self.connection = connection
        self.host_key = host_key
        self.where = where

    @property
    def lost(self) -> bool:
        return bool(self.connection.is_closed())

    def lost_error(self) -> TunnelLost:
        return TunnelLost(
            f"The SSH connection to {self.where} ended: check the LCM and the network; the next run retries."
        )

    async def run(self, command: str, *, limit: int, seconds: float) -> Output:
        """Run a command with an empty stdin; its stderr is dropped. At most `limit` bytes are read."""
        try:
            async with asyncio.timeout(seconds):
                return await self._run(command, limit)
        except TimeoutError as failure:
            raise LcmUnreachable(
                f"A command on {self.where} did not end within {seconds:g} s: check the LCM's load and log-in shell."
            ) from failure
        except asyncssh.ChannelOpenError as failure:
            raise PermissionDenied(
                f"{self.where} refuses commands after the log-in: the account needs a shell (bash)."
            ) from failure
        except (asyncssh.Error, OSError) as failure:
            raise self.lost_error() from failure

    async def exchange(self, command: str, stdin: bytes, *, limit: int, seconds: float) -> Exchange:
        """Run a command with input and without a terminal. At most `limit` bytes of both outputs are kept.

        Raises ChannelRefused; whatever happens after that is in the result.
        """
        collector = _Collector(limit)
        try:
            async with asyncio.timeout(seconds):
                channel, _ = await self.connection.create_session(
                    lambda: collector, command, request_pty=False, encoding=None
                )
                with suppress(OSError):  # it ended without reading its input: what it said is still to come
                    channel.write(stdin)
                    channel.write_eof()
                await collector.closed.wait()
        except TimeoutError:
            return collector.result(Ending.TIMED_OUT)
        except asyncssh.ChannelOpenError as failure:
            if self.lost:
                return collector.result(Ending.CONNECTION_LOST)
            raise ChannelRefused(
                f"{self.where} gives no channel for a command: check the account's shell and sshd's MaxSessions."
            ) from failure
        except (asyncssh.Error, OSError):
            return collector.result(Ending.CONNECTION_LOST)
        finally:
            collector.drop()
        return collector.result(Ending.CONNECTION_LOST if collector.lost else Ending.EXITED)

    async def _run(self, command: str, limit: int) -> Output:
        process: asyncssh.SSHClientProcess[bytes] = await self.connection.create_process(
            command, stdin=asyncssh.DEVNULL, stderr=asyncssh.DEVNULL, encoding=None
        )
        taken = bytearray()
        try:
            while len(taken) <= limit and (chunk := await process.stdout.read(64 * 1024)):
                taken += chunk
            if len(taken) > limit:
                return Output(None, bytes(taken[:limit]), truncated=True)
            await process.wait_closed()
            return Output(process.exit_status, bytes(taken), truncated=False)
        finally:
            process.close()


class _Collector(asyncssh.SSHClientSession[bytes]):
    """Takes both outputs of a command as they come, up to a limit. Cheaper than streams, and as bounded."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.closed = asyncio.Event()
        self.lost = False
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._status: int | None = None

    def connection_made(self, chan: "asyncssh.SSHClientChannel[bytes]") -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if self._is_full():
            return
        (self._stderr if datatype == asyncssh.EXTENDED_DATA_STDERR else self._stdout).extend(data)
        if self._is_full():
            self.drop()
            self.closed.set()

    def exit_status_received(self, status: int) -> None:
        self._status = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:  # noqa: ARG002, FBT001 - asyncssh's signature
        self._status = 128 + _SIGNALS.get(signal, 0)  # as a shell tells it

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = exc is not None and not self._is_full()
        self.closed.set()

    def drop(self) -> None:
        """Close the channel; what the command still writes finds nobody."""
        if self._channel is not None:
            self._channel.close()

    def result(self, ending: Ending) -> Exchange:
        if self._is_full():
            ending = Ending.TOO_MUCH
        return Exchange(ending, self._status, bytes(self._stdout), bytes(self._stderr))

    def _is_full(self) -> bool:
        return len(self._stdout) + len(self._stderr) > self.limit


class _Client(asyncssh.SSHClient):
    """Decides on the host key before anything secret is sent, and remembers the key that was shown."""

    def __init__(self, *, accept_unknown: bool) -> None:
        self.accept_unknown = accept_unknown
        self.shown: HostKey | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - asyncssh's signature
        self.shown = host_key_of(key)
        return self.accept_unknown


@asynccontextmanager
async def open_link(lcm: LcmAddress, limits: Limits) -> AsyncIterator[Link]:
    """Log in to the LCM; the connection is closed on the way out. Raises a CollectionError."""
    where = place(lcm.host, lcm.port)
    client = _Client(accept_unknown=lcm.pinned_host_key is None)
    connection = await _handshake(lcm, client, limits, where)
    try:
        key = connection.get_server_host_key()
        if key is None:
            raise LcmRefused(f"{where} showed no host key: its SSH server is not one that Optimus can trust.")
        yield Link(connection, host_key_of(key), where)
    finally:
        connection.abort()  # what is under way is of no use any more, and a goodbye could hang on a dead path
        await connection.wait_closed()


@asynccontextmanager
async def open_host(
    lcm: Link, name: str, login: DirectLogin, pinned: str | None, seconds: float
) -> AsyncIterator[Link]:
    """Log in to a host through a direct-tcpip channel of the LCM's connection. Raises HostUnreached."""
    client = _Client(accept_unknown=False)
    where = f"{place(name, login.port)} behind {lcm.where}"
    try:
        options = _host_options(login, client, _trusted(pinned, where))
        async with asyncio.timeout(seconds):
            connection = await asyncssh.connect(name, login.port, tunnel=lcm.connection, options=options)
    except (
        asyncssh.Error,
        OSError,
        HostKeyChanged,
        asyncssh.KeyImportError,
        asyncssh.PasswordChangeRequired,
    ) as failure:
        raise _unreached(failure, client, where, seconds, pinned=pinned is not None) from failure
    try:
        key = connection.get_server_host_key()
        assert key is not None, "the log-in was allowed because of its key"
        yield Link(connection, host_key_of(key), where)
    finally:
        connection.abort()
        await connection.wait_closed()


def _host_options(
    login: DirectLogin, client: _Client, trusted: list[asyncssh.SSHKey]
) -> asyncssh.SSHClientConnectionOptions:
    keys = [asyncssh.import_private_key(login.private_key)] if login.private_key else None
    return asyncssh.SSHClientConnectionOptions(
        client_factory=lambda: client,
        config=None,
        known_hosts=(trusted, [], []),
        server_host_key_algs=_key_types(trusted),
        encryption_algs=_CIPHERS,
        username=login.user,
        password=login.password,
        client_keys=keys,
        preferred_auth=("publickey", "password", "keyboard-interactive"),
        agent_path=None,
        gss_host=None,
        gss_kex=False,
        gss_auth=False,
        keepalive_interval=_KEEPALIVE_SECONDS,
        keepalive_count_max=3,
    )


def _unreached(  # noqa: PLR0911 - one line per kind of failure
    failure: Exception, client: _Client, where: str, seconds: float, *, pinned: bool
) -> HostUnreached:
    match failure:
        case TimeoutError():
            return HostUnreached(Trouble.HOST_HANGS, f"{where} did not finish the SSH log-in within {seconds:g} s.")
        case asyncssh.HostKeyNotVerifiable() | HostKeyChanged():
            shown = f" It showed {client.shown.fingerprint}." if client.shown else ""
            line = client.shown.line if client.shown else None
            if pinned:
                sentence = f"{where} did not show the pinned host key, and nothing was sent: compare it and trust it."
                return HostUnreached(Trouble.HOST_KEY_CHANGED, sentence + shown, line)
            return HostUnreached(Trouble.HOST_KEY_UNKNOWN, f"No host key of {where} is pinned yet.{shown}", line)
        case asyncssh.PermissionDenied() | asyncssh.PasswordChangeRequired() | asyncssh.KeyImportError():
            return HostUnreached(Trouble.LOGIN_REFUSED, f"{where} refused the log-in: check its user and key.")
        case asyncssh.DisconnectError() if _is_about_login(failure):
            return HostUnreached(Trouble.LOGIN_REFUSED, f"{where} refused the log-in: check its user and key.")
        case asyncssh.ChannelOpenError(code=asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED):
            return HostUnreached(
                Trouble.LCM_REFUSED,
                "The LCM forwards no connections: allow AllowTcpForwarding, or reach hosts by its ssh.",
            )
        case asyncssh.ChannelOpenError():
            return HostUnreached(Trouble.HOST_DOWN, f"The LCM cannot connect to {where}: is the host up?")
        case _:
            return HostUnreached(Trouble.HOST_LOST, f"{where} broke off before the SSH log-in ended.")


async def fetch_host_key(host: str, port: int, limits: Limits) -> tuple[str, str]:
    """The host's key and fingerprint, without logging in: ("ssh-ed25519 AAAA…", "SHA256:…")."""
    client = _Client(accept_unknown=False)
    nobody = LcmAddress(host, port, user="optimus", password="")  # never sent: the key is refused
    try:
        (await _handshake(nobody, client, limits, place(host, port))).abort()
    except HostKeyChanged:
        if client.shown:
            return client.shown.line, client.shown.fingerprint
        raise
    raise LcmRefused(f"{place(host, port)} showed no host key: its SSH server is not one that Optimus can trust.")


def host_key_of(key: asyncssh.SSHKey) -> HostKey:
    kind, data = key.export_public_key("openssh").decode().split()[:2]
    return HostKey(f"{kind} {data}", key.get_fingerprint())


async def _handshake(lcm: LcmAddress, client: _Client, limits: Limits, where: str) -> asyncssh.SSHClientConnection:
    try:
        options = _options(lcm, client, _trusted(lcm.pinned_host_key, where))
    except SASLPrepError as failure:  # a character that no SSH user name may have
        raise _refused_login(lcm, where) from failure
    sock: socket.socket | None = None
    try:
        async with asyncio.timeout(limits.connect_seconds):
            sock = await dial(lcm.host, lcm.port, limits.connect_seconds)
            return await asyncssh.connect(lcm.host, lcm.port, sock=sock, options=options)
    except BaseException as failure:
        if sock:
            sock.close()
        if isinstance(failure, (asyncssh.Error, OSError, asyncssh.PasswordChangeRequired)):
            raise _typed(failure, lcm, client, where, limits) from failure
        raise


def _trusted(pinned: str | None, where: str) -> list[asyncssh.SSHKey]:
    if pinned is None:
        return []
    try:
        return [asyncssh.import_public_key(pinned)]
    except asyncssh.KeyImportError as failure:
        raise HostKeyChanged(
            f"The pinned host key of {where} is not a public key: look at the host's key and trust it again."
        ) from failure


def _options(lcm: LcmAddress, client: _Client, trusted: list[asyncssh.SSHKey]) -> asyncssh.SSHClientConnectionOptions:
    """Nothing is taken from this machine's own SSH files, agent or keys."""
    return asyncssh.SSHClientConnectionOptions(
        client_factory=lambda: client,
        config=None,
        known_hosts=(trusted, [], []),
        server_host_key_algs=_key_types(trusted),
        encryption_algs=_CIPHERS,
        username=lcm.user,
        password=lcm.password,
        preferred_auth=("password", "keyboard-interactive"),
        client_keys=None,
        agent_path=None,
        gss_host=None,
        gss_kex=False,
        gss_auth=False,
        keepalive_interval=_KEEPALIVE_SECONDS,
        keepalive_count_max=3,
    )


def _key_types(trusted: list[asyncssh.SSHKey]) -> list[str]:
    """The pinned key's type first; the others too, so that a host that lost it can show what it has now."""
    first = [name.decode() for key in trusted for name in key.sig_algorithms]
    return list(dict.fromkeys([*first, *_HOST_KEY_TYPES]))


def _typed(failure: Exception, lcm: LcmAddress, client: _Client, where: str, limits: Limits) -> CollectionError:
    match failure:
        case TimeoutError():
            return LcmUnreachable(
                f"{where} did not finish the SSH log-in within {limits.connect_seconds:g} s: "
                "check the address and the host's load."
            )
        case asyncssh.HostKeyNotVerifiable():
            return _changed(where, client.shown)
        case asyncssh.PermissionDenied() | asyncssh.PasswordChangeRequired():
            return _refused_login(lcm, where)
        case asyncssh.DisconnectError() if _is_about_login(failure):
            return _refused_login(lcm, where)
        case asyncssh.DisconnectError(code=asyncssh.DISC_HOST_NOT_ALLOWED_TO_CONNECT):
            return PermissionDenied(f"{where} does not allow this machine to connect: check the LCM's access rules.")
        case _:
            return LcmRefused(f"{where} broke off before the SSH log-in: check that the port is the LCM's SSH service.")


def _is_about_login(failure: asyncssh.DisconnectError) -> bool:
    return failure.code in _AUTH_DISCONNECTS or "authentication failures" in failure.reason


def _refused_login(lcm: LcmAddress, where: str) -> LoginRefused:
    return LoginRefused(f"{where} refused the log-in of {lcm.user}: check the user name and the password.")


def _changed(where: str, shown: HostKey | None) -> HostKeyChanged:
    told = f" It showed {shown.fingerprint}." if shown else ""
    return HostKeyChanged(
        f"{where} did not show the pinned host key, so no password was sent.{told} If the host was reinstalled, "
        "compare the fingerprint with the host's own and trust the new key.",
        host_key=shown.line if shown else None,
        fingerprint=shown.fingerprint if shown else None,
    )
