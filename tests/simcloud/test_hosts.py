"""The compute hosts behind the LCM, as somebody at its shell meets them."""

import asyncio
import json
import time
from collections.abc import Iterator

import asyncssh
import pytest
from tests.simcloud.client import over_ssh

from optimus_simcloud import RunningCloud, SimError
from optimus_simcloud.made.site import Host


@pytest.fixture(autouse=True)
def clean(cloud: RunningCloud) -> Iterator[None]:
    yield
    cloud.faults.clear()


def said(cloud: RunningCloud, line: str, stdin: str = "") -> tuple[int | None, str, str]:
    async def run(connection: asyncssh.SSHClientConnection) -> tuple[int | None, str, str]:
        done = await connection.run(line, input=stdin)
        return done.exit_status, str(done.stdout), str(done.stderr)

    return over_ssh(cloud, run)


def a_host(cloud: RunningCloud, number: int = 0) -> Host:
    return [host for host in cloud.site.hosts.values() if host.is_up and host.server_ids][number]


def label(host: Host) -> str:
    return host.name.partition(".")[0]


def table(cloud: RunningCloud, host: Host, columns: str, name: str = "Interface") -> list[list[object]]:
    command = f"ovs-vsctl --timeout=5 --format=json -- --columns={columns} list {name}"
    status, out, err = said(cloud, f"ssh {label(host)} {command}")
    assert (status, err) == (0, "")
    rows: list[list[object]] = json.loads(out)["data"]
    return rows


def test_a_host_is_known_by_its_name_its_first_label_and_its_address(cloud: RunningCloud) -> None:
    host = a_host(cloud)
    for name in (label(host), host.name, host.address):
        assert said(cloud, f"ssh {name} cat", "") == (127, "", "sh: 1: cat: not found\n")
        assert said(cloud, f"timeout 9 ssh -T -o BatchMode=yes -- {name} 'read -r x; echo \"$x\"'", "in\n")[1] == "in\n"


def test_nothing_of_this_machine_is_on_a_host(cloud: RunningCloud) -> None:
    host = label(a_host(cloud))
    assert said(cloud, f"ssh {host} 'echo a; reboot; echo $?'") == (0, "a\n127\n", "sh: 1: reboot: not found\n")
    assert said(cloud, f"ssh {host} ls -l {cloud.cloud.home}")[0] == 2
    assert said(cloud, f"ssh {host} virsh shutdown x")[0] == 1
    assert "unknown command" in said(cloud, f"ssh {host} ovs-vsctl del-br br-int")[2]


def test_a_host_that_is_down_or_unknown(cloud: RunningCloud) -> None:
    down = next(host for host in cloud.site.hosts.values() if not host.is_up)
    status, _, err = said(cloud, f"ssh {label(down)} true")
    assert (status, err) == (255, f"ssh: connect to host {label(down)} port 22: No route to host\r\n")
    filtered = next(host for host in cloud.site.hosts.values() if host.number % 3 == 1)
    cloud.faults.set("host_down", host=label(filtered))
    started = time.monotonic()
    status, _, err = said(cloud, f"ssh -o ConnectTimeout=1 {label(filtered)} true")
    assert (status, err) == (255, f"ssh: connect to host {label(filtered)} port 22: Connection timed out\r\n")
    assert 1 <= time.monotonic() - started < 5
    assert said(cloud, "ssh nobody true")[2] == "ssh: Could not resolve hostname nobody: Name or service not known\r\n"


def test_faults_of_hosts(cloud: RunningCloud) -> None:
    host = label(a_host(cloud))
    cloud.faults.set("host_hangs", host=host, times=1)
    assert said(cloud, f"timeout -k 2 0.3 ssh {host} true")[0] == 124
    cloud.faults.set("host_key_changed", host="cmp-*", times=1)
    status, _, err = said(cloud, f"ssh {host} true")
    assert status == 255
    assert "IDENTIFICATION HAS CHANGED" in err
    cloud.faults.set("host_tool_missing", host=host, tool="virsh")
    assert said(cloud, f"ssh {host} virsh -r list")[0] == 127
    assert said(cloud, f"ssh {label(a_host(cloud, 1))} virsh -r list")[0] == 1
    whole = said(cloud, f"ssh {host} lspci -D")[1]
    cloud.faults.set("host_output_cut", host=host, times=1)
    assert said(cloud, f"ssh {host} lspci -D")[1] == whole[: len(whole) // 2]
    assert said(cloud, f"ssh {host} lspci -D")[1] == whole
    with pytest.raises(SimError):
        cloud.faults.set("host_hangs", path="*")


def test_output_without_end_and_garbage(cloud: RunningCloud) -> None:
    host = label(a_host(cloud))
    cloud.faults.set("host_output_flood", megabytes=3, times=1)
    cloud.faults.set("host_output_garbage", host=host)

    async def sizes(connection: asyncssh.SSHClientConnection) -> list[bytes]:
        done = [await connection.run(f"ssh {host} lspci -D", encoding=None) for _ in range(2)]
        return [bytes(one.stdout) for one in done if isinstance(one.stdout, bytes)]

    flood, garbage = over_ssh(cloud, sizes)
    assert flood == bytes(3 * 1024 * 1024)
    with pytest.raises(UnicodeDecodeError):
        garbage.decode()


def test_privilege(cloud: RunningCloud) -> None:
    host = label(a_host(cloud))
    assert said(cloud, f"ssh {host} 'id -u; ovs-vsctl list-br'")[:2] == (0, "0\nbr-int\nbr-om\nbr-prv\n")
    cloud.faults.set("host_plain_account")
    status, out, err = said(cloud, f"ssh {host} 'id -u; ovs-vsctl list-br; ethtool -i control0'")
    assert (status, out) == (127, "1001\n"), "no /usr/sbin in this account's PATH"
    assert "Permission denied" in err
    assert said(cloud, f"ssh {host} sudo -n ovs-vsctl list-br")[0] == 0
    assert said(cloud, f"ssh {host} grep -h pin /etc/nova/nova.conf")[0] == 2
    cloud.faults.clear()
    cloud.faults.set("host_sudo_refused")
    assert said(cloud, f"ssh {host} sudo -n ovs-vsctl list-br") == (1, "", "sudo: a password is required\n")


def test_the_hosts_own_ssh_servers(cloud: RunningCloud) -> None:
    host = a_host(cloud)
    key = cloud.cloud.host_key_of(label(host))
    assert key == cloud.cloud.host_key_of(host.name)
    assert key != cloud.cloud.host_key_of(label(a_host(cloud, 1)))
    known = asyncssh.import_known_hosts(f"{label(host)} {key}\n")

    async def log_in(lcm: asyncssh.SSHClientConnection) -> object:
        options = {"config": None, "client_keys": None, "agent_path": None, "known_hosts": known, "tunnel": lcm}
        with pytest.raises(asyncssh.PermissionDenied):
            await asyncssh.connect(label(host), username=cloud.lcm_user, password="no", **options)
        async with asyncssh.connect(
            label(host), username=cloud.lcm_user, password=cloud.lcm_password, **options
        ) as connection:
            answer = (await connection.run("sh -s", input="read -r x </proc/sys/kernel/hostname; echo $x")).stdout
        down = next(one for one in cloud.site.hosts.values() if not one.is_up)
        with pytest.raises(asyncssh.ChannelOpenError):
            await lcm.open_connection(label(down), 22)
        with pytest.raises(asyncssh.ChannelOpenError):
            await lcm.open_connection(label(host), 23)
        return answer

    assert over_ssh(cloud, log_in) == f"{label(host)}\n"
    cloud.faults.set("host_key_changed")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        over_ssh(cloud, log_in)


def test_counters_stand_still_in_a_frozen_cloud_and_grow_with_its_ticks() -> None:
    with RunningCloud(hosts=3, vms=20, frozen=True) as cloud:
        host = a_host(cloud)
        before = table(cloud, host, "name,statistics")
        assert table(cloud, host, "name,statistics") == before
        cloud.advance()
        host = cloud.site.hosts[host.name]
        after = {str(name): dict(counts[1]) for name, counts in table(cloud, host, "name,statistics")}  # type: ignore[index]
        known = {str(name): dict(counts[1]) for name, counts in before}  # type: ignore[index]
        stayed = [name for name in known if name in after and not name.startswith("br-") and known[name]]
        assert len(stayed) > 3
        grown = [name for name in stayed if after[name]["rx_packets"] > known[name]["rx_packets"]]
        assert set(stayed) - set(grown) <= {f"vhu{p}" for p in _ports_of_paused(cloud)}
        assert len(grown) > 3


def _ports_of_paused(cloud: RunningCloud) -> set[str]:
    paused = [server for server in cloud.site.servers.values() if server.status == "PAUSED"]
    return {port_id[:11] for server in paused for port_id in server.port_ids}


def test_counters_of_a_living_cloud_grow_between_two_ticks() -> None:
    with RunningCloud(hosts=3, vms=20, tick_seconds=1000) as cloud:
        host = a_host(cloud)

        def total() -> int:
            rows = table(cloud, host, "statistics")
            return sum(dict(one[0][1]).get("rx_packets", 0) for one in rows)  # type: ignore[index]

        first = total()
        deadline = time.monotonic() + 20
        while total() == first:
            assert time.monotonic() < deadline


def test_hosts_follow_the_api() -> None:
    """VMs that come and go are the same in both, at every tick."""
    with RunningCloud(hosts=4, vms=40, frozen=True) as cloud:
        seen = set()
        for _ in range(3):
            for host in cloud.site.hosts.values():
                if not host.is_up:
                    continue
                listed = set(said(cloud, f"ssh {label(host)} virsh -r -c qemu:///system list --uuid")[1].split())
                servers = [one for one in cloud.site.servers.values() if one.host == host.name]
                assert listed == {one.id for one in servers if one.status in {"ACTIVE", "PAUSED", "ERROR"}}
                seen |= listed
            cloud.advance()
        assert seen - set(cloud.site.servers), "one went"


def test_a_command_for_a_host_ends_with_its_connection(cloud: RunningCloud) -> None:
    host = label(a_host(cloud))
    cloud.faults.set("host_hangs", host=host)

    async def start(connection: asyncssh.SSHClientConnection) -> None:
        await connection.create_process(f"ssh {host} true")

    over_ssh(cloud, start)

    def tasks(_: object) -> int:
        return sum("_ssh" in repr(task.get_coro()) for task in asyncio.all_tasks())

    deadline = time.monotonic() + 10
    while cloud.in_loop(tasks):
        assert time.monotonic() < deadline
        time.sleep(0.05)
