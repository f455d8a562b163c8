"""httpcore's network over an SSH connection: every TCP connection is a channel of it (direct-tcpip).

Nothing listens on the Optimus machine, so no other user of it can pass through. Host names are resolved by the
LCM. TLS runs inside the channel, end to end between Optimus and the API, with the API's own name.
"""
# ruff: noqa: ARG002, ASYNC109 - the signatures are httpcore's and asyncssh's

import asyncio
import ssl
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import anyio
import asyncssh
import httpcore
from anyio.abc import ByteStream
from anyio.streams.tls import TLSAttribute, TLSStream

from optimus.collection.transports.dial import place
from optimus.collection.transports.ssh import Link

# Large enough that a fast, distant site is not held back by acknowledgements (4 MiB in 40 ms = 100 MB/s).
_WINDOW_BYTES = 4 * 1024 * 1024
_PACKET_BYTES = 64 * 1024
# Reading is paused above this, so that a slow reader bounds memory.
_HIGH_WATER_BYTES = 2 * 1024 * 1024


class ForwardingForbidden(httpcore.ConnectError):
    """The LCM's SSH server does not allow forwarded connections at all."""


class _Session(asyncssh.SSHTCPSession[bytes]):
    """What has arrived on one channel and was not read yet."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.ended = False
        self.failure: Exception | None = None
        self._channel: asyncssh.SSHTCPChannel[bytes] | None = None
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._paused = False

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self.buffer += data
        self._arrived.set()
        if self._channel and not self._paused and len(self.buffer) > _HIGH_WATER_BYTES:
            self._paused = True
            self._channel.pause_reading()

    def eof_received(self) -> bool:
        self.ended = True
        self._arrived.set()
        return True  # our direction stays open until we close it

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.failure = exc
        self._arrived.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def take(self, most: int) -> bytes:
        """Up to `most` bytes; b"" at the end of the stream."""
        while not self.buffer and not self.ended:
            self._arrived.clear()
            await self._arrived.wait()
        data = bytes(self.buffer[:most])
        del self.buffer[:most]
        if self._channel and self._paused and len(self.buffer) <= _HIGH_WATER_BYTES // 2:
            self._paused = False
            self._channel.resume_reading()
        return data

    async def writable(self) -> None:
        await self._writable.wait()


class _ChannelStream(ByteStream):
    """A channel as anyio's stream of bytes."""

    def __init__(self, channel: asyncssh.SSHTCPChannel[bytes], session: _Session) -> None:
        self._channel = channel
        self._session = session

    async def receive(self, max_bytes: int = 65536) -> bytes:
        data = await self._session.take(max_bytes)
        if data:
            return data
        if self._session.failure:
            raise anyio.BrokenResourceError from self._session.failure
        raise anyio.EndOfStream

    async def send(self, item: bytes) -> None:
        await self._session.writable()
        if self._session.failure or self._channel.is_closing():
            raise anyio.BrokenResourceError from self._session.failure
        try:
            self._channel.write(item)
        except (asyncssh.Error, OSError) as failure:
            raise anyio.BrokenResourceError from failure
        await self._session.writable()

    async def send_eof(self) -> None:
        self._channel.write_eof()

    async def aclose(self) -> None:
        self._channel.abort()

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        return {}

    @property
    def readable(self) -> bool:
        """Whether something arrived or ended: on an idle connection, that it is not to be used again."""
        return bool(self._session.buffer) or self._session.ended


class _Stream(httpcore.AsyncNetworkStream):
    """A channel, bare or inside TLS, as httpcore wants it."""

    def __init__(self, channel: _ChannelStream, stream: ByteStream) -> None:
        self._channel = channel
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            with anyio.fail_after(timeout):
                return await self._stream.receive(max_bytes)
        except anyio.EndOfStream:
            return b""
        except TimeoutError as failure:
            raise httpcore.ReadTimeout from failure
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError) as failure:
            raise httpcore.ReadError from failure

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        try:
            with anyio.fail_after(timeout):
                await self._stream.send(buffer)
        except TimeoutError as failure:
            raise httpcore.WriteTimeout from failure
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError) as failure:
            raise httpcore.WriteError from failure

    async def aclose(self) -> None:
        # No TLS goodbye: it could wait for a peer that is gone, and the answer was read to its end or given up.
        await self._channel.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            with anyio.fail_after(timeout):
                inner = await TLSStream.wrap(
                    self._stream,
                    ssl_context=ssl_context,
                    hostname=server_hostname,
                    standard_compatible=False,
                    server_side=False,
                )
        except BaseException as failure:
            await self.aclose()
            if isinstance(failure, TimeoutError):
                raise httpcore.ConnectTimeout from failure
            if isinstance(failure, (anyio.BrokenResourceError, anyio.EndOfStream, ssl.SSLError, OSError)):
                raise httpcore.ConnectError(str(failure)) from failure
            raise
        return _Stream(self._channel, inner)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._channel.readable
        if info == "ssl_object":
            return self._stream.extra(TLSAttribute.ssl_object, None)  # noqa: S610 - anyio's, not Django's
        return None


class TunnelBackend(httpcore.AsyncNetworkBackend):
    """Opens httpcore's connections through a Link."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        session = _Session()
        try:
            with anyio.fail_after(timeout):
                channel, _ = await self._link.connection.create_connection(
                    lambda: session,
                    host,
                    port,
                    encoding=None,
                    window=_WINDOW_BYTES,
                    max_pktsize=_PACKET_BYTES,
                )
        except TimeoutError as failure:
            raise httpcore.ConnectTimeout from failure
        except asyncssh.ChannelOpenError as failure:
            raise self._refused(failure, place(host, port)) from failure
        except (asyncssh.Error, OSError) as failure:
            raise httpcore.ConnectError(str(failure)) from failure
        stream = _ChannelStream(channel, session)
        return _Stream(stream, stream)

    def _refused(self, failure: asyncssh.ChannelOpenError, target: str) -> httpcore.ConnectError:
        if failure.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
            return ForwardingForbidden(target)
        return httpcore.ConnectError(f"{failure.reason} (asked by {self._link.where})")

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("A tunnel leads to TCP ports only.")

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)
