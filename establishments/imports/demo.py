"""A second night of the demonstration: one school waits for the academy, another has changed."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from ent.tenancy.scope import tenant_scope
from establishments.directory.actions import import_export
from establishments.directory.demo import ESTABLISHMENTS, SEED, STUDENTS
from establishments.directory.export import open_export
from establishments.directory.models import SchoolRun
from establishments.management.commands.make_directory import DAY
from establishments.territory.models import Establishment

NIGHT = DAY.replace(day=DAY.day + 1)
END = "</addRequest>"


def load() -> None:
    schools = list(Establishment.objects.exclude(structure_key="").order_by("-uai")[:2])
    with tenant_scope(Establishment.objects.all()):
        if len(schools) < 2 or SchoolRun.objects.waiting().exists():
            return
    with tempfile.TemporaryDirectory(prefix="ent-demo-") as place:
        folder = str(Path(place) / f"Export_{NIGHT:%Y-%m-%d}")  # the pages show its name
        made: dict[str, Any] = {"establishments": ESTABLISHMENTS, "students": STUDENTS, "seed": SEED, "date": NIGHT}
        call_command("make_directory", folder, verbosity=0, **made)
        for file in Path(folder).glob("*_Eleve_*.xml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(_changed(text, *[school.structure_key for school in schools]), encoding="utf-8")
        with open_export(Path(folder)) as export:
            import_export(export=export, day=timezone.localdate())


def _changed(text: str, emptied: str, moved: str) -> str:
    """The first school has lost a third of its students; in the other, some have gone from a class A to the B."""
    requests, rest = text.split(END)[:-1], text.split(END)[-1]
    numbers, moves = count(), count()
    kept = []
    for request in requests:
        if f">{emptied}<" in request and next(numbers) % 3 == 0:
            # What stands before the first request of a file stays.
            kept.append(request[: request.index("<addRequest>")])
            continue
        if f">{moved}$" in request and " A</value>" in request and next(moves) < 8:
            request = request.replace(" A</value>", " B</value>")
        kept.append(request + END)
    return "".join(kept) + rest
