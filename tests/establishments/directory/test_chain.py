"""From one night to the next: schools that appear, vanish, merge; feeds that take over; people made by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Identifier, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.directory.actions import accept
from establishments.directory.export import Category
from establishments.directory.models import SchoolRun
from establishments.directory.values import clean
from establishments.models import (
    Authority,
    Establishment,
    Group,
    GroupMembership,
    Guardianship,
    Mandate,
    Membership,
    SchoolYear,
    Subject,
    Teaching,
)
from tests.establishments.directory.feeds import (
    DAY,
    FABRE,
    LA_ROQUE,
    WrittenDelta,
    WrittenExport,
    counts,
    imported,
    reasons,
    roles,
    school,
    snapshot,
    user,
)

pytestmark = pytest.mark.django_db

NEXT_DAY = DAY + timedelta(days=1)
LYCEE = {"structure": LA_ROQUE, "ENTEleveClasses": f"{LA_ROQUE}$2de 1"}


# --- Schools --------------------------------------------------------------------------------------------------


def lycee_family(export: WrittenExport) -> None:
    export.student("11", name="Vidal", links=["12$10$1$1$1$0"], **LYCEE)
    export.guardian("12", name="Vidal")
    export.staff("13", name="Rey", structure=LA_ROQUE)


def test_school_that_vanishes_from_the_export_keeps_everybody(family: WrittenExport) -> None:
    lycee_family(family)
    family.imported()
    before = snapshot()["0120937D"]
    family.remove(Category.STRUCTURE, LA_ROQUE)
    for category, key in ((Category.STUDENT, "11"), (Category.GUARDIAN, "12"), (Category.STAFF, "13")):
        family.remove(category, key)
    report = family.imported(NEXT_DAY)
    assert reasons(report.warnings) == [
        (LA_ROQUE, "Établissement absent de cet export : ses personnes restent. S’il a fermé, fermez-le.")
    ]
    assert snapshot()["0120937D"] == before
    assert counts(family.imported(NEXT_DAY), "removed") == {}
    assert snapshot()["0120937D"] == before


def test_school_that_vanished_and_comes_back_is_as_it_was(family: WrittenExport) -> None:
    lycee_family(family)
    family.imported()
    before, records = snapshot(), {category: dict(held) for category, held in family.records.items()}
    family.remove(Category.STRUCTURE, LA_ROQUE)
    for category, key in ((Category.STUDENT, "11"), (Category.GUARDIAN, "12"), (Category.STAFF, "13")):
        family.remove(category, key)
    family.imported(NEXT_DAY)
    family.records.update(records)
    report = family.imported(NEXT_DAY)
    assert counts(report, "created") == counts(report, "removed") == {}
    assert snapshot() == before


def test_teacher_of_a_school_that_vanished_is_found_there_again(family: WrittenExport) -> None:
    both = {
        "ENTPersonCategorieEnseignant": "O",
        "ENTAuxEnsClassesMatieres": [f"{FABRE}$5e A$061300", f"{LA_ROQUE}$2de 1$061300"],
    }
    family.staff("4", **both)
    family.imported()
    before, records = snapshot(), {category: dict(held) for category, held in family.records.items()}
    family.remove(Category.STRUCTURE, LA_ROQUE)
    family.remove(Category.STAFF, "4")
    family.imported(NEXT_DAY)
    assert roles("4", NEXT_DAY) == {("0120937D", "teacher")}
    family.records.update(records)
    family.imported(NEXT_DAY)
    assert snapshot() == before


def test_school_that_appears_has_those_who_were_already_said_to_be_there(family: WrittenExport) -> None:
    """The teacher's record and the student's do not change on the night that their other school appears."""
    family.staff(
        "4",
        ENTPersonCategorieEnseignant="O",
        ENTAuxEnsClassesMatieres=[f"{FABRE}$5e A$061300", "5003$4e B$061300"],
    )
    family.student("1", links=["2$10$1$1$1$0"], ENTEleveClasses=[f"{FABRE}$5e A", "5003$4e B"])
    family.imported()
    assert roles("4") == {("0120101V", "teacher")}
    family.structure("5003", uai="0810051R", name="Collège neuf", nature="340")
    family.imported(NEXT_DAY)
    assert roles("4") == {("0120101V", "teacher"), ("0810051R", "teacher")}
    assert roles("1") == {("0120101V", "student"), ("0810051R", "student")}
    assert roles("2") == {("0120101V", "guardian"), ("0810051R", "guardian")}


def test_section_that_goes_to_another_school_takes_its_students_along(family: WrittenExport) -> None:
    section = {"uai": "0120038B", "name": "SEP", "nature": "334"}
    family.structure("5003", ENTEtablissementStructRattachFctl=FABRE, **section)
    family.student("20", structure="5003", ENTEleveClasses="5003$1CAP")
    family.imported()
    assert roles("20") == {("0120101V", "student")}
    family.structure("5003", ENTEtablissementStructRattachFctl=LA_ROQUE, **section)
    family.imported(NEXT_DAY)
    assert roles("20", NEXT_DAY) == {("0120937D", "student")}


def test_school_that_merges_into_another_is_held_until_somebody_agrees(family: WrittenExport, settings: Any) -> None:
    settings.ENT_FEED_LEAVERS_ALWAYS = 1
    family.imported()
    family.remove(Category.STRUCTURE, FABRE)
    family.student("1", links=["2$10$1$1$1$0", "3$20$0$1$1$0"], **LYCEE)
    family.staff("4", structure=LA_ROQUE, ENTPersonCategorieEnseignant="O")
    report = family.imported(NEXT_DAY)
    assert any("Arrêté : 4 personnes sur 4 partiraient" in note["reason"] for note in report.warnings)
    assert roles("1", NEXT_DAY) == {("0120101V", "student"), ("0120937D", "student")}

    agent = User.objects.create(username="rectorat", is_staff=True)
    Mandate.objects.create(user=agent, authority=Authority.objects.get(kind="academy"))
    with tenant_scope([school("0120101V")]):
        held = SchoolRun.objects.get(state="held")
    with person_scope(agent):
        accept(school_run=held, by=agent)
    assert roles("1", NEXT_DAY) == {("0120937D", "student")}
    assert roles("2", NEXT_DAY) == {("0120937D", "guardian")}
    assert roles("4", NEXT_DAY) == {("0120937D", "teacher")}


# --- People ---------------------------------------------------------------------------------------------------


def test_identifier_given_to_somebody_else_makes_a_new_account(family: WrittenExport) -> None:
    family.imported()
    zoe = user("1")
    family.student("1", name="Martin", givenName="Karim", ENTPersonDateNaissance="01/02/2012", links=["2$10$1$1$1$0"])
    report = family.imported(NEXT_DAY)
    assert ("1", "Cet identifiant était celui de quelqu’un d’autre : un nouveau compte est créé.") in reasons(
        report.warnings
    )
    karim = user("1")
    zoe.refresh_from_db()
    assert (zoe.last_name, karim.last_name, karim != zoe) == ("Puech", "Martin", True)
    with tenant_scope([school("0120101V")]):
        assert [m.user for m in Membership.objects.current(NEXT_DAY).filter(role="student")] == [karim]
        assert Membership.objects.get(user=zoe).missing_since == NEXT_DAY
    assert counts(family.imported(NEXT_DAY), "created") == {}


@pytest.mark.parametrize(
    "same",
    [
        {"name": "Puech-Vidal", "ENTPersonDateNaissance": "07/08/2013"},  # a name in common
        {"name": "Martin", "givenName": "Karim"},  # the birth date in common
    ],
)
def test_identifier_of_whoever_was_only_corrected_stays_theirs(family: WrittenExport, same: dict[str, str]) -> None:
    family.imported()
    zoe = user("1")
    family.student("1", links=["2$10$1$1$1$0"], **same)
    family.imported(NEXT_DAY)
    assert user("1") == zoe


def by_hand(name: str, role: str = "teacher", **facts: Any) -> User:
    made = User.objects.create(username=f"main.{name}".lower(), first_name="Inès", last_name=name, **facts)
    with tenant_scope([school("0120101V")]):
        Membership.objects.create(
            establishment=school("0120101V"), user=made, role=role, ends_on=NEXT_DAY + timedelta(days=30)
        )
    return made


@pytest.mark.parametrize(
    ("facts", "said", "is_found"),
    [
        ({"birth_date": date(1990, 5, 1)}, {"ENTPersonDateNaissance": "01/05/1990"}, True),
        ({"birth_date": date(1990, 5, 1)}, {"ENTPersonDateNaissance": "02/05/1990"}, False),
        ({"email": "Ines@ac.example"}, {"mail": "ines@ac.example"}, True),
        ({"email": "autre@ac.example"}, {"mail": "ines@ac.example"}, False),
        ({}, {}, False),
    ],
)
def test_substitute_entered_by_hand_is_found_by_the_feed_when_it_is_the_same_person(
    family: WrittenExport, facts: dict[str, Any], said: dict[str, str], is_found: bool
) -> None:
    family.imported()
    made = by_hand("Roux-Étienne", **facts)
    family.staff("30", name="ROUX ETIENNE", givenName="Ines", ENTPersonCategorieEnseignant="O", **said)
    family.imported(NEXT_DAY)
    assert (user("30") == made) is is_found
    assert Identifier.objects.filter(user=made).exists() is is_found


def test_substitute_who_had_a_class_already_has_it_once(family: WrittenExport) -> None:
    family.imported()
    made = by_hand("Roux", birth_date=date(1990, 5, 1))
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        Teaching.objects.create(
            establishment=fabre,
            group=Group.objects.get(),
            membership=Membership.objects.get(user=made),
            subject=Subject.objects.get(),
        )
    family.staff(
        "30", name="Roux", givenName="Inès", ENTPersonDateNaissance="01/05/1990", ENTPersonCategorieEnseignant="O",
        ENTAuxEnsClassesMatieres=f"{FABRE}$5e A$061300",
    )  # fmt: skip
    family.imported(NEXT_DAY)
    with tenant_scope([fabre]):
        assert Teaching.objects.filter(membership__user=made).count() == 1
        assert Membership.objects.get(user=made).ends_on is None
    assert counts(family.imported(NEXT_DAY), "created") == {}


def test_assistant_entered_by_hand_whom_the_feed_has_teach_is_a_teacher_only(family: WrittenExport) -> None:
    family.imported()
    made = by_hand("Roux", role="staff", birth_date=date(1990, 5, 1))
    family.staff(
        "30", name="Roux", givenName="Inès", ENTPersonDateNaissance="01/05/1990", ENTPersonCategorieEnseignant="O"
    )
    family.imported(NEXT_DAY)
    assert user("30") == made
    assert roles("30", NEXT_DAY) == {("0120101V", "teacher")}
    report = family.imported(NEXT_DAY)
    assert counts(report, "created") == counts(report, "removed") == {}


def test_group_made_by_hand_is_never_touched(family: WrittenExport) -> None:
    family.imported()
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        club = Group.objects.create(
            establishment=fabre, school_year=SchoolYear.objects.get(), kind="project", name="5e A", label="Échecs"
        )
        for key in ("1", "4"):
            member = Membership.objects.get(user=user(key))
            GroupMembership.objects.create(establishment=fabre, group=club, membership=member)
    family.student("1", links=["2$10$1$1$1$0"], ENTEleveClasses=f"{FABRE}$5e B")
    family.imported(NEXT_DAY)
    family.remove(Category.STAFF, "4")
    family.imported(NEXT_DAY)
    with tenant_scope([fabre]):
        club.refresh_from_db()
        assert (club.name, club.label, GroupMembership.objects.filter(group=club).count()) == ("5e A", "Échecs", 2)


def test_guardian_who_loses_authority_loses_the_child_on_that_night(family: WrittenExport) -> None:
    family.student("40", name="Delpech", links=["3$20$1$1$1$0"])
    family.imported()
    family.student("1", links=["2$10$1$1$1$0", "3$20$0$0$1$0"])
    family.imported(NEXT_DAY)
    with tenant_scope([school("0120101V")]):
        wards = Guardianship.objects.filter(guardian__user=user("3"))
        assert [ward.student.user for ward in wards] == [user("40")]


# --- Two feeds ------------------------------------------------------------------------------------------------


def per_school(folder: Path) -> list[WrittenExport]:
    """A delivery for each school, both with the teacher of both."""
    deliveries = []
    for uai, own, other in (("0120101V", FABRE, LA_ROQUE), ("0120937D", LA_ROQUE, FABRE)):
        delivery = WrittenExport(folder)
        delivery.delivery = f"ENT_{uai}"
        delivery.remove(Category.STRUCTURE, other)
        delivery.student(f"{own}1", structure=own, links=[f"{own}2$10$1$1$1$0"], ENTEleveClasses=f"{own}$A")
        delivery.guardian(f"{own}2")
        delivery.staff(
            "4", ENTPersonCategorieEnseignant="O",
            ENTAuxEnsClassesMatieres=[f"{FABRE}$A$061300", f"{LA_ROQUE}$A$061300"],
        )  # fmt: skip
        delivery.write()
        deliveries.append(delivery)
    return deliveries


def whole(folder: Path, deliveries: list[WrittenExport]) -> WrittenExport:
    """The same people in one delivery for the academy."""
    export = WrittenExport(folder)
    export.delivery = "ENT_ACADEMIE"
    for delivery in deliveries:
        for category, records in delivery.records.items():
            export.records[category].update(records)
    return export


def test_delivery_of_the_academy_takes_over_from_those_of_its_schools(tmp_path: Path) -> None:
    deliveries = per_school(tmp_path / "schools")
    imported(tmp_path / "schools")
    before = snapshot()
    academy = whole(tmp_path / "academy", deliveries)
    report = academy.imported(NEXT_DAY)
    assert counts(report, "created") == counts(report, "removed") == {}
    assert snapshot() == before
    academy.remove(Category.STUDENT, f"{FABRE}1")
    academy.imported(NEXT_DAY)
    assert roles(f"{FABRE}1", NEXT_DAY) == set()
    assert roles(f"{LA_ROQUE}1", NEXT_DAY) == {("0120937D", "student")}


def test_deliveries_of_the_schools_take_back_over_from_the_academy_s(tmp_path: Path) -> None:
    deliveries = per_school(tmp_path / "schools")
    imported(tmp_path / "schools")
    before = snapshot()
    whole(tmp_path / "academy", deliveries).imported(NEXT_DAY)
    imported(tmp_path / "schools", NEXT_DAY)
    assert snapshot() == before
    imported(tmp_path / "schools", NEXT_DAY)
    assert snapshot() == before


def test_delta_is_of_the_feed_that_bears_its_name(tmp_path: Path) -> None:
    per_school(tmp_path / "schools")
    imported(tmp_path / "schools")
    delta = WrittenDelta(tmp_path / "delta", delivery="ENT_0120937D")
    delta.modify(Category.STUDENT, f"{LA_ROQUE}1", sn="Modifiée")
    delta.imported(NEXT_DAY)
    assert (user(f"{LA_ROQUE}1").last_name, user(f"{FABRE}1").last_name) == ("Modifiée", "Puech")


# --- Names ----------------------------------------------------------------------------------------------------

LETTERS = st.characters(categories=("Lu", "Ll", "Lt", "Lm", "Lo"))
NAMES = st.text(st.one_of(LETTERS, st.sampled_from("'’- éèêëàâäôöùûüÿçñÉŒœÆæßŁłøŷḿ")), min_size=1, max_size=40).filter(
    lambda name: clean(name) and len(clean(name)) <= 100
)


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(names=st.lists(st.tuples(NAMES, NAMES), min_size=12, max_size=12))
def test_any_name_comes_through_and_stays(db: None, tmp_path: Path, names: list[tuple[str, str]]) -> None:
    export = WrittenExport(tmp_path / "names")
    for number, (first, last) in enumerate(names):
        export.staff(f"{number + 1000}", name=last, givenName=first)
    export.imported()
    for number, (first, last) in enumerate(names):
        found = user(f"{number + 1000}")
        assert (found.first_name, found.last_name) == (clean(first), clean(last))
    again = export.imported()
    assert counts(again, "created") == counts(again, "updated") == counts(again, "removed") == {}
    assert Establishment.objects.count() == 2
