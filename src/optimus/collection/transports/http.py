"""HTTP to a cloud's APIs: bounded in time, size and number at once; failures become ours."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import httpcore

from optimus.collection.errors import (
    CertificateRefused,
    CloudAnswerBad,
    CloudAnswerLate,
    CollectionError,
    PermissionDenied,
)
from optimus.collection.transports.ssh import Link
from optimus.collection.transports.tunnel import ForwardingForbidden, TunnelBackend
from optimus.facts.visits import Limits

# httpcore tries to import this at every request; a module that is not there would be looked for on disk each time.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


class Http:
    """One visit's HTTP client. Counts what it does: `calls`, and `received` bytes of answers."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, link: Link | None, limits: Limits) -> None:
        self.calls = 0
        self.received = 0
        self._pool = pool
        self._link = link
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.concurrent_requests)

    async def ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        """One request and its whole answer, of whatever status. Raises a CollectionError when there is none."""
        async with self._slots:
            try:
                async with asyncio.timeout(self._limits.request_seconds):
                    return await self._with_second_try(method, url, headers, content)
            except (TimeoutError, ssl.SSLError, httpcore.TimeoutException) as failure:
                raise self._typed(failure, call_name(method, url)) from failure
            except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as failure:
                raise self._typed(failure, call_name(method, url)) from failure

    async def _with_second_try(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        """A server may close a kept-alive connection just as it is used again: a read is then asked once more."""
        try:
            return await self._exchange(method, url, headers, content)
        except _NotAnswered as failure:
            if method != "GET" or (self._link and self._link.lost):
                raise failure.cause from failure
        try:
            return await self._exchange(method, url, headers, content)
        except _NotAnswered as failure:
            raise failure.cause from failure

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        if self._link and self._link.lost:
            raise self._link.lost_error()
        self.calls += 1
        answered = False
        try:
            async with self._pool.stream(
                method, url, headers=_all_headers(url, headers), content=content, extensions=self._timeouts()
            ) as response:
                answered = True
                named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                body = await self._body(response, named, call_name(method, url))
                return Answer(response.status, named, body)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError) as failure:
            if answered:
                raise
            raise _NotAnswered(failure) from failure

    async def _body(self, response: httpcore.Response, headers: Mapping[str, str], call: str) -> bytearray:
        most = self._limits.answer_bytes
        body = bytearray()
        too_long = headers.get("content-length", "").isdecimal() and int(headers["content-length"]) > most
        if not too_long:
            async for chunk in response.aiter_stream():
                self.received += len(chunk)
                body += chunk
                if too_long := len(body) > most:
                    break
        if too_long:
            raise CloudAnswerBad(
                f"{call} answered with more than {most} bytes: lower the page size or raise the bound."
            )
        return body

    def _timeouts(self) -> dict[str, Any]:
        # Only connecting has a time of its own: the whole request is bounded above.
        return {"timeout": {"connect": self._limits.connect_seconds}}

    def _typed(self, failure: Exception, call: str) -> CollectionError:
        if self._link and self._link.lost:
            return self._link.lost_error()
        if refused := _certificate_failure(failure):
            return CertificateRefused(
                f"{call}: the certificate was refused ({refused.verify_message}): check OS_CACERT in the rc file."
            )
        if isinstance(failure, TimeoutError | httpcore.TimeoutException):
            return _late(failure, call, self._limits)
        return _broken(failure, call)


def _late(failure: Exception, call: str, limits: Limits) -> CloudAnswerLate:
    if isinstance(failure, httpcore.ConnectTimeout):
        return CloudAnswerLate(f"{call}: no connection within {limits.connect_seconds:g} s: is the service up?")
    return CloudAnswerLate(f"{call} did not answer within {limits.request_seconds:g} s: look at that service's load.")


def _broken(failure: Exception, call: str) -> CollectionError:
    if isinstance(failure, ForwardingForbidden):
        return PermissionDenied(
            f"{call}: the LCM forbids forwarded connections: set AllowTcpForwarding there, or use direct access."
        )
    if isinstance(failure, httpcore.ConnectError):
        why = (str(failure) or "refused")[:200]
        return CloudAnswerBad(f"{call}: could not connect ({why}): is the service up?")
    return CloudAnswerBad(f"{call} broke off its answer: look at that service's log.")


def _all_headers(url: str, headers: Mapping[str, str]) -> list[tuple[bytes | str, bytes | str]]:
    always = {"Host": urlsplit(url).netloc, "Accept": "application/json", "User-Agent": "optimus"}
    return [*always.items(), *headers.items()]


class _NotAnswered(Exception):
    """The connection ended before any answer."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


def call_name(method: str, url: str) -> str:
    """A call as messages name it: without its query."""
    parts = urlsplit(url)
    return f"{method} {parts.path} at {parts.netloc}"


@asynccontextmanager
async def open_http(context: ssl.SSLContext, link: Link | None, limits: Limits) -> AsyncIterator[Http]:
    """A client through the link, or directly from this machine when there is none."""
    # One kept-alive connection per slot for each of the five services, at most.
    most = limits.concurrent_requests * 5
    pool = httpcore.AsyncConnectionPool(
        ssl_context=context,
        max_connections=most,
        max_keepalive_connections=most,
        keepalive_expiry=30.0,
        network_backend=TunnelBackend(link) if link else None,
    )
    async with pool:
        yield Http(pool, link, limits)


def _certificate_failure(failure: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """What TLS said at the bottom. httpcore drops the cause of what it raises again, but not the context."""
    while failure is not None:
        if isinstance(failure, ssl.SSLCertVerificationError):
            return failure
        failure = failure.__cause__ or failure.__context__
    return None
