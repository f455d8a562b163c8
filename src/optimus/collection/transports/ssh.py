"""SSH to the LCM: log-in with a pinned host key, short commands with bounded output."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncssh

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
# A dead network path ends the connection after about 30 s instead of the kernel's many minutes.
_KEEPALIVE_SECONDS = 10
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


class Link:
    """An open, authenticated connection to the LCM."""

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
    options = _options(lcm, client, _trusted(lcm.pinned_host_key, where))
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
