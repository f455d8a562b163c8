"""The other side of the comparison: a cloud's own `openstack` client, run on its LCM over SSH.

Nothing of Optimus' collection is used here: what the client prints is the truth that Optimus is held against.
"""

import asyncio
import json
import os
import shlex
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import asyncssh

VARIABLES = ("OPTIMUS_LAB_LCM", "OPTIMUS_LAB_USER", "OPTIMUS_LAB_PASSWORD", "OPTIMUS_LAB_RC")
COMMAND_SECONDS = 600
# Pinned, so that the client prints the same fields everywhere: 2.47-2.87 shows flavors and capacity whole.
VERSIONS = {"OS_COMPUTE_API_VERSION": "2.79", "OS_VOLUME_API_VERSION": "3.60"}
# The old API that tells a host's capacity without asking the host itself.
OLD_COMPUTE = {"OS_COMPUTE_API_VERSION": "2.1"}


class CommandFailed(Exception):
    """A command on the LCM ended badly, or the client answered fewer questions than it was asked."""


@dataclass(frozen=True)
class LimitedAccount:
    """An account of the cloud that is no administrator."""

    user: str
    password: str
    project: str


@dataclass(frozen=True)
class LabSettings:
    """Which cloud to compare with: `OPTIMUS_LAB_*`, see docs/live-tests.md."""

    lcm: str
    user: str
    password: str = field(repr=False)
    rc_path: str
    limited: LimitedAccount

    @property
    def address(self) -> tuple[str, int]:
        """`host`, `host:port` or `[v6]:port`."""
        host, colon, port = self.lcm.rpartition(":")
        if colon and port.isdigit() and (":" not in host or host.endswith("]")):
            return host.strip("[]"), int(port)
        return self.lcm.strip("[]"), 22


def missing_variables() -> list[str]:
    return [name for name in VARIABLES if not os.environ.get(name)]


def read_settings() -> LabSettings:
    lcm, user, password, rc_path = (os.environ[name] for name in VARIABLES)
    limited = LimitedAccount(
        os.environ.get("OPTIMUS_LAB_LIMITED_USER", "vhss-ops"),
        os.environ.get("OPTIMUS_LAB_LIMITED_PASSWORD", "labpass"),
        os.environ.get("OPTIMUS_LAB_LIMITED_PROJECT", "vHSS"),
    )
    return LabSettings(lcm, user, password, rc_path, limited)


@dataclass(frozen=True)
class Output:
    status: int | None
    text: str
    errors: str


class Lcm:
    """A shell on the LCM."""

    def __init__(self, settings: LabSettings) -> None:
        self._settings = settings

    def try_run(self, command: str, stdin: str = "") -> Output:
        return asyncio.run(self._run(command, stdin))

    def run(self, command: str, stdin: str = "") -> str:
        """What the command prints. Raises CommandFailed for any status but 0."""
        output = self.try_run(command, stdin)
        if output.status != 0:
            raise CommandFailed(f"{command!r} ended with {output.status} on the LCM:\n{output.errors}\n{output.text}")
        return output.text

    def host_key_fingerprint(self) -> str:
        """Of the host key that the LCM shows."""
        return asyncio.run(self._host_key())

    async def _host_key(self) -> str:
        async with self._connecting() as connection:
            key = connection.get_server_host_key()
            assert key is not None
            return key.get_fingerprint()

    async def _run(self, command: str, stdin: str) -> Output:
        async with self._connecting() as connection:
            done = await connection.run(command, input=stdin, timeout=COMMAND_SECONDS)
            return Output(done.exit_status, str(done.stdout), str(done.stderr))

    def _connecting(self) -> AbstractAsyncContextManager[asyncssh.SSHClientConnection]:
        host, port = self._settings.address
        return asyncssh.connect(
            host,
            port,
            username=self._settings.user,
            password=self._settings.password,
            client_keys=None,
            known_hosts=None,
            config=None,
        )


class OpenStack:
    """The `openstack` client with one rc file. Each start costs seconds, so that many questions share one process."""

    def __init__(self, lcm: Lcm, rc_path: str, variables: Mapping[str, str] | None = None) -> None:
        self._lcm = lcm
        settings = {**VERSIONS, **(variables or {})}
        exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in settings.items())
        self._prepare = f". {shlex.quote(rc_path)} && export PATH=/usr/bin:$PATH {exports}"

    def ask(self, *questions: str) -> list[Any]:
        """The answers, in order. Raises CommandFailed when the client could not answer each of them."""
        answers, errors = self._answers(questions)
        if len(answers) != len(questions):
            raise CommandFailed(f"{len(answers)} answers to {len(questions)} of {questions[:3]}…:\n{errors}")
        return answers

    def show(self, kind: str, ids: Iterable[str], *, some_fail: bool = False, key: str = "id") -> dict[str, Any]:
        """`openstack KIND show` of each, by id."""
        wanted = list(ids)
        answers, errors = self._answers([f"{kind} show {one}" for one in wanted])
        found = {str(answer[key]): answer for answer in answers}
        if not some_fail and found.keys() != set(wanted):
            raise CommandFailed(f"`{kind} show` did not answer for {sorted(set(wanted) - found.keys())}:\n{errors}")
        return found

    def do(self, command: str) -> str:
        """One command in a process of its own."""
        return self._lcm.run(f"{self._prepare} && openstack {command}")

    def try_one(self, question: str) -> Output:
        """One question in a process of its own, which may be refused."""
        return self._lcm.try_run(f"{self._prepare} && openstack {question} -f json")

    def _answers(self, questions: Iterable[str]) -> tuple[list[Any], str]:
        lines = "".join(f"{question} -f json\n" for question in questions)
        output = self._lcm.try_run(f"{self._prepare} && openstack", lines) if lines else Output(0, "", "")
        return list(_documents(output.text)), output.errors


def _documents(text: str) -> Iterable[Any]:
    """JSON documents that stand one after another."""
    decoder = json.JSONDecoder()
    text = text.lstrip()
    while text:
        try:
            document, end = decoder.raw_decode(text)
        except ValueError as error:
            raise CommandFailed(f"The client printed something else than JSON: {text[:500]!r}") from error
        yield document
        text = text[end:].lstrip()
