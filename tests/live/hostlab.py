"""Compute hosts as their own tools show them, asked over plain ssh from their jump host; nothing of Optimus is used.

Beside them a simulated cloud's APIs, whose lists name these very hosts, guests and ports: the lab has no OpenStack.
"""

import asyncio
import json
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from optimus_simcloud import RunningCloud
from optimus_simcloud.cloud import SimulatedCloud
from optimus_simcloud.made.site import EPOCH_AT, Flavor, Host, Network, Port, Server, Subnet

VARIABLES = ("OPTIMUS_HOSTLAB_LCM", "OPTIMUS_HOSTLAB_LCM6", "OPTIMUS_HOSTLAB_API", "OPTIMUS_HOSTLAB_PASSWORD")
HOSTS = ("compute-1", "compute-2", "compute-3")
VIRSH = "virsh -r -c qemu:///system"
SECONDS = 60


def missing_variables() -> list[str]:
    return [name for name in VARIABLES if not os.environ.get(name)]


@dataclass(frozen=True)
class HostLab:
    """`OPTIMUS_HOSTLAB_*`: the jump host's two addresses, its account, and this machine's address towards it."""

    lcm: str
    lcm6: str
    api: str
    user: str
    password: str = field(repr=False)

    @classmethod
    def named(cls) -> "HostLab":
        lcm, lcm6, api, password = (os.environ[name] for name in VARIABLES)
        return cls(lcm, lcm6, api, os.environ.get("OPTIMUS_HOSTLAB_USER", "nfvi"), password)

    def on_lcm(self, command: str, stdin: str = "") -> str:
        async def run() -> str:
            async with asyncssh.connect(
                self.lcm, username=self.user, password=self.password, known_hosts=None, client_keys=None, config=None
            ) as connection:
                done = await connection.run(command, input=stdin, timeout=SECONDS)
                return str(done.stdout)

        return asyncio.run(run())

    def on_host(self, host: str, command: str) -> str:
        """What a command prints on a host, by the jump host's own ssh and keys."""
        wide = f"PATH=/usr/local/sbin:/usr/sbin:/sbin:$PATH LC_ALL=C; export PATH LC_ALL; {command}"
        return self.on_lcm(f"ssh -o BatchMode=yes {host} {shlex.quote(wide)}")

    def address6(self, host: str) -> str:
        return self.on_lcm(f"getent ahostsv6 {host}").split()[0]


@dataclass
class TrueGuest:
    uuid: str
    instance: str
    name: str
    vcpus: list[str]  # of each vCPU, the host CPUs as virsh prints them: "4", "2-7"


@dataclass
class TruePort:
    id: str
    name: str
    mac: str
    vm_uuid: str


class TrueHost:
    """One host by its tools. Those without privilege or tools have no guests and no ports here."""

    def __init__(self, lab: HostLab, name: str) -> None:
        self.lab = lab
        self.name = name
        self.guests = [self._guest(instance) for instance in self._run(f"{VIRSH} list --name").split()]
        self.ports = self._ports()

    def _run(self, command: str) -> str:
        return self.lab.on_host(self.name, command)

    def _guest(self, instance: str) -> TrueGuest:
        xml = self._run(f"{VIRSH} dumpxml {instance}")
        found = re.search(r"<nova:name>(.*?)</nova:name>", xml)
        uuid = re.search(r"<uuid>(.*?)</uuid>", xml)
        assert uuid
        pins = re.findall(r"^\s*\d+:?\s+(\S+)\s*$", self._run(f"{VIRSH} vcpupin {instance}"), re.MULTILINE)
        return TrueGuest(uuid[1], instance, found[1] if found else instance, pins)

    def _ports(self) -> list[TruePort]:
        text = self._run("sudo -n ovs-vsctl --format=json --columns=name,external_ids list interface")
        if not text.strip():
            return []
        found = []
        for name, (_, pairs) in json.loads(text)["data"]:
            ids = dict(pairs)
            if "iface-id" in ids:
                found.append(TruePort(ids["iface-id"], name, ids["attached-mac"], ids["vm-uuid"]))
        return found

    def cores(self) -> dict[str, dict[str, list[int]]]:
        """As the API groups them, from sysfs."""
        path = "/sys/devices/system/cpu/cpu[0-9]*/topology"
        places: dict[int, dict[str, int]] = {}
        for line in self._run(f"grep . {path}/core_id {path}/physical_package_id").splitlines():
            cpu, what, value = re.fullmatch(r".*/cpu(\d+)/topology/(\w+):(\d+)", line).groups()  # type: ignore[union-attr]
            places.setdefault(int(cpu), {})[what] = int(value)
        grid: dict[str, dict[str, list[int]]] = {}
        for cpu in sorted(places):
            core, socket = places[cpu]["core_id"], places[cpu]["physical_package_id"]
            grid.setdefault(f"core {core}", {}).setdefault(f"socket {socket}", []).append(cpu)
        return grid

    def driver(self, interface: str) -> dict[str, str]:
        lines = self._run(f"ethtool -i {interface}").splitlines()
        return {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in lines if ":" in line)}

    def mac(self, interface: str) -> str:
        return self._run(f"cat /sys/class/net/{interface}/address").strip()

    def counters(self) -> dict[str, tuple[int, int]]:
        """OVS port -> (packets received, packets sent), now; those that OVS has no numbers of are left out."""
        found = {}
        for bridge in self._run("sudo -n ovs-vsctl list-br").split():
            text = self._run(f"sudo -n ovs-ofctl --names dump-ports {bridge}")
            for port in re.findall(r'port\s+"?([^":]+)"?: rx pkts=(\d+)[^\n]*\n\s+tx pkts=(\d+)', text):
                found[port[0]] = (int(port[1]), int(port[2]))
        return found


@contextmanager
def beside(lab: HostLab, truth: dict[str, TrueHost], names: dict[str, str]) -> Iterator[dict[str, Any]]:
    """A simulated cloud's APIs that list the lab; the data center's registration. `names`: host -> nova's name."""
    with RunningCloud(bind=lab.api, hosts=3, vms=1, frozen=True) as cloud:
        cloud.in_loop(lambda inner: _list_lab(inner, truth, names))
        with open(cloud.openstackrc_path, encoding="utf-8") as file:
            rc = file.read()
        path = lab.on_lcm("umask 077; d=$(mktemp -d); cat >$d/openrc; echo $d/openrc", rc).strip()
        try:
            yield {"lcm_user": lab.user, "lcm_pwd": lab.password, "openstackrc_dir": path}
        finally:
            lab.on_lcm(f"rm -rf {shlex.quote(os.path.dirname(path))}")


def _list_lab(cloud: SimulatedCloud, truth: dict[str, TrueHost], names: dict[str, str]) -> None:
    """Instead of what was made up."""
    site = cloud.site
    for made_up in (site.hosts, site.servers, site.ports, site.networks, site.volumes, site.stacks):
        for object_id in list(made_up):
            site.touch(object_id)
        made_up.clear()
    site.aggregates.clear()
    project = site.tenants[0][0]
    flavor = next(iter(site.flavors.values()))
    network = _network(project.id)
    site.networks[network.id] = network
    for number, (host, found) in enumerate(truth.items(), 1):
        name = names[host]
        site.hosts[name] = Host(number, f"{number:08d}-1111-4000-8000-000000000000",
                                f"{number:08d}-2222-4000-8000-000000000000", name, lab_address(number), None)  # fmt: skip
        for guest in found.guests:
            ports = [port for port in found.ports if port.vm_uuid == guest.uuid]
            site.servers[guest.uuid] = _server(guest, name, project.id, flavor, ports)
            for port in ports:
                site.ports[port.id] = _port(port, name, network, len(site.ports) + 10)
    site.touch("lab")


def lab_address(number: int) -> str:
    return f"198.18.78.1{number}"


def _network(project_id: str) -> Network:
    network_id = "00000001-3333-4000-8000-000000000000"
    subnet = Subnet("00000001-4444-4000-8000-000000000000", network_id, project_id, "lab", "198.51.100.", 4)
    return Network(network_id, "lab-net", project_id, "signalling", False, 100, [subnet], [])


def _server(guest: TrueGuest, host: str, project_id: str, flavor: Flavor, ports: list[TruePort]) -> Server:
    return Server(
        guest.uuid, 1, guest.name, project_id, "0" * 32, flavor, EPOCH_AT, EPOCH_AT, host,
        port_ids=tuple(port.id for port in ports),
    )  # fmt: skip


def _port(port: TruePort, host: str, network: Network, number: int) -> Port:
    addresses = ((network.subnets[0].id, f"198.51.100.{number}"),)
    return Port(port.id, f"port-{number}", network.id, network.project_id, port.vm_uuid, "compute:nova", port.mac, host,
                "normal", "vhostuser", number, addresses, EPOCH_AT)  # fmt: skip
