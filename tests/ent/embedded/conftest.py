"""Homes of their own for the embedded services: these tests start, kill and erase real servers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import environ
import psycopg2
import pytest

from ent.embedded import Home
from ent.embedded.home import ROOT, is_held
from ent.embedded.places import erase

URLS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A folder for the services of one module's tests: a cluster takes a second to make."""
    home = Home(tmp_path_factory.mktemp("embedded") / "home")
    yield home
    erase(home)


@pytest.fixture
def home(place: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """ENT_HOME: nothing runs there before the test, nor after it."""
    for name in URLS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENT_HOME", str(place.path))
    yield place
    if place.path.exists():
        wait_until(lambda: not is_held(place.keeper))  # which is the last to end


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def user(home: Home, body: str = "sys.stdin.read()") -> subprocess.Popen[str]:
    """Another process that says `up` from inside ensure_services(), then runs the body."""
    program = (
        "import sys\n"
        "from ent.embedded import ensure_services\n"
        f"with ensure_services():\n    print('up', flush=True)\n    {body}\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in URLS} | {"ENT_HOME": str(home.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def rows(url: str, *statements: str) -> list[tuple[object, ...]]:
    """What the last statement gives, each in a transaction of its own."""
    database = environ.Env.db_url_config(url)
    parameters = {"dbname": database["NAME"], "user": database["USER"], "port": database["PORT"]}
    with closing(psycopg2.connect(**parameters, **database["OPTIONS"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
