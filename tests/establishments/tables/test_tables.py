"""A school's own table: read whatever program saved it, told row by row, and settled as a feed is."""

from __future__ import annotations

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Identifier, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.directory.actions import accept, undo
from establishments.directory.models import Change, SchoolRun
from establishments.directory.report import RefusedFileError
from establishments.models import Authority, Establishment, Membership, Subject
from establishments.tables.actions import import_table, subject_codes
from establishments.tables.reading import COLUMNS, MissingColumnsError, Table, read, template
from tests.establishments.directory.feeds import WrittenExport, counts, roles, snapshot, user

pytestmark = pytest.mark.django_db

UAI = "0120937D"
TODAY = timezone.localdate()
HEAD = ";".join(COLUMNS)
ROWS = [
    "E1;élève;Vidal;Léo;M.;04/02/2009;;2de 1;ESP;;;R1:mère:paie | R2:père",
    "R1;responsable;Vidal;Anne;Mme;;anne@exemple.fr;;;;;",
    "R2;parent;Roux;Marc;M.;;;;;;;",
    "P1;enseignant;Costes;Inès;Mme;;;2de 1;ESP;Mathématiques;2de 1;",
    "A1;personnel;Rey;Paul;M.;;;;;;;",
    "D1;direction;Puech;Zoé;Mme;;;;;;;",
]


@pytest.fixture
def school(db: None) -> Establishment:
    academy, _made = Authority.objects.get_or_create(kind="academy", code="16", defaults={"name": "Toulouse"})
    Subject.objects.create(code="061300", name="Mathématiques")
    return Establishment.objects.create(
        uai=UAI, name="Lycée La Roque", kind="lycee_agri", ministry="agriculture", department="012", academy=academy
    )


def table_of(*rows: str, head: str = HEAD, encoding: str = "utf-8") -> Table:
    return read("\r\n".join([head, *rows]).encode(encoding), uai=UAI, subjects=subject_codes())


def brought(school: Establishment, *rows: str, day: date = TODAY, by: User | None = None, is_dry: bool = False) -> Any:
    return import_table(school=school, table=table_of(*rows), origin="t.csv", day=day, by=by, is_dry=is_dry)[1]


def test_table_makes_the_school_s_people(school: Establishment) -> None:
    report = brought(school, *ROWS)
    assert counts(report, "created") == {
        "groups": 2, "students": 1, "guardians": 2, "teachers": 1, "staff": 2, "memberships": 6,
        "group_memberships": 2, "teachings": 2, "form_teachers": 1, "guardianships": 2,
    }  # fmt: skip
    assert len(report.rejected) == 0
    assert roles("D1", TODAY) == {(UAI, "head")}
    leo = user("E1")
    assert (leo.first_name, leo.birth_date, leo.civility) == ("Léo", date(2009, 2, 4), "M.")
    assert (leo.identifiers.get().scheme, leo.identifiers.get().realm) == ("table", UAI)
    rows = snapshot()[UAI]
    year = next(row[1] for row in rows if row[0] == "group")
    assert ("guardianship", ("E1", "student"), ("R1", "guardian"), "mother", True, True) in rows
    assert ("guardianship", ("E1", "student"), ("R2", "guardian"), "father", True, False) in rows
    assert ("teaching", ("P1", "teacher"), "teaching", "ESP", year, "061300") in rows


def test_table_twice_changes_nothing_and_whoever_is_missing_is_suspended(school: Establishment) -> None:
    brought(school, *ROWS)
    before = snapshot()
    again = brought(school, *reversed(ROWS))
    assert counts(again, "created") == counts(again, "updated") == counts(again, "removed") == {}
    assert snapshot() == before
    report = brought(school, *ROWS[3:])
    assert counts(report, "removed") == {"memberships": 3}
    with tenant_scope([school]):
        assert Membership.objects.filter(missing_since=TODAY).count() == 3
    brought(school, *ROWS)
    assert snapshot() == before


def test_row_that_cannot_be_read_is_said_with_its_line_and_nobody_leaves_by_it(school: Establishment) -> None:
    brought(school, *ROWS)
    report = brought(
        school,
        "E1;élève;;Léo;;;;;;;;",
        ";élève;Sans;Identifiant;;;;;;;;",
        "A1;gardien;Rey;Paul;;;;;;;;",
        "P1;enseignant;Costes;Inès;;31/02/1980;pas une adresse;2de 1;;Astrologie;;",
        "P1;enseignant;Double;;;;;;;;;",
        "E2;élève;Neuf;Ève;;;;2de 1;;;;R1:mère | R9:père | R2:voisin",
        *ROWS[1:3],
        ROWS[5],
    )
    assert [note["reason"] for note in report.rejected] == [
        "Ligne 2 : Pas de nom.",
        "Ligne 3 : Pas d’identifiant.",
        "Ligne 4 : Profil « gardien » inconnu : élève, responsable, enseignant, personnel ou direction.",
        "Ligne 5 : date de naissance : « 31/02/1980 » n’est pas lisible. Le reste de la ligne est repris.",
        "Ligne 5 : courriel : « pas une adresse » n’est pas lisible. Le reste de la ligne est repris.",
        "Ligne 5 : matières : « Astrologie » n’est pas lisible. Le reste de la ligne est repris.",
        "Ligne 6 : L’identifiant P1 est déjà à la ligne 5.",
        "Ligne 7 : Responsable « R9 » : pas de ligne à cet identifiant.",
        "Ligne 7 : responsables : « R2:voisin » n’est pas lisible. Le reste de la ligne est repris.",
    ]
    assert roles("E1", TODAY) == {(UAI, "student")}
    assert roles("A1", TODAY) == {(UAI, "staff")}
    assert roles("E2", TODAY) == {(UAI, "student")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_table_is_read_in_any_encoding_and_with_any_separator(db: None, encoding: str, separator: str) -> None:
    head = separator.join(["ID", "Rôle", "NOM DE FAMILLE", "Prenom", "Né(e) le"])
    row = separator.join(["7", "Élève", "Œuvrard-D’Été", "Zoé", "2009-02-04"])
    (said,) = table_of(row, head=head, encoding=encoding).said
    assert (said.key, said.attributes["sn"], said.attributes["ENTPersonDateNaissance"]) == (
        "7",
        ["Œuvrard-D’Été"],
        ["04/02/2009"],
    )


def test_columns_that_are_not_recognised_are_chosen(db: None) -> None:
    content = "Code;Profil;Patronyme\n7;élève;Vidal\n".encode()
    with pytest.raises(MissingColumnsError) as error:
        read(content, uai=UAI, subjects={})
    assert (error.value.missing, error.value.head) == (["identifiant", "nom"], ["Code", "Profil", "Patronyme"])
    table = read(content, uai=UAI, subjects={}, chosen={"identifiant": "Code", "nom": "Patronyme"})
    assert [said.key for said in table.said] == ["7"]


@pytest.mark.parametrize("content", [b"", b"identifiant;profil;nom\n", b"\x00\xff\xfe", b"PK\x03\x04;;"])
def test_what_is_no_table_is_refused(db: None, content: bytes) -> None:
    with pytest.raises(ValidationError):
        read(content, uai=UAI, subjects={})


def test_template_is_a_table_that_can_be_imported(school: Establishment) -> None:
    assert template().startswith(b"\xef\xbb\xbfidentifiant;profil;nom;")
    table = read(template(), uai=UAI, subjects=subject_codes())
    assert table.errors == []
    assert table.rows == len(table.said) == 6


def test_table_is_refused_where_the_academy_s_feed_gives_the_people(export: WrittenExport, db: None) -> None:
    export.student("1")
    export.imported(TODAY)
    fabre = Establishment.objects.get(uai="0120101V")
    with pytest.raises(RefusedFileError, match="un tableau les doublerait"):
        brought(fabre, *ROWS)
    assert not Identifier.objects.filter(scheme="table").exists()


def test_feed_that_comes_to_know_the_school_finds_those_of_the_table(
    school: Establishment, export: WrittenExport
) -> None:
    brought(school, *ROWS)
    leo = user("E1")
    export.student("77", name="VIDAL", givenName="Leo", structure="5002", ENTPersonDateNaissance="04/02/2009")
    export.imported(TODAY)
    assert user("77") == leo
    with tenant_scope([school]):
        assert Membership.objects.filter(user=leo).count() == 1


# --- Deciding -------------------------------------------------------------------------------------------------


@pytest.fixture
def local_admin(school: Establishment) -> User:
    admin = User.objects.create(username="admin.local")
    with tenant_scope([school]):
        Membership.objects.create(establishment=school, user=admin, role="local_admin")
    return admin


def test_local_administrator_tries_a_table_accepts_it_and_undoes_it(school: Establishment, local_admin: User) -> None:
    before = snapshot()
    with person_scope(local_admin):
        brought(school, *ROWS[:5], by=local_admin, is_dry=True)
    assert snapshot() == before
    with person_scope(local_admin):
        run = SchoolRun.objects.get()
        assert (run.state, run.arrived, Change.objects.count()) == ("to_review", 5, 5)
        accept(school_run=run, by=local_admin)
    assert roles("E1", TODAY) == {(UAI, "student")}
    with person_scope(local_admin):
        undo(school_run=SchoolRun.objects.get(), by=local_admin, reason="Mauvais tableau")
    assert roles("E1", TODAY) == set()
    assert roles("P1", TODAY) == set()


@pytest.mark.parametrize(
    "rows",
    [
        [*ROWS[:4], "A1;direction;Rey;Paul;M.;;;;;;;", ROWS[5]],  # themself
        [*ROWS, "D2;direction;Prête;Nom;;;;;;;;"],
        ROWS[:5],  # the head, out
    ],
    ids=["oneself", "somebody", "out"],
)
def test_local_administrator_neither_makes_nor_ends_a_head_by_a_table(school: Establishment, rows: list[str]) -> None:
    brought(school, *ROWS)
    local_admin = user("A1")
    with tenant_scope([school]):
        Membership.objects.create(establishment=school, user=local_admin, role="local_admin")
    before = snapshot()
    with person_scope(local_admin):
        brought(school, *rows, by=local_admin, is_dry=True)
        with pytest.raises(ValidationError, match="la direction ou le rectorat en décide"):
            accept(school_run=SchoolRun.objects.latest("pk"), by=local_admin)
    assert snapshot() == before

    head = user("D1")
    with person_scope(head):
        accept(school_run=SchoolRun.objects.latest("pk"), by=head)
    assert snapshot() != before


def test_row_that_names_more_than_a_school_has_is_refused_before_it_is_multiplied(db: None) -> None:
    """A hundred classes and a hundred subjects are ten thousand lessons, and cells may hold far more."""
    Subject.objects.create(code="061300", name="Mathématiques")
    many, subjects = "|".join(map(str, range(15_000))), "|".join(["061300"] * 15_000)

    table = table_of(f"P1;enseignant;Trop;;;;;{many};;{subjects};;", "P2;enseignant;Sage;;;;;2de 1;;061300;;")

    assert [said.key for said in table.said] == ["P2"]
    assert table.errors == [(2, "Trop de classes, de groupes, de matières ou de responsables : 150 au plus.")]
    assert table.spared == {"P1"}


def test_table_of_more_rows_than_a_school_has_people_is_refused(db: None) -> None:
    with pytest.raises(ValidationError, match="20000 lignes"):
        table_of(*(f"{number};élève;N;;;;;;;;;" for number in range(20_001)))


def test_teacher_brings_no_table(school: Establishment) -> None:
    teacher = User.objects.create(username="prof")
    with tenant_scope([school]):
        Membership.objects.create(establishment=school, user=teacher, role="teacher")
    with pytest.raises(PermissionDenied), person_scope(teacher):
        brought(school, *ROWS, by=teacher, is_dry=True)
    assert not Identifier.objects.exists()


def test_table_that_would_empty_the_school_is_held(school: Establishment) -> None:
    crowd = [f"S{number};élève;Élève{number};;;;;2de 1;;;;" for number in range(20)]
    brought(school, *ROWS, *crowd)
    before = snapshot()
    brought(school, *ROWS)
    assert snapshot() == before
    with tenant_scope([school]):
        assert SchoolRun.objects.latest("pk").state == "held"


# --- The command ----------------------------------------------------------------------------------------------


def test_import_table_tries_and_then_writes(school: Establishment, tmp_path: Path) -> None:
    path = tmp_path / "personnes.csv"
    path.write_bytes("\n".join([HEAD, *ROWS]).encode("utf-8-sig"))
    call_command("import_table", UAI, str(path), "--dry-run", stdout=StringIO())
    assert not Identifier.objects.exists()
    said = StringIO()
    call_command("import_table", UAI.lower(), str(path), "--json", stdout=said)
    assert json.loads(said.getvalue())["created"]["students"] == 1
    assert roles("E1", TODAY + timedelta(days=1)) == {(UAI, "student")}


def test_import_table_says_what_to_do_of_columns_it_does_not_know(school: Establishment, tmp_path: Path) -> None:
    path = tmp_path / "personnes.csv"
    path.write_text("Code;Profil;Nom\n7;élève;Vidal\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"« identifiant ».*« Code ».*--map COLONNE=ENTÊTE"):
        call_command("import_table", UAI, str(path), stdout=StringIO())
    call_command("import_table", UAI, str(path), "--map", "identifiant=Code", stdout=StringIO())
    assert roles("7", TODAY) == {(UAI, "student")}


@pytest.mark.parametrize("arguments", [[], ["0000000X", "rien.csv"], [UAI, "absent.csv"]])
def test_import_table_refuses_nonsense(school: Establishment, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("import_table", *arguments, stdout=StringIO())
