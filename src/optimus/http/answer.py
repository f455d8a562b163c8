"""The response envelope that every answer under /api has."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from pydantic_core import to_json
from starlette.responses import Response, StreamingResponse


class Answer:
    """A success: `data`, and whatever keys the API document shows beside it.

    `code` stands in the body and is the HTTP status too, unless `http_status` says otherwise.
    """

    __slots__ = ("body", "headers", "http_status")

    def __init__(
        self,
        data: object,
        beside: Mapping[str, object] | None = None,
        *,
        code: int = 200,
        http_status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.body: dict[str, object] = {"status": True, "code": code, "data": data, **(beside or {})}
        self.http_status = http_status or code
        self.headers = dict(headers or {})

    @classmethod
    def without_data(
        cls,
        beside: Mapping[str, object] | None = None,
        *,
        code: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> "Answer":
        """For the calls whose documented answer has no `data`."""
        answer = cls(None, beside, code=code, headers=headers)
        del answer.body["data"]
        return answer


class Streamed(Answer):
    """A success whose body is sent as it is made: a file with a name, or (`file_name` None) an envelope of our own."""

    __slots__ = ("media_type", "pieces")

    def __init__(
        self, pieces: Iterator[bytes], *, media_type: str, file_name: str | None = None, size: int | None = None
    ) -> None:
        headers = {} if size is None else {"Content-Length": str(size)}  # size: bytes, where they are known
        if file_name is not None:
            headers["Content-Disposition"] = disposition(file_name)
        super().__init__(None, headers=headers)
        self.pieces = pieces
        self.media_type = media_type


def disposition(file_name: str) -> str:
    """The header that names a download, for old clients and (RFC 5987) with every character.

    >>> print(disposition('报告 "1".xlsx'))
    attachment; filename="__ _1_.xlsx"; filename*=UTF-8''%E6%8A%A5%E5%91%8A%20%221%22.xlsx
    """
    plain = "".join(c if " " <= c <= "~" and c not in '"\\/%;' else "_" for c in file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


class JsonResponse(Response):
    """JSON by pydantic's serializer: rows that we made ourselves need no validation on the way out."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return to_json(content)


def response_of(answer: Answer) -> Response:
    if isinstance(answer, Streamed):
        return StreamingResponse(answer.pieces, answer.http_status, answer.headers, answer.media_type)
    return JsonResponse(answer.body, answer.http_status, headers=answer.headers)


def failure(
    status: int,
    message: str,
    *,
    beside: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A failure in the documented shape."""
    body = {"status": False, "code": status, "message": message, **(beside or {})}
    return JsonResponse(body, status, headers=dict(headers or {}))
