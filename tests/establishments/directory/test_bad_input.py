"""Input that is wrong: a bad record never stops the others, a bad file stops all before anything is written."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import User
from establishments.directory import actions
from establishments.directory.export import Category
from establishments.directory.report import RefusedFileError, Report
from establishments.models import Establishment
from tests.establishments.directory.feeds import (
    FABRE,
    WrittenExport,
    counts,
    document,
    imported,
    reasons,
    record,
    roles,
)

pytestmark = pytest.mark.django_db


def refusal(export: WrittenExport) -> str:
    """The message; nothing was written."""
    with pytest.raises(RefusedFileError) as refused:
        imported(export.folder)
    assert not Establishment.objects.exists()
    assert not User.objects.exists()
    return str(refused.value)


# --- Files ----------------------------------------------------------------------------------------------------

STAFF_FILE = "ENT_TEST_Complet_20250901_PersEducNat_0000.xml"  # the last to be read
GOOD = record(Category.STAFF, "4", sn="Costes")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("nom;prénom", f"{STAFF_FILE} : Ce fichier n’est pas du XML."),
        (document(GOOD)[:-40], f"{STAFF_FILE}, ligne 3 : Ce fichier est tronqué : il s’arrête avant sa fin."),
        (
            document(GOOD, prologue='<!DOCTYPE ficAlimMENESR [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'),
            f"{STAFF_FILE}, ligne 1 : Ce fichier déclare des entités XML : il est refusé.",
        ),
        (
            document(GOOD, prologue='<!DOCTYPE ficAlimMENESR [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
            f"{STAFF_FILE}, ligne 1 : Ce fichier déclare des entités XML : il est refusé.",
        ),
        (
            document(record(Category.STUDENT, "4", sn="Costes")),
            f"{STAFF_FILE}, ligne 3 : Une fiche « Eleve » dans un fichier PersEducNat.",
        ),
    ],
    ids=["not XML", "truncated", "entity bomb", "external entity", "other category"],
)
def test_bad_file_stops_the_run_before_anything_is_written(family: WrittenExport, content: str, expected: str) -> None:
    family.write()
    family.path(Category.STAFF).write_text(content)
    assert refusal(family) == expected


def test_export_of_two_academies_is_refused(export: WrittenExport) -> None:
    export.structure("5003", uai="0340038T", name="Lycée", nature="300", ENTServAcAcademie="MONTPELLIER")
    export.write()
    assert refusal(export).endswith("Un export est celui d’une académie ; ici : 11, 16.")


def test_export_of_no_academy_is_refused(export: WrittenExport) -> None:
    for structure, uai in ((FABRE, "0120101V"), ("5002", "0120937D")):
        export.structure(structure, uai=uai, name="Collège", nature="340", ENTServAcAcademie="ATLANTIDE")
    export.write()
    assert refusal(export).endswith("L’académie de l’export n’est indiquée nulle part.")


@pytest.mark.django_db(transaction=True)
def test_import_is_alone(family: WrittenExport) -> None:
    family.write()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [actions.IMPORT_LOCK])
        assert refusal(family) == "Un autre import est en cours : attendez qu’il se termine."
    finally:
        other.close()


# --- Records --------------------------------------------------------------------------------------------------


def rejected(export: WrittenExport) -> list[tuple[str, str]]:
    """The rejections; the family was imported all the same."""
    report = export.imported()
    assert roles("1") == {("0120101V", "student")}
    assert counts(report, "created")["guardianships"] == 2
    return reasons(report.rejected)


def test_student_of_an_unknown_school_is_rejected(family: WrittenExport) -> None:
    family.student("5", structure="9999", links=["2$10$1$1$1$0"])
    assert rejected(family) == [
        ("5", "Établissement inconnu : 9999."),
        ("9999", "Structure absente de l’export, que citent 1 fiche(s)."),
    ]
    assert not User.objects.filter(identifiers__value="5").exists()


def test_student_of_no_school_is_rejected(family: WrittenExport) -> None:
    family.student("5", structure="", ENTEleveClasses="")
    assert rejected(family) == [("5", "Fiche sans établissement.")]


def test_student_without_a_class_is_imported_with_a_warning(family: WrittenExport) -> None:
    family.student("5", links=["2$10$1$1$1$0"], ENTEleveClasses="")
    report = family.imported()
    assert reasons(report.warnings) == [("5", "Élève sans classe.")]
    assert roles("5") == {("0120101V", "student")}


def test_student_without_a_guardian_is_imported_with_a_warning(family: WrittenExport) -> None:
    family.student("5")
    report = family.imported()
    assert reasons(report.warnings) == [("5", "Élève sans responsable légal.")]
    assert roles("5") == {("0120101V", "student")}


def test_nobody_s_guardian_gets_no_account(family: WrittenExport) -> None:
    family.guardian("6")
    report = family.imported()
    assert reasons(report.warnings) == [("6", "Responsable d’aucun élève de l’export : pas de compte.")]
    assert not User.objects.filter(identifiers__value="6").exists()


def test_many_of_nobody_s_guardians_are_counted_not_listed(family: WrittenExport) -> None:
    for number in range(100, 160):
        family.guardian(str(number))
    report = family.imported().as_dict()
    assert report["warnings_total"] == 60
    assert len(report["warnings"]) == 51
    assert report["warnings"][-1]["reason"].startswith("Et 10 autres fiches comme celle-ci : Responsable d’aucun")


def test_guardian_who_is_not_in_the_export_is_reported_with_the_student(family: WrittenExport) -> None:
    family.student("5", links=["2$10$1$1$1$0", "77$20$0$1$1$0"])
    report = family.imported()
    assert reasons(report.rejected) == [("5", "Responsable absent de l’export : 77.")]
    assert counts(report, "created")["guardianships"] == 3


def test_second_record_of_an_identifier_is_rejected(family: WrittenExport) -> None:
    family.records[Category.STUDENT]["again"] = record(Category.STUDENT, "1", sn="Autre", ENTPersonStructRattach=FABRE)
    family.records[Category.STAFF]["again"] = record(Category.STAFF, "2", sn="Autre", ENTPersonStructRattach=FABRE)
    family.write()
    family.path(Category.STUDENT, 1).write_text(document(record(Category.STUDENT, "1", sn="Autre")))
    report = imported(family.folder)
    message = "Cet identifiant est déjà celui d’une autre fiche : seule la première est lue."
    assert reasons(report.rejected) == [("1", message), ("1", message), ("2", message)]
    files = [family.path(Category.STUDENT), family.path(Category.STUDENT, 1), family.path(Category.STAFF)]
    assert [note["file"] for note in report.rejected] == [file.name for file in files]
    assert User.objects.get(identifiers__value="1").last_name == "Puech"
    assert roles("2") == {("0120101V", "guardian")}


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (record(Category.STUDENT, "", sn="Puech"), ("", "Fiche sans identifiant, ligne 4.")),
        (record(Category.STUDENT, "5"), ("5", "Fiche sans nom.")),
        (
            record(Category.STUDENT, "5", ENTPersonJointure="6", sn="Puech"),
            ("5", "La fiche porte deux identifiants différents : 6 dans ses attributs."),
        ),
        (
            record(Category.STUDENT, "5", request="deleteRequest"),
            ("5", "Requête « deleteRequest » : un export complet n’a que des ajouts."),
        ),
        (record(Category.STUDENT, "5", sn="P" * 151), ("5", "nom dépasse 150 caractères.")),
        (record(Category.STUDENT, "5" * 65, sn="Puech"), ("5" * 65, "identifiant dépasse 64 caractères.")),
    ],
)
def test_bad_record_is_rejected_and_the_others_imported(
    family: WrittenExport, bad: str, expected: tuple[str, str]
) -> None:
    family.records[Category.STUDENT]["bad"] = bad
    assert rejected(family) == [expected]


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("ENTEleveClasses", ["5001$5e A", "5001"], "ENTEleveClasses illisible : « 5001 »."),
        ("ENTEleveGroupes", ["$"], "ENTEleveGroupes illisible : « $ »."),
        ("ENTEleveGroupes", ["5001$" + "G" * 61], "nom dépasse 60 caractères."),
        ("links", ["2$10$1$1$1$0", "3"], "ENTElevePersRelEleve illisible : « 3 »."),
    ],
)
def test_bad_value_is_left_out_of_its_record(
    family: WrittenExport, attribute: str, value: list[str], message: str
) -> None:
    family.student("5", **({"links": ["2$10$1$1$1$0"]} | {attribute: value}))
    report = family.imported()
    assert reasons(report.rejected) == [("5", message)]
    assert roles("5") == {("0120101V", "student")}


def test_unknown_structures_of_a_teacher_are_counted_once_each(family: WrittenExport) -> None:
    family.staff(
        "4",
        ENTPersonCategorieEnseignant="O",
        ENTAuxEnsClassesMatieres=[f"{FABRE}$5e A$061300", "9999$3A$061300", "8888$3A$061300"],
        ENTPersonFonctions="9999$ENS$ENSEIGNEMENT",
    )
    family.staff("5", ENTPersonFonctions="9999$ENS$ENSEIGNEMENT")
    assert rejected(family) == [
        ("9999", "Structure absente de l’export, que citent 2 fiche(s)."),
        ("8888", "Structure absente de l’export, que citent 1 fiche(s)."),
    ]


def test_unknown_subjects_are_counted_once_each(family: WrittenExport) -> None:
    family.staff("4", ENTAuxEnsClassesMatieres=[f"{FABRE}${name}$999999" for name in ("5e A", "5e B")])
    assert rejected(family) == [("999999", "Matière inconnue : 2 enseignement(s) laissé(s) de côté.")]


def test_uai_of_another_shape_is_rejected(family: WrittenExport) -> None:
    family.structure("5003", uai="31", name="Collège", nature="340")
    assert rejected(family) == [("5003", "Code UAI illisible : « 31 ».")]


def test_uai_with_another_letter_is_imported_with_a_warning(export: WrittenExport) -> None:
    export.structure("5003", uai="1004001V", name="Z.REMP-DIGNE", nature="")
    report = export.imported()
    assert reasons(report.warnings) == [("5003", "La lettre du code UAI 1004001V est fausse.")]
    assert Establishment.objects.filter(uai="1004001V", kind="other").exists()


def test_two_structures_of_one_uai_are_one_establishment(family: WrittenExport) -> None:
    family.structure("5003", uai="0120101V", name="Collège bis", nature="340")
    assert rejected(family) == [("5003", "Le code UAI 0120101V est déjà celui d’une autre structure.")]


def test_school_that_changes_its_uai_stays_the_same_school(family: WrittenExport) -> None:
    family.imported()
    fabre = Establishment.objects.get(uai="0120101V")
    family.structure(FABRE, uai="0810051R", name="Collège Bruant", nature="340")
    report: Report = family.imported()
    assert (FABRE, "L’établissement 0120101V a changé de code UAI : 0810051R.") in reasons(report.warnings)
    fabre.refresh_from_db()
    assert (fabre.uai, fabre.name) == ("0810051R", "Collège Bruant")
    assert roles("1") == {("0810051R", "student")}


def test_structure_with_the_uai_of_another_establishment_is_rejected(family: WrittenExport) -> None:
    family.imported()
    academy = Establishment.objects.get(uai="0120101V").academy
    Establishment.objects.create(uai="0810051R", name="Collège Bruant", academy=academy)
    family.structure(FABRE, uai="0810051R", name="Collège Bruant", nature="340")
    report: Report = family.imported()
    assert (FABRE, "Le code UAI 0120101V est déjà celui d’une autre structure.") in reasons(report.rejected)
    assert Establishment.objects.get(structure_key=FABRE).uai == "0120101V"
