"""cpu_layout, interface_driver and network_port: live through a real SSH server, and what comes when that fails."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.contract.api import DC, Api, StartApi
from tests.contract.document import ERICIC
from tests.contract.recorder import refused
from tests.hosts.lab import PASSWORD, HostLab, Lcm, open_direct_host, open_lcm
from tests.support.client import Reply
from tests.support.pictures import CHINESE, FILLER_IDS, MME, UNSCHEDULED, take_in_picture

from optimus.datacenters.queries import fingerprint

HOST = "101"  # compute1.site.example
PORTS = {
    "vhu00000001-bb": ("00000001-bbbb-4000-8000-000000000000", 1228, 1229),
    "vhu00000002-bb": ("00000002-bbbb-4000-8000-000000000000", 10, 20),
}


class Site:
    """An LCM with a host behind it, in a thread of its own."""

    def __init__(self, lab: HostLab) -> None:
        self.lab = lab
        self.lcm: Lcm
        self.direct: tuple[int, str] = (0, "")
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)

    async def _serve(self) -> None:
        async with open_lcm(self.lab) as self.lcm, open_direct_host(self.lab, "compute1") as self.direct:
            self._ready.set()
            await self._over.wait()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(20)
        self._loop.close()

    def asked(self) -> int:
        """How many hosts were asked so far."""
        return len(self.lcm.commands)

    def host_does(self, script: str) -> None:
        self.lab.add_host("compute1", script)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    lab = HostLab(tmp_path)
    lab.add_all_tools()
    lab.set_ports(PORTS)
    lab.add_host("compute1")
    lab.add_host("compute2")
    found = Site(lab)
    found.start()
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture
def live(start_api: StartApi) -> Api:
    """A server that asks a host at each call."""
    return start_api(host_answer_seconds=0, host_timeout_seconds=15)


def registered(api: Api, site: Site, **changes: Any) -> str:
    login = {"lcm_ip": f"127.0.0.1:{site.lcm.port}", "lcm_user": "lcm", "lcm_pwd": PASSWORD}
    dc_id = api.add_online(**(login | changes))
    take_in_picture(api.services.database, dc_id)
    return dc_id


def cpu_layout(api: Api, dc_id: str, host: str = HOST, **query: Any) -> Reply:
    return api.viewer.get(f"{ERICIC}/{dc_id}/cpu_layout/{host}", **query)


def interface_driver(api: Api, dc_id: str, host: str = HOST) -> Reply:
    return api.viewer.get(f"{ERICIC}/{dc_id}/interface_driver/{host}")


def network_port(api: Api, dc_id: str, server: str = MME, **query: Any) -> Reply:
    return api.viewer.get(f"{ERICIC}/{dc_id}/{server}/network_port", **query)


def test_a_host_answers_all_three(live: Api, site: Site) -> None:
    dc_id = registered(live, site)
    layout = cpu_layout(live, dc_id)
    assert layout.data["socket_info"] == {"core 0": {"socket 0": [0, 2]}, "core 8": {"socket 0": [1, 3]}}
    guest = layout.data["instance_info"][0]
    assert (guest["vm"], guest["tenant"], guest["in_nova"]) == ("hss & @f1 00000002-0000-4000-8000-000000000000",
                                                                "核心网租户", True)  # fmt: skip
    assert layout.data["kernel"]["isolated"] == [2, 3]
    assert layout.data["memory_info"] == {"node 0": {"total_kib": 197542912, "hugepages": []}}
    assert {key: layout.body[key] for key in ("stale", "stale_reason", "host")} == {
        "stale": False,
        "stale_reason": None,
        "host": "compute1.site.example",
    }
    by_socket = cpu_layout(live, dc_id, by="socket").data["socket_info"]
    assert by_socket == {"socket 0": {"Core0": ["0", "2"], "Core8": ["1", "3"]}}
    nics = interface_driver(live, dc_id).data
    assert nics["firmware"]["control0"]["driver"] == "i40e"
    assert nics["firmware"]["0000:5e:00.0"]["bound_to"] == "vfio-pci"
    assert nics["static"]["control0"]["tx_packets"] == 8
    ports = network_port(live, dc_id).data
    assert [(port["vhostuser"], port["rx_packets"], port["ip_address"], port["network"]) for port in ports] == [
        ("vhu00000001-bb", "1228", "192.0.2.11, 2001:db8::11", "oam_net"),
        ("vhu00000002-bb", "10", "198.51.100.11", "承载%网"),
    ]
    assert {port["rx_errors"] for port in ports} == {"?"}


def test_what_is_unknown(live: Api, site: Site) -> None:
    dc_id = registered(live, site)
    for ask in (cpu_layout, interface_driver, network_port):
        refused(ask(live, "0" * 32), 404, "data center")
        refused(ask(live, dc_id, "no-such"), 404, "no-such")
        refused(ask(live, dc_id, "x" * 256), 422)
    refused(cpu_layout(live, dc_id, by="colour"), 422, "core, socket", field="by")
    refused(network_port(live, dc_id, since="no-such"), 404, "sample")
    assert site.asked() == 0


def test_an_offline_data_center_has_nothing_to_ask(live: Api) -> None:
    dc_id = live.add_offline()
    take_in_picture(live.services.database, dc_id)
    for ask in (cpu_layout, interface_driver, network_port):
        refused(ask(live, dc_id), 409, "offline")


def test_a_host_that_cannot_be_asked_gives_what_it_said_last(live: Api, site: Site) -> None:
    dc_id = registered(live, site)
    site.host_does("echo 'ssh: connect to host compute1 port 22: No route to host' >&2; exit 255")
    for ask in (cpu_layout, interface_driver, network_port):
        refused(ask(live, dc_id), 504, "LCM cannot connect", "No route to host")
    site.lab.add_host("compute1")
    good = [ask(live, dc_id) for ask in (cpu_layout, interface_driver, network_port)]
    live.sql("UPDATE host_record SET probed_at = probed_at - 100, document = document")
    site.host_does("echo 'ssh: connect to host compute1 port 22: No route to host' >&2; exit 255")
    again = [ask(live, dc_id) for ask in (cpu_layout, interface_driver, network_port)]
    for reply, before in zip(again, good, strict=True):
        assert reply.data == before.data
        assert reply.body["stale"] is True
        assert "No route to host" in reply.body["stale_reason"]
    [host] = [h for h in live.viewer.get(f"{ERICIC}/host_data", dc_id=dc_id).data if h["id"] == HOST]
    assert "No route to host" in host["probe_reason"]
    assert host["probed_at"] is not None


def test_an_lcm_that_cannot_be_asked(live: Api, site: Site) -> None:
    dc_id = registered(live, site, lcm_pwd="not this one")
    reply = refused(cpu_layout(live, dc_id), 504, "log-in")
    assert "not this one" not in reply.content.decode()
    live.operator.put(DC, {"id": dc_id, "lcm_pwd": PASSWORD})
    assert cpu_layout(live, dc_id).body["stale"] is False


def test_too_many_at_once(start_api: StartApi, site: Site) -> None:
    hasty = start_api(host_answer_seconds=0, host_timeout_seconds=0.3, hosts_live_at_once=1)
    dc_id = registered(hasty, site)
    hasty.sql(
        "INSERT INTO lease (group_id, place, key, holder, expires_at) VALUES (:dc, 0, 'other', 'h', 9999999999)",
        dc=dc_id,
    )
    for ask in (cpu_layout, interface_driver, network_port):
        refused(ask(hasty, dc_id), 503, "try again")
    assert site.asked() == 0
    hasty.sql("UPDATE lease SET expires_at = 1")
    assert cpu_layout(hasty, dc_id).status in {200, 504}, "its time may be over, but it was asked"
    assert site.asked() == 1


def test_many_who_ask_at_once_ask_the_host_once(start_api: StartApi, site: Site) -> None:
    api = start_api(host_answer_seconds=0, host_timeout_seconds=15, hosts_live_at_once=3)
    dc_id = registered(api, site)
    site.host_does("sleep 0.5\n" + _default_script(site))
    api.viewer  # noqa: B018 - made before the threads
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: cpu_layout(api, dc_id), range(6)))
    assert {reply.status for reply in replies} == {200}
    assert {reply.body["stale"] for reply in replies} == {False}
    assert site.lcm.most_running == 1
    assert site.asked() < 6
    assert api.sql("SELECT count(*) FROM lease") == [(0,)]


def test_an_answer_is_shared_for_a_moment(start_api: StartApi, site: Site) -> None:
    api = start_api(host_answer_seconds=3600)
    dc_id = registered(api, site)
    assert (
        cpu_layout(api, dc_id).status == interface_driver(api, dc_id).status == network_port(api, dc_id).status == 200
    )
    assert site.asked() == 1


def test_increases_are_counted_from_ones_own_sample(live: Api, site: Site) -> None:
    dc_id = registered(live, site)
    first = network_port(live, dc_id).body
    assert "increase" not in first["data"][0]
    (id_one, rx, tx), (id_two, _, _) = PORTS.values()
    site.lab.set_ports({"vhu00000001-bb": (id_one, rx + 5, tx), "vhu00000002-bb": (id_two, 3, 21)})
    reply = network_port(live, dc_id, since=first["sample"]).body
    grown, fallen = reply["data"]
    assert grown["increase"]["rx_packets"] == 5
    assert grown["increase"]["tx_packets"] == 0
    assert grown["increase"]["rx_errors"] is None, "OVS has none"
    assert set(fallen["increase"].values()) == {None}
    assert "rx_packets fell" in fallen["increase_reason"]
    assert (reply["since"], reply["seconds"]) == (first["sample"], reply["collected_at"] - first["collected_at"])
    assert reply["sample"] not in {None, first["sample"]}
    refused(live.operator.get(f"{ERICIC}/{dc_id}/{MME}/network_port", since=first["sample"]), 404, "sample")
    refused(network_port(live, dc_id, CHINESE, since=first["sample"]), 404, "sample")


def test_an_increase_is_not_counted_over_a_move_or_a_new_port(live: Api, site: Site) -> None:
    dc_id = registered(live, site)
    site.lab.set_ports(dict(list(PORTS.items())[:1]))
    sample = network_port(live, dc_id).body["sample"]
    site.lab.set_ports(PORTS)
    _, new = network_port(live, dc_id, since=sample).data
    assert (new["increase"]["rx_packets"], new["rx_packets"]) == (None, "10")
    assert "not there" in new["increase_reason"]
    live.sql("UPDATE server SET host = 'compute2.site.example' WHERE id = :id", id=MME)
    moved, _ = network_port(live, dc_id, since=sample).data
    assert set(moved["increase"].values()) == {None}
    assert "another host" in moved["increase_reason"]


def test_vms_without_host_or_ports_are_no_failure(live: Api, site: Site) -> None:
    dc_id = registered(live, site)
    live.sql("UPDATE port SET device_id = :id WHERE id LIKE '00000004%'", id=UNSCHEDULED)
    [port] = network_port(live, dc_id, UNSCHEDULED).data
    assert (port["rx_packets"], port["reason"]) == ("?", "the VM is on no host")
    reply = network_port(live, dc_id, FILLER_IDS[0])
    assert (reply.data, reply.body["sample"]) == ([], None)
    assert site.asked() == 0


def test_a_port_that_ovs_has_lost_is_told_on_that_port(live: Api, site: Site) -> None:
    dc_id = registered(live, site)
    site.lab.set_ports(dict(list(PORTS.items())[:1]))
    there, gone = network_port(live, dc_id).data
    assert (there["rx_packets"], there["reason"]) == ("1228", None)
    assert (gone["rx_packets"], gone["vhostuser"]) == ("?", "vhu00000002-bb")
    assert "no such port" in gone["reason"]


class TestDirectAccess:
    """The host is logged in to through the LCM, with credentials that Optimus holds."""

    # The direct host listens on loopback: the picture's host gets its address as its name.
    def registered(self, api: Api, site: Site) -> str:
        port, _ = site.direct
        direct = {"host_access": "direct", "host_user": "nfvi", "host_pwd": "host-s3cret", "host_port": port}
        dc_id = registered(api, site, **direct)
        api.sql("UPDATE compute_service SET host = '127.0.0.1' WHERE id = :id", id=HOST)
        return dc_id

    def test_the_first_login_pins_and_another_key_is_refused(self, live: Api, site: Site) -> None:
        dc_id = self.registered(live, site)
        assert cpu_layout(live, dc_id).data["socket_info"]
        assert site.lcm.commands == [], "nothing ran on the LCM"
        _, key = site.direct
        assert live.sql("SELECT host, host_key FROM pinned_host") == [("127.0.0.1", key)]
        other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGwL5A1Zk1w0Yq6m9J6m0l0oTz1nE6kYb3m3Z4u0m1aB"
        live.sql("UPDATE pinned_host SET host_key = :key", key=other)
        stale = cpu_layout(live, dc_id).body
        assert (stale["stale"], fingerprint(key) in stale["stale_reason"]) == (True, True)
        trust = {"id": dc_id, "host": "127.0.0.1"}
        reply = refused(live.operator.post(f"{DC}/host_key", trust | {"fingerprint": fingerprint(other)}), 409)
        shown = reply.body["host_key_fingerprint"]
        assert shown == fingerprint(key)
        assert live.operator.post(f"{DC}/host_key", trust | {"fingerprint": shown}).status == 200
        assert cpu_layout(live, dc_id).body["stale"] is False

    def test_its_secrets_are_kept_and_never_shown(self, live: Api, site: Site) -> None:
        dc_id = self.registered(live, site)
        item = live.viewer.get(DC, id=dc_id)
        assert (item.data["host_pwd"], item.data["host_private_key"]) == ("******", None)
        assert "host-s3cret" not in item.content.decode()
        live.operator.put(DC, {"id": dc_id, "host_pwd": "******", "city": "x"})
        assert cpu_layout(live, dc_id).body["stale"] is False
        live.operator.put(DC, {"id": dc_id, "host_pwd": "wrong-s3cret"})
        stale = cpu_layout(live, dc_id)
        assert "refused the log-in" in stale.body["stale_reason"]
        assert "wrong-s3cret" not in stale.content.decode()

    def test_what_it_needs(self, api: Api) -> None:
        direct = {"host_access": "direct"}
        refused(api.operator.put(DC, {"id": api.add_online(), **direct}), 422, field="host_user")
        direct |= {"host_user": "nfvi"}
        refused(api.operator.put(DC, {"id": api.add_online(), **direct}), 422, field="host_private_key")
        bad = {**direct, "host_private_key": "-----BEGIN OPENSSH PRIVATE KEY-----\nnope\n"}
        refused(api.operator.put(DC, {"id": api.add_online(), **bad}), 422, "passphrase", field="host_private_key")
        refused(api.operator.put(DC, {"id": api.add_online(), "host_access": "telnet"}), 422, "lcm, direct")
        refused(api.operator.put(DC, {"id": api.add_offline(), "host_user": "nfvi"}), 422, field="host_user")
        lcm_way = {"id": api.add_online(), "host": "compute1", "fingerprint": "SHA256:" + "A" * 43}
        refused(api.operator.post(f"{DC}/host_key", lcm_way), 422, "LCM's ssh", field="host")


def _default_script(site: Site) -> str:
    """What a good host's script is, to be put behind something else."""
    return (site.lab.root / "hosts/compute2").read_text().replace("{", "{{").replace("}", "}}")
