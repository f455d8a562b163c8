"""The probe meets simulated hosts: its facts are the simulated site's, and what they print has real hosts' shape."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from tests.hosts.allowed import allowed_runs, unbounded

from optimus.collection.hosts import commands as table
from optimus.collection.hosts.access import lcm_command
from optimus.collection.hosts.probe import HostResult, probe_hosts
from optimus.collection.hosts.sudoers import sudoers_lines
from optimus.facts.cloud import Port
from optimus.facts.hosts import (
    Become,
    DirectLogin,
    HostAccess,
    HostFacts,
    HostFailure,
    HostLimits,
    OvsPort,
    Section,
    Trouble,
)
from optimus.facts.visits import LcmAddress, Target
from optimus.inventory.host_answers import cpu_layout, network_port
from optimus_simcloud import RunningCloud
from optimus_simcloud.made.site import HOST_OWN_CPUS, Server

SAMPLES = Path(__file__).parents[1] / "samples" / "hosts"
UUID = "00000001-0000-4000-8000-000000000000"
LIMITS = HostLimits(connect_seconds=1.0, host_seconds=20.0)
RUNNING = {"ACTIVE": "running", "ERROR": "running", "PAUSED": "paused"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    with RunningCloud(hosts=8, vms=120, frozen=True) as running:
        yield running


@pytest.fixture(autouse=True)
def clean(cloud: RunningCloud) -> Iterator[None]:
    yield
    cloud.faults.clear()


def probe(
    cloud: RunningCloud,
    hosts: Sequence[str] | None = None,
    *,
    access: HostAccess | None = None,
    limits: HostLimits = LIMITS,
    evidence: dict[str, Mapping[str, str]] | None = None,
) -> dict[str, HostResult]:
    lcm = LcmAddress(cloud.lcm_host, cloud.lcm_port, cloud.lcm_user, cloud.lcm_password, cloud.host_key)
    results = asyncio.run(
        probe_hosts(
            Target(lcm, cloud.openstackrc_path),
            list(cloud.site.hosts) if hosts is None else hosts,
            limits=limits,
            access=access,
            on_evidence=None if evidence is None else evidence.__setitem__,
        )
    )
    return {result.host: result for result in results}


def facts_of(results: Mapping[str, HostResult], name: str) -> HostFacts:
    facts = results[name]
    assert isinstance(facts, HostFacts), facts
    return facts


def servers_on(cloud: RunningCloud, name: str) -> list[Server]:
    return [server for server in cloud.site.servers.values() if server.host == name]


def up(cloud: RunningCloud) -> list[str]:
    return [host.name for host in cloud.site.hosts.values() if host.is_up]


def as_ports(cloud: RunningCloud, server: Server) -> list[Port]:
    found = [cloud.site.ports[port_id] for port_id in server.port_ids]
    return [
        Port(
            id=port.id,
            name=port.name,
            network_id=port.network_id,
            project_id=port.project_id,
            device_id=port.device_id,
            device_owner=port.device_owner,
            mac=port.mac,
            status="ACTIVE",
            vif_type=port.vif_type,
            vnic_type=port.vnic_type,
            host=port.host,
            ip_addresses=tuple(address for _, address in port.fixed_ips),
        )
        for port in found
    ]


def test_the_facts_are_the_sites(cloud: RunningCloud) -> None:
    results = probe(cloud)
    assert list(results) == list(cloud.site.hosts)
    for host in cloud.site.hosts.values():
        if not host.is_up:
            failure = results[host.name]
            assert isinstance(failure, HostFailure)
            assert failure.code is Trouble.HOST_DOWN
            continue
        facts = facts_of(results, host.name)
        assert facts.gaps == {}
        assert len(facts.cpus) == 96
        assert {(cpu.core, cpu.socket) for cpu in facts.cpus if cpu.id in {5, 53}} == {(5, 0)}
        assert {(cpu.core, cpu.socket, cpu.numa_node) for cpu in facts.cpus if cpu.id in {30, 78}} == {(8, 1, 1)}
        running = [server for server in servers_on(cloud, host.name) if server.status in RUNNING]
        assert {guest.uuid: (guest.name, guest.instance, guest.state) for guest in facts.guests} == {
            server.id: (server.name, f"instance-{server.number:08x}", RUNNING[server.status]) for server in running
        }
        pins = {guest.uuid: [cpus[0] for cpus in guest.vcpu_cpus] for guest in facts.guests if guest.pinned}
        assert pins == {server.id: list(server.pins) for server in running if server.pins}
        assert {len(guest.vcpu_cpus) for guest in facts.guests} <= {server.flavor.vcpus for server in running}


def test_the_layouts_free_cpus_are_those_that_no_guest_has(cloud: RunningCloud) -> None:
    name = max(up(cloud), key=lambda name: len(servers_on(cloud, name)))
    layout = cpu_layout(facts_of(probe(cloud, [name]), name))
    pinned = {cpu for one in servers_on(cloud, name) if one.status in RUNNING for cpu in one.pins}
    free = {int(cpu) for cpus in layout["cpu_free_info"].values() for cpu in cpus}
    assert free == set(range(96)) - set(HOST_OWN_CPUS) - pinned
    assert layout["ovs_source"] == "pmd-cpu-mask"
    assert {int(cpu) for cpus in layout["ovs_info"].values() for cpu in cpus} <= set(HOST_OWN_CPUS)
    assert layout["reasons"] == {}


def test_ovs_has_each_port_of_neutron(cloud: RunningCloud) -> None:
    results = probe(cloud)
    kinds = set()
    for name in up(cloud):
        facts = facts_of(results, name)
        by_id = {port.neutron_port_id: port for port in facts.ovs_ports if port.neutron_port_id}
        for server in servers_on(cloud, name):
            for port in as_ports(cloud, server):
                kinds.add((port.vif_type, server.status in RUNNING))
                _check_port(port, by_id.pop(port.id, None), runs=server.status in RUNNING)
            for row in network_port(facts, as_ports(cloud, server)):
                assert (row["reason"] is None) == (row["rx_packets"] != "?")
        assert by_id == {}, "nothing else is there"
    assert kinds >= {("vhostuser", True), ("ovs", True), ("hw_veb", True), ("ovs", False)}


def _check_port(port: Port, found: OvsPort | None, *, runs: bool) -> None:
    if port.vif_type == "vhostuser":
        assert found is not None
        assert found.name == f"vhu{port.id[:11]}"
        assert (found.rx_packets is not None) == runs
    elif port.vif_type == "ovs" and runs:
        assert found is not None
        assert found.name == f"tap{port.id[:11]}"
        assert found.rx_packets is not None
    else:
        assert found is None


def test_interfaces_of_every_kind(cloud: RunningCloud) -> None:
    results = probe(cloud)
    found = {one.name: one for one in facts_of(results, up(cloud)[0]).interfaces}
    assert {one.driver for one in found.values()} == {"i40e", "ixgbe", "mlx5_core", "bnxt_en", "vfio-pci"}
    assert {one.name for one in found.values() if one.bond == "bond0"} == {"control0", "control1"}
    assert all(one.firmware_version and one.description for one in found.values() if one.bound_to is None)
    assert (found["backup1"].link_up, found["backup1"].speed_mbps) == (False, None)
    taken = found["0000:d8:00.0"]
    assert (taken.bound_to, taken.speed_mbps, taken.numa_node) == ("vfio-pci", 25000, 1)
    for name in up(cloud):
        ports = [port for server in servers_on(cloud, name) for port in as_ports(cloud, server)]
        shown = {one.pci_address for one in facts_of(results, name).interfaces}
        assert ("0000:3b:02.1" in shown) == any(port.vif_type == "hw_veb" for port in ports)


def test_over_a_channel_with_credentials(cloud: RunningCloud) -> None:
    keys = {name.partition(".")[0]: cloud.cloud.host_key_of(name) for name in cloud.site.hosts}
    login = DirectLogin(cloud.lcm_user, password=cloud.lcm_password, host_keys=keys)
    [name, *_] = up(cloud)
    direct = facts_of(probe(cloud, [name], access=HostAccess(login)), name)
    through = facts_of(probe(cloud, [name]), name)
    assert (direct.guests, direct.interfaces, direct.ovs_ports) == (
        through.guests,
        through.interfaces,
        through.ovs_ports,
    )
    cloud.faults.set("host_key_changed", host=name.partition(".")[0])
    [failure] = probe(cloud, [name], access=HostAccess(login)).values()
    assert isinstance(failure, HostFailure)
    assert failure.code is Trouble.HOST_KEY_CHANGED


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("host_down", Trouble.HOST_DOWN),
        ("host_hangs", Trouble.HOST_HANGS),
        ("host_key_changed", Trouble.HOST_KEY_CHANGED),
        ("host_output_cut", Trouble.OUTPUT_CUT),
        ("host_output_garbage", Trouble.OUTPUT_GARBAGE),
        ("host_output_flood", Trouble.OUTPUT_TOO_LARGE),
    ],
)
def test_a_fault_of_one_host_is_its_own(cloud: RunningCloud, fault: str, code: Trouble) -> None:
    bad, good, *_ = up(cloud)
    cloud.faults.set(fault, host=bad.partition(".")[0])
    limits = HostLimits(connect_seconds=1.0, host_seconds=2.0)
    results = probe(cloud, [bad, good], limits=limits)
    failure = results[bad]
    assert isinstance(failure, HostFailure)
    assert failure.code is code
    assert facts_of(results, good).gaps == {}


def test_what_a_plain_account_cannot_read_is_a_gap_and_sudo_closes_it(cloud: RunningCloud) -> None:
    [name, *_] = up(cloud)
    cloud.faults.set("host_plain_account")
    without = facts_of(probe(cloud, [name]), name)
    assert set(without.gaps) == {Section.OVS_PORTS, Section.OVS_CPUS, Section.NOVA_CPUS}
    assert without.guests
    assert facts_of(probe(cloud, [name], access=HostAccess(become=Become.SUDO)), name).gaps == {}
    cloud.faults.clear()
    cloud.faults.set("host_sudo_refused")
    refused = facts_of(probe(cloud, [name], access=HostAccess(become=Become.SUDO)), name)
    assert "sudo was refused" in refused.gaps[Section.OVS_PORTS]
    cloud.faults.clear()
    cloud.faults.set("host_tool_missing", tool="virsh")
    assert facts_of(probe(cloud, [name]), name).gaps == {Section.GUESTS: "virsh is not on the host"}


def test_a_vm_that_went_from_the_api_went_from_its_host() -> None:
    with RunningCloud(hosts=8, vms=60, frozen=True) as cloud:
        before = probe(cloud)
        for _ in range(10):
            cloud.advance()
        after = probe(cloud)
        gone = 0
        for name in up(cloud):
            if not isinstance(before[name], HostFacts):
                continue
            was, now = ({guest.uuid for guest in facts_of(one, name).guests} for one in (before, after))
            assert now <= set(cloud.site.servers)
            gone += len(was - set(cloud.site.servers))
        assert gone


# what is sent


@pytest.mark.parametrize("fault", ["", "host_plain_account"])
@pytest.mark.parametrize("become", list(Become))
def test_everything_that_is_sent_is_in_the_table(cloud: RunningCloud, fault: str, become: Become) -> None:
    if fault:
        cloud.faults.set(fault)
    cloud.in_loop(lambda running: running.heard.clear())
    names = up(cloud)[:2]
    probe(cloud, names, access=HostAccess(become=become))
    on_lcm, on_hosts = cloud.in_loop(lambda running: (list(running.heard.on_lcm), list(running.heard.on_hosts)))
    remote = table.host_command(LIMITS)
    assert sorted(on_lcm) == sorted(lcm_command(name.partition(".")[0], remote, LIMITS) for name in names)
    patterns = list(allowed_runs())
    lines = {unbounded(" ".join(words)) for _, words in on_hosts if words[0] not in {"timeout", "nice", "env"}}
    assert {line for line in lines if not any(one.fullmatch(line) for one in patterns)} == {"sh -s"}
    assert any(line.startswith("virsh -r") for line in lines)
    assert any("sudo" in line for line in lines) == bool(fault and become is Become.SUDO)


def test_every_tool_of_the_table_is_on_a_simulated_host(cloud: RunningCloud) -> None:
    """A command that is new in the table, and that simulated hosts do not know, is seen here."""
    evidence: dict[str, Mapping[str, str]] = {}
    [name, *_] = up(cloud)
    probe(cloud, [name], evidence=evidence)
    told = evidence[name]
    for command in table.COMMANDS:
        status = int(told[command.name].partition("\n")[0])
        assert status in command.good, command.name
        complaints = [line for line in told[f"{command.name}.stderr"].splitlines() if not line.startswith("# ")]
        assert complaints == [], command.name


def permitted(line: str, call: str) -> bool:
    """As sudo reads a line of sudoers: its own escapes first, then a regular expression or a pattern of the shell."""
    pattern = re.sub(r"\\([,:=#\\])", r"\1", line.partition("NOPASSWD: /usr/bin/")[2])
    program, _, arguments = pattern.partition(" ")
    if arguments.startswith("^"):
        return call.startswith(f"{program} ") and re.search(arguments, call.partition(" ")[2]) is not None
    assert not re.search(r"(?<!\\)(?:\\\\)*[*?\[\]]", pattern), "a wildcard"
    return re.sub(r"\\(.)", r"\1", pattern) == call


def test_the_sudoers_lines_permit_what_is_run_and_nothing_longer(cloud: RunningCloud) -> None:
    cloud.faults.set("host_plain_account")
    cloud.in_loop(lambda running: running.heard.clear())
    [name, *_] = up(cloud)
    assert facts_of(probe(cloud, [name], access=HostAccess(become=Become.SUDO)), name).gaps == {}
    ran = [" ".join(words) for _, words in cloud.in_loop(lambda running: list(running.heard.on_hosts))]
    calls = {line.removeprefix("sudo -n ") for line in ran if line.startswith(("sudo -n ", "virsh "))}
    assert {call.partition(" ")[0] for call in calls} == {"virsh", "ovs-vsctl", "ovs-ofctl", "grep"}
    lines = sudoers_lines("nfvi", ["br-int", "br-om", "br-prv"])
    assert all(line.startswith("nfvi ALL=(root) NOPASSWD: /usr/bin/") for line in lines)
    for call in calls:
        assert any(permitted(line, call) for line in lines), call
        for longer in (f"{call} --log-file=/etc/x", f"{call} shutdown {UUID};", f"{call[:-1]}x y"):
            assert not any(permitted(line, longer) for line in lines), longer


def test_a_real_sudo_accepts_the_lines() -> None:
    visudo = shutil.which("visudo", path="/usr/sbin:/usr/bin")
    if visudo is None:
        pytest.skip("no sudo on this machine")
    lines = "\n".join([*sudoers_lines("nfvi", ["br-int"]), ""])
    checked = subprocess.run([visudo, "-cf", "-"], input=lines, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


# shapes


def shapes(text: str) -> set[str]:
    """Lines with their numbers, words and addresses taken out."""
    found = set()
    for raw in text.splitlines():
        line = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", raw)
        line = re.sub(r"(?<![\w:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![\w:])", "MAC", line)
        line = re.sub(r"\d[\d,-]*", "0", line)
        found.add(line)
    return found


@pytest.mark.parametrize("name", ["cpus", "numa"])
def test_lines_are_like_those_of_real_hosts(cloud: RunningCloud, name: str) -> None:
    evidence: dict[str, Mapping[str, str]] = {}
    [host, *_] = up(cloud)
    probe(cloud, [host], evidence=evidence)
    real = set().union(*(shapes(path.read_text()) for path in (SAMPLES / name).glob("hostlab_*.out")))
    assert shapes(evidence[host][name].partition("\n")[2]) <= real | {"offline:"}


def test_tools_print_what_real_ones_print(cloud: RunningCloud) -> None:
    evidence: dict[str, Mapping[str, str]] = {}
    host = max(up(cloud), key=lambda name: len(servers_on(cloud, name)))
    probe(cloud, [host], evidence=evidence)
    ours = {name: text.partition("\n")[2] for name, text in evidence[host].items()}
    real = {name: (SAMPLES / name / "hostlab_compute-1.out").read_text() for name in table.BY_NAME if _sampled(name)}
    # ovs-ofctl: the same words in the same places
    names = re.compile(r'(?<=port) +(?:"[^"]+"|[\w-]+)(?=:)|(?<=== )\S+|\d+(?= ports)')
    rows = [
        {re.sub(r"=(?:\d+|\?)", "=N", names.sub(" P", line)) for line in text["ovs_counters"].splitlines()}
        for text in (ours, real)
    ]
    assert rows[0] == rows[1]
    # ovs-vsctl: as many tables, with the same headings
    headings = re.compile(r'"headings":\[[^]]*\]')
    assert headings.findall(ours["ovs_database"]) == headings.findall(real["ovs_database"])
    # virsh: the tables' frames; the XML's elements are a part of a real domain's
    for line in (" VCPU   CPU Affinity", "-" * 22, "emulator: CPU Affinity", "-" * 34):
        assert line in ours["guests"].splitlines()
        assert line in real["guests"].splitlines()
    paths = {text: set(re.findall(r"<([a-z]+:?[a-zA-Z]+)[ />]", text)) for text in (ours["guests"], real["guests"])}
    extra = {"hugepages", "page", "parameters", "virtualport", "driver", "source"}
    assert paths[ours["guests"]] - paths[real["guests"]] <= extra
    # ethtool, ls -l
    keys = re.compile(r"^([a-z-]+):", re.MULTILINE)
    assert set(keys.findall(ours["ethtool"])) == set(keys.findall(real["ethtool"]))
    link = re.compile(r"^lrwxrwxrwx 1 root root 0 [A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d \S+ -> \.\./\.\./devices/\S+$")
    for text in (ours, real):
        listed = [line for line in text["net"].splitlines() if line.startswith("l")]
        assert listed
        assert [line for line in listed if not link.match(line)] == []


def _sampled(name: str) -> bool:
    return (SAMPLES / name / "hostlab_compute-1.out").exists()
