"""An LCM on loopback: a real SSH server that really runs what it is told, with an `ssh` whose hosts are made of files.

A host is a small shell script in `hosts/`. The default one runs Optimus's own script in a real shell, in which /sys,
/proc and /etc are folders of the test, and PATH has only recorders: programs that note their arguments, then do
what they are for. Whatever Optimus runs beyond the table is either noted or not found.
"""

import asyncio
import json
import os
import shlex
import shutil
import signal
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from optimus.facts.visits import LcmAddress, Target

PASSWORD = "lcm-s3cret"
SAMPLES = Path(__file__).parents[1] / "samples" / "hosts"
UUIDS = "".join(f"{number:08d}-0000-4000-8000-000000000000\n" for number in (1, 2, 3))

_SSH = """#!/bin/bash
while [ "$1" != -- ]; do shift; done
shift
[ -f {lab}/hosts/"$1" ] && exec bash {lab}/hosts/"$1" "$2"
echo "ssh: Could not resolve hostname $1: Name or service not known" >&2
exit 255
"""
# The script and the command go through unchanged but for where files and programs are.
_HOST = """
sent=$(cat; echo x)
printf '%s' "${{sent%x}}" >{lab}/sent
moved=$(sed -e 's#/sys/#{lab}/tree/sys/#g; s#/proc/#{lab}/tree/proc/#g; s#/etc/#{lab}/tree/etc/#g' \\
  -e 's#/var/run/docker.sock#{lab}/tree/docker.sock#g' {lab}/sent)
command=$(sed 's#PATH=[^ ]*#PATH={lab}/tools#' <<<"$1")
exec sh -c "$command" <<<"$moved"
"""
_RECORDER = """#!/bin/sh
{{ printf '%s' "${{0##*/}}"; for a; do printf ' %s' "$a"; done; printf '\\n'; }} >>{lab}/ran
"""
_INTERFACE_COLUMNS = [
    "_uuid", "name", "type", "ofport", "mac_in_use", "mtu", "link_state", "link_speed", "error", "external_ids",
    "statistics",
]  # fmt: skip
_PLAIN = ("grep", "id", "ls", "timeout", "nice", "sh")
_TOOLS = {
    "virsh": """case "$*" in
  *list*) cat {answers}/guest_list ;;
  *) n=${{4#* echo }}; sed -e 1d -e "s/^@f0 /${{n%% *}} /" {answers}/guests ;;
esac""",
    "ovs-vsctl": """case "$*" in *list-br*) echo br-int ;; *) cat {answers}/ovs_database ;; esac""",
    "ovs-ofctl": "sed 1d {answers}/ovs_counters",
    "ethtool": """sed -n "/^== $2$/,/^== /p" {answers}/ethtool | grep -v '^== '""",
    "lspci": "cat {answers}/lspci",
}


class HostLab:
    """The files: which hosts there are, what their tools answer, and what was run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("bin", "hosts", "tools", "inside", "answers", "tree"):
            (root / name).mkdir()
        self._write("bin/ssh", _SSH.format(lab=root))
        for name in _PLAIN:
            self._write(f"tools/{name}", _RECORDER.format(lab=root) + f'exec {shutil.which(name)} "$@"\n')
        for name, text in (("guest_list", UUIDS), ("guests", _sample("guests", "handmade_old_libvirt_ended_unnamed"))):
            self._write(f"answers/{name}", text)
        for name, case in (
            ("ovs_database", "handmade_dpdk_mask"),
            ("ovs_counters", "handmade_openflow13"),
            ("ethtool", "handmade_i40e_mlx5_ixgbe_bnxt"),
            ("lspci", "handmade_x710_connectx_bnxt"),
        ):
            self._write(f"answers/{name}", _sample(name, case))
        self._tree()
        self.add_host("compute-1")

    def _write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)

    def add_host(self, name: str, script: str = _HOST) -> None:
        self._write(f"hosts/{name}", script.format(lab=self.root))

    def add_tool(self, name: str, does: str | None = None, where: str = "tools") -> None:
        """A recorder; `does` is shell text, by default what prints the samples."""
        text = (_TOOLS[name] if does is None else does).format(answers=self.root / "answers", lab=self.root)
        self._write(f"{where}/{name}", f"{_RECORDER.format(lab=self.root)}PATH=/usr/bin:/bin\n{text}\n")

    def add_all_tools(self, where: str = "tools") -> None:
        for name in _TOOLS:
            self.add_tool(name, where=where)

    def set_ports(self, ports: Mapping[str, tuple[str, int, int]]) -> None:
        """What OVS has: port name -> (neutron's port id, packets received, packets sent)."""
        interfaces = [
            [
                ["uuid", f"i{n}"],
                name,
                "dpdkvhostuserclient",
                n + 1,
                "52:54:00:00:00:01",
                1500,
                "up",
                ["set", []],
                ["set", []],
                ["map", [["iface-id", port_id]]],
                ["map", [["rx_packets", rx]]],
            ]
            for n, (name, (port_id, rx, _)) in enumerate(ports.items())
        ]
        uuids = [["uuid", f"p{n}"] for n in range(len(ports))]
        tables: list[tuple[list[str], list[Any]]] = [
            (["name", "ports"], [["br-int", ["set", uuids]]]),
            (["_uuid", "interfaces"], [[uuid, ["uuid", f"i{n}"]] for n, uuid in enumerate(uuids)]),
            (_INTERFACE_COLUMNS, interfaces),
            (["name", "options"], []),
            (["other_config"], [[["map", [["dpdk-init", "true"], ["pmd-cpu-mask", "0x3"]]]]]),
        ]
        lines = [json.dumps({"headings": headings, "data": data}) for headings, data in tables]
        self._write("answers/ovs_database", "\n".join(lines) + "\n")
        counters = [
            f'  port  "{name}": rx pkts={rx}, bytes=0, drop=0, errs=?, frame=?, over=?, crc=?\n'
            f"           tx pkts={tx}, bytes=0, drop=0, errs=?, coll=?\n           duration=7s\n"
            for name, (_, rx, tx) in ports.items()
        ]
        head = f"== br-int\nOFPST_PORT reply (OF1.3) (xid=0x2): {len(ports)} ports\n"
        self._write("answers/ovs_counters", "\n" + head + "".join(counters))

    def add_file(self, path: str, text: str) -> None:
        self._write(f"tree/{path}", text)

    def _tree(self) -> None:
        """What the kernel of a host with two NICs shows: one bound to i40e, one to vfio-pci."""
        sys = "sys/devices/system"
        self.add_file("proc/cmdline", "root=/dev/md0 isolcpus=2-3\n")
        self.add_file("proc/sys/kernel/hostname", "compute-1\n")
        self.add_file("proc/sys/kernel/osrelease", "5.10\n")
        for name, text in (("online", "0-3"), ("present", "0-3"), ("isolated", "2-3"), ("nohz_full", "(null)")):
            self.add_file(f"{sys}/cpu/{name}", f"{text}\n")
        for cpu in range(4):
            self.add_file(f"{sys}/cpu/cpu{cpu}/topology/core_id", f"{cpu % 2 * 8}\n")
            self.add_file(f"{sys}/cpu/cpu{cpu}/topology/physical_package_id", "0\n")
        self.add_file(f"{sys}/node/node0/cpulist", "0-3\n")
        self.add_file(f"{sys}/node/node0/meminfo", "Node 0 MemTotal:       197542912 kB\n")
        device = "sys/devices/pci0000:3a/0000:3b:00.0"
        for path, text in (
            ("address", "6c:92:bf:f6:8f:54"),
            ("mtu", "9000"),
            ("carrier", "1"),
            ("speed", "10000"),
            ("statistics/rx_packets", "7"),
            ("statistics/tx_packets", "8"),
        ):
            self.add_file(f"{device}/net/control0/{path}", f"{text}\n")
        for address, driver in (("0000:3b:00.0", "i40e"), ("0000:5e:00.0", "vfio-pci")):
            for path, text in (("uevent", f"DRIVER={driver}"), ("class", "0x020000"), ("numa_node", "0")):
                self.add_file(f"sys/bus/pci/devices/{address}/{path}", f"{text}\n")
        tree = self.root / "tree"
        (tree / device / "net/control0/device").symlink_to(tree / "sys/bus/pci/devices/0000:3b:00.0")
        (tree / "sys/class/net").mkdir(parents=True)
        (tree / "sys/class/net/control0").symlink_to(f"../../{device.removeprefix('sys/')}/net/control0")

    def ran(self) -> list[str]:
        """Every program that was run on a host, with its arguments."""
        noted = (self.root / "ran").read_text(encoding="utf-8")
        return noted.replace(f"{self.root}/tree", "").splitlines()

    def sent(self) -> str:
        return (self.root / "sent").read_text(encoding="utf-8")


def _sample(command: str, case: str) -> str:
    return (SAMPLES / command / f"{case}.out").read_text(encoding="utf-8")


@dataclass
class Lcm:
    """The server's side: what it was told, how much at once, and what it refuses."""

    path: Path
    key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    port: int = 0
    commands: list[str] = field(default_factory=list)
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    sessions: int = 0
    run: Any = None
    max_sessions: int = 10
    forwards: list[tuple[str, int]] = field(default_factory=list)
    before: Callable[["Lcm", str], "asyncio.Future[None] | None"] | None = None  # may hold a command back

    @property
    def target(self) -> Target:
        line = " ".join(self.key.export_public_key().decode().split()[:2])
        return Target(LcmAddress("127.0.0.1", self.port, "lcm", PASSWORD, line), "/home/ceeinfra/openrc")

    def hosts(self) -> list[str]:
        words = [shlex.split(command) for command in self.commands]
        return [line[line.index("--") + 1] for line in words]

    def drop(self) -> None:
        for connection in self.connections:
            connection.abort()


class _Session(asyncssh.SSHServer):
    def __init__(self, lcm: Lcm) -> None:
        self.lcm = lcm

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.lcm.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:  # noqa: ARG002 - asyncssh's
        return password == PASSWORD

    def session_requested(self) -> Any:
        if self.lcm.sessions >= self.lcm.max_sessions:
            return False
        self.lcm.sessions += 1
        channel = self.lcm.connections[-1].create_server_channel(encoding=None)
        return channel, asyncssh.SSHServerProcess(self.lcm.run, None, 3, allow_scp=False)

    def connection_requested(self, dest_host: str, dest_port: int, *_origin: object) -> bool:
        self.lcm.forwards.append((dest_host, dest_port))
        return dest_host == "127.0.0.1"


@asynccontextmanager
async def open_lcm(lab: HostLab) -> AsyncIterator[Lcm]:
    lcm = Lcm(lab.root)
    handlers: set[asyncio.Task[None] | None] = set()

    async def run(process: "asyncssh.SSHServerProcess[bytes]") -> None:
        handlers.add(asyncio.current_task())
        lcm.running += 1
        lcm.most_running = max(lcm.most_running, lcm.running)
        lcm.commands.append(process.command or "")
        try:
            if lcm.before and (held := lcm.before(lcm, process.command or "")):
                await held
            await _child(process, lab)
        finally:
            lcm.running -= 1
            lcm.sessions -= 1

    lcm.run = run
    server = await asyncssh.listen("127.0.0.1", 0, server_factory=lambda: _Session(lcm), server_host_keys=[lcm.key])
    lcm.port = server.get_port()
    try:
        yield lcm
    finally:
        server.close()
        lcm.drop()
        await asyncio.gather(*filter(None, handlers), return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def open_direct_host(lab: HostLab, host: str = "compute-1") -> AsyncIterator[tuple[int, str]]:
    """A host of its own behind the LCM: runs the same script as the LCM's ssh would."""
    key = asyncssh.generate_private_key("ssh-ed25519")

    class Host(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("nfvi", "host-s3cret")

    async def run(process: "asyncssh.SSHServerProcess[bytes]") -> None:
        words = ["/bin/bash", str(lab.root / f"hosts/{host}"), process.command or ""]
        await run_child(process, words, {"PATH": "/usr/bin:/bin"})

    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Host, server_host_keys=[key], process_factory=run, encoding=None
    )
    try:
        yield server.get_port(), " ".join(key.export_public_key().decode().split()[:2])
    finally:
        server.close()
        await server.wait_closed()


async def _child(process: "asyncssh.SSHServerProcess[bytes]", lab: HostLab) -> None:
    path = f"{lab.root}/bin:/usr/bin:/bin"
    await run_child(process, ["/bin/sh", "-c", process.command or ""], {"PATH": path, "HOME": str(lab.root)})


async def run_child(process: "asyncssh.SSHServerProcess[bytes]", words: list[str], env: dict[str, str]) -> None:
    """A real process behind a channel; it ends with the channel."""
    child = await asyncio.create_subprocess_exec(
        *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=env, start_new_session=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    feeding = asyncio.create_task(_feed(process, child.stdin))
    gone = asyncio.create_task(process.wait_closed())
    draining = asyncio.gather(_drain(child.stdout, process.stdout), _drain(child.stderr, process.stderr))
    either: set[asyncio.Future[Any]] = {draining, gone}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if gone.done():
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # its own session: nobody else is in the group
    for task in (feeding, gone, draining):
        task.cancel()
    await asyncio.gather(feeding, gone, draining, return_exceptions=True)
    await asyncio.gather(child.stdout.read(), child.stderr.read())  # asyncio's wait() waits for the pipes too
    status = await child.wait()
    if status < 0:
        process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
    else:
        process.exit(status)


async def _feed(process: "asyncssh.SSHServerProcess[bytes]", stdin: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncssh.Error):
        while data := await process.stdin.read(65536):
            stdin.write(data)
            await stdin.drain()
    stdin.close()


async def _drain(source: asyncio.StreamReader, sink: "asyncssh.SSHWriter[bytes]") -> None:
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
