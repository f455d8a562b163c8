"""Errors to statuses: the one table, and the handlers that FastAPI calls."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from optimus.errors import Code, FieldError, Kind, OptimusError
from optimus.http.answer import failure

STATUS_OF_KIND: dict[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED_MEDIA: 415,
    Kind.INVALID: 422,
    Kind.LIMITED: 429,
    Kind.CLOUD_FAULT: 502,
    Kind.UNAVAILABLE: 503,
    Kind.CLOUD_TIMEOUT: 504,
}

_PLAIN_MESSAGES = {
    404: "No such address: see /docs for the calls that exist.",
    405: "This address does not take that method: see /docs.",
}


def failure_of(error: OptimusError) -> Response:
    """The answer to an expected failure. `details` are shown beside the message as they are."""
    beside: dict[str, object] = {"error": error.code.value, **error.details}
    if error.errors:
        beside["errors"] = _as_json(error.errors)
    headers = {"WWW-Authenticate": "Bearer"} if error.kind is Kind.UNAUTHENTICATED else {}
    if error.kind is Kind.LIMITED and "retry_after" in error.details:
        headers["Retry-After"] = str(error.details["retry_after"])
    return failure(STATUS_OF_KIND[error.kind], error.message, beside=beside, headers=headers)


def _as_json(errors: Sequence[FieldError]) -> list[dict[str, str]]:
    return [{"field": e.field, "message": e.message} for e in errors]


def _on_optimus_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, OptimusError)
    return failure_of(error)


def _on_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = _PLAIN_MESSAGES.get(error.status_code, str(error.detail))
    return failure(error.status_code, message, headers=error.headers)


def _on_validation_error(_request: Request, error: Exception) -> Response:
    """Something missing or unreadable makes a request malformed (400); wrong values make it invalid (422)."""
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    if any(p["type"] == "json_invalid" for p in problems):
        beside = {"error": Code.REQUEST_MALFORMED.value}
        return failure(400, "The body is not valid JSON.", beside=beside)
    fields = [FieldError(_field(p), _sentence(p)) for p in problems]
    missing = [f for f, p in zip(fields, problems, strict=True) if p["type"] == "missing"]
    status = 400 if missing else 422
    code = Code.REQUEST_MALFORMED if missing else Code.REQUEST_INVALID
    shown = missing or fields
    message = "; ".join(f"{f.field}: {f.message}" for f in shown[:5])
    return failure(status, message, beside={"error": code.value, "errors": _as_json(fields)})


def _field(problem: dict[str, Any]) -> str:
    place, *where = (str(part) for part in problem["loc"])  # place: body, query or path
    return ".".join(where) or place


def _sentence(problem: dict[str, Any]) -> str:
    if problem["type"] == "missing":
        return "is required"
    return str(problem["msg"]).removeprefix("Value error, ")


def install(app: FastAPI) -> None:
    app.add_exception_handler(OptimusError, _on_optimus_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
