"""The response envelope that every answer under /api has."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response


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


class JsonResponse(Response):
    """JSON by pydantic's serializer: rows that we made ourselves need no validation on the way out."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return to_json(content)


def response_of(answer: Answer) -> Response:
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
