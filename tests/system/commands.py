"""Optimus' commands as processes, started quickly: one process imports Optimus, and each command is a fork of it.

Importing takes two seconds of a processor, and these tests start a hundred processes.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class CommandLine:
    """Starts commands. Made by `command_line()`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(
        self, arguments: list[str], environment: dict[str, str], folder: Path, stdin: Path, stdout: Path, stderr: Path
    ) -> int:
        """The process' id. Outputs are added to their files."""
        files = [str(stdin), str(stdout), str(stderr)]
        asked = {"arguments": arguments, "environment": environment, "folder": str(folder), "files": files}
        return int(self._ask(asked))

    def poll(self, pid: int) -> int | None:
        """The exit code, None while it runs; negative for a signal."""
        found: int | None = self._ask({"poll": pid})
        return found

    def wait(self, pid: int, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        while (code := self.poll(pid)) is None:
            assert time.monotonic() < deadline, f"the process did not end within {seconds:g} s"
            time.sleep(0.02)
        return code

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def command_line() -> Iterator[CommandLine]:
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with process:
        yield CommandLine(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def _main() -> None:
    sys.path[:0] = [str(ROOT / "src")]
    from optimus.cli.main import app

    ended: dict[int, int | None] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if "poll" in asked:
            answer = ended[asked["poll"]] = _poll(asked["poll"], ended[asked["poll"]])
        else:
            assert threading.active_count() == 1, "a fork would lose the other threads"
            answer = os.fork()
            if answer == 0:
                _be(asked, app)
            ended[answer] = None
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer to the tests' process
    for pid, code in ended.items():
        if _poll(pid, code) is None:
            os.kill(pid, signal.SIGKILL)


def _poll(pid: int, code: int | None) -> int | None:
    if code is not None:
        return code
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _be(asked: dict[str, Any], app: Any) -> None:
    """From here on this process is `optimus …`."""
    flags = [os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT | os.O_APPEND] * 2]
    for number, (path, flag) in enumerate(zip(asked["files"], flags, strict=True)):
        os.dup2(os.open(path, flag), number)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = ["optimus", *asked["arguments"]]
    app()
    sys.exit(0)


if __name__ == "__main__":
    _main()
