"""`manage.py bench_import`: how long the directory's import takes, beside PostgreSQL's own COPY of the same rows.

On an empty database, which it fills: see `make bench-import`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections
from django.db.models import Model

from accounts.models import Identifier, User
from ent.bench.load import Measure, fetch, measure, median
from ent.bench.server import gunicorn
from ent.management.commands.bench import cookie_of
from ent.tenancy.gates import opened
from ent.tenancy.scope import tenant_scope
from establishments.directory.models import GATE, Change, FeedRecord
from establishments.models import (
    Establishment,
    FormTeacher,
    Group,
    GroupMembership,
    Guardianship,
    Membership,
    Role,
    Teaching,
)

PORTAL: tuple[type[Model], ...] = (
    User, Identifier, Membership, Group, GroupMembership, Teaching, FormTeacher, Guardianship,
)  # fmt: skip
KEPT: tuple[type[Model], ...] = (FeedRecord, Change)  # what was said, and what it changed
SEED = 2
DELTA = 1  # percent
CONNECTIONS = 2
SECONDS = 5.0
COMPLETE, LATER = "_Complet_20250901_", "_Complet_20250903_"


@dataclass(frozen=True)
class Work:
    """One import by a process of its own."""

    name: str
    seconds: float
    people: int  # that its files speak of
    memory: int  # the most that the process held, in kB


@dataclass(frozen=True)
class Copied:
    seconds: float
    rows: int


class Command(BaseCommand):
    help = "Mesure l’import de l’annuaire, à côté du COPY de PostgreSQL pour les mêmes lignes."

    def add_arguments(self, parser: CommandParser) -> None:
        schools, students = os.environ.get("ENT_BENCH_SCHOOLS", "30"), os.environ.get("ENT_BENCH_STUDENTS", "20000")
        parser.add_argument("--establishments", type=int, default=int(schools))
        parser.add_argument("--students", type=int, default=int(students))
        parser.add_argument("--json", action="store_true")

    def handle(self, *, establishments: int, students: int, **options: Any) -> None:
        call_command("migrate", database="owner", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if Establishment.objects.exists():
            raise CommandError("La base n’est pas vide : `make bench-import` en prend une neuve.")
        with tempfile.TemporaryDirectory(prefix="ent-bench-") as place:
            folder = Path(place, "feed")
            call_command(
                "make_directory", str(folder), establishments=establishments, students=students, seed=SEED, delta=DELTA,
                verbosity=0,
            )  # fmt: skip
            people, changed = _people_in(folder), _people_in(folder / "delta")
            works = [_imported("premier import complet", folder, people)]
            copied, kept = _copied(Path(place), PORTAL), _copied(Path(place), KEPT)
            works.append(_imported("complet inchangé", folder, people))
            works.append(_imported(f"différentiel de {DELTA} %", folder / "delta", changed))
            idle, busy, during = _served(_everybody_renamed(folder, Path(place, "renamed")), people)
            works.append(during)
        found = {
            "establishments": establishments, "students": students, "people": people, "works": [vars(w) for w in works],
            "copy": vars(copied), "copy_of_kept": vars(kept),
            "home_p95": {"idle": idle.p95, "busy": busy.p95},
        }  # fmt: skip
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) if options["json"] else _table(found, works))


def _people_in(folder: Path) -> int:
    return sum(file.read_bytes().count(b"<identifier>") for file in folder.glob("*_Pers*.xml")) + sum(
        file.read_bytes().count(b"<identifier>") for file in folder.glob("*_Eleve_*.xml")
    )


def _runs(process: subprocess.Popen[bytes]) -> bool:
    """Without taking the end away from whoever waits for it."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _most_memory(process: subprocess.Popen[bytes]) -> int:
    """In kB, so far. Not from its resource usage: that counts ours, which it was forked from."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) if found else 0


def _imported(name: str, folder: Path, people: int, meanwhile: Callable[[], None] = lambda: time.sleep(0.1)) -> Work:
    command = [sys.executable, "manage.py", "import_directory", str(folder), "--date", "2025-09-01"]
    began, memory = time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while _runs(process):
        memory = max(memory, _most_memory(process))
        meanwhile()
    if process.wait():
        raise CommandError(f"{name} : l’import a échoué.")
    return Work(name, time.perf_counter() - began, people, memory)


def _copied(place: Path, models: tuple[type[Model], ...]) -> Copied:
    """COPY of their rows into plain tables, logged and without an index."""
    seconds, rows = 0.0, 0
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)), opened(GATE):
        for model in models:
            with connection.cursor() as cursor, (place / model._meta.db_table).open("wb") as file:
                cursor.copy_expert(f"COPY (SELECT * FROM {model._meta.db_table}) TO STDOUT", file)
    owner = connections["owner"]
    for model in models:
        table = model._meta.db_table
        with owner.cursor() as cursor, (place / table).open("rb") as file:
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table})")
            began = time.perf_counter()
            cursor.copy_expert(f"COPY bench_{table} FROM STDIN", file)
            seconds += time.perf_counter() - began
            rows += cursor.rowcount
            cursor.execute(f"DROP TABLE bench_{table}")
        (place / table).unlink()
    owner.close()
    return Copied(seconds, rows)


def _everybody_renamed(folder: Path, target: Path) -> Path:
    """The longest night: a complete export in which nobody is as before."""
    target.mkdir()
    for file in folder.glob("*.xml"):
        text = re.sub('(<attr name="givenName"><value>)', r"\1Jean-", file.read_text(encoding="utf-8"))
        (target / file.name.replace(COMPLETE, LATER)).write_text(text, encoding="utf-8")
    return target


def _served(folder: Path, people: int) -> tuple[Measure, Measure, Work]:
    """The home of a student without anything beside it, and while everybody is renamed."""
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        student = Membership.objects.filter(role=Role.STUDENT).select_related("user").order_by("pk")[0].user
    cookie = cookie_of(student, "accounts.sessions.backend.SessionBackend")
    with gunicorn("ent.bench.settings") as port:
        if (status := fetch(port, "/", cookie)[0]) != 200:
            raise CommandError(f"La page d’accueil répond {status}.")
        measure(port, "/", cookie, connections=CONNECTIONS, seconds=1)
        idle = measure(port, "/", cookie, connections=CONNECTIONS, seconds=SECONDS)
        rounds: list[Measure] = []
        work = _imported(
            "tout le monde renommé",
            folder,
            people,
            lambda: rounds.append(measure(port, "/", cookie, connections=CONNECTIONS, seconds=1)),
        )
    return idle, median(rounds), work


def _table(found: dict[str, Any], works: list[Work]) -> str:
    lines = [
        f"{found['establishments']} établissements, {found['students']} élèves, {found['people']} personnes",
        f"{'':<26}{'secondes':>10}{'personnes/s':>13}{'mémoire':>10}{'COPY (1)':>10}{'(2)':>10}",
    ]
    portal, kept = found["copy"], found["copy_of_kept"]
    whole = portal["seconds"] + kept["seconds"]
    for work in works:
        pace, ratios = work.people / work.seconds, (work.seconds / portal["seconds"], work.seconds / whole)
        lines.append(
            f"{work.name:<26}{work.seconds:>10.1f}{pace:>13.0f}{work.memory / 1024:>7.0f} Mo"
            + "".join(f"{ratio:>10.1f}" for ratio in ratios)
        )
    home = found["home_p95"]
    lines += [
        f"(1) COPY des {portal['rows']} lignes du portail : {portal['seconds']:.2f} s.",
        f"(2) Avec les {kept['rows']} des fichiers et de l’historique, que l’import écrit aussi : {whole:.2f} s.",
        f"Accueil d’un élève, p95 : {home['idle']:.1f} ms seul, {home['busy']:.1f} ms pendant un import.",
    ]
    return "\n".join(lines)
