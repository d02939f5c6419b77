"""Invented people: the same bytes for the same arguments, and what the demonstration counts on."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Count

from ent.tenancy.scope import tenant_scope
from establishments.directory.aaf import read
from establishments.directory.export import Category, open_export
from establishments.directory.invention import curriculum, facts, feed
from establishments.directory.invention.facts import DEMONSTRATION, School, schools
from establishments.directory.report import Report
from establishments.models import Establishment, Group, Guardianship, Membership, Teaching
from establishments.territory.models import uai_is_valid
from tests.establishments.directory.feeds import imported

NOWHERE = Path("nowhere")


def make(folder: Path, **arguments: object) -> Path:
    call_command("make_directory", str(folder), verbosity=0, **arguments)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (make(tmp_path / name, establishments=5, students=200, seed=3) for name in ("a", "b"))
    assert contents(first) == contents(second)
    assert contents(make(tmp_path / "c", establishments=5, students=200, seed=4)) != contents(first)


def test_making_again_replaces_the_files(tmp_path: Path) -> None:
    before = contents(make(tmp_path, establishments=3, students=60, seed=1))
    make(tmp_path, establishments=3, students=60, seed=1, date=date(2024, 9, 2))
    (tmp_path / "notes.txt").write_text("kept")
    make(tmp_path, establishments=3, students=60, seed=1)
    assert contents(tmp_path) == before | {"notes.txt": b"kept"}


def test_files_are_cut_into_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "RECORDS_IN_A_SLICE", 50)
    make(tmp_path, establishments=3, students=120, seed=1)
    slices = sorted(tmp_path.glob("*_Eleve_*.xml"))
    assert [file.stem[-4:] for file in slices] == ["0000", "0001", "0002"]
    assert [file.read_text().count("<addRequest>") for file in slices] == [50, 50, 20]


def test_files_say_what_they_are(tmp_path: Path) -> None:
    make(tmp_path, establishments=1, students=1, seed=1, date=date(2025, 10, 6))
    content = (tmp_path / "ENT2D-ENT16_Complet_20251006_Eleve_0000.xml").read_text()
    assert content.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE ficAlimMENESR SYSTEM "ficAlimMENESR.dtd">'
    )
    assert (
        '<!-- versionAF="AAF-VE2407" codeAcademieExport="16" degre="2D" dateGenerationExport="06/10/2025" -->'
        in content
    )
    assert re.search(r"\d{7}\$(10|20|50|51)\$1\$1\$1\$[01]", content)  # the codes of recent files


# --- Facts ----------------------------------------------------------------------------------------------------


def test_demonstration_has_the_schools_that_it_needs() -> None:
    kinds = [(school.nature, school.ministry) for school in DEMONSTRATION]
    assert len(DEMONSTRATION) == 12
    assert len([1 for nature, _ministry in kinds if nature == facts.COLLEGE]) >= 4
    assert len([1 for nature, ministry in kinds if nature.startswith("30") and ministry == facts.EDUCATION]) >= 2
    assert len([1 for nature, _ministry in kinds if nature == facts.LYCEE_PRO]) >= 1
    assert len([1 for school in DEMONSTRATION if school.is_agricultural]) >= 2
    assert all(uai_is_valid(school.uai) for school in DEMONSTRATION)


def test_schools_begin_with_the_demonstration_with_and_without_the_register(tmp_path: Path) -> None:
    register = tmp_path / "etablissements.csv"
    columns = "uai,nom,type_court,code_nature,statut,ministere_tutelle,adresse_1,code_postal,commune"
    ministry = "MINISTERE DE L'EDUCATION NATIONALE"
    register.write_text(
        f"{columns}\n"
        f"0810019F,Collège du Val Cérou,CLG,340,Public,{ministry},7 rue du Collège,81170,Cordes\n"
        f"0090090Z,SEP,SEP,334,Public,{ministry},,09000,Foix\n"
        f"0010001A,Collège privé,CLG,340,Privé,{ministry},,01000,Bourg\n"
        f"0120101V,Collège Fabre,CLG,340,Public,{ministry},,12000,Rodez\n",
        encoding="utf-8",
    )
    with_register, without = schools(15, register=register), schools(15, register=NOWHERE)
    assert with_register[:12] == without[:12] == list(DEMONSTRATION)
    assert [school.uai for school in with_register[12:14]] == ["0810019F", "0010001A"]
    assert [school.uai[:3] for school in (*with_register[14:], *without[12:])] == ["099"] * 4


def test_invented_schools_have_codes_of_their_own() -> None:
    found = schools(700, register=NOWHERE)
    assert len({school.uai for school in found}) == 700
    assert all(uai_is_valid(school.uai) for school in found)


@pytest.mark.parametrize("school", DEMONSTRATION, ids=lambda school: school.uai)
@pytest.mark.parametrize("students", [0, 1, 40, 480, 2_000])
def test_classes_are_of_a_bearable_size(school: School, students: int) -> None:
    classes = curriculum.classes_of(school, students)
    assert len({school_class.name for school_class in classes}) == len(classes)
    assert bool(classes) is bool(students)
    if students > 200:
        assert 24 <= students / len(classes) <= 31
        assert {school_class.track for school_class in classes} == set(curriculum.tracks_of(school))


@pytest.mark.parametrize(("total", "weights"), [(10, [1, 1, 1]), (0, [1, 2]), (7, [0.5, 0.25, 0.25]), (100, [3])])
def test_shares_add_up(total: int, weights: list[float]) -> None:
    parts = curriculum.shares(total, weights)
    assert sum(parts) == total
    exact = [total * weight / sum(weights) for weight in weights]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


# --- People ---------------------------------------------------------------------------------------------------


@pytest.fixture
def invented(db: None, tmp_path: Path) -> Report:
    """The demonstration's schools with some people, imported."""
    return imported(make(tmp_path, establishments=12, students=700, seed=31))


def test_invented_people_are_imported_without_a_word(invented: Report) -> None:
    assert list(invented.rejected) == list(invented.warnings) == []
    assert invented.created["establishments"] == 12
    assert invented.created["students"] == 700
    assert invented.created["guardians"] > 700


def test_invented_people_twice_change_nothing(invented: Report, tmp_path: Path) -> None:
    report = imported(tmp_path)
    assert report.created.total() == report.updated.total() == report.removed.total() == 0
    assert report.unchanged == invented.created


def test_somebody_has_children_in_a_college_and_in_an_agricultural_lycee(invented: Report) -> None:
    with tenant_scope(Establishment.objects.all()):
        held = Guardianship.objects.values_list("guardian__user", "establishment__kind")
        kinds: dict[int, set[str]] = {}
        for guardian, kind in held:
            kinds.setdefault(guardian, set()).add(kind)
    assert any({"college", "lycee_agri"} <= found for found in kinds.values())


def test_two_schools_are_enough_for_that(db: None, tmp_path: Path) -> None:
    imported(make(tmp_path, establishments=2, students=4, seed=1))
    with tenant_scope(Establishment.objects.all()):
        places = Membership.objects.filter(role="guardian").values("user").annotate(schools=Count("establishment"))
        assert places.filter(schools=2).exists()
        places = Membership.objects.filter(role="teacher").values("user").annotate(schools=Count("establishment"))
        assert places.filter(schools=2).exists()


def test_somebody_teaches_in_two_schools(invented: Report) -> None:
    with tenant_scope(Establishment.objects.all()):
        taught = Teaching.objects.values("membership__user").annotate(schools=Count("establishment", distinct=True))
        assert taught.filter(schools=2).exists()


def test_every_school_has_a_head_and_every_class_its_teachers(invented: Report) -> None:
    with tenant_scope(Establishment.objects.all()):
        assert Membership.objects.filter(role="head").values("establishment").distinct().count() == 12
        classes = (
            Group.objects.classes()
            .with_sizes()
            .annotate(
                answering=Count("form_teachers", distinct=True), subjects=Count("teachings__subject", distinct=True)
            )
        )
        assert all(c.answering == 1 and c.subjects >= 5 and c.size > 0 for c in classes)
        taught = Group.objects.filter(kind="teaching", students__isnull=False, teachings=None)
        assert not taught.exists()


def test_families_have_two_homes_two_names_and_homonyms(tmp_path: Path) -> None:
    with open_export(make(tmp_path, establishments=12, students=1_500, seed=31)) as export:
        (delivery,) = export.deliveries
        wanted = frozenset({"sn", "givenName", "ENTPersonAdresse", "ENTElevePersRelEleve", "ENTPersonStructRattach"})
        people = {
            category: {raw.id: raw for file in delivery.of(category) for raw in read(file, wanted)}
            for category in (Category.STUDENT, Category.GUARDIAN)
        }
    students, guardians = people.values()
    parents = [
        [guardians[link.split("$")[0]] for link in student.all("ENTElevePersRelEleve")[:2]]
        for student in students.values()
    ]
    couples = [couple for couple in parents if len(couple) == 2]
    assert any(mother.one("ENTPersonAdresse") != father.one("ENTPersonAdresse") for mother, father in couples)
    assert any(mother.one("sn") != father.one("sn") for mother, father in couples)

    names = [(student.one("givenName"), student.one("sn")) for student in students.values()]
    assert len(set(names)) < len(names)
    assert any("-" in surname for _given, surname in names)
    assert any("'" in surname for _given, surname in names)
    assert any(not given.isascii() for given, _surname in names)

    schools_of: dict[tuple[str, ...], set[str]] = {}
    for student in students.values():
        links = student.all("ENTElevePersRelEleve")
        schools_of.setdefault(links, set()).add(student.one("ENTPersonStructRattach"))
    assert any(len(found) > 1 for found in schools_of.values())


def test_delta_is_of_the_day_after_and_leaves_the_complete_files_as_they_are(db: None, tmp_path: Path) -> None:
    for name, more in (("alone", {}), ("with", {"delta": 20}), ("again", {"delta": 20})):
        call_command("make_directory", str(tmp_path / name), establishments=2, students=60, verbosity=0, **more)
    for file in (tmp_path / "alone").glob("*.xml"):
        assert file.read_bytes() == (tmp_path / "with" / file.name).read_bytes()
    deltas = sorted((tmp_path / "with" / "delta").glob("*.xml"))
    assert {file.name.split("_")[1:3] == ["Delta", "20250902"] for file in deltas} == {True}
    assert [f.read_bytes() for f in deltas] == [(tmp_path / "again" / "delta" / f.name).read_bytes() for f in deltas]
    imported(tmp_path / "with")
    report = imported(tmp_path / "with" / "delta")
    # Of the guardians who left, some had a child who stays.
    assert {note["reason"].split(" : ")[0] for note in report.rejected} <= {"Responsable absent de l’export"}
    assert report.updated["students"] > 0
    assert report.removed["memberships"] > 0
