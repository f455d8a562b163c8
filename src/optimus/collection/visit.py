"""One visit to a data center: log in, ask for every part of a task, and say of each how it went."""

import asyncio
import secrets
import shlex
import ssl
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from optimus.collection.combine.flavors import join_flavors
from optimus.collection.credentials import CloudAccess, cloud_access
from optimus.collection.errors import CaFileUnusable, CloudAnswerLate, CollectionError, NotPermitted, RcFileUnusable
from optimus.collection.fetch.lists import fetch_list
from optimus.collection.fetch.projects import fetch_projects
from optimus.collection.fetch.quotas import fetch_quotas
from optimus.collection.fetch.stacks import fetch_stacks
from optimus.collection.fetch.together import end
from optimus.collection.rcfile import rc_command, read_rc_output
from optimus.collection.sources import PLAIN_LISTS, QUOTAS, SERVERS
from optimus.collection.transports.http import Http, open_http
from optimus.collection.transports.openstack import Cloud, log_in
from optimus.collection.transports.ssh import Link, open_link
from optimus.collection.transports.tls import tls_context
from optimus.facts.cloud import Fact, Project, Server
from optimus.facts.parts import PARTS_OF_TASK, Part, PartState, Task
from optimus.facts.visits import ApiAccess, Cost, Limits, PartResult, Target, Visit

_CA_BYTES = 1024 * 1024
# Lists that a cloud cuts down to what the account may see, without saying so.
_CUT_SILENTLY = frozenset(
    {
        Part.PROJECTS,
        Part.VOLUMES,
        Part.VOLUME_TYPES,
        Part.PORTS,
        Part.NETWORKS,
        Part.STACKS,
        Part.COMPUTE_QUOTAS,
        Part.VOLUME_QUOTAS,
    }
)
_MAY_BE_CUT = (
    "The cloud's account has no admin role in its project, so objects of other tenants may be missing here: "
    "give it one, or another role that may read everything."
)
# Sourcing a file of settings takes milliseconds; one that takes longer waits for something it will not get.
_FILE_SECONDS = 20.0

T = TypeVar("T")


async def visit(target: Target, task: Task, *, known_stacks: Mapping[str, str], limits: Limits) -> Visit:
    """Collect the task's parts. `known_stacks`: root stack id -> stamp, whose servers need not be asked for again.

    Raises a CollectionError when nothing at all can be read (log-in, rc file, Keystone, catalog); whatever fails
    after that is in the parts. Cancelling it closes everything. It ends after `limits.visit_seconds` at the latest,
    with what was complete by then.
    """
    clock = _Clock(limits.visit_seconds)
    try:
        async with asyncio.timeout_at(clock.deadline) as bound:
            async with open_link(target.lcm, limits) as link:
                access, context = await _prepare(link, target.openstackrc_path, limits)
                if target.api_access is ApiAccess.TUNNEL:
                    bound.reschedule(None)  # from here on the parts keep the time, so that complete ones are kept
                    return await _collect(_Asked(task, known_stacks, limits, clock, link), access, context, link)
            bound.reschedule(None)
            return await _collect(_Asked(task, known_stacks, limits, clock, link), access, context, None)
    except TimeoutError as failure:
        raise CloudAnswerLate(clock.message()) from failure


class _Clock:
    """When the visit began and when it must end."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.started = time.monotonic()
        self.deadline = asyncio.get_running_loop().time() + seconds

    def left(self) -> float:
        return max(0.0, self.deadline - asyncio.get_running_loop().time())

    def message(self) -> str:
        return f"The visit did not end within {self.seconds:g} s: look at the cloud's load, or allow it more time."


class _Asked:
    """What one visit was asked for."""

    def __init__(self, task: Task, known_stacks: Mapping[str, str], limits: Limits, clock: _Clock, link: Link) -> None:
        self.task = task
        self.known_stacks = known_stacks
        self.limits = limits
        self.clock = clock
        self.host_key = link.host_key.line


async def _prepare(link: Link, rc_path: str, limits: Limits) -> tuple[CloudAccess, ssl.SSLContext]:
    """What the files on the LCM say: how to log in, and which certificates to trust."""
    access = cloud_access(await _read_rc(link, rc_path, limits), rc_path)
    ca_pem = None
    if access.ca_path and not access.insecure:
        ca_pem = await _read_ca(link, access.ca_path)
    return access, tls_context(ca_pem, ca_path=access.ca_path, insecure=access.insecure)


async def _read_rc(link: Link, path: str, limits: Limits) -> Mapping[str, str]:
    mark = secrets.token_hex(16)
    seconds = min(_FILE_SECONDS, limits.request_seconds)
    output = await link.run(rc_command(path, mark), limit=limits.rc_output_bytes, seconds=seconds)
    if output.truncated:
        raise RcFileUnusable(
            f"The file {path} sets more than {limits.rc_output_bytes} bytes: give the openrc file alone."
        )
    return read_rc_output(output.stdout, mark, path)


async def _read_ca(link: Link, path: str) -> bytes:
    output = await link.run(f"cat -- {shlex.quote(path)} </dev/null", limit=_CA_BYTES, seconds=_FILE_SECONDS)
    if output.truncated or output.status != 0:
        why = f"is larger than {_CA_BYTES} bytes" if output.truncated else "cannot be read on the LCM"
        raise CaFileUnusable(f"The file {path} that OS_CACERT names {why}: correct OS_CACERT in the rc file.")
    return output.stdout


async def _collect(asked: _Asked, access: CloudAccess, context: ssl.SSLContext, link: Link | None) -> Visit:
    async with open_http(context, link, asked.limits) as http:
        async with asyncio.timeout_at(asked.clock.deadline):
            cloud = await log_in(http, access)
        parts = await _Parts(cloud, asked).results()
        return Visit(
            task=asked.task,
            parts=parts,
            cost=_cost(http, asked.clock),
            host_key=asked.host_key,
            compute_microversion=cloud.microversion,
        )


def _cost(http: Http, clock: _Clock) -> Cost:
    return Cost(http.calls, http.received, round(time.monotonic() - clock.started, 3))


class _Parts:
    """The parts of one visit, side by side. Lists that two parts need are fetched once."""

    def __init__(self, cloud: Cloud, asked: _Asked) -> None:
        self._cloud = cloud
        self._asked = asked
        self._page_size = asked.limits.page_size
        self._lists: dict[Part, asyncio.Task[Sequence[Any]]] = {}

    async def results(self) -> dict[Part, PartResult]:
        """A result for every part of the task; those not ready at the deadline have failed."""
        wanted = PARTS_OF_TASK[self._asked.task]
        tasks = {part: asyncio.create_task(_outcome(self._facts(part), self._doubt(part))) for part in wanted}
        try:
            await asyncio.wait(tasks.values(), timeout=self._asked.clock.left())
            late = PartResult(PartState.FAILED, reason=self._asked.clock.message())
            return {part: task.result() if task.done() else late for part, task in tasks.items()}
        finally:
            await end([*tasks.values(), *self._lists.values()])

    def _doubt(self, part: Part) -> str | None:
        return _MAY_BE_CUT if part in _CUT_SILENTLY and not self._cloud.is_admin else None

    async def _facts(self, part: Part) -> Sequence[Any]:
        if part in PLAIN_LISTS:
            return await self._once(part, fetch_list(self._cloud, PLAIN_LISTS[part], self._page_size))
        if part in QUOTAS:
            return await fetch_quotas(self._cloud, QUOTAS[part], await self._projects())
        if part is Part.STACKS:
            return await fetch_stacks(self._cloud, self._page_size, self._asked.known_stacks, self._projects)
        return await self._servers() if part is Part.SERVERS else await self._projects()

    async def _servers(self) -> Sequence[Server]:
        servers: list[Server] = await fetch_list(self._cloud, SERVERS, self._page_size)
        if not any(server.flavor_id and server.flavor_vcpus is None for server in servers):
            return servers
        try:
            return join_flavors(servers, await self._facts(Part.FLAVORS))
        except CollectionError:
            return servers  # the flavors' own part says why; a server without them is still a server

    async def _projects(self) -> Sequence[Project]:
        return await self._once(Part.PROJECTS, fetch_projects(self._cloud, self._page_size))

    async def _once(self, part: Part, fetching: Coroutine[Any, Any, Sequence[T]]) -> Sequence[T]:
        if part in self._lists:
            fetching.close()
        else:
            self._lists[part] = asyncio.create_task(fetching)
        # Shielded: one part giving up must not take the list from another.
        return await asyncio.shield(self._lists[part])


async def _outcome(fetching: Coroutine[Any, Any, Sequence[Fact]], doubt: str | None) -> PartResult:
    try:
        return PartResult(PartState.FRESH, await fetching, doubt)
    except NotPermitted as refusal:
        return PartResult(PartState.NOT_PERMITTED, reason=refusal.message)
    except CollectionError as failure:
        return PartResult(PartState.FAILED, reason=failure.message)
