"""The simulated cloud as a process: `python -m bench.simulator`, with the options of `python -m optimus_simcloud`.

Its sockets send small writes at once, as any real API server's do. Otherwise the kernel holds back the second
half of each small answer for 40 ms, and the bare reads would be made to look slow.
"""

import socket
import sys
from typing import Any

from optimus_simcloud import state
from optimus_simcloud.__main__ import main

_bind = state.bind


def _at_once(*arguments: Any, **options: Any) -> socket.socket:
    sock = _bind(*arguments, **options)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
    return sock


if __name__ == "__main__":
    state.bind = _at_once
    sys.exit(main())
