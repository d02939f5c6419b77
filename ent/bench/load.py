"""A load from this machine to itself: N connections that ask one page after another, for a bounded time."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Callable
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


def send(port: int, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, str, bytes]:
    """Status, head and body of the answer, by a client so bare that it weighs little beside what it measures."""
    lines = {"Host": f"localhost:{port}", "Connection": "close", **headers}
    if body:
        lines["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection((HOST, port), timeout=30) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    answered, _, content = b"".join(parts).partition(b"\r\n\r\n")
    return int(answered.split(b" ", 2)[1]), answered.decode(), content


def fetch(port: int, path: str, cookie: str) -> tuple[int, bytes]:
    """Status and body of one GET."""
    status, _head, body = send(port, "GET", path, {"Cookie": cookie})
    return status, body


def measure(port: int, path: str, cookie: str, *, connections: int, seconds: float) -> Measure:
    """Raises RuntimeError at the first answer that is not 200: a page that fails fast would look fast."""

    def ask() -> None:
        status, _body = fetch(port, path, cookie)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")

    return measure_work(ask, connections=connections, seconds=seconds)


def measure_work(ask: Callable[[], None], *, connections: int, seconds: float) -> Measure:
    """The same for anything that is asked over and over; it raises when the answer is wrong."""
    end = time.perf_counter() + seconds

    def go_on() -> list[float]:
        delays = []
        while (start := time.perf_counter()) < end:
            ask()
            delays.append(time.perf_counter() - start)
        return delays

    with ThreadPoolExecutor(connections) as pool:
        asked = [pool.submit(go_on) for _ in range(connections)]
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
