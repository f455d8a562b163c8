"""A TCP connection to the LCM, with failures told apart: nobody there, or somebody who refuses."""

import asyncio
import errno
import socket

from optimus.collection.errors import CollectionError, LcmRefused, LcmUnreachable, PermissionDenied

_REFUSED = {errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE}
_FORBIDDEN = {errno.EACCES, errno.EPERM}


def place(host: str, port: int) -> str:
    """host:port as people write it, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def dial(host: str, port: int, seconds: float) -> socket.socket:
    """A connected socket. The name's addresses are tried in turn, each with its share of the time (seconds)."""
    addresses = await _resolve(host, port, seconds)
    failures: list[OSError] = []
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            async with asyncio.timeout(seconds / len(addresses)):
                await asyncio.get_running_loop().sock_connect(sock, address)
        except OSError as failure:  # also the TimeoutError
            sock.close()
            failures.append(failure)
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise _typed(failures, place(host, port), seconds) from failures[-1]


async def _resolve(host: str, port: int, seconds: float) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as failure:  # TimeoutError too
        raise LcmUnreachable(
            f"The name {host} of the LCM is unknown: check the data center's address and Optimus's DNS."
        ) from failure
    return list(dict.fromkeys(found))  # type: ignore[arg-type]


def _typed(failures: list[OSError], where: str, seconds: float) -> CollectionError:
    """One error for all addresses: whoever refused says more than whoever was silent."""
    numbers = {failure.errno for failure in failures}
    if numbers & _REFUSED:
        return LcmRefused(f"{where} refuses connections: check the address and that the LCM's SSH service runs.")
    if numbers & _FORBIDDEN:
        return PermissionDenied(f"This machine may not connect to {where}: check its firewall.")
    if any(isinstance(failure, TimeoutError) for failure in failures):
        return LcmUnreachable(f"{where} did not answer within {seconds:g} s: check the address and the network.")
    return LcmUnreachable(f"There is no route to {where}: check the address and the network.")
