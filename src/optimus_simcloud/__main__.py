"""`python -m optimus_simcloud`: one simulated cloud as a process; one JSON line on stdout when it is ready."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from optimus_simcloud.cloud import SimulatedCloud
from optimus_simcloud.errors import SimError
from optimus_simcloud.options import SimOptions
from optimus_simcloud.rcfile import STYLES


def main() -> int:
    options, with_parent = _options(sys.argv[1:])
    # asyncssh still answers the channels of a client that has gone; asyncio calls each such answer a warning.
    logging.getLogger("asyncio").addFilter(lambda record: "socket.send() raised" not in record.getMessage())
    try:
        asyncio.run(_run(options, with_parent=with_parent))
    except SimError as error:
        sys.stderr.write(f"optimus-simcloud: {error}\n")
        return 1
    return 0


async def _run(options: SimOptions, *, with_parent: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if with_parent:
        threading.Thread(target=_wait_for_end_of_stdin, args=(loop, stop), daemon=True).start()
    async with SimulatedCloud(options) as cloud:
        sys.stdout.write(json.dumps(cloud.registration()) + "\n")
        sys.stdout.flush()
        await stop.wait()


def _wait_for_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # os.read and not sys.stdin: a daemon thread that holds stdin's lock would stop the interpreter from ending.
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


def _options(arguments: list[str]) -> tuple[SimOptions, bool]:
    parser = argparse.ArgumentParser(prog="optimus-simcloud", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--name", default="gz1")
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--vms", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frozen", action="store_true", default=os.environ.get("OPTIMUS_SIM_FROZEN") == "1")
    parser.add_argument("--tick-seconds", type=float, default=60.0)
    parser.add_argument("--bind", choices=("127.0.0.1", "::1"), default="127.0.0.1")
    parser.add_argument("--ssh-port", type=int, default=0)
    parser.add_argument("--api-port", type=int, default=0)
    parser.add_argument("--user", default="ceeinfra")
    parser.add_argument("--password", help="chosen at random and kept, unless given")
    parser.add_argument("--rc-style", choices=STYLES, default="export")
    parser.add_argument("--rc-user", choices=("admin", "reader"), default="admin")
    parser.add_argument("--compute-microversion", default="2.93", help="newest one of nova; Mitaka: 2.25")
    parser.add_argument("--token-seconds", type=int, default=3600)
    parser.add_argument("--global-stacks", action="store_true", help="permit global_tenant=true")
    parser.add_argument("--no-user-data", dest="user_data", action="store_false")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin ends")
    given = vars(parser.parse_args(arguments))
    with_parent = bool(given.pop("with_parent"))
    return SimOptions(**given), with_parent


if __name__ == "__main__":
    sys.exit(main())
