"""One simulated cloud: a site, its APIs and its LCM, started and stopped together."""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from optimus_simcloud import state as kept
from optimus_simcloud.calls import Calls
from optimus_simcloud.errors import SimError
from optimus_simcloud.faults import Faults
from optimus_simcloud.heard import Heard
from optimus_simcloud.hosts.visits import Hosts
from optimus_simcloud.lcm import Lcm
from optimus_simcloud.made.build import build_site
from optimus_simcloud.made.change import TICK_SECONDS, advance
from optimus_simcloud.made.site import ADMIN_PROJECT, Site
from optimus_simcloud.options import SimOptions
from optimus_simcloud.rcfile import Login, rc_text
from optimus_simcloud.serve.app import App
from optimus_simcloud.serve.http import HttpConnection
from optimus_simcloud.serve.world import World
from optimus_simcloud.state import write_private
from optimus_simcloud.tls import server_context

# A simulator that ran longer than this starts from here again, rather than taking minutes to catch up.
LONGEST_REPLAY_TICKS = 10_000


class SimulatedCloud:
    """`async with SimulatedCloud(SimOptions(...)) as cloud:`; to be used from that event loop only."""

    site: Site
    world: World
    lcm_port: int
    lcm_password: str
    api_port: int
    api_url: str
    home: Path
    hosts: Hosts
    _lcm: Lcm
    _state: kept.State
    _state_dir: Path

    def __init__(self, options: SimOptions) -> None:
        self.options = options
        self.faults = Faults()
        self.calls = Calls()
        self.heard = Heard()
        self._advanced_at = time.monotonic()
        self.lcm_host = options.bind
        self.lcm_user = options.user
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._stack.aclose()

    @property
    def openstackrc_path(self) -> str:
        return str(self.home / "admin-openrc.sh")

    @property
    def lcmrc_path(self) -> str:
        return str(self.home / "lcmrc")

    @property
    def host_key(self) -> str:
        """The one that a new connection would be shown now."""
        return self._lcm.host_key()

    def advance(self, ticks: int = 1) -> None:
        """Let the site live on, whether it is frozen or not."""
        for _ in range(ticks):
            advance(self.site)
        self._advanced_at = time.monotonic()
        self._state.tick = self.site.tick
        kept.save(self._state_dir, self._state)

    def host_key_of(self, host: str) -> str:
        """A compute host's own key, by the host's name or its first label."""
        found = self.hosts.named(host)
        if found is None:
            raise SimError(f"no host {host!r}; there are {', '.join(list(self.site.hosts)[:3])}, ...")
        return " ".join(self.hosts.host_key(found).export_public_key().decode().split()[:2])

    def now(self) -> float:
        """Seconds since the epoch by the site's clock: whole ticks when frozen, else it runs on within a tick."""
        if self.options.frozen:
            return float(self.site.clock_at)
        part = min(1.0, (time.monotonic() - self._advanced_at) / self.options.tick_seconds)
        return self.site.clock_at + part * TICK_SECONDS

    def registration(self) -> dict[str, Any]:
        """What has to be known to register this cloud, in the words of Optimus' API."""
        host = f"[{self.lcm_host}]" if ":" in self.lcm_host else self.lcm_host
        return {
            "name": self.options.name,
            "lcm_ip": f"{host}:{self.lcm_port}",
            "lcm_user": self.lcm_user,
            "lcm_pwd": self.lcm_password,
            "openstackrc_dir": self.openstackrc_path,
            "lcmrc_dir": self.lcmrc_path,
            "host_key": self.host_key,
            "api_url": self.api_url,
        }

    async def _start(self) -> None:
        options = self.options
        if options.state_dir is None:
            temporary = tempfile.TemporaryDirectory(prefix="optimus-simcloud-")
            self._stack.callback(temporary.cleanup)
            self._state_dir = Path(temporary.name)
        else:
            self._state_dir = options.state_dir.absolute()
        self._state = kept.load(self._state_dir, options)
        self.site = build_site(name=options.name, hosts=options.hosts, vms=options.vms, seed=options.seed)
        self.site.user_data = options.user_data
        for _ in range(self._state.tick % LONGEST_REPLAY_TICKS):
            advance(self.site)
        self.home = self._state_dir / "home"
        self.home.mkdir(mode=0o700, exist_ok=True)
        await self._serve_api()
        self._serve_lcm()
        kept.save(self._state_dir, self._state)
        if not options.frozen:
            ticking = asyncio.create_task(self._tick_for_ever())
            self._stack.callback(ticking.cancel)

    async def _serve_api(self) -> None:
        options = self.options
        sock = kept.bind(options.bind, self._state.api_port, "API")
        self._stack.callback(sock.close)
        self.api_port = self._state.api_port = sock.getsockname()[1]
        host = f"[{options.bind}]" if ":" in options.bind else options.bind
        self.api_url = f"{'https' if options.tls else 'http'}://{host}:{self.api_port}"
        # Bound and never listened on: connections to it are refused, and nobody else can take it.
        dead = kept.bind(options.bind, 0, "dead", listening=False)
        self._stack.callback(dead.close)
        self._dead_port = dead.getsockname()[1]
        self.world = World(
            options,
            self.site,
            self.faults,
            base_url=self.api_url,
            dead_url=f"{'https' if options.tls else 'http'}://{host}:{self._dead_port}",
        )
        self.faults.acts["expired_tokens"] = self.world.expire_tokens
        self.faults.acts["drop_tunnel"] = self._drop_tunnel
        app = App(self.world, self.calls, drop_tunnel=self._drop_tunnel)
        context = server_context(self._state_dir, self.home / "ca.pem") if options.tls else None
        connections: set[HttpConnection] = set()
        server = await asyncio.get_running_loop().create_server(
            lambda: HttpConnection(app, connections), sock=sock, ssl=context
        )
        self._stack.callback(_close_all, connections)
        self._stack.callback(server.close)

    def _serve_lcm(self) -> None:
        options = self.options
        sock = kept.bind(options.bind, self._state.ssh_port, "SSH")
        self.lcm_port = self._state.ssh_port = sock.getsockname()[1]
        self.lcm_password = self._state.password
        self.hosts = Hosts(self.site, self.faults, self.heard, self.now, user=options.user, password=self.lcm_password)
        self._lcm = Lcm(
            sock,
            kept.host_key(self._state_dir),
            self.faults,
            home=self.home,
            user=options.user,
            password=self.lcm_password,
            ports=frozenset({self.api_port, self._dead_port}),
            hosts=self.hosts,
            heard=self.heard,
        )
        self._stack.push_async_callback(self._lcm.close)
        login = Login(
            auth_url=f"{self.api_url}/identity/v3",
            user=options.rc_user,
            password=self.world.passwords[options.rc_user],
            project=ADMIN_PROJECT,
            credential=self.world.credential,
            ca_path=str(self.home / "ca.pem") if options.tls else None,
        )
        write_private(Path(self.openstackrc_path), rc_text(options.rc_style, login).encode())
        write_private(Path(self.lcmrc_path), f"export LCM_SITE={options.name}\n".encode())
        self._lcm.start()

    def _drop_tunnel(self) -> None:
        self._lcm.drop_all()

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.options.tick_seconds)
            self.advance()


def _close_all(connections: set[HttpConnection]) -> None:
    for connection in list(connections):
        connection.close()
