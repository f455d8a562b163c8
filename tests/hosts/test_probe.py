"""Whole rounds of hosts through a real SSH server: what is run, what comes of it, and everything that can go wrong."""

import asyncio
import json
import re
import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest
from tests.hosts.allowed import allowed_runs, unbounded
from tests.hosts.lab import HostLab, Lcm, open_direct_host, open_lcm

from optimus.collection.errors import HostKeyChanged, LoginRefused
from optimus.collection.hosts.commands import (
    VIRSH_VERBS,
    host_command,
    host_script,
)
from optimus.collection.hosts.evidence import replay
from optimus.collection.hosts.probe import HostResult, probe_hosts
from optimus.facts.hosts import (
    Become,
    DirectLogin,
    HostAccess,
    HostFacts,
    HostFailure,
    HostLimits,
    Section,
    Trouble,
)

pytestmark = pytest.mark.anyio
LIMITS = HostLimits(host_seconds=30.0, command_seconds=10.0, visit_seconds=60.0)
SUDO = HostAccess(become=Become.SUDO)
_NONCE = "read -r first; n=${{first#N=}}; n=${{n%% *}}; cat >/dev/null; "


@pytest.fixture
def lab(tmp_path: Path) -> HostLab:
    return HostLab(tmp_path)


@asynccontextmanager
async def site(lab: HostLab) -> AsyncIterator[Lcm]:
    async with open_lcm(lab) as lcm:
        yield lcm


async def ask(
    lab: HostLab, *hosts: str, limits: HostLimits = LIMITS, access: HostAccess | None = None
) -> list[HostResult]:
    async with site(lab) as lcm:
        return await probe_hosts(lcm.target, hosts or ("compute-1",), limits=limits, access=access)


async def facts_of(lab: HostLab, access: HostAccess | None = None) -> HostFacts:
    [result] = await ask(lab, access=access)
    assert isinstance(result, HostFacts), result
    return result


async def failure_of(lab: HostLab, script: str, limits: HostLimits = LIMITS) -> HostFailure:
    lab.add_host("bad", script)
    [result] = await ask(lab, "bad.lab.example", limits=limits)
    assert isinstance(result, HostFailure), result
    assert result.host == "bad.lab.example"
    return result


async def test_a_host_with_everything(lab: HostLab) -> None:
    lab.add_all_tools()
    lab.add_file("etc/nova/nova.conf", "[DEFAULT]\npassword = hunter2\n[compute]\n cpu_dedicated_set = 2-3 \n")
    facts = await facts_of(lab)
    assert facts.gaps == {}
    assert [(cpu.id, cpu.core, cpu.socket, cpu.numa_node) for cpu in facts.cpus][:2] == [(0, 0, 0, 0), (1, 8, 0, 0)]
    assert [(guest.instance, guest.state) for guest in facts.guests] == [
        ("instance-00000001", "running"),
        ("instance-00000003", "paused"),
    ]
    assert facts.nova_cpus is not None
    assert facts.nova_cpus.dedicated == (2, 3)
    assert facts.kernel is not None
    assert facts.kernel.isolated == (2, 3)
    control0, taken = facts.interfaces
    assert (control0.name, control0.pci_address, control0.firmware_version) == (
        "control0",
        "0000:3b:00.0",
        "6.01 0x80003d3b 1.1862.0",
    )
    assert (taken.name, taken.bound_to, taken.speed_mbps) == ("0000:5e:00.0", "vfio-pci", 10000)
    assert {port.name: port.rx_packets for port in facts.ovs_ports}["vhu767b85ad-b6"] == 1228


async def test_nova_conf_never_leaves_the_host(lab: HostLab) -> None:
    lab.add_file(
        "etc/kolla/nova-compute/nova.conf", "[database]\nconnection = mysql://nova:hunter2@db\npassword=hunter2\n"
    )
    lab.add_file("etc/nova/nova.conf", "[compute]\ncpu_dedicated_set=1\n")
    kept: dict[str, Mapping[str, str]] = {}
    async with site(lab) as lcm:
        [facts] = await probe_hosts(lcm.target, ["compute-1"], limits=LIMITS, on_evidence=kept.__setitem__)
    assert "hunter2" not in json.dumps(kept["compute-1"])
    assert isinstance(facts, HostFacts)
    assert facts.nova_cpus is not None
    assert facts.nova_cpus.source.endswith("etc/kolla/nova-compute/nova.conf")
    assert facts.nova_cpus.dedicated is None


async def test_evidence_gives_the_same_facts_again(lab: HostLab) -> None:
    lab.add_all_tools()
    kept: dict[str, Mapping[str, str]] = {}
    async with site(lab) as lcm:
        [facts] = await probe_hosts(lcm.target, ["compute-1"], limits=LIMITS, on_evidence=kept.__setitem__)
    assert isinstance(facts, HostFacts)
    assert replay("compute-1", facts.probed_at, kept["compute-1"]) == facts


# what is run


@pytest.mark.parametrize("become", list(Become))
@pytest.mark.parametrize("place", ["host", "docker"])
async def test_every_command_that_runs_is_in_the_table(lab: HostLab, become: Become, place: str) -> None:
    lab.add_tool("id", "echo 1000")
    lab.add_tool("sudo", 'shift; PATH={lab}/tools; exec "$@"')
    if place == "host":
        lab.add_all_tools()
    else:
        lab.add_tool("docker", 'shift 2; PATH={lab}/inside; exec "$@"')
        lab.add_all_tools("inside")
        _socket(lab.root / "tree/docker.sock")
    lab.add_file("etc/nova/nova.conf", "[compute]\n")
    facts = await facts_of(lab, HostAccess(become=become))
    assert facts.guests
    assert facts.ovs_ports
    patterns = list(allowed_runs())
    seen = [unbounded(line) for line in lab.ran()]
    strange = [line for line in seen if line != "sh -s" and not any(one.fullmatch(line) for one in patterns)]
    assert strange == []
    assert any(line.endswith("list --uuid") for line in seen)


async def test_virsh_is_only_ever_read_with(lab: HostLab) -> None:
    lab.add_all_tools()
    await facts_of(lab)
    calls = [line.removeprefix("virsh ") for line in lab.ran() if line.startswith("virsh ")]
    assert calls
    assert all(call.startswith("-r -c qemu:///system ") for call in calls)
    verbs = {part.split()[0] for part in calls[-1].removeprefix("-r -c qemu:///system ").split(";") if part.strip()}
    assert verbs == set(VIRSH_VERBS)


async def test_what_is_sent_is_the_tables_script_and_nothing_else(lab: HostLab) -> None:
    async with site(lab) as lcm:
        await probe_hosts(lcm.target, ["compute-1.lab.example"], limits=LIMITS, access=SUDO)
        [command] = lcm.commands
    nonce = lab.sent().partition(" ")[0].removeprefix("N=")
    assert re.fullmatch("[0-9a-f]{16}", nonce)
    assert lab.sent() == host_script(nonce, Become.SUDO, LIMITS)
    words = shlex.split(command)
    assert words[words.index("--") + 1 :] == ["compute-1", host_command(LIMITS)]
    assert "StrictHostKeyChecking" not in command


HOSTILE = ["-oProxyCommand=touch /tmp/x", "$(touch x)", "a;touch x", "a b", "`x`", "a\nb", "../hosts/compute-1", "a'b"]


async def test_hostile_host_names_are_sent_nowhere(lab: HostLab) -> None:
    async with site(lab) as lcm:
        results = await probe_hosts(lcm.target, HOSTILE, limits=LIMITS)
        assert lcm.commands == []
    assert [result.host for result in results] == HOSTILE
    assert {result.code for result in results if isinstance(result, HostFailure)} == {Trouble.NAME_REFUSED}


async def test_hostile_names_of_interfaces_and_bridges_are_arguments(lab: HostLab) -> None:
    lab.add_all_tools()
    lab.add_tool("ovs-vsctl", "case \"$*\" in *list-br*) echo 'br;$(reboot)' ;; *) cat {answers}/ovs_database ;; esac")
    net = lab.root / "tree/sys/class/net"
    for name in ("$(reboot)", "*", "-h"):
        (net / name).symlink_to((net / "control0").readlink())
    facts = await facts_of(lab)
    assert {one.name for one in facts.interfaces} == {"control0", "$(reboot)", "*", "0000:5e:00.0"}
    assert "ovs-ofctl --timeout=5 --names dump-ports br;$(reboot)" in lab.ran()
    assert "ethtool -i *" in lab.ran()
    assert not any(line.startswith("reboot") for line in lab.ran())


# gaps


async def test_a_bare_host_says_what_it_lacks(lab: HostLab) -> None:
    facts = await facts_of(lab)
    assert len(facts.cpus) == 4
    assert facts.gaps[Section.GUESTS] == "virsh is not on the host"
    assert facts.gaps[Section.OVS_PORTS] == "ovs-vsctl is not on the host"
    assert facts.gaps[Section.NOVA_CPUS] == "there is no nova.conf on the host"
    assert facts.gaps[Section.INTERFACES] == "ethtool is not on the host; lspci is not on the host"
    assert [one.name for one in facts.interfaces] == ["control0", "0000:5e:00.0"]


async def test_refused_sudo_is_a_gap_and_is_not_asked_for_ever(lab: HostLab) -> None:
    lab.add_all_tools()
    lab.add_tool("id", "echo 1000")
    for name in ("virsh", "ovs-vsctl"):
        lab.add_tool(name, 'echo "failed: Permission denied" >&2; exit 1')
    lab.add_tool("sudo", "echo 'sudo: a password is required' >&2; exit 1")
    facts = await facts_of(lab, SUDO)
    assert "sudo was refused (sudo: a password is required)" in facts.gaps[Section.GUESTS]
    assert "sudo was refused" in facts.gaps[Section.OVS_PORTS]
    assert len(facts.cpus) == 4
    assert len([line for line in lab.ran() if line.startswith("sudo ")]) == 2


async def test_sudo_is_never_tried_where_it_was_not_allowed(lab: HostLab) -> None:
    lab.add_tool("id", "echo 1000")
    lab.add_tool("virsh", "exit 1")
    lab.add_tool("sudo", "exit 1")
    await facts_of(lab)
    assert not any(line.startswith("sudo") for line in lab.ran())


async def test_root_needs_no_sudo(lab: HostLab) -> None:
    lab.add_tool("id", "echo 0")
    lab.add_tool("virsh", "exit 1")
    lab.add_tool("sudo", "exit 1")
    await facts_of(lab, SUDO)
    assert not any(line.startswith("sudo") for line in lab.ran())


async def test_an_idle_libvirt_on_the_host_does_not_hide_the_containers_guests(lab: HostLab) -> None:
    lab.add_tool("virsh", "exit 0")
    lab.add_tool("podman", 'shift 2; PATH={lab}/inside; exec "$@"')
    lab.add_all_tools("inside")
    facts = await facts_of(lab)
    assert len(facts.guests) == 2


async def test_a_libvirt_without_guests_is_no_gap(lab: HostLab) -> None:
    lab.add_tool("virsh", "exit 0")
    facts = await facts_of(lab)
    assert facts.guests == ()
    assert Section.GUESTS not in facts.gaps


async def test_one_hanging_tool_costs_its_own_section(lab: HostLab) -> None:
    lab.add_all_tools()
    lab.add_tool("virsh", "exec sleep 1000")
    [facts] = await ask(lab, limits=replace(LIMITS, command_seconds=0.3))
    assert isinstance(facts, HostFacts)
    assert facts.gaps[Section.GUESTS] == "virsh did not answer in time"
    assert facts.ovs_ports


async def test_an_ovs_ofctl_that_knows_no_names(lab: HostLab) -> None:
    lab.add_all_tools()
    lab.add_tool(
        "ovs-ofctl",
        'case "$*" in *--names*) exit 1 ;; esac; sed -e 1d -e s/\'"vhu767b85ad-b6"\'/2/ {answers}/ovs_counters',
    )
    facts = await facts_of(lab)
    assert {port.name: port.rx_packets for port in facts.ovs_ports}["vhu767b85ad-b6"] == 1228
    assert Section.OVS_PORTS not in facts.gaps


async def test_without_live_counters_the_databases_are_shown(lab: HostLab) -> None:
    lab.add_all_tools()
    lab.add_tool("ovs-ofctl", "echo 'ovs-ofctl: br-int is not a bridge or a socket' >&2; exit 1")
    facts = await facts_of(lab)
    assert {port.name: port.rx_packets for port in facts.ovs_ports}["vhu767b85ad-b6"] == 5
    assert "up to 5 s old" in facts.gaps[Section.OVS_PORTS]


# failures

_CHANGED = """@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@
Host key for bad has changed and you have requested strict checking.
Host key verification failed.
"""


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (_CHANGED, Trouble.HOST_KEY_CHANGED),
        ("Host key verification failed.", Trouble.HOST_KEY_UNKNOWN),
        ("No ED25519 host key is known for bad and you have requested strict checking.", Trouble.HOST_KEY_UNKNOWN),
        ("nfvi@bad: Permission denied (publickey,password).", Trouble.LOGIN_REFUSED),
        ("Received disconnect from 10.0.0.1: 2: Too many authentication failures", Trouble.LOGIN_REFUSED),
        ("ssh: Could not resolve hostname bad: Name or service not known", Trouble.NAME_UNKNOWN),
        ("ssh: connect to host bad port 22: Connection refused", Trouble.HOST_DOWN),
        ("ssh: connect to host bad port 22: No route to host", Trouble.HOST_DOWN),
        ("ssh: connect to host bad port 22: Connection timed out", Trouble.HOST_DOWN),
        ("Connection timed out during banner exchange", Trouble.HOST_HANGS),
        ("Timeout, server bad not responding.", Trouble.HOST_HANGS),
        ("kex_exchange_identification: Connection closed by remote host", Trouble.HOST_LOST),
        ("client_loop: send disconnect: Broken pipe", Trouble.HOST_LOST),
    ],
)
async def test_what_ssh_says_is_understood(lab: HostLab, said: str, code: Trouble) -> None:
    failure = await failure_of(lab, f"cat >/dev/null; cat >&2 <<'X'\n{said}\nX\nexit 255")
    assert failure.code is code
    assert failure.reason


async def test_an_answer_behind_a_changed_key_is_not_believed(lab: HostLab) -> None:
    """The LCM's own configuration may say StrictHostKeyChecking no: its ssh warns and goes on."""
    (lab.root / "warning").write_text(_CHANGED, encoding="utf-8")
    original = (lab.root / "hosts/compute-1").read_text(encoding="utf-8")
    lab.add_host("bad", "cat {lab}/warning >&2\n" + original.replace("{", "{{").replace("}", "}}"))
    [result] = await ask(lab, "bad")
    assert isinstance(result, HostFailure)
    assert result.code is Trouble.HOST_KEY_CHANGED


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exec sleep 1000", Trouble.HOST_HANGS),
        (_NONCE + "printf '\\n@@%s B cpus\\nonline:' $n; exec sleep 1000", Trouble.HOST_HANGS),
        ("trap '' TERM; while :; do sleep 1000; done", Trouble.HOST_HANGS),
        (_NONCE + "printf '\\n@@%s B cpus\\nonline:' $n; exit 0", Trouble.OUTPUT_CUT),
        (_NONCE + "printf '\\n@@%s B cpus\\n' $n; head -c 5000 /dev/urandom; exit 0", Trouble.OUTPUT_GARBAGE),
        (
            _NONCE + "printf '\\n@@%s B cpus\\n' $n; echo 'Connection to bad closed by remote host.' >&2; exit 255",
            Trouble.HOST_LOST,
        ),
        ("cat >/dev/null; head -c 5000 /dev/urandom", Trouble.OUTPUT_GARBAGE),
        ("cat >/dev/null; echo Welcome to the menu", Trouble.NO_ANSWER),
        ("cat >/dev/null; echo 'sh: timeout: not found' >&2; exit 127", Trouble.NO_ANSWER),
        ("exit 1", Trouble.NO_ANSWER),
        ("exec head -c 100000000 /dev/zero", Trouble.OUTPUT_TOO_LARGE),
        ("exec head -c 100000000 /dev/zero >&2", Trouble.OUTPUT_TOO_LARGE),
    ],
)
async def test_a_bad_host_has_a_clear_state_in_bounded_time(lab: HostLab, script: str, code: Trouble) -> None:
    # What floods is cut off by its size, and must not be taken for one that hangs on a busy machine.
    limits = replace(LIMITS, host_seconds=15.0 if code is Trouble.OUTPUT_TOO_LARGE else 1.0)
    async with asyncio.timeout(30):
        failure = await failure_of(lab, script, limits)
    assert failure.code is code
    assert "hunter2" not in failure.reason


async def test_an_lcm_without_ssh(lab: HostLab) -> None:
    (lab.root / "bin/ssh").unlink()
    (lab.root / "bin/timeout").write_text(
        "#!/bin/sh\necho \"timeout: failed to run command 'ssh': No such file\" >&2; exit 127\n"
    )
    (lab.root / "bin/timeout").chmod(0o755)
    [result] = await ask(lab)
    assert isinstance(result, HostFailure)
    assert result.code is Trouble.LCM_REFUSED


async def test_one_bad_host_takes_nothing_from_the_others(lab: HostLab) -> None:
    lab.add_host("bad", "exec head -c 100000000 /dev/zero")
    results = await ask(lab, "bad", "compute-1", "nobody", "compute-1")
    assert [result.host for result in results] == ["bad", "compute-1", "nobody"], "each name once, in the order given"
    assert [type(result) for result in results] == [HostFailure, HostFacts, HostFailure]


async def test_the_lcm_goes_away(lab: HostLab) -> None:
    lab.add_host("bad", "exec sleep 1000")
    seen: list[HostResult] = []

    def vanish(lcm: Lcm, command: str) -> None:
        if "-- bad" in command:
            asyncio.get_running_loop().call_soon(lcm.drop)

    async with asyncio.timeout(20), site(lab) as lcm:
        lcm.before = vanish
        limits = replace(LIMITS, concurrency=1)
        results = await probe_hosts(lcm.target, ["compute-1", "bad", "c3", "c4"], limits=limits, on_result=seen.append)
    assert seen == results
    assert isinstance(results[0], HostFacts)
    assert [one.code for one in results[1:] if isinstance(one, HostFailure)] == [Trouble.LCM_LOST] * 3


async def test_an_lcm_that_cannot_be_logged_in_to_is_an_error(lab: HostLab) -> None:
    async with site(lab) as lcm:
        wrong = replace(lcm.target, lcm=replace(lcm.target.lcm, password="no"))
        with pytest.raises(LoginRefused):
            await probe_hosts(wrong, ["compute-1"], limits=LIMITS)
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        changed = replace(lcm.target, lcm=replace(lcm.target.lcm, pinned_host_key=other))
        with pytest.raises(HostKeyChanged):
            await probe_hosts(changed, ["compute-1"], limits=LIMITS)


async def test_the_whole_rounds_time_ends(lab: HostLab) -> None:
    lab.add_host("bad", "exec sleep 1000")
    async with asyncio.timeout(20):
        results = await ask(lab, "compute-1", "bad", limits=replace(LIMITS, visit_seconds=4.0))
    assert isinstance(results[0], HostFacts)
    assert isinstance(results[1], HostFailure)
    assert results[1].code is Trouble.VISIT_OVER


async def test_cancelling_ends_everything(lab: HostLab) -> None:
    lab.add_host("bad", "exec sleep 1000")
    async with site(lab) as lcm:
        asked = asyncio.Event()
        lcm.before = lambda *_: asked.set()
        task = asyncio.create_task(probe_hosts(lcm.target, ["bad"], limits=LIMITS))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        [connection] = lcm.connections
        async with asyncio.timeout(5):
            await connection.wait_closed()


# many hosts


@pytest.mark.parametrize(("concurrency", "expected"), [(1, 1), (3, 3), (6, 6), (50, 8)])
async def test_no_more_hosts_at_once_than_allowed(lab: HostLab, concurrency: int, expected: int) -> None:
    """Each waits until as many as expected are there at once; one more would be seen."""
    hosts = [f"c{number}" for number in range(2 * expected + 1)]
    for host in hosts:
        lab.add_host(host, "exit 1")
    async with asyncio.timeout(30), site(lab) as lcm:
        full: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def release() -> None:
            if not full.done():
                full.set_result(None)

        def hold(lcm: Lcm, command: str) -> "asyncio.Future[None]":
            if lcm.running == expected:
                asyncio.get_running_loop().call_later(0.2, release)  # time for one too many to show itself
            return full

        lcm.before = hold
        results = await probe_hosts(lcm.target, hosts, limits=replace(LIMITS, concurrency=concurrency))
        assert lcm.most_running == expected
        assert len(lcm.connections) == 1
        assert sorted(lcm.hosts()) == sorted(hosts), "each host is asked once"
    assert len(results) == len(hosts)


@pytest.mark.parametrize("allowed", [1, 2, 4])
async def test_an_lcm_that_allows_fewer_sessions_is_asked_with_fewer(lab: HostLab, allowed: int) -> None:
    hosts = [f"c{number}" for number in range(8)]
    for host in hosts:
        lab.add_host(host, "exit 1")
    async with asyncio.timeout(30), site(lab) as lcm:
        lcm.max_sessions = allowed
        results = await probe_hosts(lcm.target, hosts, limits=LIMITS)
        assert sorted(lcm.hosts()) == sorted(hosts)
    assert {result.code for result in results if isinstance(result, HostFailure)} == {Trouble.NO_ANSWER}


async def test_an_lcm_that_allows_no_session(lab: HostLab) -> None:
    async with asyncio.timeout(30), site(lab) as lcm:
        lcm.max_sessions = 0
        results = await probe_hosts(lcm.target, ["c1", "c2", "c3"], limits=LIMITS)
    assert [result.code for result in results if isinstance(result, HostFailure)] == [Trouble.LCM_REFUSED] * 3


async def test_hosts_are_reached_without_ssh_on_the_lcm(lab: HostLab) -> None:
    lab.add_all_tools()
    async with site(lab) as lcm, open_direct_host(lab) as (port, key):
        login = DirectLogin("nfvi", password="host-s3cret", port=port, host_keys={"127.0.0.1": key})
        [facts] = await probe_hosts(lcm.target, ["127.0.0.1"], limits=LIMITS, access=HostAccess(login))
        assert isinstance(facts, HostFacts), facts
        assert facts.guests
        assert lcm.forwards == [("127.0.0.1", port)]
        assert lcm.commands == []
        for changes, code in (
            ({"host_keys": {}}, Trouble.HOST_KEY_UNKNOWN),
            ({"host_keys": {"127.0.0.1": lcm.target.lcm.pinned_host_key}}, Trouble.HOST_KEY_CHANGED),
            ({"password": "no"}, Trouble.LOGIN_REFUSED),
            ({"port": 1}, Trouble.HOST_DOWN),
            ({"private_key": "no key"}, Trouble.LOGIN_REFUSED),
        ):
            access = HostAccess(replace(login, **changes))
            [failure] = await probe_hosts(lcm.target, ["127.0.0.1"], limits=LIMITS, access=access)
            assert isinstance(failure, HostFailure)
            assert failure.code is code, failure


def _socket(path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
