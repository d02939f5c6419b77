"""Imports by real processes, which are killed: no school is ever half of anything, and the next run ends the work."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from establishments.directory.actions import IMPORT_LOCK
from establishments.directory.models import ImportRun
from tests.establishments.directory.feeds import DAY, imported, snapshot

pytestmark = pytest.mark.django_db(transaction=True)

Snapshot = dict[str, frozenset[tuple[Any, ...]]]
KILLS = 4  # of each seed; each run begins anew
PATIENCE = 60.0  # seconds


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Six schools, imported."""
    folder = tmp_path / "before"
    call_command("make_directory", str(folder), establishments=6, students=150, seed=3, verbosity=0)
    imported(folder)
    return folder


@pytest.fixture
def after(before: Path) -> Path:
    """The same people a year on: each class is another, and everybody has another first name."""
    folder = before.with_name("after")
    folder.mkdir()
    for file in before.iterdir():
        text = file.read_text(encoding="utf-8")
        if "_Eleve_" in file.name or "_PersEducNat_" in file.name:
            text = re.sub(r"(<value>\d+\$)([^$<]+)(?=<|\$\d{6}<)", r"\1\2 bis", text)
        text = re.sub(r'(<attr name="givenName"><value>)', r"\1Jean-", text)
        (folder / file.name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def wanted(after: Path) -> Snapshot:
    """What an undisturbed import makes of it; taken back."""
    with transaction.atomic():
        imported(after)
        found = snapshot()
        transaction.set_rollback(True)
    return found


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_directory", str(folder), "--date", DAY.isoformat(), *arguments],
        cwd=settings.ROOT,
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ent.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"nothing in {PATIENCE} s")


def until_it_works(process: subprocess.Popen[str], runs: int) -> None:
    until(lambda: ImportRun.objects.count() > runs or process.poll() is not None)


def is_free() -> bool:
    """Has the server seen that its client is gone?"""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND (classid::bigint << 32) + objid::bigint = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [IMPORT_LOCK],
        )
        return cursor.fetchone() == (0,)


def assert_no_school_is_half_done(old: Snapshot, new: Snapshot) -> int:
    """How many are done."""
    now, old, new = (without_shared_names(each) for each in (snapshot(), old, new))
    assert now.keys() == old.keys() == new.keys()
    torn = {uai: (rows - new[uai], rows - old[uai]) for uai, rows in now.items() if rows not in (old[uai], new[uai])}
    assert torn == {}
    return sum(now[uai] == new[uai] for uai in now)


def without_shared_names(found: Snapshot) -> Snapshot:
    """Somebody of two schools has one name: the first that is done changes it for both."""
    places = Counter(row[1] for rows in found.values() for row in rows if row[0] == "membership")
    return {
        uai: frozenset(row[:5] if row[0] == "membership" and places[row[1]] > 1 else row for row in rows)
        for uai, rows in found.items()
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_import_killed_anywhere_leaves_whole_schools_and_is_finished_by_the_next(
    after: Path, wanted: Snapshot, seed: int
) -> None:
    chance, old = random.Random(seed), snapshot()
    assert all(old[uai] != wanted[uai] for uai in old)
    began = time.monotonic()
    for _kill in range(KILLS):
        process = start(after)
        until_it_works(process, ImportRun.objects.count())
        time.sleep(chance.uniform(0, 1.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        until(is_free)
        assert_no_school_is_half_done(old, wanted)
        if time.monotonic() - began > PATIENCE / 2:
            break
    last = start(after)
    _out, error = last.communicate(timeout=PATIENCE)
    assert last.returncode == 0, error
    assert assert_no_school_is_half_done(old, wanted) == len(old)


def test_run_that_was_stopped_is_resumed_without_its_files(after: Path, wanted: Snapshot) -> None:
    old = snapshot()
    process = start(after)
    until(lambda: ImportRun.objects.filter(state="settling").exists() or process.poll() is not None)
    process.kill()
    process.communicate()
    until(is_free)
    call_command("import_directory", "--resume", stdout=sys.stderr)
    assert assert_no_school_is_half_done(old, wanted) == len(old)
    assert ImportRun.objects.latest("pk").state == "done"


def test_import_whose_database_stops_says_so_and_the_next_run_ends_it(after: Path, wanted: Snapshot) -> None:
    old = snapshot()
    process = start(after)
    until_it_works(process, ImportRun.objects.count())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )
    _out, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "La base de données s’est arrêtée." in error
    assert "Traceback" not in error
    assert_no_school_is_half_done(old, wanted)
    again = start(after)
    again.communicate(timeout=PATIENCE)
    assert again.returncode == 0
    assert assert_no_school_is_half_done(old, wanted) == len(old)


def test_second_import_at_the_same_time_refuses(after: Path, wanted: Snapshot) -> None:
    first = start(after)
    until(lambda: not is_free() or first.poll() is not None)
    assert first.poll() is None
    first.send_signal(signal.SIGSTOP)  # it would be done before the second has begun
    second = start(after)
    try:
        _out, error = second.communicate(timeout=PATIENCE)
    finally:
        first.send_signal(signal.SIGCONT)
    assert second.returncode == 1
    assert "Un autre import est en cours : attendez qu’il se termine." in error
    assert "Traceback" not in error
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    assert snapshot() == wanted
