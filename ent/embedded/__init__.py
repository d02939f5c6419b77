"""PostgreSQL and Redis from wheels, so that one command runs the portal on a bare machine.

Whoever needs the services enters `ensure_services()`; the first one starts a keeper, the last one out has it
stop. See docs/adr/0002-embedded-services.md.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ent.embedded.home import READY, ROOT, Home, ServicesError, hold, is_held, tail

__all__ = ["Home", "ServicesError", "ensure_services"]


@contextmanager
def ensure_services(*, throw_away: bool = False) -> Iterator[None]:
    """DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL are set inside; what was already given is left alone."""
    given = {name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    if given == {"DATABASE_URL", "REDIS_URL"}:
        yield
        return
    home = Home.from_environment()
    with _using(home, throw_away=throw_away):
        urls = home.urls()
        if "DATABASE_URL" in given:  # an owner's address belongs with its application's
            del urls["DATABASE_OWNER_URL"]
        with _environment({name: url for name, url in urls.items() if name not in given}):
            yield


@contextmanager
def _environment(added: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _using(home: Home, *, throw_away: bool) -> Iterator[None]:
    """Be one of the home's users: a shared lock says so, and the kernel takes it back however we end."""
    home.create()
    with home.users.open("a") as users:
        try:
            with hold(home.turn):
                fcntl.flock(users, fcntl.LOCK_SH)
                _ensure_keeper(home, throw_away=throw_away)
            yield
        finally:
            with hold(home.turn):
                fcntl.flock(users, fcntl.LOCK_UN)
                if not is_held(home.users):
                    _stop_keeper(home)


def _ensure_keeper(home: Home, *, throw_away: bool) -> None:
    while is_held(home.keeper):
        if home.keeper.read_bytes().endswith(READY):
            return
        time.sleep(0.05)  # whoever started it was killed before it was ready
    log = home.logs / "keeper.log"
    command = [sys.executable, "-m", "ent.embedded.keeper", str(home.path), *["--throw-away"] * throw_away]
    with log.open("w") as stderr:
        # Ends when the keeper, gone to the background, closes its output: ready, or failed.
        keeper = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, check=False
        )
    if keeper.stdout != READY:
        words = "\n".join(map(tail, (home.logs / "postgresql.log", log)))
        raise ServicesError(
            f"PostgreSQL et Redis n’ont pas démarré. Leurs journaux ({home.logs}) finissent ainsi :\n{words}"
        )


def _stop_keeper(home: Home) -> None:
    if not is_held(home.keeper):
        return
    with home.keeper.open() as note:
        if pid := note.read().partition(" ")[0]:
            os.kill(int(pid), signal.SIGTERM)
        fcntl.flock(note, fcntl.LOCK_EX)  # the keeper's until its end
