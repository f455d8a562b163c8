"""The cores of cpu_layout, interface_driver and network_port."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from optimus.collection.hosts.evidence import replay
from optimus.facts.cloud import Port
from optimus.facts.hosts import HostFacts, OvsPort, Section
from optimus.inventory.host_answers import cpu_layout, interface_driver, network_port

WHOLE = Path(__file__).parents[2] / "samples" / "hosts" / "whole"
PORT = Port(
    id="767b85ad-b6c1-4d0e-9f6e-0a1b2c3d4e5f",
    name="vSMF205-1_BP",
    network_id="n",
    project_id=None,
    device_id="vm",
    device_owner="compute:nova",
    mac="02:00:00:01:02:01",
    status="ACTIVE",
    vif_type="vhostuser",
    vnic_type="normal",
    host="compute-1",
    ip_addresses=("128.3.0.4", "fd00::4"),
)
COUNTERS = ("rx_dropped", "rx_errors", "rx_packets", "tx_dropped", "tx_errors", "tx_packets")


def facts_of(name: str) -> HostFacts:
    return replay(name, 1795473686, json.loads((WHOLE / f"{name}.json").read_text(encoding="utf-8")))


@pytest.fixture
def lab() -> HostFacts:
    return facts_of("hostlab_compute-1_sudo")


@pytest.fixture
def kolla() -> HostFacts:
    return facts_of("handmade_kolla_docker")


def test_cpu_layout_as_documented(lab: HostFacts) -> None:
    answer = cpu_layout(lab)
    assert answer["socket_info"]["core 0"] == {"socket 0": [0, 48], "socket 1": [1, 49]}
    assert list(answer["socket_info"])[-1] == "core 29", "the kernel's ids, with their holes"
    assert len(answer["socket_info"]) == 24
    first = answer["instance_info"][0]
    assert {key: first[key] for key in ("vcpu", "vm", "instance", "pinned")} == {
        "vcpu": [4, 52, 5, 53],
        "vm": "vm_a_01",
        "instance": "instance-0000000a",
        "pinned": True,
    }
    assert first["emulator"] == [2, 50]


def test_cpu_layout_by_socket(lab: HostFacts) -> None:
    answer = cpu_layout(lab, by="socket")["socket_info"]
    assert list(answer) == ["socket 0", "socket 1"]
    assert answer["socket 0"]["Core0"] == ["0", "48"]
    assert answer["socket 1"]["Core29"] == ["47", "95"]


def test_floating_guests_show_the_cpus_they_may_run_on() -> None:
    [guest] = cpu_layout(facts_of("hostlab_compute-2_sudo"))["instance_info"]
    assert (guest["vcpu"], guest["pinned"]) == ([2, 3, 4, 5, 6, 7], False)


def test_without_a_mask_ovs_has_what_the_kernel_sets_apart_but_not_the_guests_cpus(lab: HostFacts) -> None:
    answer = cpu_layout(lab)
    assert answer["ovs_source"] == "nohz_full"
    assert answer["ovs_info"]["socket 0"][0] == "2"
    assert not {"4", "52", "5", "53", "7", "55"} & {*answer["ovs_info"]["socket 0"], *answer["ovs_info"]["socket 1"]}


def test_free_cpus_are_novas_without_the_pinned_and_ovs_ones(kolla: HostFacts) -> None:
    answer = cpu_layout(kolla)
    assert answer["ovs_info"] == {"socket 0": ["0", "1"], "socket 1": [], "socket 2": [], "socket 3": []}
    # nova: 0-1 shared, 2-7 without 4 dedicated; vCPUs are pinned to 5 and 2
    assert answer["cpu_free_info"] == {"socket 0": ["3"], "socket 1": ["6", "7"], "socket 2": [], "socket 3": []}


def test_what_nobody_could_say_is_null_and_explained(lab: HostFacts) -> None:
    answer = cpu_layout(lab)
    assert answer["cpu_free_info"] is None
    assert answer["reasons"] == {"nova_cpus": "there is no nova.conf on the host"}


def test_guests_that_could_not_be_read_leave_no_cpu_free() -> None:
    facts = replace(facts_of("handmade_kolla_docker"), guests=(), gaps={Section.GUESTS: "virsh did not answer in time"})
    answer = cpu_layout(facts)
    assert answer["instance_info"] == []
    assert answer["cpu_free_info"] is None
    assert answer["reasons"] == {"guests": "virsh did not answer in time"}


def test_a_host_without_anything() -> None:
    nothing = HostFacts("h", 0, gaps={Section.CPUS: "x", Section.INTERFACES: "y"})
    assert cpu_layout(nothing)["socket_info"] == {}
    assert cpu_layout(nothing)["ovs_info"] is None
    assert interface_driver(nothing) == {"firmware": {}, "static": {}, "reason": "y"}


def test_offline_cpus_have_no_place() -> None:
    answer = cpu_layout(facts_of("handmade_podman_no_container_sudo_refused"))
    assert answer["socket_info"] == {f"core {core}": {"socket 0": [core]} for core in range(3)}
    assert answer["offline_cpus"] == [3]


def test_interface_driver_as_documented(kolla: HostFacts) -> None:
    answer = interface_driver(kolla)
    documented = {"desc", "driver", "driver_info", "firmware_version", "interface", "mac", "pci_number"}
    assert {key: value for key, value in answer["firmware"]["control0"].items() if key in documented} == {
        "desc": "Ethernet controller: Intel Corporation Ethernet Controller X710 for 10GbE SFP+ (rev 02)",
        "driver": "i40e",
        "driver_info": "2.8.20-k",
        "firmware_version": "6.01 0x80003d3b 1.1862.0",
        "interface": "control0",
        "mac": "6c:92:bf:f6:8f:54",
        "pci_number": "0000:3b:00.0",
    }
    assert answer["static"]["control0"] == {
        "interface": "control0",
        "mac": "6c:92:bf:f6:8f:54",
        "pci_number": "0000:3b:00.0",
        "rx_dropped": 2,
        "rx_errors": 0,
        "rx_packets": 10,
        "tx_dropped": 3,
        "tx_errors": 1,
        "tx_packets": 176395534,
        "reason": None,
    }
    assert set(answer["firmware"]) == set(answer["static"])


def test_nics_that_user_space_has_are_listed(kolla: HostFacts) -> None:
    answer = interface_driver(kolla)
    taken = answer["firmware"]["0000:5e:00.0"]
    assert (taken["bound_to"], taken["speed_mbps"], taken["numa_node"]) == ("vfio-pci", 10000, 0)
    assert "vfio-pci" in taken["reason"]
    assert answer["static"]["0000:5e:00.0"]["rx_packets"] == 9, "from OVS, which has the NIC"
    assert answer["firmware"]["0000:5e:02.1"]["bound_to"] == "igb_uio"
    assert answer["static"]["0000:5e:02.1"]["rx_packets"] is None


def test_a_host_of_virtual_interfaces_lists_those_that_look_like_ports(lab: HostFacts) -> None:
    answer = interface_driver(lab)
    assert set(answer["firmware"]) == {"control0", "tenant0", "tenant1"}
    assert answer["firmware"]["control0"]["pci_number"] is None
    assert answer["firmware"]["control0"]["reason"] == "it has no PCI device"
    assert answer["static"]["control0"]["tx_packets"] > 0


def test_network_port_as_documented(kolla: HostFacts) -> None:
    [answer] = network_port(kolla, [PORT])
    assert answer == {
        "id": PORT.id,
        "ip_address": "128.3.0.4, fd00::4",
        "ip_addresses": ["128.3.0.4", "fd00::4"],
        "mac": "02:00:00:01:02:01",
        "name": "vSMF205-1_BP",
        "rx_dropped": "3",
        "rx_errors": "?",
        "rx_packets": "1228",
        "tx_dropped": "0",
        "tx_errors": "?",
        "tx_packets": "1229",
        "vhostuser": "vhu767b85ad-b6",
        "vif_type": "vhostuser",
        "vnic_type": "normal",
        "bridge": "br-int",
        "interface_type": "dpdkvhostuserclient",
        "reason": None,
    }


@pytest.mark.parametrize(
    ("vif_type", "name"),
    [("vhostuser", "vhu767b85ad-b6"), ("ovs", "tap767b85ad-b6"), ("hw_veb", None), (None, "vhu767b85ad-b6")],
)
def test_a_port_that_ovs_has_not_shows_question_marks_and_why(
    lab: HostFacts, vif_type: str | None, name: str | None
) -> None:
    [answer] = network_port(replace(lab, ovs_ports=()), [changed(PORT, vif_type=vif_type, ip_addresses=())])
    assert {answer[key] for key in COUNTERS} == {"?"}
    assert (answer["vhostuser"], answer["ip_address"]) == (name, "")
    assert answer["reason"]


def test_a_port_is_found_by_its_name_where_ovs_has_no_id(lab: HostFacts) -> None:
    port: Any = OvsPort("qvo767b85ad-b6", "br-int", "", None, 10**12, 2, 0, 0, 0, 0)
    [answer] = network_port(replace(lab, ovs_ports=(port,)), [changed(PORT, vif_type="ovs")])
    assert (answer["vhostuser"], answer["rx_packets"], answer["reason"]) == ("qvo767b85ad-b6", "1000000000000", None)


def test_without_the_host_every_port_is_still_there() -> None:
    [answer] = network_port(None, [PORT], why_no_facts="the host is down")
    assert (answer["rx_packets"], answer["reason"]) == ("?", "the host is down")


def test_a_gap_of_ovs_is_the_ports_reason() -> None:
    [answer] = network_port(facts_of("hostlab_compute-3_sudo"), [PORT])
    assert answer["reason"] == "ovs-vsctl is not on the host"
