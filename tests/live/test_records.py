"""A record before and one after a change in the cloud show exactly that change."""

import base64
import io
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.live.comparing import Comparison
from tests.live.lab import LabSettings, Lcm, OpenStack
from tests.live.reference import Reference
from tests.live.site import COLLECT_SECONDS, Site

pytestmark = pytest.mark.live
SETTLING_RECORDS = 12


class ServerOfOurs:
    """One server without a stack, made and deleted in the cloud."""

    def __init__(self, cli: OpenStack, flavor: str) -> None:
        self._cli = cli
        images, networks = cli.ask("image list --status active", "network list --share")
        assert images, "the cloud has no image to start a server from"
        assert networks, "the cloud has no shared network to start a server on"
        self.name = f"optimus-live-{secrets.token_hex(4)}"
        self._options = f"--image {images[0]['ID']} --flavor {flavor} --network {networks[0]['ID']}"

    def make(self) -> None:
        self._cli.do(f"server create {self._options} --wait {self.name}")

    def unmake(self) -> None:
        """Also what a half-way failure left."""
        [servers] = self._cli.ask("server list")
        if self.name in {one["Name"] for one in servers}:
            self._cli.do(f"server delete --wait {self.name}")


@pytest.fixture
def server(lcm: Lcm, lab: LabSettings, reference: Reference) -> Iterator[ServerOfOurs]:
    smallest = min(reference.flavors.values(), key=lambda flavor: (flavor["Disk"], flavor["RAM"], flavor["VCPUs"]))
    found = ServerOfOurs(OpenStack(lcm, lab.rc_path), smallest["ID"])
    try:
        yield found
    finally:
        found.unmake()


def made(site: Site) -> str:
    """A record of the lab, collected first; its id."""
    body = {"name": f"live {secrets.token_hex(4)}", "cid": site.dc_id}
    reply = site.client.request("POST", "/api/ericic/v1/record", query={"refresh": "true"}, json_body=body)
    assert reply.status == 201, reply.body
    deadline = time.monotonic() + COLLECT_SECONDS
    while True:
        [item] = [one for one in site.get("record", cid=site.dc_id)["data"] if one["id"] == reply.data]
        assert item["status"] != "failed", item["traceback"]
        if item["status"] == "successful":
            return str(item["id"])
        assert time.monotonic() < deadline, f"not made in {COLLECT_SECONDS} s: {item}"
        time.sleep(0.2)


def changes(site: Site, a: str, b: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get("record/diff", a=a, b=b)["data"]
    return found


def settled(site: Site) -> str:
    """A record that shows no change against the one before it: a lab that was just seeded may still be building."""
    earlier = made(site)
    found: list[dict[str, Any]] = []
    for _ in range(SETTLING_RECORDS):
        later = made(site)
        if not (found := changes(site, earlier, later)):
            return later
        earlier = later
    pytest.fail(f"the cloud is not quiet: {found}")


def test_records_show_a_server_that_came_and_went(site: Site, server: ServerOfOurs, comparison: Comparison) -> None:
    second = settled(site)
    server.make()
    third = made(site)
    came = changes(site, second, third)
    # Its port, its guest on the host and what OVS has for it come along, and nothing else.
    assert {one["change"] for one in came} == {"added"}, came
    [added] = [one for one in came if one["section"] == "servers"]
    assert added["name"] == server.name
    with_it = {"servers", "ports", "guests", "ovs_ports", "volumes", "volume_attachments"}
    assert {one["section"] for one in came} <= with_it
    server.unmake()
    fourth = made(site)
    assert changes(site, second, fourth) == []
    assert {(one["section"], one["change"]) for one in changes(site, third, fourth)} == {
        (one["section"], "removed") for one in came
    }
    comparison.count("record changes", len(came))


def test_a_records_numbers_are_the_apis(site: Site, comparison: Comparison) -> None:
    record_id = made(site)
    content = base64.b64decode(site.get("record/download", id=record_id)["data"])
    book = load_workbook(io.BytesIO(content))
    capacity = site.get("infrastructure", cid=site.dc_id)["data"]
    totals = [cell.value for cell in book["DC_Static"][3]]
    assert totals[:3] == [capacity["total_vcpus"], capacity["total_memory"], capacity["total_storage"]]
    assert totals[4:7] == [capacity["used_vcpus"], capacity["used_memory"], capacity["used_storage"]]
    rows = list(book["VM_Static"].iter_rows(min_row=3, values_only=True))
    listed = {(one["nova_uuid"], one["nova_name"], one["nova_status"], one["host"]) for one in site.servers()}
    assert {(row[1], row[2], row[3], row[7]) for row in rows if row[1]} == listed
    comparison.count("VMs of a record", len(listed))
