"""The clients of bench.api, in a process of their own: kept-alive connections, one thread each, no HTTP library.

Pages and constants of all servers are asked in turn, a block of requests each, so that what else the machine does
meets all of them alike.
"""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import Any

from bench.children import Job, answer
from bench.figures import percentile


class _Connection:
    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._end = f" HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()

    def ask(self, path: str) -> int:
        """Read the whole answer; its body's size."""
        self._socket.sendall(b"GET " + path.encode() + self._end)
        data = self._socket.recv(262144)
        while (head := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        assert data.startswith(b"HTTP/1.1 200"), data[:500]
        length = int(data[:head].lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        left = head + 4 + length - len(data)
        while left > 0:
            left -= len(self._more())
        return length

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> bytes:
        data = self._socket.recv(262144)
        assert data, "the server closed the connection"
        return data


class _Side:
    """One server's page, or its constant: the times of all requests so far."""

    def __init__(self, server: dict[str, Any], paths: list[str], clients: int) -> None:
        self._server = server
        self._paths = paths
        self._clients = clients
        self.size = _Connection(server["port"], server["token"]).ask(paths[0])
        self._times: list[float] = []
        self._rates: list[float] = []

    def run_block(self, requests: int, *, counts: bool = True) -> None:
        # New ones for each block: the server closes connections that are idle while others have their turn.
        connections = [_Connection(self._server["port"], self._server["token"]) for _ in range(self._clients)]
        with ThreadPoolExecutor(self._clients) as pool:
            started = time.perf_counter()
            running = [
                pool.submit(self._run, connection, number, requests // self._clients)
                for number, connection in enumerate(connections)
            ]
            times = [seconds for one in running for seconds in one.result()]
            ended = time.perf_counter()
        for connection in connections:
            connection.close()
        if counts:
            self._rates.append(len(times) / (ended - started))
            self._times += times

    def _run(self, connection: _Connection, first: int, requests: int) -> list[float]:
        times: list[float] = []
        for path in islice(cycle(self._paths), first, first + requests):
            started = time.perf_counter()
            connection.ask(path)
            times.append(time.perf_counter() - started)
        return times

    def figures(self) -> dict[str, Any]:
        return {
            "size": self.size,
            "requests": len(self._times),
            "rates": self._rates,
            "p50_ms": percentile(self._times, 0.5) * 1000,
            "p99_ms": percentile(self._times, 0.99) * 1000,
        }


def ask(job: Job) -> dict[str, Any]:
    pairs = []
    for server in job["servers"]:
        paths = [
            job["path"].replace("DC", dc).replace("STACK", stack)
            for dc, stack in zip(server["dcs"], server["stacks"], strict=True)
        ]
        page = _Side(server, paths, job["clients"])
        pairs.append((page, _Side(server, [f"/api/bench/constant?size={page.size}"], job["clients"])))
    for page, constant in pairs:  # statements compiled, caches filled
        page.run_block(job["block"] // 2, counts=False)
        constant.run_block(job["block"] // 2, counts=False)
    cpu = time.process_time()
    for _ in range(job["blocks"]):
        for page, constant in pairs:
            page.run_block(job["block"])
            constant.run_block(job["block"])
    requests = 2 * len(pairs) * job["blocks"] * job["block"]
    return {
        "client_ms": (time.process_time() - cpu) * 1000 / requests,
        "servers": [{"page": page.figures(), "constant": constant.figures()} for page, constant in pairs],
    }


if __name__ == "__main__":
    answer(ask)
