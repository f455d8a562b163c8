"""`optimus demo`: Optimus with two simulated clouds, to look at and to try things on.

The clouds are processes of their own and take a second to start. So this module imports little, starts them, and
only then imports Optimus (`demo_server`): both get ready side by side.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optimus.errors import OptimusError, SettingsRefused
from optimus.settings import load_settings, prepare_data_dir

CLOUDS = (
    # name, hosts, VMs, seed
    ("guangzhou-1", 20, 300, 1),
    ("zhuzhou-2", 8, 90, 2),
)
START_SECONDS = 30.0

Process = subprocess.Popen[str]


def demo() -> None:
    """Serve the API beside two simulated clouds. Everything is kept in the data folder; Ctrl-C ends it."""
    settings = load_settings()
    prepare_data_dir(settings)
    with _simulated(settings.data_dir / "clouds") as processes:
        from optimus.cli.demo_server import serve_beside  # noqa: PLC0415 - see above

        serve_beside([_ready_line(process) for process in processes])


@contextmanager
def _simulated(folder: Path) -> Iterator[list[Process]]:
    """Processes that play clouds; they end with this one, even when it is killed (their input ends then)."""
    processes = [_start(folder / name, name, hosts, vms, seed) for name, hosts, vms, seed in CLOUDS]
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=10)


def _start(folder: Path, name: str, hosts: int, vms: int, seed: int) -> Process:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "optimus_simcloud", "--state-dir", str(folder), "--name", name]
    command += ["--hosts", str(hosts), "--vms", str(vms), "--seed", str(seed), "--with-parent"]
    # Its own process group: Ctrl-C ends Optimus first, which then ends the clouds.
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ, start_new_session=True
    )


def _ready_line(process: Process) -> dict[str, Any]:
    """What the simulated cloud says of itself. Raises SettingsRefused when it ends before it says it."""
    assert process.stdout is not None
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        line = process.stdout.readline()
    finally:
        watchdog.cancel()
    if not line:
        raise SettingsRefused("A simulated cloud did not start; its own message stands above.")
    found: dict[str, Any] = json.loads(line)
    return found


if __name__ == "__main__":
    try:
        demo()
    except OptimusError as error:
        sys.exit(f"optimus: {error.message}")
