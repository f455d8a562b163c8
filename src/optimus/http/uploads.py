"""Uploaded files: read from multipart/form-data within bounds, and worked on by few requests at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message

from starlette.requests import ClientDisconnect, Request

from optimus.errors import Code, FieldError, Kind, MalformedRequest, OptimusError, WrongMediaType

MEDIA_TYPE = "multipart/form-data"
PARTS = 50
HEADER_BYTES = 8192
FIELD_BYTES = 65_536  # of a plain field; none of ours is longer
UPLOAD_SECONDS = 300.0
WAITING_FOR_EACH = 8  # requests that may wait for each one that is worked on


class Busy(OptimusError):
    """As many uploads as this process takes at once are being worked on."""

    code, kind = Code.REQUEST_BUSY, Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class UploadField:
    """One file field of a form, for the API description."""

    name: str
    many: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """`name` is the file's name as the client sent it: never a path to write to."""

    field: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """The files of one request, and its plain fields (the last one of a name counts)."""

    files: tuple[UploadedFile, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def of(self, field: str) -> list[UploadedFile]:
        return [file for file in self.files if file.field == field]


class Turnstile:
    """Lets `at_once` uploads of one process be worked on, some more wait, and turns the others away.

    Waiting holds no thread, so that other requests are answered meanwhile.
    """

    def __init__(self, at_once: int) -> None:
        self._most = at_once * (1 + WAITING_FOR_EACH)
        self._inside = 0
        self._turns = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def ticket(self) -> AsyncIterator[None]:
        """Raises Busy."""
        if self._inside >= self._most:
            raise Busy("Too many files are being worked on at this moment: try again in a minute.")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        async with self._turns:
            yield


async def read_form(request: Request) -> Form:
    """Raises WrongMediaType, MalformedRequest. The middleware has bounded how much there is to read."""
    content_type = request.headers.get("content-type", "")
    media = content_type.partition(";")[0].strip().lower()
    if media not in {MEDIA_TYPE, ""}:
        raise WrongMediaType(f"Send the files as {MEDIA_TYPE}, not as {media}.", media_type=media)
    pieces: list[bytes] = []
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for piece in request.stream():
                pieces.append(piece)  # noqa: PERF401 - an async comprehension would hide the time limit
    except TimeoutError as late:
        raise MalformedRequest(f"The upload took longer than {UPLOAD_SECONDS:.0f} seconds.") from late
    except ClientDisconnect as gone:
        raise MalformedRequest("The upload ended before its end.") from gone
    body = b"".join(pieces)
    return parse_form(content_type, body) if body else Form()


def parse_form(content_type: str, body: bytes) -> Form:
    """The files of a multipart/form-data body (RFC 7578). Raises MalformedRequest.

    A file input that was left empty (no name, no bytes) is absent.
    """
    boundary = _parameter(content_type, "content-type", "boundary")
    if not boundary or len(boundary) > 200 or not boundary.isascii():
        raise MalformedRequest(f"The Content-Type has no boundary: send the files as {MEDIA_TYPE}.")
    chunks = (b"\r\n" + body).split(b"\r\n--" + boundary.encode(), PARTS + 2)
    files: list[UploadedFile] = []
    fields: dict[str, str] = {}
    for chunk in chunks[1:]:
        if chunk.startswith(b"--"):
            return Form(tuple(files), fields)
        if len(files) == PARTS:
            break
        found = _part(chunk)
        if isinstance(found, UploadedFile):
            files.append(found)
        elif found is not None:
            fields[found[0]] = found[1]
    if len(chunks) > PARTS + 2:
        raise MalformedRequest(f"The form has more than {PARTS} parts.")
    raise MalformedRequest(f"The body is no whole {MEDIA_TYPE}: it has no end mark, or not the boundary it names.")


def _part(chunk: bytes) -> UploadedFile | tuple[str, str] | None:
    """A file, a plain field's name and value, or nothing worth keeping."""
    head, blank, data = chunk.partition(b"\r\n\r\n")
    padding, line_break, lines = head.partition(b"\r\n")
    if not blank or not line_break or padding.strip(b" \t") or len(lines) > HEADER_BYTES:
        raise MalformedRequest("A part of the form has no readable header.")
    headers = dict(_header(line) for line in lines.decode("utf-8", "replace").split("\r\n"))
    disposition = headers.get("content-disposition", "")
    field = _parameter(disposition, "content-disposition", "name")
    name = _parameter(disposition, "content-disposition", "filename")
    if field is None:
        raise MalformedRequest("A part of the form has no name.")
    if headers.get("content-transfer-encoding", "binary").lower() not in {"binary", "8bit", "7bit"}:
        raise MalformedRequest(
            f"{field}: send the file as it is, without a transfer encoding.",
            errors=[FieldError(field, "has a transfer encoding")],
        )
    if name is None:
        return (field, data.decode("utf-8", "replace")) if len(data) <= FIELD_BYTES else None
    return None if not name and not data else UploadedFile(field, name, data)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _parameter(value: str, header: str, name: str) -> str | None:
    """A header's parameter as browsers, curl and Python clients write it: quoted, plain, or by RFC 5987."""
    message = Message()
    message[header] = value.replace("\r", " ").replace("\n", " ")
    found = message.get_param(name, header=header)
    if isinstance(found, tuple):
        charset, _, encoded = found
        return encoded.encode("latin-1", "replace").decode(_known(charset), "replace")
    return found


def _known(charset: str | None) -> str:
    return "latin-1" if (charset or "").lower() in {"iso-8859-1", "latin-1", "us-ascii"} else "utf-8"
