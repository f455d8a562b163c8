"""The programs of a simulated compute host. Whatever is not here does not exist on it."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from optimus_simcloud.hosts.libvirt import virsh
from optimus_simcloud.hosts.machine import Machine
from optimus_simcloud.hosts.openvswitch import ofctl, vsctl
from optimus_simcloud.hosts.tree import files_of
from optimus_simcloud.shell.files import File, Link, find
from optimus_simcloud.shell.run import NOT_FOUND, Process, Program, System, shell_program

Ran = Callable[[tuple[str, ...]], None]


def system_of(machine: Machine, *, missing: frozenset[str], sudo_refuses: bool, ran: Ran) -> System:
    """The machine as its programs see it, without those that are missing."""
    programs: dict[str, Program] = {
        "/usr/bin/env": _env,
        "/usr/bin/grep": _grep,
        "/usr/bin/id": _id,
        "/usr/bin/ls": _ls,
        "/usr/bin/nice": _nice,
        "/usr/bin/sh": shell_program,
        "/usr/bin/sudo": partial(_sudo, refuses=sudo_refuses),
        "/usr/bin/timeout": _timeout,
        "/usr/bin/ovs-ofctl": partial(ofctl, machine),
        "/usr/bin/ovs-vsctl": partial(vsctl, machine),
        "/usr/bin/virsh": partial(virsh, machine),
        "/usr/sbin/ethtool": partial(_ethtool, machine),
        "/usr/sbin/lspci": partial(_lspci, machine),
    }
    kept = {path: program for path, program in programs.items() if path.rpartition("/")[2] not in missing}
    return System(files_of(machine), kept, ran)


def _id(process: Process) -> int:
    if process.arguments != ["-u"]:
        process.complain("id: only -u")
        return 1
    process.streams.stdout.write(f"{process.user}\n")
    return 0


def _env(process: Process) -> int:
    words = list(process.arguments)
    environment = dict(process.environment)
    if words[:1] == ["-i"]:
        environment, words = {}, words[1:]
    while words and re.match(r"[A-Za-z_]\w*=", words[0]):
        name, _, environment[name] = words.pop(0).partition("=")
    return _in_place(process, "env", words, environment=environment)


def _nice(process: Process) -> int:
    words = process.arguments
    return _in_place(process, "nice", words[2:] if words[:1] == ["-n"] else words)


def _timeout(process: Process) -> int:
    """Nothing on a simulated host takes long by itself; whoever lets it hang bounds it himself."""
    words = list(process.arguments)
    if words[:1] == ["-k"]:
        del words[:2]
    return _in_place(process, "timeout", words[1:])


def _sudo(process: Process, *, refuses: bool) -> int:
    if process.arguments[:1] != ["-n"] or (refuses and process.user != 0):
        process.complain("sudo: a password is required")
        return 1
    words = process.arguments[1:]
    if words and process.system.where(words[0], process.environment.get("PATH", "")) is None:
        process.complain(f"sudo: {words[0]}: command not found")
        return 1
    return process.run(words, user=0)


def _in_place(process: Process, name: str, words: list[str], environment: dict[str, str] | None = None) -> int:
    path = (process.environment if environment is None else environment).get("PATH", "")
    if not words:
        process.complain(f"{name}: missing operand")
        return 125
    if process.system.where(words[0], path) is None:
        process.complain(f"{name}: failed to run command '{words[0]}': No such file or directory")
        return NOT_FOUND
    return process.run(words, environment=environment)


def _ls(process: Process) -> int:
    if len(process.arguments) != 2 or process.arguments[0] != "-l":
        process.complain("ls: only -l FOLDER")
        return 2
    folder = find(process.system.files, process.arguments[1])
    if not isinstance(folder, dict):
        process.complain(f"ls: cannot access '{process.arguments[1]}': No such file or directory")
        return 2
    out = process.streams.stdout
    out.write("total 0\n")
    for name in sorted(folder):
        node = folder[name]
        if isinstance(node, Link):
            out.write(f"lrwxrwxrwx 1 root root 0 Sep  1 08:00 {name} -> {node.shown}\n")
        elif isinstance(node, File):
            out.write(f"-rw-r--r-- 1 root root 4096 Sep  1 08:00 {name}\n")
        else:
            out.write(f"drwxr-xr-x 2 root root 0 Sep  1 08:00 {name}\n")
    return 0


def _grep(process: Process) -> int:
    """-s -h -H -o -E, -e PATTERN. 0: found, 1: not found, 2: a file could not be read."""
    flags, patterns, paths = _grep_words(process.arguments)
    if set(flags) - set("shHoE") or not patterns:
        process.complain(f"grep: this host's grep cannot do {' '.join(process.arguments)}")
        return 2
    wanted = re.compile("|".join(f"(?:{_extended(one)})" for one in patterns))
    named = "H" in flags or (len(paths) > 1 and "h" not in flags)
    found = failed = False
    for path, text in _texts(process, paths, quiet="s" in flags):
        failed = failed or text is None
        for line in (text or "").splitlines():
            hits = [hit[0] for hit in wanted.finditer(line)]
            shown = [hit for hit in hits if hit] if "o" in flags else [line] if hits else []
            found = found or bool(hits)
            process.streams.stdout.write("".join(f"{path}:{hit}\n" if named else f"{hit}\n" for hit in shown))
    return 2 if failed else 0 if found else 1


def _grep_words(arguments: list[str]) -> tuple[str, list[str], list[str]]:
    """Flags, patterns, paths."""
    flags = ""
    patterns: list[str] = []
    paths: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "-e":
            patterns.append(next(words, ""))
        elif word.startswith("-") and len(word) > 1:
            flags += word[1:]
        else:
            paths.append(word)
    return (flags, patterns, paths) if patterns else (flags, paths[:1], paths[1:])


def _extended(pattern: str) -> str:
    """A POSIX extended expression as Python writes it."""
    return pattern.replace("[[:space:]]", r"\s").replace("[:space:]", r"\s")


def _texts(process: Process, paths: list[str], *, quiet: bool) -> Iterator[tuple[str, str | None]]:
    if not paths:
        yield "", process.streams.stdin.all()
    for path in paths:
        absolute = path if path.startswith("/") else f"{process.cwd}/{path}"
        node = find(process.system.files, absolute)
        problem = None
        if node is None:
            problem = "No such file or directory"
        elif not isinstance(node, File):
            problem = "Is a directory"
        elif node.private and process.user != 0:
            problem = "Permission denied"
        else:
            problem = node.error
        if problem and not quiet:
            process.complain(f"grep: {path}: {problem}")
        yield path, None if problem or not isinstance(node, File) else node.text


def _ethtool(machine: Machine, process: Process) -> int:
    if len(process.arguments) != 2 or process.arguments[0] != "-i":
        process.complain("ethtool: bad command line argument(s)")
        return 1
    nic = next((one for one in machine.nics if one.name == process.arguments[1]), None)
    if nic is None:
        process.complain("Cannot get driver information: No such device")
        return 71
    rows = {
        "driver": nic.driver,
        "version": nic.version,
        "firmware-version": nic.firmware,
        "expansion-rom-version": "",
        "bus-info": nic.address,
        "supports-statistics": "yes",
        "supports-test": "yes",
        "supports-eeprom-access": "yes",
        "supports-register-dump": "yes",
        "supports-priv-flags": "yes",
    }
    process.streams.stdout.write("".join(f"{name}: {value}\n" for name, value in rows.items()))
    return 0


def _lspci(machine: Machine, process: Process) -> int:
    if process.arguments != ["-D"]:
        process.complain("lspci: invalid option")
        return 1
    lines = [f"{nic.address} Ethernet controller: {nic.model}" for nic in machine.nics]
    lines += [
        "0000:00:00.0 Host bridge: Intel Corporation Sky Lake-E DMI3 Registers (rev 07)",
        "0000:00:11.5 SATA controller: Intel Corporation C620 Series Chipset Family SSATA Controller (rev 09)",
    ]
    process.streams.stdout.write("".join(f"{line}\n" for line in sorted(lines)))
    return 0
