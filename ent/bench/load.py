"""A load from this machine to itself: N connections that ask one page after another, for a bounded time."""

from __future__ import annotations

import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Measure:
    """One round: requests a second, and the delays below which half, 95 % and 99 % of them stayed, in milliseconds."""

    per_second: float
    p50: float
    p95: float
    p99: float


def fetch(port: int, path: str, cookie: str) -> tuple[int, bytes]:
    """Status and body of one GET, by a client so bare that it weighs little beside what it measures."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((HOST, port), timeout=30) as connection:
        connection.sendall(request.encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def measure(port: int, path: str, cookie: str, *, connections: int, seconds: float) -> Measure:
    """Raises RuntimeError at the first answer that is not 200: a page that fails fast would look fast."""
    end = time.perf_counter() + seconds

    def ask() -> list[float]:
        delays = []
        while (start := time.perf_counter()) < end:
            status, _body = fetch(port, path, cookie)
            if status != 200:
                raise RuntimeError(f"{path} answered {status}")
            delays.append(time.perf_counter() - start)
        return delays

    with ThreadPoolExecutor(connections) as pool:
        asked = [pool.submit(ask) for _ in range(connections)]
        delays = sorted(delay * 1000 for future in asked for delay in future.result())
    return Measure(
        per_second=len(delays) / seconds,
        p50=statistics.median(delays),
        p95=delays[int(len(delays) * 0.95)],
        p99=delays[int(len(delays) * 0.99)],
    )


def median(rounds: list[Measure]) -> Measure:
    return Measure(
        *(statistics.median(getattr(r, name) for r in rounds) for name in ("per_second", "p50", "p95", "p99"))
    )
