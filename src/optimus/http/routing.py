"""What a route is, and how FastAPI is given one: guard first, then one transaction around the endpoint."""

import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel, create_model
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from optimus.errors import Kind, OptimusError
from optimus.facts.roles import Role
from optimus.http.answer import Answer, response_of
from optimus.http.call import Call, Caller, Doer, RoleTooLow, Services, TokenMissing
from optimus.http.problem import STATUS_OF_KIND
from optimus.http.uploads import MEDIA_TYPE, Form, Turnstile, UploadField, read_form

Endpoint = Callable[..., Answer]
Authenticate = Callable[[Connection, Services, str], Caller]  # raises an UNAUTHENTICATED error
Record = Callable[[Connection, "AuditNote"], None]


class Transaction(Enum):
    """What the edge opens around an endpoint."""

    READ = "read"
    WRITE = "write"
    # The endpoint opens its own: it hashes a password or talks to an LCM, and must not hold a lock meanwhile.
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the route table. `role` None means public; `fails` are the kinds beyond the common ones."""

    method: str
    path: str
    endpoint: Endpoint
    role: Role | None
    answer: type[BaseModel]
    summary: str
    transaction: Transaction = Transaction.READ
    fails: tuple[Kind, ...] = ()
    status: int = 200
    body_code: int | None = None  # the `code` in the body, where the document shows another than the status
    also: Mapping[int, type[BaseModel]] = field(default_factory=dict)  # other successes of the same call
    uploads: tuple[UploadField, ...] = ()  # the call takes files, as multipart/form-data
    audited: bool = True  # False for the few calls that are no GET and yet change nothing worth a note

    @property
    def changes(self) -> bool:
        """Whether it is written to the audit trail: every change is, a read never."""
        return self.method != "GET" and self.audited

    def statuses(self) -> set[int]:
        """Every status that it may answer with, 500 and the body's 413 and 415 aside."""
        common = {Kind.UNAUTHENTICATED, Kind.FORBIDDEN} if self.role else set()
        if self.role is Role.VIEWER:
            common.discard(Kind.FORBIDDEN)
        return {self.status, *self.also} | {STATUS_OF_KIND[k] for k in common | set(self.fails)}


@dataclass(frozen=True, slots=True)
class AuditNote:
    """What the edge tells the audit trail of one change that was asked for."""

    action: str
    outcome: int
    doer: Doer | None
    subject: str | None
    client_address: str
    request_id: str


class Failure(BaseModel):
    """Every answer that is not a success."""

    status: bool
    code: int
    message: str
    error: str | None = None
    errors: list[dict[str, Any]] | None = None


def envelope(
    name: str, data: Any = None, *, sometimes: Mapping[str, Any] | None = None, **beside: Any
) -> type[BaseModel]:
    """The success envelope around `data` (None: the answer has no data), for the API description.

    `beside` are keys that every such answer has; `sometimes` those of only some cases.
    """
    fields: dict[str, Any] = {"status": (bool, ...), "code": (int, ...)}
    if data is not None:
        fields["data"] = (data, ...)
    fields.update({key: (kind, ...) for key, kind in beside.items()})
    fields.update({key: (kind | None, None) for key, kind in (sometimes or {}).items()})
    return create_model(name, **fields)


class Edge:
    """Binds routes to an application."""

    def __init__(self, services: Services, authenticate: Authenticate, record: Record) -> None:
        self._services = services
        self._authenticate = authenticate
        self._record = record
        self._turnstile = Turnstile(services.settings.upload_jobs_at_once)

    def add(self, app: FastAPI, route: Route) -> None:
        responses: dict[int | str, dict[str, Any]] = {
            status: {"model": route.also.get(status, Failure)}
            for status in sorted(route.statuses())
            if status != route.status
        }
        app.router.add_api_route(
            route.path,
            self._handler(route),
            route_class_override=self._guarded(route.role),
            methods=[route.method],
            status_code=route.status,
            response_model=route.answer,
            responses=responses,
            summary=route.summary,
            name=f"{route.method} {route.path}",
            operation_id=_operation_id(route),
            tags=[route.endpoint.__module__.split(".")[1]],
            openapi_extra=_form_description(route.uploads) if route.uploads else None,
        )

    def _guarded(self, role: Role | None) -> type[APIRoute]:
        """Who may not ask is told so before anything is made of the body, however broken that is."""
        guard = self._guard

        class Guarded(APIRoute):
            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                handle = super().get_route_handler()

                async def guarded(request: Request) -> Response:
                    request.state.caller = await run_in_threadpool(guard, request, role) if role else None
                    return await handle(request)

                return guarded

        return Guarded

    def _handler(self, route: Route) -> Any:
        async def make_call(request: Request) -> Call:
            return Call(self._services, request, request.state.caller)

        @functools.wraps(route.endpoint)
        def handler(call: Call, **inputs: Any) -> Response:
            try:
                answer = self._run(route, call, inputs)
            except OptimusError as error:
                self._note(route, call, STATUS_OF_KIND[error.kind])
                raise
            self._note(route, call, answer.http_status)
            return response_of(answer)

        @functools.wraps(route.endpoint)
        async def handler_with_files(call: Call, form: Request, **inputs: Any) -> Response:
            # Nothing is read of a caller that may not call, and no thread is held while waiting for a turn.
            async with self._turnstile.ticket():
                files = await self._read_form(route, call, form)
                async with self._turnstile.turn():
                    return await run_in_threadpool(handler, call=call, form=files, **inputs)

        chosen: Any = handler_with_files if route.uploads else handler
        signature = inspect.signature(route.endpoint)
        known: dict[str, Any] = {"call": Annotated[Call, Depends(make_call)], "form": Request}
        parameters = [p.replace(annotation=known.get(p.name, p.annotation)) for p in signature.parameters.values()]
        chosen.__signature__ = signature.replace(parameters=parameters, return_annotation=Response)
        return chosen

    async def _read_form(self, route: Route, call: Call, request: Request) -> Form:
        try:
            return await read_form(request)
        except OptimusError as error:
            await run_in_threadpool(self._note, route, call, STATUS_OF_KIND[error.kind])
            raise

    def _guard(self, request: Request, role: Role) -> Caller:
        token = _bearer(request.headers.get("authorization", ""))
        with self._services.database.reading() as connection:
            caller = self._authenticate(connection, self._services, token)
        if not caller.role.includes(role):
            raise RoleTooLow(
                f"This needs the role {role.value}; {caller.name} has {caller.role.value}. "
                "An administrator can change it with: optimus user role NAME ROLE"
            )
        return caller

    def _run(self, route: Route, call: Call, inputs: dict[str, Any]) -> Answer:
        database = self._services.database
        if route.transaction is Transaction.OWN:
            return route.endpoint(call=call, **inputs)
        opened = database.reading() if route.transaction is Transaction.READ else database.writing()
        with opened as connection:
            call.use(connection)
            return route.endpoint(call=call, **inputs)

    def _note(self, route: Route, call: Call, outcome: int) -> None:
        # Nobody unknown may fill the table: a public call is noted only when it did something to a subject.
        if not route.changes or (call.doer is None and call.subject is None):
            return
        # A transaction of its own: a refused change rolls back, and its note must stay all the same.
        action = f"{route.method} {route.path}"
        note = AuditNote(action, outcome, call.doer, call.subject, call.client_address, call.request_id)
        with self._services.database.writing() as connection:
            self._record(connection, note)


def _form_description(fields: tuple[UploadField, ...]) -> dict[str, Any]:
    """What FastAPI cannot see, since it does not read the form: the files that the call takes."""
    one = {"type": "string", "format": "binary"}
    properties = {f.name: {"type": "array", "items": one} if f.many else one for f in fields}
    shape = {"type": "object", "properties": properties, "required": [f.name for f in fields if f.required]}
    return {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": shape}}}}


def _bearer(header: str) -> str:
    """The token: `Bearer <token>`, or the bare token that the document's clients send."""
    scheme, _, token = header.strip().partition(" ")
    found = token.strip() if token and scheme.lower() == "bearer" else header.strip()
    if not found or found.lower() == "bearer":
        raise TokenMissing("Log in first: send the access token in the Authorization header.")
    return found


def _operation_id(route: Route) -> str:
    words = [w.strip("{}") for w in route.path.split("/") if w and w not in {"api", "v1"}]
    return "_".join([route.method.lower(), *words])
