"""gunicorn on loopback, for as long as it is measured."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ent.bench.load import HOST

STARTS_WITHIN = 30  # seconds


@contextmanager
def gunicorn(settings: str) -> Iterator[int]:
    """Serve with these settings, one sync worker a core; gives the port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "ent.wsgi", "--bind", f"{HOST}:{port}"]
    command += ["--workers", str(os.cpu_count() or 2), "--log-level", "warning", "--no-control-socket"]
    server = subprocess.Popen(command, env={**os.environ, "DJANGO_SETTINGS_MODULE": settings})
    try:
        wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"gunicorn did not answer on port {port} within {STARTS_WITHIN} s")
