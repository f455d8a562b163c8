"""What `bench.hosts` runs in processes of their own: `python -m bench.probing`, a job on stdin, JSON on stdout."""

import asyncio
from typing import Any

from bench.children import Job, Meter, answer
from optimus.collection.hosts.access import lcm_command, ssh_name
from optimus.collection.hosts.probe import probe_hosts
from optimus.collection.transports.ssh import open_link
from optimus.facts.hosts import DirectLogin, HostAccess, HostFacts, HostLimits
from optimus.facts.visits import LcmAddress, Limits, Target


def work(job: Job) -> dict[str, Any]:
    host, port, user, password, key = job["lcm"]
    target = Target(LcmAddress(host, port, user, password, key), "/nowhere")
    run = {"probe": _probe, "log_in": _log_in, "prepare": _prepare}[job["work"]]
    meter = Meter()
    answered = asyncio.run(run(target, job))
    return {**meter.read(), "answered": answered}


async def _probe(target: Target, job: Job) -> int:
    """As a collection does it: each result is looked at and let go."""
    answered = 0

    def count(result: object) -> None:
        nonlocal answered
        answered += isinstance(result, HostFacts)

    login = DirectLogin(**job["direct"]) if "direct" in job else None
    await probe_hosts(target, job["hosts"], limits=HostLimits(), on_result=count, access=HostAccess(login))
    return answered


async def _log_in(target: Target, job: Job) -> int:
    """`true` on every host, by the same way and with as many at once, and nothing else."""
    limits = HostLimits()
    waiting = list(job["hosts"])
    answered = 0
    async with open_link(target.lcm, Limits()) as link:

        async def some() -> None:
            nonlocal answered
            while waiting:
                name = ssh_name(waiting.pop())
                assert name is not None
                got = await link.exchange(lcm_command(name, "true", limits), b"", limit=4096, seconds=60)
                answered += got.status == 0

        await asyncio.gather(*(some() for _ in range(limits.concurrency)))
    return answered


async def _prepare(target: Target, job: Job) -> int:
    """The LCM's account learns the keys of the lab's many addresses, as its administrator would have taught it.

    And his ssh_config, which is what decides how the LCM's ssh agrees on its keys.
    """
    async with open_link(target.lcm, Limits()) as link:
        for file in ("known_hosts", "config"):
            command = f"umask 077; mkdir -p .ssh; cat >.ssh/{file}"
            got = await link.exchange(command, job[file].encode(), limit=4096, seconds=60)
            assert got.status == 0, got.stderr
    return 1


if __name__ == "__main__":
    answer(work)
