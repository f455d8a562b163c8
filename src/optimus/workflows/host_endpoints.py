"""The calls that look into a compute host live: its CPUs, its NICs, and the ports of a VM on it."""

from enum import StrEnum
from typing import Annotated

from fastapi import Query

from optimus.http.answer import Answer
from optimus.http.call import Call
from optimus.http.inputs import OptionalText, PathId, one_of
from optimus.inventory import host_answers
from optimus.inventory.queries import host_facts
from optimus.inventory.queries.parts import picture_of
from optimus.workflows.look_into_host import Seen, look_into_host
from optimus.workflows.read_ports import read_ports


class Grouping(StrEnum):
    """What `socket_info` is grouped by."""

    CORE = "core"
    SOCKET = "socket"


def cpu_layout(
    call: Call, cid: PathId, hid: PathId, by: Annotated[Grouping | None, one_of(Grouping), Query()] = None
) -> Answer:
    """CPUs of a host by core and socket, and which guest is on which, live."""
    seen = _look(call, cid, hid)
    with call.services.database.reading() as connection:
        owners = host_facts.owners(connection, cid, [guest.uuid for guest in seen.facts.guests])
    found = host_answers.cpu_layout(seen.facts, by="socket" if by is Grouping.SOCKET else "core", owners=owners)
    return Answer(found, seen.beside())


def interface_driver(call: Call, cid: PathId, hid: PathId) -> Answer:
    """Drivers, firmware and counters of a host's network interfaces, live."""
    seen = _look(call, cid, hid)
    return Answer(host_answers.interface_driver(seen.facts), seen.beside())


def network_port(call: Call, cid: PathId, vid: PathId, since: Annotated[OptionalText, Query()] = None) -> Answer:
    """Ports of a VM with the counters of its host's OVS, live. `since`: a `sample` of yours to count from."""
    found, beside = read_ports(call.services, user_id=call.caller.user_id, dc_id=cid, server_id=vid, since=since)
    return Answer(found, beside)


def _look(call: Call, dc_id: str, service_id: str) -> Seen:
    with call.services.database.reading() as connection:
        picture_of(connection, dc_id)
        host = host_facts.host_of_service(connection, dc_id, service_id)
    return look_into_host(call.services, dc_id, host)
