"""HTTP/1.1 connections over httptools: kept alive, one answer after another, faults down to the last byte."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

import httptools

from optimus_simcloud.serve.call import Answer, Request

LARGEST_BODY = 1024 * 1024


class HttpConnection(asyncio.Protocol):
    def __init__(self, handle: Callable[[Request], Awaitable[Answer]], open_ones: set["HttpConnection"]) -> None:
        self._handle = handle
        self._open_ones = open_ones
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open_ones.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._open_ones.discard(self)
        self._transport = None
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # httptools calls these.
    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > LARGEST_BODY:
            self.close()

    def on_message_complete(self) -> None:
        url = httptools.parse_url(self._url)
        request = Request(
            method=self._parser.get_method().decode(),
            path=unquote((url.path or b"/").decode("latin-1")),
            query=_query((url.query or b"").decode("latin-1")),
            headers=self._headers,
            body=bytes(self._body),
        )
        self._waiting.append((request, self._parser.should_keep_alive()))
        self._begin()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._answer_all())

    async def _answer_all(self) -> None:
        while self._waiting:
            request, keep_alive = self._waiting.popleft()
            answer = await self._handle(request)
            if self._transport is None or self._transport.is_closing():
                return
            body = answer.body if answer.cut_at is None else answer.body[: answer.cut_at]
            self._transport.write(_head(answer, keep_alive=keep_alive))
            self._transport.write(body)
            if answer.cut_at is not None or not keep_alive:
                await asyncio.sleep(answer.hangs_seconds)
                self.close()
                return


def _head(answer: Answer, *, keep_alive: bool) -> bytes:
    phrase = HTTPStatus(answer.status).phrase
    lines = [f"HTTP/1.1 {answer.status} {phrase}", f"Content-Length: {len(answer.body)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _query(text: str) -> dict[str, str]:
    """The last of a repeated name counts, but neutron's repeated `fields` are kept, joined by NUL."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found[name] = f"{found[name]}\0{value}" if name == "fields" and name in found else value
    return found
