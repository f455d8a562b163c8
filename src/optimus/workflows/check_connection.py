"""Trying a log-in to an LCM, and trusting a host key that changed."""

import asyncio
from dataclasses import replace

from optimus.collection.errors import HostUnreached
from optimus.collection.hosts.probe import probe_hosts
from optimus.collection.login import check_login, fetch_host_key
from optimus.datacenters import queries, service, store
from optimus.datacenters.address import parse_address
from optimus.datacenters.errors import HostKeyMismatch, invalid
from optimus.facts.hosts import HostFailure
from optimus.facts.visits import LcmAddress, Limits, LoginCheck
from optimus.http.call import Services
from optimus.kit.clock import epoch
from optimus.settings import Settings
from optimus.workflows.look_into_host import live_limits
from optimus.workflows.schemas import LoginTrial


def of_datacenter(services: Services, dc_id: str) -> LoginCheck:
    """Log in as the data center's registration says; the first contact pins the host key.

    Raises DataCenterUnknown, DataCenterOffline, CredentialsUnreadable.
    """
    with services.database.reading() as connection:
        target = service.target_of(connection, services.vault, dc_id)
    found = asyncio.run(check_login(target.lcm, limits_of(services.settings)))
    if found.ok and found.host_key and target.lcm.pinned_host_key is None:
        with services.database.writing() as connection:
            store.pin_host_key(connection, dc_id, host_key=found.host_key, now=epoch(), only_first=True)
    return found


def of_values(services: Services, trial: LoginTrial) -> LoginCheck:
    """Log in with values that are not stored; nothing is pinned."""
    host, port = parse_address(trial.lcm_ip)
    lcm = LcmAddress(host, port, trial.lcm_user, trial.lcm_pwd)
    return asyncio.run(check_login(lcm, limits_of(services.settings)))


def beside(found: LoginCheck) -> dict[str, object]:
    """What the answer has beside `data`: the documented message, why, and the host key's fingerprint."""
    return {"message": found.message, "reason": found.reason, "host_key_fingerprint": found.fingerprint}


def trust_host_key(services: Services, dc_id: str, fingerprint: str) -> None:
    """Pin the key that the LCM shows now, if it is the one that the operator names.

    Raises DataCenterUnknown, DataCenterOffline, HostKeyMismatch, and what collection says of an LCM out of reach.
    """
    with services.database.reading() as connection:
        target = service.target_of(connection, services.vault, dc_id)
    lcm = target.lcm
    host_key, shown = asyncio.run(fetch_host_key(lcm.host, lcm.port, limits_of(services.settings)))
    if shown.rstrip("=") != fingerprint.rstrip("="):
        raise HostKeyMismatch(
            f"The LCM shows the host key {shown}, not {fingerprint}: compare them on the LCM itself "
            "(ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub) before you trust either.",
            host_key_fingerprint=shown,
        )
    with services.database.writing() as connection:
        store.pin_host_key(connection, dc_id, host_key=host_key, now=epoch(), only_first=False)


def trust_host(services: Services, dc_id: str, host: str, fingerprint: str) -> None:
    """Pin the key that a compute host shows at a direct log-in now, if it is the one that the operator names.

    Raises DataCenterUnknown, DataCenterOffline, HostKeyMismatch, HostUnreached, and what collection says of an LCM out
    of reach.
    """
    with services.database.reading() as connection:
        target = service.target_of(connection, services.vault, dc_id)
        access = service.host_access_of(connection, services.vault, dc_id)
    if access.direct is None:
        raise invalid("host", "has no key of its own here: the LCM's ssh checks the keys of compute hosts")
    nobody = replace(access, direct=replace(access.direct, host_keys={}))
    [found] = asyncio.run(probe_hosts(target, [host], limits=live_limits(services.settings), access=nobody))
    shown = found.host_key if isinstance(found, HostFailure) else None
    if shown is None:
        why = found.reason if isinstance(found, HostFailure) else "It showed no key."
        raise HostUnreached(why, host=host)
    if queries.fingerprint(shown).rstrip("=") != fingerprint.rstrip("="):
        raise HostKeyMismatch(
            f"The host {host} shows the host key {queries.fingerprint(shown)}, not {fingerprint}: compare them on the "
            "host itself (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub) before you trust either.",
            host_key_fingerprint=queries.fingerprint(shown),
        )
    with services.database.writing() as connection:
        store.pin_hosts(connection, dc_id, {host: shown}, now=epoch())


def limits_of(settings: Settings) -> Limits:
    return Limits(connect_seconds=settings.connect_timeout_seconds)
