"""The ports of a VM with their live counters, and what they counted since a sample of the same caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optimus.facts.cloud import Port
from optimus.http.call import Services
from optimus.inventory import host_answers, host_store
from optimus.inventory.port_counters import increase
from optimus.inventory.queries import host_facts
from optimus.inventory.queries.host_facts import Sample
from optimus.inventory.queries.parts import picture_of
from optimus.kit.ids import new_id
from optimus.workflows.look_into_host import Seen, look_into_host

_NOT_ASKED: dict[str, object] = {
    "collected_at": None,
    "age": None,
    "stale": False,
    "stale_reason": None,
    "host": None,
    "sample": None,
    "since": None,
    "seconds": None,
}


@dataclass(frozen=True, slots=True)
class _Vm:
    dc_id: str
    id: str
    user_id: str


def read_ports(
    services: Services, *, user_id: str, dc_id: str, server_id: str, since: str | None
) -> tuple[list[dict[str, Any]], dict[str, object]]:
    """One item for each port, and what the answer has beside them. `since` is the id of an earlier sample.

    Raises DataCenterUnknown, ObjectUnknown (the VM, or the sample), and what `look_into_host` raises.
    """
    vm = _Vm(dc_id, server_id, user_id)
    with services.database.reading() as connection:
        picture_of(connection, dc_id)
        host = host_facts.host_of_server(connection, dc_id, server_id)
        named = host_facts.ports_of_server(connection, dc_id, server_id)
        earlier = None
        if since:
            earlier = host_facts.port_sample(connection, since, user_id=user_id, dc_id=dc_id, server_id=server_id)
    ports = [port for port, _ in named]
    if host is None or not ports:
        items = host_answers.network_port(None, ports, why_no_facts="the VM is on no host")
        return _with_networks(items, [name for _, name in named]), {**_NOT_ASKED, "host": host}
    seen = look_into_host(services, dc_id, host)
    items = _with_networks(host_answers.network_port(seen.facts, ports), [name for _, name in named])
    now = _sample(seen, ports)
    if earlier:
        _count(items, earlier, now)
    return items, {
        **seen.beside(),
        "sample": None if seen.stale_reason else _keep(services, vm, now),
        "since": since,
        "seconds": now.taken_at - earlier.taken_at if earlier else None,
    }


def _with_networks(items: list[dict[str, Any]], networks: Sequence[str | None]) -> list[dict[str, Any]]:
    return [{**item, "network": network} for item, network in zip(items, networks, strict=True)]


def _sample(seen: Seen, ports: Sequence[Port]) -> Sample:
    found = host_answers.ovs_ports(seen.facts, ports)
    counters = {port_id: host_answers.port_counts(one) for port_id, one in found.items()}
    return Sample(seen.facts.host, seen.facts.probed_at, counters)


def _count(items: list[dict[str, Any]], earlier: Sample, now: Sample) -> None:
    for item in items:
        found = increase(earlier.counters.get(item["id"]), now.counters.get(item["id"]), moved=earlier.host != now.host)
        item["increase"], item["increase_reason"] = found["counters"], found["reason"]


def _keep(services: Services, vm: _Vm, sample: Sample) -> str:
    sample_id = new_id()
    with services.database.writing() as connection:
        host_store.add_sample(connection, sample_id, sample, user_id=vm.user_id, dc_id=vm.dc_id, server_id=vm.id)
    return sample_id
