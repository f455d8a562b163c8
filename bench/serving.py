"""The server that bench.api asks: as `optimus serve` starts it, with one route more. It ends with its stdin.

The route answers a constant of as many bytes as it is asked for, behind the same log-in check and in the same kind
of thread as every call; it opens no transaction of its own and makes no JSON.
"""

import json
import sys
import threading
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query
from starlette.responses import Response
from tests.support.server import make_services

from optimus.accounts.service import authenticate
from optimus.audit.store import record
from optimus.cli.run import _listening, _Server, _uvicorn_config
from optimus.facts.roles import Role
from optimus.http import routing
from optimus.http.answer import Answer, JsonResponse
from optimus.http.call import Call, Services
from optimus.http.routing import Edge, Route, Transaction, envelope
from optimus.kit import logs


class _Constant(Answer):
    """An answer whose bytes are there already."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        super().__init__(None)
        self.content = content


def add_constant(app: FastAPI, services: Services) -> None:
    contents: dict[int, bytes] = {}

    def constant(call: Call, size: Annotated[int, Query()]) -> Answer:  # noqa: ARG001 - the edge passes the call
        """As many bytes as were asked for."""
        if size not in contents:
            contents[size] = b'"' + b"x" * (size - 2) + b'"'
        return _Constant(contents[size])

    constant.__module__ = "bench.serving"  # this file runs as __main__, and a route is tagged by its module
    response_of = routing.response_of  # type: ignore[attr-defined]

    def response(answer: Answer) -> Response:
        if isinstance(answer, _Constant):
            return Response(answer.content, media_type=JsonResponse.media_type)
        return response_of(answer)

    routing.response_of = response  # type: ignore[attr-defined]
    route = Route(
        "GET",
        "/api/bench/constant",
        constant,
        Role.VIEWER,
        envelope("Constant"),
        "A constant",
        transaction=Transaction.OWN,
    )
    Edge(services, authenticate, record).add(app, route)


def main() -> None:
    job = json.loads(sys.stdin.readline())
    services = make_services(job["url"], Path(job["folder"]), port=0)
    logs.configure(level=services.settings.log_level, as_json=False)
    with _listening(services.settings) as listener:
        config = _uvicorn_config(services)
        assert isinstance(config.app, FastAPI)
        add_constant(config.app, services)
        ready = json.dumps({"port": listener.getsockname()[1]})
        server = _Server(config, ready=lambda: print(ready, flush=True))

        def end() -> None:
            sys.stdin.read()
            server.should_exit = True

        threading.Thread(target=end, daemon=True).start()
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
