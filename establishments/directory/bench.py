"""The people of the benchmarks, once: 30 schools and some 20,000 people, or a whole region (`make bench-region`)."""

from __future__ import annotations

import os
import tempfile

from django.core.management import call_command

from ent.bench.pages import BenchPage
from establishments.territory.models import Establishment

ESTABLISHMENTS = int(os.environ.get("ENT_BENCH_SCHOOLS", "30"))
STUDENTS = int(os.environ.get("ENT_BENCH_STUDENTS", "8100"))
SEED = 2


def seed() -> None:
    if Establishment.objects.exists():
        return
    with tempfile.TemporaryDirectory(prefix="ent-bench-") as folder:
        call_command("make_directory", folder, establishments=ESTABLISHMENTS, students=STUDENTS, seed=SEED)
        call_command("import_directory", folder)


def pages() -> list[BenchPage]:
    return []
