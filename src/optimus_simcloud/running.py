"""A simulated cloud in a thread of its own, for synchronous tests and scripts."""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from optimus_simcloud.calls import Calls
from optimus_simcloud.cloud import SimulatedCloud
from optimus_simcloud.faults import Value
from optimus_simcloud.made.site import Site
from optimus_simcloud.options import SimOptions

T = TypeVar("T")
START_SECONDS = 120.0
CALL_SECONDS = 60.0


class RunningFaults:
    """`Faults` from another thread: each call is carried out in the cloud's event loop."""

    def __init__(self, running: "RunningCloud") -> None:
        self._running = running

    def set(self, kind: str, **arguments: Value) -> None:
        self._running.in_loop(lambda cloud: cloud.faults.set(kind, **arguments))

    def clear(self, kind: str | None = None) -> None:
        self._running.in_loop(lambda cloud: cloud.faults.clear(kind))


class RunningCloud:
    """`with RunningCloud(SimOptions(...)) as cloud:` or `RunningCloud(hosts=6, vms=40)`."""

    def __init__(self, options: SimOptions | None = None, **changes: Any) -> None:
        self.options = options if options is not None else SimOptions(**changes)
        self.faults = RunningFaults(self)
        self._cloud: SimulatedCloud | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name=f"simcloud-{self.options.name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(START_SECONDS):
            raise TimeoutError("the simulated cloud did not start")
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        cloud = self.cloud
        self.lcm_host, self.lcm_port = cloud.lcm_host, cloud.lcm_port
        self.lcm_user, self.lcm_password = cloud.lcm_user, cloud.lcm_password
        self.openstackrc_path, self.lcmrc_path = cloud.openstackrc_path, cloud.lcmrc_path
        self.api_url, self.api_port = cloud.api_url, cloud.api_port
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(CALL_SECONDS)

    @property
    def cloud(self) -> SimulatedCloud:
        assert self._cloud is not None
        return self._cloud

    @property
    def site(self) -> Site:
        """To look at while nothing changes it: frozen, or between two `advance()`."""
        return self.cloud.site

    @property
    def calls(self) -> Calls:
        return self.cloud.calls

    @property
    def host_key(self) -> str:
        return self.in_loop(lambda cloud: cloud.host_key)

    def registration(self) -> dict[str, Any]:
        return self.in_loop(lambda cloud: cloud.registration())

    def advance(self, ticks: int = 1) -> None:
        self.in_loop(lambda cloud: cloud.advance(ticks))

    def in_loop(self, work: Callable[[SimulatedCloud], T]) -> T:
        """Do something with the cloud in its own thread and wait for it."""
        assert self._loop is not None

        async def run() -> T:
            return work(self.cloud)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(CALL_SECONDS)

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - raised again in the starting thread
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with SimulatedCloud(self.options) as self._cloud:
            self._started.set()
            await self._stop.wait()
