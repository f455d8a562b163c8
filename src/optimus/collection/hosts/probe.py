"""Asking many compute hosts through one SSH connection to their LCM."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from optimus.collection.fetch.together import end
from optimus.collection.hosts.access import exchange_seconds, lcm_command, ssh_name
from optimus.collection.hosts.combine import combine
from optimus.collection.hosts.commands import host_command, host_script
from optimus.collection.hosts.evidence import evidence_of
from optimus.collection.hosts.failures import failure_of, lcm_lost
from optimus.collection.hosts.framing import before_first_frame, split
from optimus.collection.transports.ssh import ChannelRefused, Exchange, HostUnreached, Link, open_host, open_link
from optimus.facts.hosts import HostAccess, HostFacts, HostFailure, HostLimits, Trouble
from optimus.facts.visits import Limits, Target

HostResult = HostFacts | HostFailure
OnResult = Callable[[HostResult], None]
OnEvidence = Callable[[str, Mapping[str, str]], None]

# Below sshd's MaxSessions of 10: it counts a session until its process is reaped, some time after its channel closed.
_MOST_CHANNELS = 8


async def probe_hosts(
    target: Target,
    hosts: Sequence[str],
    *,
    limits: HostLimits,
    on_result: OnResult | None = None,
    access: HostAccess | None = None,
    on_evidence: OnEvidence | None = None,
) -> list[HostResult]:
    """Ask every host once; one result per distinct name, in the order given. `hosts` are nova's names.

    `on_result` gets each result as soon as it is there, `on_evidence` a host's raw outputs just before; neither may
    block. Raises a CollectionError only when the LCM itself cannot be logged in to; whatever fails after that is in
    the results. Cancelling it closes the connection. It ends after `limits.visit_seconds` at the latest.
    """
    names = list(dict.fromkeys(hosts))
    if not names:
        return []
    deadline = asyncio.get_running_loop().time() + limits.visit_seconds
    async with open_link(target.lcm, Limits(connect_seconds=limits.connect_seconds)) as link:
        return await _Round(link, names, limits, access or HostAccess(), on_result, on_evidence).results(deadline)


class _Round:
    """One connection's hosts: what waits, and what is known."""

    def __init__(
        self,
        link: Link,
        names: list[str],
        limits: HostLimits,
        access: HostAccess,
        on_result: OnResult | None,
        on_evidence: OnEvidence | None,
    ) -> None:
        self._link = link
        self._names = names
        self._limits = limits
        self._access = access
        self._on_result = on_result
        self._on_evidence = on_evidence
        self._waiting = deque(names)
        self._results: dict[str, HostResult] = {}
        self._workers = 0

    async def results(self, deadline: float) -> list[HostResult]:
        most = len(self._names) if self._access.direct else _MOST_CHANNELS
        self._workers = max(1, min(self._limits.concurrency, most, len(self._names)))
        workers = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        try:
            async with asyncio.timeout_at(deadline):
                await asyncio.gather(*workers)
        except TimeoutError:
            await end(workers)
        finally:
            await end(workers)
        for name in self._names:
            if name not in self._results:
                self._tell(self._late(name))
        return [self._results[name] for name in self._names]

    async def _work(self) -> None:
        while self._waiting:
            name = self._waiting.popleft()
            try:
                result = await self._ask(name)
            except ChannelRefused as refusal:
                if self._workers > 1:  # the LCM allows fewer channels than we would use: go on with fewer
                    self._workers -= 1
                    self._waiting.appendleft(name)
                    return
                result = HostFailure(name, Trouble.LCM_REFUSED, refusal.message)
            self._tell(result)

    def _tell(self, result: HostResult) -> None:
        self._results[result.host] = result
        if self._on_result:
            self._on_result(result)

    def _late(self, name: str) -> HostFailure:
        seconds = self._limits.visit_seconds
        return HostFailure(
            name, Trouble.VISIT_OVER, f"The time for all hosts ({seconds:g} s) was over before this one answered."
        )

    async def _ask(self, host: str) -> HostResult:
        name = ssh_name(host)
        if name is None:
            return HostFailure(host, Trouble.NAME_REFUSED, "This is no host name, so it was not given to ssh.")
        if self._link.lost:
            return lcm_lost(host)
        nonce = secrets.token_hex(8)
        try:
            got = await self._exchange(host, name, host_script(nonce, self._access.become, self._limits).encode())
        except HostUnreached as failure:
            own = HostFailure(host, failure.trouble, failure.reason, failure.host_key)
            return self._whose(lcm_lost(host)) if failure.trouble is Trouble.HOST_LOST else own
        return self._understood(host, got, nonce)

    async def _exchange(self, host: str, name: str, script: bytes) -> Exchange:
        limits, login = self._limits, self._access.direct
        if login is None:
            command = lcm_command(name, host_command(limits), limits)
            return await self._link.exchange(
                command, script, limit=limits.output_bytes, seconds=exchange_seconds(limits)
            )
        pinned = login.host_keys.get(host) or login.host_keys.get(name)
        async with open_host(self._link, name, login, pinned, limits.connect_seconds) as link:
            try:
                return await link.exchange(
                    host_command(limits), script, limit=limits.output_bytes, seconds=exchange_seconds(limits)
                )
            except ChannelRefused as failure:
                raise HostUnreached(Trouble.LOGIN_REFUSED, failure.message) from failure

    def _understood(self, host: str, got: Exchange, nonce: str) -> HostResult:
        stdout, stderr = (raw.decode("utf-8", "backslashreplace") for raw in (got.stdout, got.stderr))
        framed = split(stdout, stderr, nonce)
        failure = failure_of(host, got, framed, before_first_frame(stderr, nonce))
        if failure:
            return self._whose(failure)
        if self._on_evidence:
            self._on_evidence(host, evidence_of(framed.outputs, self._limits.evidence_bytes))
        return combine(host, int(time.time()), framed.outputs)

    def _whose(self, failure: HostFailure) -> HostFailure:
        """A lost connection is the host's own when it was reached directly and the LCM is still there."""
        if failure.code is Trouble.LCM_LOST and self._access.direct and not self._link.lost:
            return replace(
                failure, code=Trouble.HOST_LOST, reason="The SSH connection to the host ended: is it restarting?"
            )
        return failure
