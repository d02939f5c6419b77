"""Deltas: what changed since the day before, applied whole or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ent.tenancy.gates import opened
from ent.tenancy.scope import tenant_scope
from establishments.directory.export import Category
from establishments.directory.models import GATE, AsideRecord, Feed
from establishments.directory.report import RefusedFileError
from establishments.models import Establishment, Group, Guardianship, Membership, Subject, Teaching
from tests.establishments.directory.feeds import (
    FABRE,
    LA_ROQUE,
    SAMPLE,
    WrittenDelta,
    WrittenExport,
    counts,
    document,
    imported,
    reasons,
    record,
    roles,
    school,
    snapshot,
    user,
)

pytestmark = pytest.mark.django_db

CLASS = {"ENTPersonStructRattach": FABRE, "ENTEleveClasses": f"{FABRE}$5e A"}


@pytest.fixture
def known(family: WrittenExport) -> WrittenExport:
    """The family, imported the day before."""
    family.imported()
    return family


@pytest.fixture
def delta(tmp_path: Path) -> WrittenDelta:
    return WrittenDelta(tmp_path / "delta")


def aside() -> list[tuple[str, str, str]]:
    with opened(GATE):
        return list(AsideRecord.objects.order_by("pk").values_list("category", "request", "key"))


# --- What it says ---------------------------------------------------------------------------------------------


def test_modification_changes_what_it_names_and_nothing_else(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.modify(Category.STUDENT, "1", sn="Puech-Delpech", ENTEleveClasses=f"{FABRE}$5e B")
    report = delta.imported()
    assert counts(report, "updated") == {"students": 1}
    assert counts(report, "created") == {"groups": 1, "group_memberships": 1}
    assert counts(report, "removed") == {"group_memberships": 1}
    zoe = user("1")
    assert (zoe.first_name, zoe.last_name, zoe.birth_date) == ("Zoé", "Puech-Delpech", date(2013, 8, 6))
    with tenant_scope([school("0120101V")]):
        assert Guardianship.objects.count() == 2
        assert Teaching.objects.count() == 1


def test_modification_that_empties_the_links_takes_the_guardians_away(
    known: WrittenExport, delta: WrittenDelta
) -> None:
    delta.modify(Category.STUDENT, "1", ENTElevePersRelEleve=["2$10$1$1$1$0", "3$20$0$0$1$0"])
    delta.imported()
    assert roles("3") == set()
    with tenant_scope([school("0120101V")]):
        assert Guardianship.objects.get().guardian.user == user("2")


def test_addition_brings_a_family_in_one_night(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.add(Category.STUDENT, "5", sn="Vidal", givenName="Léo", ENTElevePersRelEleve="6$20$1$1$1$0", **CLASS)
    delta.add(Category.GUARDIAN, "6", sn="Vidal", givenName="Marc")
    delta.add(Category.STAFF, "7", sn="Roux", givenName="Inès", ENTPersonStructRattach=LA_ROQUE)
    report = delta.imported()
    assert counts(report, "created")["memberships"] == 3
    assert counts(report, "removed") == {}
    assert (roles("5"), roles("6")) == ({("0120101V", "student")}, {("0120101V", "guardian")})
    assert roles("7") == {("0120937D", "staff")}
    assert roles("1") == {("0120101V", "student")}


def test_addition_of_who_is_known_takes_the_place_of_what_was_said(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.add(Category.STUDENT, "1", sn="Puech", givenName="Zoé", **CLASS)
    delta.imported()
    with tenant_scope([school("0120101V")]):
        assert not Guardianship.objects.exists()


def test_deletion_suspends_the_student_and_who_was_there_for_her(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.delete(Category.STUDENT, "1")
    report = delta.imported(date(2025, 9, 3))
    assert counts(report, "removed") == {"memberships": 3}
    with tenant_scope([school("0120101V")]):
        missing = Membership.objects.filter(missing_since=date(2025, 9, 3))
        assert set(missing.values_list("user__identifiers__value", flat=True)) == {"1", "2", "3"}


def test_deletion_of_a_guardian_leaves_the_child_and_is_said(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.delete(Category.GUARDIAN, "3")
    report = delta.imported()
    assert (roles("1"), roles("3")) == ({("0120101V", "student")}, set())
    assert ("1", "Responsable absent de l’export : 3.") in reasons(report.rejected)


def test_guardian_who_is_renamed_is_found_in_each_school(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.modify(Category.GUARDIAN, "2", sn="Puech-Vidal", mail="anne@famille.example")
    report = delta.imported()
    assert counts(report, "updated") == {"guardians": 1}
    assert (user("2").last_name, user("2").email) == ("Puech-Vidal", "anne@famille.example")


def test_staff_are_added_modified_and_deleted(known: WrittenExport, delta: WrittenDelta) -> None:
    known.staff("8", name="Rey")
    known.imported()
    delta.modify(Category.STAFF, "4", ENTAuxEnsClassesMatieres=[f"{FABRE}$5e B$061300"], ENTAuxEnsClassesPrincipal="")
    delta.delete(Category.STAFF, "8")
    report = delta.imported()
    assert counts(report, "created") == {"groups": 1, "teachings": 1}
    assert counts(report, "removed") == {"memberships": 1, "teachings": 1, "form_teachers": 1}
    with tenant_scope([school("0120101V")]):
        assert Teaching.objects.get().group.name == "5e B"


def test_structure_is_modified_added_and_deleted(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.modify(
        Category.STRUCTURE, FABRE, ENTStructureNomCourant="Collège Bruant", ENTStructureClasses="5e A$Cinquième"
    )
    delta.delete(Category.STRUCTURE, LA_ROQUE)
    delta.add(
        Category.STRUCTURE,
        "5009",
        ENTStructureUAI="0810051R",
        ENTStructureNomCourant="Collège neuf",
        ENTStructureCodeTypeStruct="340",
        ENTServAcAcademie="TOULOUSE",
    )
    delta.add(Category.STUDENT, "5", sn="Vidal", givenName="Léo", ENTPersonStructRattach="5009")
    delta.imported()
    assert school("0120101V").name == "Collège Bruant"
    assert school("0120937D").name == "Lycée La Roque"  # closed by hand, never by a file
    assert roles("5") == {("0810051R", "student")}
    with tenant_scope([school("0120101V")]):
        assert Group.objects.get().label == "Cinquième"


def test_subjects_and_courses_of_a_delta_are_all_of_them(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.add(Category.SUBJECT, "061300", ENTLibelleMatiere="MATHEMATIQUES APPLIQUEES")
    delta.add(Category.SUBJECT, "030201", ENTLibelleMatiere="ANGLAIS LV1")
    delta.add(Category.COURSE, "10110001110", ENTLibelleMef="5EME")
    report = delta.imported()
    assert (report.updated["subjects"], report.created["subjects"]) == (1, 1)
    assert set(Subject.objects.values_list("code", flat=True)) == {"061300", "030201"}
    assert len(report.rejected) == 0
    with tenant_scope([school("0120101V")]):
        assert Teaching.objects.count() == 1


def test_modification_of_nobody_is_said_and_the_others_are_applied(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.modify(Category.STUDENT, "99", sn="Inconnu")
    delta.modify(Category.STUDENT, "1", sn="Puech-Delpech")
    report = delta.imported()
    assert reasons(report.rejected) == [("99", "Modification d’une fiche que l’export complet n’a pas donnée.")]
    assert user("1").last_name == "Puech-Delpech"


def test_slices_of_one_delta_are_one_delta(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.modify(Category.STUDENT, "1", sn="Puech-Delpech")
    delta.write()
    delta.path(Category.STUDENT, 1).write_text(
        document(record(Category.STUDENT, "5", sn="Vidal", givenName="Léo", **CLASS)), encoding="utf-8"
    )
    report = imported(delta.folder)
    assert report.read["Eleve"] == 2
    assert (user("1").last_name, roles("5")) == ("Puech-Delpech", {("0120101V", "student")})


def test_complete_after_deltas_that_says_the_same_changes_nothing(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.modify(Category.STUDENT, "1", sn="Puech-Delpech")
    delta.imported()
    known.student("1", name="Puech-Delpech", links=["2$10$1$1$1$0", "3$20$0$1$1$0"])
    known.folder, known.date = known.folder.with_name("later"), "20250903"
    report = known.imported()
    assert counts(report, "created") == counts(report, "updated") == counts(report, "removed") == {}


# --- Its date -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["20250831", "20250901"])
def test_delta_that_is_not_later_than_what_is_known_is_refused(
    known: WrittenExport, delta: WrittenDelta, day: str
) -> None:
    delta.day = day
    delta.modify(Category.STUDENT, "1", sn="Autre")
    with pytest.raises(RefusedFileError, match=f"Daté du {day[6:]}/{day[4:6]}/2025 : un export du 01/09/2025 est déjà"):
        delta.imported()
    assert user("1").last_name == "Puech"


def test_delta_of_after_a_gap_is_refused_and_says_which_is_missing(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.day = "20250903"
    delta.modify(Category.STUDENT, "1", sn="Autre")
    with pytest.raises(RefusedFileError, match=r"Il manque le différentiel du 02/09/2025"):
        delta.imported()
    assert user("1").last_name == "Puech"


def test_gap_of_a_feed_of_every_week_is_none(known: WrittenExport, delta: WrittenDelta, settings: object) -> None:
    settings.ENT_FEED_DELTA_EVERY = 7
    delta.day = "20250908"
    delta.modify(Category.STUDENT, "1", sn="Autre")
    delta.imported()
    assert user("1").last_name == "Autre"


def test_delta_without_a_complete_export_is_refused(delta: WrittenDelta) -> None:
    delta.modify(Category.STUDENT, "1", sn="Autre")
    with pytest.raises(RefusedFileError, match=r"Différentiel sans export complet reçu avant lui"):
        delta.imported()


def test_complete_older_than_what_is_known_is_refused(known: WrittenExport, delta: WrittenDelta) -> None:
    delta.modify(Category.STUDENT, "1", sn="Autre")
    delta.imported()
    with pytest.raises(RefusedFileError, match=r"Daté du 01/09/2025 : un export du 02/09/2025 est déjà là"):
        known.imported()
    assert user("1").last_name == "Autre"


def test_complete_and_deltas_of_one_folder_are_read_in_the_order_of_their_dates(family: WrittenExport) -> None:
    family.write()
    for day, name in (("20250903", "Troisième"), ("20250902", "Deuxième")):
        delta = WrittenDelta(family.folder, day)
        delta.modify(Category.STUDENT, "1", sn=name)
        delta.write()
    report = imported(family.folder)
    assert len(report.rejected) == 0
    assert user("1").last_name == "Troisième"
    assert Feed.objects.get().dated == date(2025, 9, 3)


def test_delta_too_late_beside_a_complete_is_set_aside_and_the_complete_read(family: WrittenExport) -> None:
    family.write()
    delta = WrittenDelta(family.folder, "20250905")
    delta.modify(Category.STUDENT, "1", sn="Autre")
    delta.write()
    report = imported(family.folder)
    assert [note["reason"] for note in report.rejected] == [
        "Il manque le différentiel du 02/09/2025 : attendez-le, ou importez un export complet."
    ]
    assert user("1").last_name == "Puech"
    assert aside() == [("Eleve", "modifyRequest", "1")]


# --- Malformed ones -------------------------------------------------------------------------------------------


def break_it(delta: WrittenDelta) -> None:
    """Three requests; the second closes what it has not opened, on line 5."""
    delta.modify(Category.STUDENT, "1", sn="Cassé")
    delta.add(Category.STUDENT, "5", sn="Vidal", givenName="Léo", **CLASS)
    delta.add(Category.STUDENT, "6", sn="Roux", givenName="Inès", **CLASS)
    delta.modify(Category.GUARDIAN, "2", sn="Changée")
    delta.write()
    path = delta.path(Category.STUDENT)
    path.write_text(path.read_text().replace("Vidal</value></attr>", "Vidal</value>\n</att>"), encoding="utf-8")


def test_malformed_delta_changes_nothing_and_is_kept_aside(known: WrittenExport, delta: WrittenDelta) -> None:
    before = snapshot()
    break_it(delta)
    report = imported(delta.folder)
    assert snapshot() == before
    assert aside() == [
        ("Eleve", "modifyRequest", "1"),
        ("Eleve", "addRequest", "6"),
        ("PersRelEleve", "modifyRequest", "2"),
    ]
    said = [note["reason"] for note in report.rejected]
    name = delta.path(Category.STUDENT).name
    assert any(reason.startswith(f"{name}, ligne 5 : ") for reason in said), said
    assert any(reason.startswith("Fiche illisible, ligne 5 : ") for reason in said), said
    assert Feed.objects.get().waits_for_complete
    assert Feed.objects.get().dated == date(2025, 9, 1)


def test_deltas_after_a_malformed_one_wait_and_the_next_complete_ends_it(
    known: WrittenExport, delta: WrittenDelta, tmp_path: Path
) -> None:
    break_it(delta)
    imported(delta.folder)
    later = WrittenDelta(tmp_path / "later", "20250903")
    later.modify(Category.STUDENT, "1", sn="Plus tard")
    report = later.imported()
    assert any("celui-ci est mis de côté" in note["reason"] for note in report.warnings)
    assert user("1").last_name == "Puech"

    known.student("1", name="Complet", links=["2$10$1$1$1$0", "3$20$0$1$1$0"])
    known.folder, known.date = tmp_path / "complete", "20250904"
    known.imported()
    assert user("1").last_name == "Complet"
    assert not Feed.objects.get().waits_for_complete

    next_one = WrittenDelta(tmp_path / "next", "20250905")
    next_one.modify(Category.STUDENT, "1", sn="Ensuite")
    next_one.imported()
    assert user("1").last_name == "Ensuite"


def test_malformed_delta_then_a_good_one_of_the_same_folder_wait_both(
    known: WrittenExport, delta: WrittenDelta
) -> None:
    break_it(delta)
    later = WrittenDelta(delta.folder, "20250903")
    later.modify(Category.STUDENT, "1", sn="Plus tard")
    report = later.imported()
    assert user("1").last_name == "Puech"
    assert any("celui-ci est mis de côté" in note["reason"] for note in report.warnings)
    assert ("Eleve", "modifyRequest", "1") in aside()[3:]


def test_malformed_delta_beside_its_complete_leaves_the_complete_applied(family: WrittenExport) -> None:
    family.write()
    break_it(WrittenDelta(family.folder))
    imported(family.folder)
    assert (user("1").last_name, user("2").last_name) == ("Puech", "Puech")
    assert roles("1") == {("0120101V", "student")}
    assert Feed.objects.get().waits_for_complete


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the test set of 2013 does not lie beside the project")
def test_sample_delta_is_read_where_it_can_be(tmp_path: Path) -> None:
    """The ministry's own: its guardians can be read, and it comes five days after its complete."""
    imported(SAMPLE)
    assert aside()[:2] == [("PersRelEleve", "addRequest", "1985041"), ("PersRelEleve", "modifyRequest", "1985043")]
    assert Establishment.objects.count() == 10
