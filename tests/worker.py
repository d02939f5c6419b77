"""A real worker: a process of its own on the tests' database and a queue of its own, which may be killed half-way.

Its tests need `@pytest.mark.django_db(transaction=True)`: a worker sees what is committed only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection

from ent.celery import app

WITHIN = 60.0  # seconds: a worker imports the whole portal, on a busy machine


class Worker:
    def __init__(self, place: Path) -> None:
        self.queue = f"tests-{uuid4().hex}"
        self.mail = place / "mail"
        self.log = place / "worker.log"
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["celery", "--app", "ent.celery", "worker", "--pool", "solo", "--queues", self.queue]
        command += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "TESTS_DATABASE": str(connection.settings_dict["NAME"]),
            "TESTS_CACHE_PREFIX": settings.CACHES["default"]["KEY_PREFIX"],
            "TESTS_QUEUE": self.queue,
            "TESTS_MAIL": str(self.mail),
            "TESTS_MEDIA": str(settings.MEDIA_ROOT),
            "TMPDIR": str(self._place),  # where its settings make their folder
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", *command], env=env, stdout=log, stderr=log)

    def kill(self) -> None:
        """As the kernel does when memory runs out: nothing is finished, nothing is said."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def until(self, found: Callable[[], Any]) -> Any:
        """The first answer that is true."""
        deadline = time.monotonic() + WITHIN
        while time.monotonic() < deadline:
            if answer := found():
                return answer
            time.sleep(0.05)
        raise AssertionError(f"the worker did not come so far in {WITHIN} s:\n{self.log.read_text()[-4000:]}")

    def until_it_waits_for_a_lock(self) -> None:
        self.until(_somebody_waits)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def worker_at(place: Path) -> Iterator[Worker]:
    """One that is not started yet; what tasks of this process are asked meanwhile waits for it."""
    worker, before = Worker(place), app.conf.task_default_queue
    app.conf.task_default_queue = worker.queue
    vars(app).pop("amqp", None)  # it remembers the queue
    try:
        yield worker
    finally:
        worker.kill()
        app.conf.task_default_queue = before
        vars(app).pop("amqp", None)
