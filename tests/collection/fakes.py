"""A jump host and an OpenStack on loopback: a real SSH server running real commands, and a small HTTP server."""

import asyncio
import json
import os
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import asyncssh

from optimus.facts.visits import LcmAddress, Limits

PASSWORD = "lcm-s3cret"
LIMITS = Limits(connect_seconds=5.0, request_seconds=10.0, visit_seconds=60.0)
PROJECT = "f0e347c6ebaa487dbb4aee1f9537e006"
OTHER_PROJECT = "a7314c9d54234ba6a392406477e0bf08"


class FakeLcm(asyncssh.SSHServer):
    """Shared state of all connections to one server."""

    def __init__(self) -> None:
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0
        self.passwords: list[str] = []
        self.commands: list[str] = []
        self.forwards: list[tuple[str, int]] = []
        self.allows_commands = True
        self.allows_forwarding = True
        self.connections: list[asyncssh.SSHServerConnection] = []

    def address(self, **changes: Any) -> LcmAddress:
        return replace(LcmAddress("127.0.0.1", self.port, "lcm", PASSWORD), **changes)

    @property
    def key_line(self) -> str:
        return " ".join(self.key.export_public_key().decode().split()[:2])


class _Connection(asyncssh.SSHServer):
    def __init__(self, lcm: FakeLcm) -> None:
        self.lcm = lcm

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.lcm.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:  # noqa: ARG002 - asyncssh's
        self.lcm.passwords.append(password)
        return password == PASSWORD

    def connection_requested(self, dest_host: str, dest_port: int, *_origin: object) -> bool:
        if not self.lcm.allows_forwarding:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "not here")
        self.lcm.forwards.append((dest_host, dest_port))
        return True


@asynccontextmanager
async def open_lcm() -> AsyncIterator[FakeLcm]:
    lcm = FakeLcm()
    shells: list[asyncio.subprocess.Process] = []

    async def run(process: asyncssh.SSHServerProcess[bytes]) -> None:
        command = process.command or ""
        lcm.commands.append(command)
        if not lcm.allows_commands:
            process.stdout.write(b"This account is currently not available.\n")
            process.exit(1)
            return
        shell = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        shells.append(shell)
        out, _ = await shell.communicate()
        process.stdout.write(out)
        process.exit(shell.returncode or 0)

    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Connection(lcm),
        server_host_keys=[lcm.key],
        process_factory=run,
        encoding=None,
    )
    lcm.port = server.get_port()
    try:
        yield lcm
    finally:
        server.close()
        for connection in lcm.connections:
            connection.abort()
        for shell in shells:
            if shell.returncode is None:
                os.killpg(shell.pid, signal.SIGKILL)
            await shell.wait()
        await server.wait_closed()


@dataclass
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def call(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Reply:
    """`body` is sent as JSON unless it is bytes. `cut` bytes are left off its end, then the connection closes."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0


Handler = Callable[[Request], Reply]


class FakeCloud:
    """Answers from a table of paths. `lists` are served in pages; `answers` override, by path."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        self.host = "127.0.0.1"
        self.port = 0
        self.requests: list[Request] = []
        self.valid_tokens: set[str] = set()
        self.roles = ["member", "admin"]
        self.logins = 0
        self.page_cap = 1000
        self.services = {
            "compute": f"/compute/v2.1/{PROJECT}",
            "volumev3": f"/volume/v3/{PROJECT}",
            "network": "/network",
            "orchestration": f"/heat/v1/{PROJECT}",
        }
        self.microversions = {"version": {"id": "v2.1", "version": "2.93", "min_version": "2.1"}}
        self.lists: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        self.answers: dict[str, Handler] = {}
        self.arrived = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def calls(self) -> list[str]:
        return [request.call for request in self.requests]

    def rc(self, **more: str) -> str:
        values = {
            "OS_AUTH_URL": f"{self.url}/identity/v3",
            "OS_USERNAME": "admin",
            "OS_PASSWORD": "cloud-s3cret",
            "OS_PROJECT_NAME": "admin",
        } | more
        return "".join(f"export {name}='{value}'\n" for name, value in values.items())

    def answer(self, request: Request) -> Reply:
        if request.path in self.answers:
            return self.answers[request.path](request)
        if request.call == "POST /identity/v3/auth/tokens":
            return self.log_in(request)
        if request.headers.get("x-auth-token") not in self.valid_tokens:
            return Reply({"error": {"code": 401}}, 401)
        if request.path in {"/compute/v2.1/", "/compute/v2.1"}:
            return Reply(self.microversions)
        if request.path in self.lists:
            return self.page(request)
        return Reply({"error": {"code": 404}}, 404)

    def log_in(self, request: Request) -> Reply:
        if json.loads(request.body)["auth"]["identity"]["password"]["user"]["password"] != "cloud-s3cret":
            return Reply({"error": {"code": 401, "message": "cloud-s3cret"}}, 401)
        self.logins += 1
        token = f"token-{self.logins}"
        self.valid_tokens.add(token)
        catalog = [
            {"type": kind, "endpoints": [{"interface": "public", "region": "R", "url": f"{self.url}{path}"}]}
            for kind, path in self.services.items()
        ]
        roles = [{"id": "r1", "name": name} for name in self.roles]
        body = {"token": {"project": {"id": PROJECT}, "catalog": catalog, "roles": roles}}
        return Reply(body, 201, {"X-Subject-Token": token})

    def page(self, request: Request) -> Reply:
        key, rows = self.lists[request.path]
        limit = min(int(request.query.get("limit", "100000")), self.page_cap)
        ids = [row.get("id") for row in rows]
        start = ids.index(request.query["marker"]) + 1 if "marker" in request.query else 0
        shown = rows[start : start + limit]
        body: dict[str, Any] = {key: shown}
        if len(shown) == limit:
            link = f"http://only-inside.example{request.path}?limit={limit}&marker={shown[-1]['id']}"
            body[f"{key}_links"] = [{"rel": "next", "href": link}]
        return Reply(body)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                while await self.exchange(reader, writer):
                    pass
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer. Whether the connection stays open."""
        request = await _read(reader)
        async with self.arrived:
            self.requests.append(request)
            self.arrived.notify_all()
        reply = self.answer(request)
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        headers = {"Content-Length": str(len(body)), **reply.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{lines}\r\n".encode() + body[: len(body) - reply.cut])
        await writer.drain()
        return not reply.cut

    async def until(self, call: str) -> None:
        """Wait until this call has arrived."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: call in self.calls)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


@asynccontextmanager
async def open_cloud(tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeCloud]:
    cloud = FakeCloud("https" if tls else "http")
    fill(cloud)
    serving: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving[asyncio.current_task()] = writer
        await cloud.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    cloud.port = server.sockets[0].getsockname()[1]
    try:
        yield cloud
    finally:
        server.close()
        for writer in serving.values():
            writer.transport.abort()
        await asyncio.gather(*(task for task in serving if task))


def always(reply: Reply) -> Handler:
    return lambda _: reply


def server_row(at: int, **more: Any) -> dict[str, Any]:
    row = {"id": f"vm-{at}", "name": f"vm {at}", "status": "ACTIVE", "flavor": {"original_name": "m", "vcpus": 1}}
    return row | more


def stack_row(stack_id: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    row = {
        "id": stack_id,
        "stack_name": f"name of {stack_id}",
        "stack_status": "CREATE_COMPLETE",
        "creation_time": "2026-11-23T22:41:14Z",
        "parent": parent,
        "project": OTHER_PROJECT,
    }
    return row | more


def fill(cloud: FakeCloud) -> None:
    """A small cloud: 3 servers, 2 projects and one of heat's own, 1 stack with a nested one, nothing else."""
    compute, volume, network, heat = cloud.services.values()
    cloud.lists = {
        "/identity/v3/projects": (
            "projects",
            [
                {"id": PROJECT, "name": "admin", "enabled": True},
                {"id": OTHER_PROJECT, "name": "vHSS", "enabled": True},
                {"id": "5" * 32, "name": f"{OTHER_PROJECT}-stack-users", "enabled": True},
            ],
        ),
        f"{compute}/servers/detail": ("servers", [server_row(at) for at in range(3)]),
        f"{compute}/flavors/detail": ("flavors", []),
        f"{compute}/os-services": ("services", []),
        f"{compute}/os-aggregates": ("aggregates", []),
        f"{compute}/os-hypervisors/detail": ("hypervisors", [{"id": "h1", "hypervisor_hostname": "c1"}]),
        f"{volume}/volumes/detail": ("volumes", []),
        f"{volume}/types": ("volume_types", []),
        f"{network}/v2.0/networks": ("networks", []),
        f"{network}/v2.0/ports": ("ports", []),
        f"{heat}/stacks": ("stacks", [stack_row("s1"), stack_row("s1-nested", "s1")]),
    }
    servers = {
        "resource_type": "OS::Nova::Server",
        "physical_resource_id": "vm-0",
        "resource_status": "CREATE_COMPLETE",
    }
    cloud.answers[resources_path("s1")] = lambda _: Reply({"resources": [servers]})
    for project in (PROJECT, OTHER_PROJECT):
        use = {"limit": -1, "in_use": 1}
        cores = {"id": project, "cores": use, "ram": use, "instances": use}
        gigabytes = {"id": project, "gigabytes": use, "gigabytes_ssd": use}
        cloud.answers[f"{compute}/os-quota-sets/{project}/detail"] = always(Reply({"quota_set": cores}))
        cloud.answers[f"{volume}/os-quota-sets/{project}"] = always(Reply({"quota_set": gigabytes}))


def resources_path(stack_id: str) -> str:
    return f"/heat/v1/{OTHER_PROJECT}/stacks/name%20of%20{stack_id}/{stack_id}/resources"
