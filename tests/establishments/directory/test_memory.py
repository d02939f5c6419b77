"""The parser streams: a larger file takes longer, not more memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from establishments.directory.export import Category
from tests.establishments.directory.feeds import WrittenExport, record

MEASURED = """
import resource, sys, django
from django.core.management import call_command
django.setup()
call_command("import_directory", sys.argv[1], stdout=sys.stderr)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
TOLERANCE = 8_000  # kB


def write_guardians(path: Path, megabytes: int) -> None:
    """Nobody's guardians, as most of a real delivery's are."""
    guardian = record(
        Category.GUARDIAN,
        "{0}",
        ENTPersonJointure="{0}",
        sn="Nguyen-Lacassagne",
        givenName="Marie-Élisabeth",
        ENTPersonAdresse="12 rue de l'Église$$$",
        **dict.fromkeys(("homePhone", "mobile", "mail", "ENTPersonVille", "ENTPersonPays"), ""),
    )
    with path.open("w", encoding="utf-8") as file:
        file.write("<ficAlimMENESR>\n")
        for number in range(1_000_000, 1_000_000 + (megabytes << 20) // len(guardian)):
            file.write(guardian.format(number))
        file.write("</ficAlimMENESR>\n")


def peak_memory(folder: Path) -> int:
    """Of a process that imports the folder, in kB."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ent.settings"}
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, str(folder)],
        cwd=settings.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


@pytest.mark.django_db(transaction=True)
def test_memory_stays_flat_when_a_file_grows(export: WrittenExport) -> None:
    export.write()
    peaks = []
    for megabytes in (2, 32):
        write_guardians(export.path(Category.GUARDIAN), megabytes)
        peaks.append(peak_memory(export.folder))
    assert peaks[1] - peaks[0] < TOLERANCE, peaks
