"""A live look into one compute host: through its LCM, bounded over all processes, shared by all who ask at once.

When the host cannot be asked, what it said last is given, marked as stale. What it says is stored for the others.
"""

import asyncio
import time
from dataclasses import dataclass

import structlog

from optimus.collection.errors import CollectionError, HostsBusy, HostUnreached
from optimus.collection.hosts.probe import HostResult, probe_hosts
from optimus.datacenters import service as datacenters
from optimus.datacenters import store as datacenter_store
from optimus.datacenters.errors import DataCenterOffline
from optimus.facts.hosts import HostAccess, HostFacts, HostFailure, HostLimits, Trouble
from optimus.facts.visits import Target
from optimus.http.call import Services
from optimus.inventory import host_store
from optimus.inventory.queries import host_facts
from optimus.inventory.queries.host_facts import StoredHost
from optimus.jobs import leases
from optimus.kit.clock import epoch
from optimus.kit.ids import new_id
from optimus.kit.secrecy import scrub
from optimus.settings import Settings

POLL_SECONDS = 0.1
# A look that ends without giving its place back (its process was killed) holds it this much longer than it may take.
LEASE_SLACK_SECONDS = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Seen:
    """A host's facts, and when they are not of now, why (`stale_reason`)."""

    facts: HostFacts
    stale_reason: str | None

    def beside(self) -> dict[str, object]:
        """What the answers have beside `data`."""
        age = max(0, epoch() - self.facts.probed_at)
        stale = self.stale_reason is not None
        return {
            "collected_at": self.facts.probed_at,
            "age": age,
            "stale": stale,
            "stale_reason": self.stale_reason,
            "host": self.facts.host,
        }


def look_into_host(services: Services, dc_id: str, host: str) -> Seen:
    """Ask the host now. Opens transactions of its own; never inside one.

    Raises DataCenterUnknown, DataCenterOffline, CredentialsUnreadable; and HostUnreached or HostsBusy when there is
    nothing stored to answer with.
    """
    return _Look(services, dc_id, host).seen()


class _Look:
    def __init__(self, services: Services, dc_id: str, host: str) -> None:
        self._services = services
        self._settings = services.settings
        self._dc_id = dc_id
        self._host = host
        self._holder = new_id()
        self._asked_at = time.time()

    def seen(self) -> Seen:
        try:
            target, access = self._how()
        except DataCenterOffline as failure:
            return self._stored_or(failure)
        if fresh := self._fresh(self._asked_at - self._settings.host_answer_seconds):
            return fresh
        if not self._services.long_reads.acquire(timeout=self._settings.host_timeout_seconds):
            return self._stored_or(
                HostsBusy("This server asks as many hosts as it may at once: try again in a moment.")
            )
        try:
            return self._ask_in_turn(target, access)
        finally:
            self._services.long_reads.release()

    def _how(self) -> tuple[Target, HostAccess]:
        with self._services.database.reading() as connection:
            vault = self._services.vault
            return (
                datacenters.target_of(connection, vault, self._dc_id),
                datacenters.host_access_of(connection, vault, self._dc_id),
            )

    def _ask_in_turn(self, target: Target, access: HostAccess) -> Seen:
        """Wait for a place at the LCM; whoever asks the same host meanwhile gets the answer of the first."""
        limit = time.monotonic() + self._settings.host_timeout_seconds
        while not self._take_place():
            if fresh := self._fresh(self._asked_at):
                return fresh
            if time.monotonic() > limit:
                return self._stored_or(
                    HostsBusy("Others are asking as many hosts of this data center as may be: try again in a moment.")
                )
            time.sleep(POLL_SECONDS)
        try:
            # The one who had the place before may have asked this very host.
            return self._fresh(self._asked_at) or self._ask(target, access)
        finally:
            with self._services.database.writing() as connection:
                leases.give_back(connection, self._dc_id, self._holder)

    def _take_place(self) -> bool:
        settings, now = self._settings, time.time()
        longest = live_limits(settings).visit_seconds + settings.connect_timeout_seconds + LEASE_SLACK_SECONDS
        with self._services.database.writing() as connection:
            return leases.take(
                connection,
                self._dc_id,
                self._host,
                places=settings.hosts_live_at_once,
                holder=self._holder,
                now=now,
                until=now + longest,
            )

    def _ask(self, target: Target, access: HostAccess) -> Seen:
        secrets = secrets_of(target, access)
        try:
            [result] = asyncio.run(probe_hosts(target, [self._host], limits=live_limits(self._settings), access=access))
        except CollectionError as failure:
            trouble = Trouble.LCM_LOST
            result = HostFailure(self._host, trouble, scrub(failure.message, secrets))
        if isinstance(result, HostFailure) and result.code is Trouble.HOST_KEY_UNKNOWN and result.host_key:
            return self._ask_after_pinning(target, result.host_key)
        self._store(result)
        if isinstance(result, HostFacts):
            return Seen(result, None)
        reason = scrub(result.reason, secrets)
        return self._stored_or(HostUnreached(reason, host=self._host, trouble=result.code.value))

    def _ask_after_pinning(self, target: Target, host_key: str) -> Seen:
        """The first direct log-in to a host pins its key, as the first one to an LCM does."""
        with self._services.database.writing() as connection:
            datacenter_store.pin_hosts(connection, self._dc_id, {self._host: host_key}, now=epoch())
        return self._ask(target, self._how()[1])

    def _store(self, result: HostResult) -> None:
        with self._services.database.writing() as connection:
            host_store.put(connection, [host_store.record_of(self._dc_id, result, now=epoch())])

    def _fresh(self, since: float) -> Seen | None:
        """What somebody read since then."""
        found = self._stored()
        if found is None or found.facts is None or found.probed_at is None or found.probed_at < since:
            return None
        return Seen(found.facts, None)

    def _stored_or(self, failure: Exception) -> Seen:
        found = self._stored()
        if found is None or found.facts is None:
            raise failure
        return Seen(found.facts, str(failure))

    def _stored(self) -> StoredHost | None:
        with self._services.database.reading() as connection:
            return host_facts.stored_host(connection, self._dc_id, self._host)


def live_limits(settings: Settings) -> HostLimits:
    """Bounds of a look into one host."""
    return HostLimits(
        concurrency=1,
        connect_seconds=settings.connect_timeout_seconds,
        host_seconds=settings.host_timeout_seconds,
        command_seconds=min(10.0, settings.host_timeout_seconds),
        visit_seconds=settings.host_timeout_seconds + settings.connect_timeout_seconds,
    )


def secrets_of(target: Target, access: HostAccess) -> list[str]:
    """What must stand in no message."""
    direct = access.direct
    found = [target.lcm.password, direct.password if direct else None, direct.private_key if direct else None]
    return [secret for secret in found if secret]
