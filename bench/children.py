"""Processes that a benchmark starts: each measured thing runs in one of its own, so that its memory is its own."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Job = dict[str, Any]
ROOT = Path(__file__).parent.parent


def run_child(module: str, job: Job) -> dict[str, Any]:
    """Run `python -m module` with the job on its stdin, and return the JSON of its stdout's last line."""
    done = subprocess.run(
        [sys.executable, "-m", module], input=json.dumps(job).encode(), stdout=subprocess.PIPE, check=True, cwd=ROOT
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def running(module: str, *arguments: str, job: Job | None = None) -> Iterator[dict[str, Any]]:
    """Start `python -m module`, which says a line of JSON when it is ready and ends when its stdin does."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if job is not None:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
        ready: dict[str, Any] = json.loads(process.stdout.readline())
        yield ready
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answer(work: Callable[[Job], dict[str, Any]]) -> None:
    """The other end of `run_child`."""
    print(json.dumps(work(json.load(sys.stdin))), flush=True)


class Meter:
    """Wall and processor seconds since it was made; the peak memory is the process's."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def read(self) -> dict[str, float]:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "seconds": time.perf_counter() - self._wall,
            "cpu": time.process_time() - self._cpu,
            "peak_mib": peak,
        }
