"""The keeper: a process that owns the two servers as long as somebody uses them.

`python -m ent.embedded.keeper HOME [--throw-away]` goes to the background and says `ready`. The last user
sends it SIGTERM; users who were killed cannot, so it looks by itself too. When the keeper is killed, the
kernel tells the servers to stop.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from ent.embedded.home import READY, Home, ServicesError, is_held
from ent.embedded.places import programs, put_away, settle
from ent.embedded.processes import Child
from ent.embedded.servers import PostgreSQL, Redis

LOOK_EVERY = 0.2  # seconds


def keep(home: Home, *, throw_away: bool) -> None:
    note = os.open(home.keeper, os.O_WRONLY)
    fcntl.flock(note, fcntl.LOCK_EX)  # until the end of this process
    os.ftruncate(note, 0)
    pid = os.write(note, b"%d " % os.getpid())
    servers = _wait_for_former_servers(home)
    children: list[Child] = []
    ready = False
    try:
        _start(home, children, lock=servers, throw_away=throw_away)
        os.write(note, READY)
        _tell_ready()
        ready = True
        while not _abandoned(home):
            for child in children:
                child.revive()
            time.sleep(LOOK_EVERY)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
        os.ftruncate(note, pid)  # no longer ready: who comes now waits for our end
        for child in reversed(children):
            child.stop()
        os.close(servers)
        put_away(home, throw_away=throw_away and ready)


def _start(home: Home, children: list[Child], *, lock: int, throw_away: bool) -> None:
    account = settle(home)
    folder = programs(account)
    postgresql = PostgreSQL(home, account, folder, careless=throw_away)
    redis = Redis(home, account, folder, careless=throw_away)
    for server in (postgresql, redis):
        server.make()
        child = server.child(lock=lock)
        child.start()
        children.append(child)
    for child in children:
        child.wait_until_it_answers()
    postgresql.provision()


def _wait_for_former_servers(home: Home) -> int:
    """A keeper that was killed leaves servers that are still writing down: wait, then take their lock."""
    lock = os.open(home.servers, os.O_RDWR)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        time.sleep(0.1)
    raise ServicesError("D’anciens serveurs de ce dossier ne s’arrêtent pas.")


def _abandoned(home: Home) -> bool:
    """No user is left, nor can come: the turn is then ours until the end of this process."""
    turn = os.open(home.turn, os.O_RDWR)
    with suppress(BlockingIOError):  # somebody is coming, or going and will tell us
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not is_held(home.users):
            return True
    os.close(turn)
    return False


def _tell_ready() -> None:
    """To the one who started us, who waits for the end of our output."""
    os.write(1, READY)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)


def main() -> None:
    if os.fork():  # our parent does not want to reap us
        os._exit(0)
    os.setsid()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    keep(Home(Path(sys.argv[1])), throw_away="--throw-away" in sys.argv)


if __name__ == "__main__":
    main()
