"""The web application: routes, error handlers, health checks, API docs. Composition only, no decisions."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from optimus import __version__
from optimus.accounts.service import authenticate
from optimus.audit.store import record
from optimus.db import schema
from optimus.errors import DatabaseUnavailable
from optimus.http import problem
from optimus.http.call import Services
from optimus.http.middleware import OuterLayer
from optimus.http.routing import Edge
from optimus.jobs import nodes
from optimus.routes import ROUTES
from optimus.web.serve import built_page

DESCRIPTION = (
    "Log in at `POST /api/v1/login` and send the access token as `Authorization: Bearer …`. "
    "Every answer has `status` and `code`; failures have a `message` that says what to do."
)

_DOCS_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Optimus API</title>
  <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
  <link rel="icon" href="data:,">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="/docs/assets/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
"""
_DOCS_SCRIPT = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true});\n'


def build_app(services: Services) -> FastAPI:
    app = FastAPI(
        title="Optimus",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        lifespan=_lifespan(services),
    )
    app.state.services = services
    problem.install(app)
    edge = Edge(services, authenticate, record)
    for route in ROUTES:
        edge.add(app, route)
    _add_health(app, services)
    _add_docs(app)
    built_page().add_to(app)
    app.add_middleware(
        OuterLayer,
        body_bytes=services.settings.request_body_bytes,
        upload_bytes=services.settings.upload_body_bytes,
        uploads=frozenset((route.method, route.path) for route in ROUTES if route.uploads),
    )
    return app


def _lifespan(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """As many request threads as database connections: more would only wait for one, and time out."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = services.settings.request_threads
        yield

    return lifespan


def _add_health(app: FastAPI, services: Services) -> None:
    def healthz() -> Response:
        """Whether the process answers."""
        return JSONResponse({"alive": True, "version": __version__})

    def readyz() -> Response:
        """Whether it can do its work: database, migrations, and a worker that is alive."""
        checks = readiness(services)
        return JSONResponse({"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503)

    app.add_api_route("/healthz", healthz, methods=["GET"], tags=["health"])
    app.add_api_route("/readyz", readyz, methods=["GET"], tags=["health"])


def readiness(services: Services) -> dict[str, bool]:
    """What `/readyz` tells, check by check."""
    since = time.time() - services.settings.node_dead_seconds
    try:
        current = schema.is_current(services.database)
        with services.database.reading() as connection:
            engine = current and nodes.alive(connection, since=since) > 0
    except DatabaseUnavailable:
        return {"database": False, "migrations": False, "engine": False}
    return {"database": True, "migrations": current, "engine": engine}


def _add_docs(app: FastAPI) -> None:
    """Swagger UI from a package's files: the usual page would load it from elsewhere."""
    assets = Path(str(files("fastapi_offline") / "static"))

    async def docs(_request: Request) -> Response:
        return HTMLResponse(_DOCS_PAGE)

    async def start(_request: Request) -> Response:
        return Response(_DOCS_SCRIPT, media_type="text/javascript")

    plain: Any = app.add_route
    plain("/docs", docs, include_in_schema=False)
    plain("/docs/start.js", start, include_in_schema=False)
    app.mount("/docs/assets", StaticFiles(directory=assets))
