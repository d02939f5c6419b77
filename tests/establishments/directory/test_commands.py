"""The two commands, as they are typed."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, ManagementUtility, call_command
from django.utils import timezone

from establishments.directory.export import Category
from establishments.models import Establishment, SchoolYear
from tests.establishments.directory.feeds import WrittenExport

pytestmark = pytest.mark.django_db


def run(path: Path, *arguments: str) -> str:
    output = StringIO()
    call_command("import_directory", str(path), *arguments, stdout=output)
    return output.getvalue()


def test_import_directory_prints_one_json_object(family: WrittenExport) -> None:
    report = json.loads(run(family.write(), "--json"))
    assert report["created"]["students"] == 1
    assert report["updated"]["students"] == report["unchanged"]["students"] == 0
    assert report["rejected"] == []


def test_import_directory_says_it_in_french(family: WrittenExport) -> None:
    family.student("5", structure="9999")
    text = run(family.write())
    assert "Élèves" in text
    assert "Fiches et liens rejetés : 2" in text
    assert "Établissement inconnu : 9999." in text


def test_import_directory_dry_run_says_who_waits_and_how_to_decide(family: WrittenExport) -> None:
    text = run(family.write(), "--dry-run")
    assert "Établissements en attente d’un accord : 1" in text
    assert "manage.py review_directory" in text


@pytest.mark.parametrize(
    "name", ["import_directory", "import_register", "import_table", "make_directory", "review_directory"]
)
def test_command_asked_for_help_prints_it_in_french(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        ManagementUtility(["manage.py", name, "--help"]).execute()
    assert end.value.code == 0
    assert "objet JSON" in (said := capsys.readouterr().out) or "personnes inventées" in said


def test_import_directory_is_of_today(family: WrittenExport) -> None:
    run(family.write())
    assert SchoolYear.objects.get() == SchoolYear.containing(timezone.localdate())


def test_import_directory_takes_a_day(family: WrittenExport) -> None:
    run(family.write(), "--date", "2013-01-17")
    assert SchoolYear.objects.get().name == "2012-2013"


def test_import_directory_refuses_a_bad_file_in_json(family: WrittenExport) -> None:
    family.write()
    family.path(Category.STUDENT).write_text("nom;prénom")
    output = StringIO()
    with pytest.raises(
        CommandError, match=r"Rien n’a été importé\. .*_Eleve_0000\.xml : Ce fichier n’est pas du XML\."
    ):
        call_command("import_directory", str(family.folder), "--json", stdout=output)
    assert json.loads(output.getvalue()) == {
        "error": {"file": family.path(Category.STUDENT).name, "line": 0, "reason": "Ce fichier n’est pas du XML."}
    }
    assert not Establishment.objects.exists()


def test_import_directory_refuses_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="n’existe pas"):
        run(tmp_path / "absent")


@pytest.mark.parametrize("arguments", [{"establishments": 0}, {"students": -1}])
def test_make_directory_refuses_nonsense(tmp_path: Path, arguments: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="Il faut au moins un établissement"):
        call_command("make_directory", str(tmp_path), **arguments)
