"""The host-level answers on real hosts (OVS-DPDK, libvirt guests), over IPv4 and IPv6, against the hosts' own tools."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from tests.live.comparing import COMPARED
from tests.live.hostlab import HOSTS, HostLab, TrueHost, beside, missing_variables
from tests.live.site import Serving, Site

pytestmark = pytest.mark.live
GUEST_SECONDS = 120
ANSWER_SECONDS = 30


@pytest.fixture(scope="session")
def hostlab() -> HostLab:
    if missing := missing_variables():
        pytest.fail(f"{', '.join(missing)} is not set: see docs/live-tests.md, or let .ci/run bring up the labs.")
    return HostLab.named()


@pytest.fixture(scope="session")
def truth(hostlab: HostLab) -> dict[str, TrueHost]:
    """With the guests' ports connected: their counters are numbers from then on."""
    found = {host: TrueHost(hostlab, host) for host in HOSTS}
    deadline = time.monotonic() + GUEST_SECONDS
    ports = {port.name for port in found["compute-1"].ports}
    assert ports
    while not ports <= found["compute-1"].counters().keys():
        assert time.monotonic() < deadline, f"the guests did not connect in {GUEST_SECONDS} s"
        time.sleep(1)
    return found


@pytest.fixture(scope="module", params=["ipv4", "ipv6"])
def lab_site(
    request: pytest.FixtureRequest,
    hostlab: HostLab,
    truth: dict[str, TrueHost],
    server_process: Serving,
    database_kind: str,
) -> Iterator[tuple[Site, dict[str, str]]]:
    """The lab as a collected data center, and nova's name of each host: over IPv6 its address."""
    six = request.param == "ipv6"
    names = {host: hostlab.address6(host) if six else host for host in HOSTS}
    with beside(hostlab, truth, names) as login:
        lcm = f"[{hostlab.lcm6}]" if six else hostlab.lcm
        registration = {"name": f"hosts by {request.param}", "lcm_ip": lcm, "host_become": "sudo", **login}
        yield Site(server_process.client, registration, database_kind), names


@pytest.fixture
def ids(lab_site: tuple[Site, dict[str, str]]) -> dict[str, str]:
    """Host -> its id (`hid`)."""
    site, names = lab_site
    listed = {item["host"]: item["id"] for item in site.hosts()}
    return {host: listed[name] for host, name in names.items()}


def live(site: Site, path: str, **query: Any) -> Any:
    body = site.get(path, **query)
    assert (body["stale"], body["stale_reason"]) == (False, None), body
    return body


def live_since(moment: float, site: Site, path: str) -> Any:
    """What was read after that: an answer is given to everybody who asks within `host_answer_seconds`."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while (body := live(site, path))["collected_at"] <= moment:
        assert time.monotonic() < deadline, body
        time.sleep(0.2)
    return body


def count(site: Site, kind: str, number: int) -> None:
    COMPARED.setdefault(site.database, Counter())[kind] += number


def cpu_set(text: str) -> list[int]:
    cpus: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus.extend(range(int(first), int(last or first) + 1))
    return cpus


@pytest.mark.parametrize("host", HOSTS)
def test_cpu_layout(
    host: str, lab_site: tuple[Site, dict[str, str]], truth: dict[str, TrueHost], ids: dict[str, str]
) -> None:
    site, _ = lab_site
    layout = live(site, f"{site.dc_id}/cpu_layout/{ids[host]}")["data"]
    assert layout["socket_info"] == truth[host].cores()
    told = {guest["uuid"]: guest for guest in layout["instance_info"]}
    assert told.keys() == {guest.uuid for guest in truth[host].guests}
    for guest in truth[host].guests:
        item = told[guest.uuid]
        assert (item["vm"], item["instance"], item["in_nova"]) == (guest.name, guest.instance, True)
        pins = [cpu_set(text) for text in guest.vcpus]
        pinned = all(len(cpus) == 1 for cpus in pins)
        assert item["pinned"] is pinned
        assert item["vcpu"] == ([cpus[0] for cpus in pins] if pinned else sorted({c for cpus in pins for c in cpus}))
    if host == "compute-3":
        assert "virsh" in layout["reasons"]["guests"], "a host without libvirt says so"
    count(site, "CPUs", sum(len(cpus) for sockets in truth[host].cores().values() for cpus in sockets.values()))
    count(site, "guests", len(told))


@pytest.mark.parametrize("host", HOSTS)
def test_interface_driver(
    host: str, lab_site: tuple[Site, dict[str, str]], truth: dict[str, TrueHost], ids: dict[str, str]
) -> None:
    site, _ = lab_site
    found = live(site, f"{site.dc_id}/interface_driver/{ids[host]}")["data"]
    assert set(found["firmware"]) == set(found["static"]) == {"control0", "tenant0", "tenant1"}
    for name, item in found["firmware"].items():
        assert item["mac"] == truth[host].mac(name)
        tool = truth[host].driver(name)  # the hosts are namespaces: their NICs are veth pairs without a PCI device
        assert item["driver"] == tool.get("driver", item["driver"])
        assert item["pci_number"] is None
        assert item["reason"]
    count(site, "interfaces", len(found["firmware"]))


@pytest.mark.parametrize("host", HOSTS)
def test_network_port(host: str, lab_site: tuple[Site, dict[str, str]], truth: dict[str, TrueHost]) -> None:
    site, _ = lab_site
    for guest in truth[host].guests:
        before = truth[host].counters()
        body = live_since(time.time(), site, f"{site.dc_id}/{guest.uuid}/network_port")
        after = truth[host].counters()
        told = {item["id"]: item for item in body["data"]}
        expected = {port.id: port for port in truth[host].ports if port.vm_uuid == guest.uuid}
        assert told.keys() == expected.keys()
        for port in expected.values():
            item = told[port.id]
            assert (item["vhostuser"], item["mac"], item["vif_type"]) == (port.name, port.mac, "vhostuser")
            assert item["ip_address"].startswith("198.51.100.")
            for key, place in (("rx_packets", 0), ("tx_packets", 1)):
                assert before[port.name][place] <= int(item[key]) <= after[port.name][place]
            assert (item["rx_errors"], item["reason"]) == ("?", None), "vhost-user ports have no error counters"
        again = live(site, f"{site.dc_id}/{guest.uuid}/network_port", since=body["sample"])
        for item in again["data"]:
            grown = item["increase"]
            assert grown["rx_packets"] == int(item["rx_packets"]) - int(told[item["id"]]["rx_packets"]) >= 0
            assert grown["rx_errors"] is None
        count(site, "ports' counters", len(told))


def test_the_static_collection_looked_into_every_host(lab_site: tuple[Site, dict[str, str]]) -> None:
    site, _ = lab_site
    run = site.first_runs["static"]
    assert (run["hosts_asked"], run["hosts_failed"]) == (3, 0)
    assert all(host["probed_at"] and host["probe_reason"] is None for host in site.hosts())
