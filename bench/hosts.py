"""What a round of host visits costs: `.venv/bin/python -m bench.hosts [--rounds N] [--only lab|memory]`.

Against the hosts lab (`hostlab.sh up --farm 50`; OPTIMUS_HOSTLAB_* as for the live tests): Optimus' probe of 50 host
addresses through one LCM, the bare log-ins of the same 50, and `ansible -m setup` on them where ansible is installed
(`pip install ansible-core` anywhere on PATH, or name it with --ansible). And the memory of a probe of 1,000
simulated hosts.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.children import run_child, running
from bench.figures import print_goal, print_table, ratios, spread

CHILD = "bench.probing"
ADDRESSES = 50
ANSIBLE_FORKS = 10
ANSIBLE_GOAL, BARE_GOAL, MEMORY_GOAL = 1 / 10, 1.5, 200.0
Measure = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.hosts", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often the probe and the log-ins are measured")
    parser.add_argument("--ansible-rounds", type=int, default=2)
    parser.add_argument("--ansible", help="path of ansible", default=shutil.which("ansible"))
    parser.add_argument("--kex", help="key exchange in the ssh_config of the LCM's account, and in ansible's")
    parser.add_argument("--only", choices=("lab", "memory"))
    parser.add_argument("--hosts", type=int, default=1000, help="simulated ones")
    asked = parser.parse_args()
    if asked.only != "memory":
        lab = _Lab(Path(os.environ.get("HOSTLAB_RUN", "/run/hostlab")), asked.kex)
        if lab.is_up():
            lab.measure(asked.rounds, asked.ansible, asked.ansible_rounds)
        else:
            print(f"no hosts lab with {ADDRESSES} addresses: bring one up with hostlab.sh up --farm {ADDRESSES}")
    if asked.only != "lab":
        _measure_memory(asked.hosts)


class _Lab:
    """The hosts lab on this machine: one sshd with many addresses behind a jump host."""

    def __init__(self, folder: Path, kex: str | None) -> None:
        self._folder = folder
        self._config = f"KexAlgorithms {kex}\n" if kex else ""
        host = os.environ.get("OPTIMUS_HOSTLAB_LCM", "198.18.77.2")
        user = os.environ.get("OPTIMUS_HOSTLAB_USER", "nfvi")
        password = os.environ.get("OPTIMUS_HOSTLAB_PASSWORD", "lab-hosts")
        self._lcm = [host, 22, user, password, None]
        self._user = user
        self._hosts = [f"198.18.78.{100 + number}" for number in range(1, ADDRESSES + 1)]

    def is_up(self) -> bool:
        known = self._folder / "known_hosts"
        return known.exists() and self._hosts[-1] in known.read_text()

    def measure(self, rounds: int, ansible: str | None, ansible_rounds: int) -> None:
        known = (self._folder / "known_hosts").read_text()
        run_child(CHILD, {"work": "prepare", "lcm": self._lcm, "known_hosts": known, "config": self._config})
        job = {"lcm": self._lcm, "hosts": self._hosts}
        direct = {**job, "work": "probe", "direct": self._direct(known)}
        found: dict[str, list[Measure]] = {"log-ins": [], "probe": [], "probe, direct": [], "ansible": []}
        for number in range(rounds):
            found["log-ins"].append(self._measured(lambda: run_child(CHILD, {**job, "work": "log_in"})))
            found["probe"].append(self._measured(lambda: run_child(CHILD, {**job, "work": "probe"})))
            found["probe, direct"].append(self._measured(lambda: run_child(CHILD, direct)))
            if ansible and number < ansible_rounds:
                found["ansible"].append(self._measured(lambda: self._ansible(ansible)))
        if not ansible:
            print("no ansible on PATH: `pip install ansible-core` into a venv of its own and name it with --ansible")
        _print_lab(found)

    def _direct(self, known: str) -> dict[str, Any]:
        """The log-in to the hosts over channels of the LCM's connection."""
        keys = {}
        for line in known.splitlines():
            names, _, key = line.partition(" ")
            keys.update(dict.fromkeys(names.split(","), key))
        return {"user": self._user, "private_key": (self._folder / "keys/id").read_text(), "host_keys": keys}

    def _measured(self, run: Callable[[], dict[str, Any]]) -> Measure:
        """`remote`: what the LCM and the hosts spent meanwhile."""
        before = self._spent()
        done = run()
        time.sleep(0.3)  # for the servers to reap what they started
        assert done["answered"] == ADDRESSES, f"{done['answered']} of {ADDRESSES} answered"
        remote = self._spent() - before
        return {**done, "remote": remote, "total": done["cpu"] + remote}

    def _spent(self) -> float:
        """Processor seconds of all that the LCM and the host with the many addresses ever ran."""
        tick = os.sysconf("SC_CLK_TCK")
        roots = {(self._folder / name / "pid").read_text().strip() for name in ("lcm", "compute-3")}
        parents = {}
        seconds = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[path.parent.name] = fields[1]
            seconds[path.parent.name] = sum(map(int, fields[11:15])) / tick  # its own and its reaped children's
        return sum(spent for pid, spent in seconds.items() if _descends(pid, roots, parents))

    def _ansible(self, ansible: str) -> dict[str, Any]:
        """With pipelining and one shared connection to the LCM, which is the quickest that we know of."""
        with tempfile.TemporaryDirectory(prefix="optimus-bench-") as name:
            folder = Path(name)
            config = folder / "ssh_config"
            base = self._folder / "ssh_config"
            shared = f" ControlMaster auto\n ControlPath {folder}/%C\n ControlPersist 60\n"
            config.write_text(
                f"{self._config}Host lcm\n{shared}"
                f"Host 198.18.78.*\n{shared} User {self._user}\n ProxyCommand ssh -F {config} -W [%h]:%p lcm\n"
                f"{base.read_text()}"
            )
            inventory = folder / "inventory"
            names = "".join(f"{host} ansible_python_interpreter=/usr/bin/python3\n" for host in self._hosts)
            inventory.write_text(f"[all]\n{names}")
            environment = {
                **os.environ,
                "ANSIBLE_SSH_ARGS": f"-F {config}",
                "ANSIBLE_PIPELINING": "True",
                "ANSIBLE_HOME": str(folder),
                "ANSIBLE_NOCOLOR": "1",
            }
            subprocess.run(["ssh", "-F", str(config), "lcm", "true"], check=True)
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            command = [ansible, "all", "-i", str(inventory), "-f", str(ANSIBLE_FORKS), "-o", "-m", "setup"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            seconds = time.perf_counter() - started
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            self._close_masters(config, folder)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        answered = sum(" | SUCCESS " in line for line in done.stdout.splitlines())
        return {"seconds": seconds, "cpu": cpu, "answered": answered, "peak_mib": after.ru_maxrss / 1024}

    def _close_masters(self, config: Path, folder: Path) -> None:
        for path in folder.iterdir():
            if path.is_socket():
                command = ["ssh", "-F", str(config), "-o", f"ControlPath={path}", "-O", "exit", "any"]
                subprocess.run(command, check=False, capture_output=True)


def _descends(pid: str, roots: set[str], parents: dict[str, str]) -> bool:
    while pid in parents:
        if pid in roots:
            return True
        pid = parents[pid]
    return False


def _print_lab(found: dict[str, list[Measure]]) -> None:
    rows = [
        [name, *(spread([run[what] for run in runs]) for what in ("seconds", "cpu", "total", "peak_mib"))]
        for name, runs in found.items()
        if runs
    ]
    print_table(
        f"{ADDRESSES} hosts through one LCM", ("way", "wall s", "client cpu s", "cpu with hosts s", "MiB"), rows
    )
    bare, ansible = found["log-ins"], found["ansible"]
    for way in ("probe", "probe, direct"):
        _print_goals(way, found[way], bare, ansible)


def _print_goals(way: str, probe: list[Measure], bare: list[Measure], ansible: list[Measure]) -> None:
    for what, label in (("seconds", "wall"), ("total", "cpu with the hosts'")):
        shares = ratios([run[what] for run in probe], [run[what] for run in bare])
        if what == "seconds":
            print_goal(f"{way} / bare log-ins, {label}", statistics.median(shares), BARE_GOAL)
        else:
            print(f"{way} / bare log-ins, {label}: {spread(shares)}")
    if ansible:
        for what, label in (("seconds", "wall"), ("cpu", "client's cpu"), ("total", "cpu with the hosts'")):
            shares = ratios([run[what] for run in probe[: len(ansible)]], [run[what] for run in ansible])
            print_goal(f"{way} / ansible, {label}", statistics.median(shares), ANSIBLE_GOAL, digits=3)


def _measure_memory(hosts: int) -> None:
    with tempfile.TemporaryDirectory(prefix="optimus-bench-", ignore_cleanup_errors=True) as name:
        options = ["--state-dir", str(Path(name) / "cloud"), "--hosts", str(hosts), "--vms", str(20 * hosts)]
        with running("bench.simulator", *options, "--frozen", "--with-parent") as cloud:
            address, _, port = cloud["lcm_ip"].rpartition(":")
            lcm = [address.strip("[]"), int(port), cloud["lcm_user"], cloud["lcm_pwd"], cloud["host_key"]]
            site = cloud["name"]
            names = [f"cmp-{number:04d}.{site}.example" for number in range(1, hosts + 1)]
            done = run_child(CHILD, {"work": "probe", "lcm": lcm, "hosts": names})
    print(
        f"{hosts} simulated hosts: {done['answered']} answered in {done['seconds']:.1f} s, {done['cpu']:.1f} s of cpu"
    )
    print_goal(f"peak memory of a probe of {hosts} hosts, MiB", done["peak_mib"], MEMORY_GOAL, digits=0)


if __name__ == "__main__":
    main()
