"""The outermost layer under /api: request ids, body limits, media types, and the last catch for bugs."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from collections.abc import Set as AbstractSet
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response

from optimus.errors import RequestTooLarge, WrongMediaType
from optimus.http.answer import failure
from optimus.http.problem import failure_of
from optimus.kit.ids import new_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger()

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
}


class OuterLayer:
    """Wraps the whole application."""

    def __init__(
        self, app: App, *, body_bytes: int, upload_bytes: int, uploads: AbstractSet[tuple[str, str]] = frozenset()
    ) -> None:
        """`uploads` are the calls (method and path) that take files, within a limit of their own."""
        self._app = app
        self._body_bytes = body_bytes
        self._upload_bytes = upload_bytes
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope["optimus.request_id"] = new_id()
        if scope["path"].startswith("/api/"):
            # `/yaml_gen/` answers like `/yaml_gen`: a redirect would lose a POST's body in some clients.
            scope["path"] = scope["path"].rstrip("/")
        answer = _Answer(send, request_id)
        started = time.perf_counter()
        try:
            refused = self._refusal(scope)
            if refused is not None:
                await refused(scope, receive, answer.send)
            else:
                await self._app(scope, self._bounded(receive, self._most(scope)), answer.send)
        except Exception:
            log.exception("request failed", request_id=request_id, method=scope["method"], path=scope["path"])
            if answer.started:
                raise
            await _bug(request_id)(scope, receive, answer.send)
        finally:
            log.debug(
                "request",
                request_id=request_id,
                method=scope["method"],
                path=scope["path"],
                status=answer.status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )

    def _takes_files(self, scope: Scope) -> bool:
        return (scope["method"], scope["path"]) in self._uploads

    def _most(self, scope: Scope) -> int:
        return self._upload_bytes if self._takes_files(scope) else self._body_bytes

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        most = self._most(scope)
        if length.isdecimal() and int(length) > most:
            return failure_of(RequestTooLarge(_too_large(most)))
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        has_body = length != "0" or "transfer-encoding" in headers
        if self._takes_files(scope) or not scope["path"].startswith("/api/"):
            return None  # a call that takes files looks at their media type itself, after it knows who calls
        if has_body and media not in {"application/json", ""}:
            return failure_of(WrongMediaType(f"Send the body as application/json, not as {media}.", media_type=media))
        return None

    @staticmethod
    def _bounded(receive: Receive, most: int) -> Receive:
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                # FastAPI reads the body and passes on only this class.
                raise HTTPException(413, _too_large(most))
            return message

        return bounded


def _too_large(most: int) -> str:
    return f"The body is larger than {most} bytes, the most that is read."


class _Answer:
    """Adds the common headers and remembers whether the answer has begun."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.started = False
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _bug(request_id: str) -> Response:
    message = f"Optimus failed at this; it is logged under request {request_id}. Please report it with that number."
    return failure(500, message, beside={"request_id": request_id})
