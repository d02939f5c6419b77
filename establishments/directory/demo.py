"""The people of the demonstration: invented, written as a feed, and imported as any feed is."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.core.management import call_command

from establishments.territory.models import Establishment

ESTABLISHMENTS, STUDENTS, SEED = 12, 1500, 31


def load() -> None:
    if Establishment.objects.exists():
        return
    with tempfile.TemporaryDirectory(prefix="ent-demo-") as place:
        folder = str(Path(place) / "Export_complet")  # the pages show its name
        call_command("make_directory", folder, establishments=ESTABLISHMENTS, students=STUDENTS, seed=SEED)
        call_command("import_directory", folder)
