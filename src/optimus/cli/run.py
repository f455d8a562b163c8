"""Starting the server and workers."""

import signal
import socket
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
import uvicorn

from optimus.app import build_app
from optimus.cli.session import opened
from optimus.errors import SettingsRefused
from optimus.http.call import Services
from optimus.settings import Settings
from optimus.worker import Worker
from optimus.worker import migrate as migrate_both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def serve(
    worker: Annotated[bool, typer.Option(help="Also run collections in this process.")] = True,
) -> None:
    """Serve the API (and run collections). Migrates the database first."""
    with opened(needs_schema=False) as services:
        run_server(services, worker=worker, ready=_announce)


def _announce(url: str) -> None:
    typer.echo(f"Optimus answers at {url} (API documentation: {url}/docs)")


def run_server(services: Services, *, worker: bool, ready: "Callable[[str], None]") -> None:
    """Runs until SIGINT or SIGTERM. `ready` is called once with the URL, when requests are answered."""
    migrate_both(services)
    settings = services.settings
    with ExitStack() as stack:
        listener = stack.enter_context(_listening(settings))
        if worker:
            stack.enter_context(_working(services))
        server = _Server(_uvicorn_config(services), ready=lambda: ready(_url(settings, listener)))
        server.run(sockets=[listener])


@contextmanager
def _working(services: Services) -> "Iterator[None]":
    found = Worker(services)
    found.start()
    try:
        yield
    finally:
        found.stop()


@contextmanager
def _listening(settings: Settings) -> "Iterator[socket.socket]":
    """Bound before anything else starts, so that a port in use is a clear error and not half a start."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsRefused(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}): "
            "set OPTIMUS_PORT to a free port, or end what uses it."
        ) from error
    try:
        yield listener
    finally:
        listener.close()


def _url(settings: Settings, listener: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def _uvicorn_config(services: Services) -> uvicorn.Config:
    settings = services.settings
    return uvicorn.Config(
        build_app(services),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=10,
        lifespan="on",
    )


class _Server(uvicorn.Server):
    """Tells when it has begun to answer, and leaves what comes after it to its caller."""

    def __init__(self, config: uvicorn.Config, *, ready: "Callable[[], None]") -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> "Iterator[None]":
        # uvicorn's own raises the signal again at the end, which would end the process before the worker is stopped.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


def worker() -> None:
    """Run collections, without the API. Start as many as wanted on one PostgreSQL."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with opened(needs_schema=False) as services:
        migrate_both(services)
        with _working(services):
            typer.echo("The worker runs; Ctrl-C ends it.")
            ended.wait()


def migrate() -> None:
    """Bring the databases to this version's schema."""
    with opened(needs_schema=False) as services:
        migrate_both(services)
    typer.echo("The databases are at this version's schema.")
