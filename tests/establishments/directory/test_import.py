"""A complete export in the database: who is where, linked to whom; and nothing the second time."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection

from accounts.models import Identifier, User
from ent.tenancy.scope import tenant_scope
from establishments.directory.export import Category
from establishments.directory.report import COUNTED
from establishments.models import (
    Authority,
    Establishment,
    FormTeacher,
    Group,
    GroupMembership,
    Guardianship,
    SchoolYear,
    Subject,
    Teaching,
)
from tests.establishments.directory.feeds import (
    FABRE,
    LA_ROQUE,
    WrittenExport,
    counts,
    imported,
    reasons,
    roles,
    school,
    user,
)

pytestmark = pytest.mark.django_db


def test_import_makes_the_establishments(export: WrittenExport) -> None:
    report = export.imported()
    assert counts(report, "created") == {"establishments": 2, "subjects": 1}
    fabre, la_roque = school("0120101V"), school("0120937D")
    assert (fabre.name, fabre.kind, fabre.ministry, fabre.department) == (
        "Collège Fabre",
        "college",
        "education",
        "012",
    )
    assert (fabre.address, fabre.postal_code, fabre.city) == ("1 rue du Pastel", "12000", "RODEZ")
    assert (fabre.structure_key, la_roque.structure_key) == (FABRE, LA_ROQUE)
    assert (la_roque.kind, la_roque.ministry) == ("lycee_agri", "agriculture")
    academy = Authority.objects.get()
    assert (academy.kind, academy.code, academy.name) == ("academy", "16", "Académie de Toulouse")
    assert fabre.academy == la_roque.academy == academy


def test_import_makes_the_family_and_the_teacher(family: WrittenExport) -> None:
    report = family.imported()
    assert counts(report, "created") == {
        "establishments": 2,
        "subjects": 1,
        "groups": 1,
        "students": 1,
        "guardians": 2,
        "teachers": 1,
        "memberships": 4,
        "group_memberships": 1,
        "teachings": 1,
        "form_teachers": 1,
        "guardianships": 2,
    }
    assert len(report.rejected) == len(report.warnings) == 0
    with tenant_scope([school("0120101V")]):
        group = Group.objects.get()
        assert (group.name, group.kind, group.school_year.name) == ("5e A", "class", "2025-2026")
        assert GroupMembership.objects.get().membership.user == user("1")
        assert Teaching.objects.get().membership.user == FormTeacher.objects.get().membership.user == user("4")
        assert Teaching.objects.get().subject == Subject.objects.get(code="061300")
        held = Guardianship.objects.values_list("guardian__user__identifiers__value", "link", "is_legal", "pays_fees")
        assert set(held) == {("2", "mother", True, True), ("3", "father", True, False)}


def test_import_names_people_as_the_feed_does(family: WrittenExport) -> None:
    family.imported()
    student = user("1")
    assert (student.first_name, student.last_name, student.civility) == ("Zoé", "Puech", "Mme")
    assert student.birth_date == date(2013, 8, 6)
    assert student.username == "zoe.puech"
    assert not student.has_usable_password()
    identifier = Identifier.objects.get(user=student)
    assert (identifier.scheme, identifier.realm, identifier.value) == ("aaf", "16", "1")


def test_import_twice_changes_nothing(family: WrittenExport) -> None:
    first = family.imported()
    with connection.execute_wrapper(refuse_writes):
        second = family.imported()
    assert counts(second, "created") == counts(second, "updated") == counts(second, "removed") == {}
    assert counts(second, "unchanged") == counts(first, "created")


def refuse_writes(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    history = any(table in sql for table in ("establishments_importrun", "establishments_feed"))
    assert history or not sql.startswith(("INSERT", "UPDATE", "DELETE")), sql
    return execute(sql, params, many, context)


def test_report_always_has_all_keys(export: WrittenExport) -> None:
    report = export.imported().as_dict()
    for outcome in ("created", "updated", "unchanged", "removed"):
        assert list(report[outcome]) == list(COUNTED)
    assert report["rejected"] == report["warnings"] == []
    assert report["read"] == {"EtabEducNat": 2, "MatiereEducNat": 1, "MefEducNat": 1}


def test_import_corrects_what_changed(family: WrittenExport) -> None:
    family.imported()
    family.student("1", name="Puech-Delpech", links=["2$10$0$1$1$0", "3$20$1$1$1$0"])
    family.structure(FABRE, uai="0120101V", name="Collège Amans-Joseph Fabre", nature="340")
    family.add(Category.SUBJECT, "061300", ENTLibelleMatiere="MATHEMATIQUES APPLIQUEES")
    report = family.imported()
    assert counts(report, "updated") == {"establishments": 1, "subjects": 1, "students": 1, "guardianships": 2}
    assert counts(report, "created") == counts(report, "removed") == {}
    assert str(user("1")) == "Zoé Puech-Delpech"
    assert user("1").username == "zoe.puech"  # for ever
    assert school("0120101V").name == "Collège Amans-Joseph Fabre"
    assert Subject.objects.get().name == "Mathématiques appliquées"


def test_subject_well_written_is_not_put_back_in_capitals(family: WrittenExport) -> None:
    Subject.objects.create(code="061300", name="Mathématiques et cætera")
    family.add(Category.SUBJECT, "061300", ENTLibelleMatiere="MATHEMATIQUES ET CAETERA")

    report = family.imported()

    assert counts(report, "updated").get("subjects", 0) == 0
    assert Subject.objects.get().name == "Mathématiques et cætera"


def test_subject_in_capitals_is_written_better_when_a_feed_can(family: WrittenExport) -> None:
    Subject.objects.create(code="061300", name="MATHEMATIQUES")

    assert counts(family.imported(), "updated")["subjects"] == 1

    assert Subject.objects.get().name == "Mathématiques"


def test_import_keeps_what_the_feed_leaves_empty(family: WrittenExport) -> None:
    family.imported()
    family.student("1", ENTPersonDateNaissance="", personalTitle="")
    assert counts(family.imported(), "updated") == {}
    assert user("1").birth_date == date(2013, 8, 6)


def test_import_fills_an_address_and_never_replaces_one(family: WrittenExport) -> None:
    family.guardian("2", mail="anne@famille.example")
    family.imported()
    assert user("2").email == "anne@famille.example"
    User.objects.filter(pk=user("2").pk).update(email="anne.puech@example.org")
    assert counts(family.imported(), "updated") == {}
    assert user("2").email == "anne.puech@example.org"


def test_import_lets_a_couple_share_an_address(family: WrittenExport) -> None:
    for identifier in ("2", "3"):
        family.guardian(identifier, mail="famille@famille.example")
    family.imported()
    assert user("2") != user("3")
    assert user("2").email == user("3").email


def test_import_reports_an_address_that_is_none(family: WrittenExport) -> None:
    family.guardian("2", mail="pas une adresse")
    report = family.imported()
    assert reasons(report.warnings) == [("2", "Adresse électronique illisible : « pas une adresse ».")]
    assert user("2").email == ""


def test_import_reports_a_date_that_is_none(family: WrittenExport) -> None:
    family.student("1", links=["2$10$1$1$1$0"], ENTPersonDateNaissance="31/02/2013")
    report = family.imported()
    assert ("1", "Date illisible : « 31/02/2013 ».") in reasons(report.warnings)
    assert user("1").birth_date is None


# --- People of several schools --------------------------------------------------------------------------------


def test_guardian_of_children_in_two_schools_belongs_to_both(family: WrittenExport) -> None:
    family.student("5", structure=LA_ROQUE, links=["2$10$1$1$1$0"], ENTEleveClasses=f"{LA_ROQUE}$2de GT 1")
    family.imported()
    assert roles("2") == {("0120101V", "guardian"), ("0120937D", "guardian")}
    assert roles("3") == {("0120101V", "guardian")}
    with tenant_scope(Establishment.objects.all()):
        assert Guardianship.objects.filter(guardian__user=user("2")).count() == 2


def test_teacher_of_two_schools_belongs_to_both(family: WrittenExport) -> None:
    family.staff(
        "4",
        ENTPersonCategorieEnseignant="O",
        ENTPersonFonctions=f"{FABRE}$ENS$ENSEIGNEMENT",
        ENTAuxEnsClassesMatieres=[f"{FABRE}$5e A$061300", f"{LA_ROQUE}$2de GT 1$061300"],
        ENTAuxEnsGroupesMatieres=f"{LA_ROQUE}$2de GT ESP 1$061300",
    )
    family.imported()
    assert roles("4") == {("0120101V", "teacher"), ("0120937D", "teacher")}
    with tenant_scope([school("0120937D")]):
        assert set(Teaching.objects.values_list("group__name", "group__kind")) == {
            ("2de GT 1", "class"),
            ("2de GT ESP 1", "teaching"),
        }


def test_head_is_head_where_the_function_is_and_nothing_more_elsewhere(export: WrittenExport) -> None:
    export.staff("4", ENTPersonFonctions=[f"{FABRE}$DIR$DIRECTION", f"{LA_ROQUE}$ADF$PERSONNELS ADMINISTRATIFS"])
    report = export.imported()
    assert counts(report, "created")["staff"] == 1
    assert roles("4") == {("0120101V", "head"), ("0120937D", "staff")}


def test_student_of_two_schools_belongs_to_both(family: WrittenExport) -> None:
    family.student("1", links=["2$10$1$1$1$0"], ENTEleveClasses=[f"{FABRE}$5e A", f"{LA_ROQUE}$4e AG"])
    family.imported()
    assert roles("1") == {("0120101V", "student"), ("0120937D", "student")}
    assert roles("2") == {("0120101V", "guardian"), ("0120937D", "guardian")}


def test_section_belongs_to_its_school(family: WrittenExport) -> None:
    family.structure("5003", uai="0120038B", name="SEP Fabre", nature="334", ENTEtablissementStructRattachFctl=FABRE)
    family.student("1", structure="5003", ENTEleveClasses="5003$1CAP")
    report = family.imported()
    assert counts(report, "created")["establishments"] == 2
    assert roles("1") == {("0120101V", "student")}
    assert not Establishment.objects.filter(uai="0120038B").exists()


def test_section_without_its_school_is_rejected(export: WrittenExport) -> None:
    export.structure("5003", uai="0120038B", name="SEP", nature="334", ENTEtablissementStructRattachFctl="9")
    assert reasons(export.imported().rejected) == [("5003", "Section d’un établissement qui n’est pas dans l’export.")]


# --- Groups, links, roles -------------------------------------------------------------------------------------


def test_declared_classes_have_labels(export: WrittenExport) -> None:
    export.structure(
        FABRE,
        uai="0120101V",
        name="Collège Fabre",
        nature="340",
        ENTStructureClasses=["5e A$Cinquième A$10110001110", "5e B$5e B$10110001110"],
        ENTStructureGroupes="5e ESP 1$Espagnol$5e A$5e B",
    )
    assert counts(export.imported(), "created")["groups"] == 3
    with tenant_scope([school("0120101V")]):
        assert set(Group.objects.values_list("name", "label", "kind")) == {
            ("5e A", "Cinquième A", "class"),
            ("5e B", "", "class"),
            ("5e ESP 1", "Espagnol", "teaching"),
        }
    assert counts(export.imported(), "unchanged")["groups"] == 3


def test_groups_are_of_the_year_of_the_day(family: WrittenExport) -> None:
    family.imported(date(2025, 7, 31))
    report = family.imported(date(2025, 8, 25))
    assert counts(report, "created") == {"groups": 1, "group_memberships": 1, "teachings": 1, "form_teachers": 1}
    assert counts(report, "removed") == {}
    assert set(SchoolYear.objects.values_list("name", flat=True)) == {"2024-2025", "2025-2026"}


def test_a_class_and_a_group_may_have_one_name(family: WrittenExport) -> None:
    family.student("1", links=["2$10$1$1$1$0"], ENTEleveGroupes=f"{FABRE}$5e A")
    assert counts(family.imported(), "created")["groups"] == 2


def test_link_without_authority_makes_no_account(family: WrittenExport) -> None:
    family.student("1", links=["2$10$1$1$1$0", "3$38$0$0$1$0", "5$90$0$2$1$0"])
    family.guardian("5")
    report = family.imported()
    assert counts(report, "created")["guardians"] == 1
    assert not Identifier.objects.filter(value__in=["3", "5"]).exists()
    assert len(report.warnings) == 0  # somebody's contacts are no mistake


def test_second_guardian_of_an_old_file_is_legal(family: WrittenExport) -> None:
    family.version = "AAF-VE1301"
    family.student("1", links=["2$2$1$1$0$0", "3$1$0$2$0$0"])
    family.imported()
    with tenant_scope([school("0120101V")]):
        held = Guardianship.objects.values_list("guardian__user__identifiers__value", "link", "is_legal")
        assert set(held) == {("2", "mother", True), ("3", "father", True)}


def test_link_twice_is_once(family: WrittenExport) -> None:
    family.student("1", links=["2$10$1$1$1$0", "2$10$1$1$1$0", "2$10$1$0$1$0"])
    assert counts(family.imported(), "created")["guardianships"] == 1


def test_homonyms_are_two_people(family: WrittenExport) -> None:
    family.student("5", links=["2$10$1$1$1$0"])
    family.imported()
    assert {user("1").username, user("5").username} == {"zoe.puech", "zoe.puech2"}


def test_person_known_by_another_academy_is_somebody_else(family: WrittenExport) -> None:
    stranger = User.objects.create(username="zoe.puech", last_name="Autre")
    Identifier.objects.create(user=stranger, scheme="aaf", realm="11", value="1")
    family.imported()
    assert Identifier.objects.get(realm="16", value="1").user.username == "zoe.puech2"
    stranger.refresh_from_db()
    assert stranger.last_name == "Autre"


def test_establishment_is_found_by_its_uai(export: WrittenExport) -> None:
    region = Authority.objects.create(kind="region", code="76", name="Occitanie")
    academy = Authority.objects.create(kind="academy", code="16", name="Toulouse")
    known = Establishment.objects.create(uai="0120101V", name="Ancien nom", academy=academy, local_authority=region)
    assert counts(export.imported(), "created")["establishments"] == 1
    known.refresh_from_db()
    assert (known.name, known.structure_key, known.local_authority) == ("Collège Fabre", FABRE, region)
    assert Authority.objects.get(code="16").name == "Toulouse"


# --- Several deliveries ---------------------------------------------------------------------------------------


def test_a_delivery_for_each_school_of_one_folder(export: WrittenExport) -> None:
    """Each names its own school only, and the teacher of both is in both."""
    teacher = {
        "ENTPersonCategorieEnseignant": "O",
        "ENTAuxEnsClassesMatieres": [f"{FABRE}$5e A$061300", f"{LA_ROQUE}$2de GT 1$061300"],
    }
    for delivery, structure in (("ENT_0120101V", LA_ROQUE), ("ENT_0120937D", FABRE)):
        other = WrittenExport(export.folder)
        other.delivery = delivery
        other.remove(Category.STRUCTURE, structure)
        other.staff("4", **teacher)
        other.write()
    report = imported(export.folder)
    assert counts(report, "created")["teachers"] == 1
    assert roles("4") == {("0120101V", "teacher"), ("0120937D", "teacher")}
    assert counts(imported(export.folder), "created") == {}
    with tenant_scope(Establishment.objects.all()):
        assert Teaching.objects.count() == 2


def test_import_tells_the_planner_how_large_the_tables_have_become(family: WrittenExport) -> None:
    family.imported()
    with connection.cursor() as cursor:
        cursor.execute("SELECT n_distinct FROM pg_stats WHERE tablename = 'accounts_user' AND attname = 'username'")
        assert cursor.fetchone() == (-1,)  # as many as there are rows
