"""What a simulator keeps between starts: ports, password, host key and how many ticks it has lived."""

import errno
import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncssh

from optimus_simcloud.errors import SimError
from optimus_simcloud.options import SimOptions

STATE_FILE = "state.json"
KEY_FILE = "ssh_host_ed25519_key"


@dataclass(slots=True)
class State:
    ssh_port: int
    api_port: int
    password: str
    site: str  # which site `tick` belongs to: another size or seed starts anew
    tick: int = 0


def load(state_dir: Path, options: SimOptions) -> State:
    """The kept state, with what the options say explicitly put over it."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    site = f"{options.name}/{options.hosts}/{options.vms}/{options.seed}"
    state = State(0, 0, secrets.token_urlsafe(12), site)
    path = state_dir / STATE_FILE
    if path.exists():
        try:
            state = State(**json.loads(path.read_text()))
        except (ValueError, TypeError) as error:
            raise SimError(f"{path} cannot be read: {error}; remove it to start anew") from error
    if state.site != site:
        state.site, state.tick = site, 0
    state.ssh_port = options.ssh_port or state.ssh_port
    state.api_port = options.api_port or state.api_port
    state.password = options.password or state.password
    return state


def save(state_dir: Path, state: State) -> None:
    write_private(state_dir / STATE_FILE, json.dumps(asdict(state), indent=1).encode())


def write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by the owner only."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def host_key(state_dir: Path) -> asyncssh.SSHKey:
    path = state_dir / KEY_FILE
    if not path.exists():
        write_private(path, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return asyncssh.read_private_key(path)


# Of RFC 2544's range for tests of network devices, which nobody routes: links that a test made on its own machine.
_TEST_NETWORK = "198.18."


def bind(address: str, port: int, what: str, *, listening: bool = True) -> socket.socket:
    """A listening socket; a port that was promised before and is taken now is a clear failure."""
    if address not in {"127.0.0.1", "::1"} and not address.startswith(_TEST_NETWORK):
        raise SimError(f"a simulator listens on loopback or in a test network (198.18.0.0/16), not on {address}")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        if listening:
            sock.listen(128)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise SimError(
                f"the {what} port {port} on {address} is taken by another program: stop that one, or give "
                f"another port, or remove the state directory to choose anew"
            ) from error
        raise
    sock.setblocking(False)
    return sock
