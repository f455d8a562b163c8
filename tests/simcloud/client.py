"""A small client of a simulated cloud: plain HTTP, paging by the links, and SSH with asyncssh."""

import asyncio
import http.client
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncssh

from optimus_simcloud import RunningCloud

T = TypeVar("T")
NOVA = "X-OpenStack-Nova-API-Version"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.token = ""
        self.catalog: dict[str, str] = {}

    def send(self, method: str, url: str, body: Any = None, **headers: str) -> Reply:
        """`url` may be whole or a path; header names are written with underscores."""
        parts = urlsplit(url if url.startswith("http") else self.cloud.api_url + url)
        assert parts.hostname is not None
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("X-Auth-Token", self.token)
        data = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), data, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, url: str, **headers: str) -> Reply:
        return self.send("GET", url, None, **headers)

    def log_in(self, user: str = "admin", password: str | None = None) -> Reply:
        known = self.cloud.cloud.world.passwords.get(user, "")
        domain = {"domain": {"name": "Default"}}
        identity = {
            "methods": ["password"],
            "password": {"user": {"name": user, "password": password or known, **domain}},
        }
        scope = {"project": {"name": "admin", **domain}}
        self.token = ""
        auth = {"auth": {"identity": identity, "scope": scope}}
        reply = self.send("POST", "/identity/v3/auth/tokens", auth)
        if reply.status == 201:
            self.token = reply.headers["x-subject-token"]
            self.catalog = {s["type"]: s["endpoints"][0]["url"] for s in reply.json["token"]["catalog"]}
        return reply

    def pages(self, service: str, path: str, key: str, links: str | None = None, **headers: str) -> list[Any]:
        """All objects of a list, page after page; the number of objects of each page stays visible."""
        url: str | None = self.catalog[service] + path
        found = []
        while url is not None:
            reply = self.get(url, **headers)
            assert reply.status == 200, reply.body
            found.append(reply.json[key])
            following = reply.json.get(links or f"{key}_links", [])
            url = next((link["href"] for link in following if link["rel"] == "next"), None)
        return found


def over_ssh(
    cloud: RunningCloud, work: Callable[[asyncssh.SSHClientConnection], Awaitable[T]], host_key: str | None = None
) -> T:
    """Log in to the LCM, checking its host key, and do something with the connection."""

    async def run() -> T:
        known = asyncssh.import_known_hosts(
            f"[{cloud.lcm_host}]:{cloud.lcm_port} {host_key or cloud.registration()['host_key']}\n"
        )
        async with asyncssh.connect(
            cloud.lcm_host,
            cloud.lcm_port,
            username=cloud.lcm_user,
            password=cloud.lcm_password,
            known_hosts=known,
            config=None,
            client_keys=None,
            agent_path=None,
        ) as connection:
            return await work(connection)

    return asyncio.run(run())
