"""What an export no longer gives: links go, memberships end and may begin again, what was made by hand stays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.directory.actions import end_grace
from establishments.directory.export import Category
from establishments.models import (
    Establishment,
    FormTeacher,
    Group,
    GroupMembership,
    Guardianship,
    Membership,
    Subject,
    Teaching,
)
from tests.establishments.directory.feeds import (
    FABRE,
    LA_ROQUE,
    WrittenExport,
    counts,
    document,
    imported,
    roles,
    school,
    user,
)

pytestmark = pytest.mark.django_db

NEXT_DAY = date(2025, 9, 3)


def test_student_who_left_is_no_longer_a_member_since_the_day_before(family: WrittenExport) -> None:
    family.imported()
    family.remove(Category.STUDENT, "1")
    report = family.imported(NEXT_DAY)
    assert counts(report, "removed") == {"memberships": 3}
    with tenant_scope([school("0120101V")]):
        ended = Membership.objects.filter(ends_on=date(2025, 9, 2), missing_since=NEXT_DAY)
        assert set(ended.values_list("user__identifiers__value", flat=True)) == {"1", "2", "3"}
        assert Group.objects.count() == 1
    assert user("1").is_active


def test_links_of_who_left_go_when_the_grace_ends_and_not_before(family: WrittenExport) -> None:
    family.imported()
    family.remove(Category.STUDENT, "1")
    family.imported(NEXT_DAY)
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        assert end_grace(establishment_id=fabre.pk, day=NEXT_DAY + timedelta(days=29)) == 0
        assert GroupMembership.objects.count() == 1
        assert Guardianship.objects.count() == 2
        assert end_grace(establishment_id=fabre.pk, day=NEXT_DAY + timedelta(days=30)) == 3
        assert end_grace(establishment_id=fabre.pk, day=NEXT_DAY + timedelta(days=31)) == 0
        assert not GroupMembership.objects.exists()
        assert not Guardianship.objects.exists()
        assert not Membership.objects.exclude(missing_since=None).exists()


def test_student_who_comes_back_is_a_member_again(family: WrittenExport) -> None:
    family.imported()
    student = family.records[Category.STUDENT].pop("1")
    family.imported(NEXT_DAY)
    family.records[Category.STUDENT]["1"] = student
    report = family.imported(NEXT_DAY)
    assert counts(report, "updated") == {"memberships": 3}
    assert counts(report, "created") == {}
    with tenant_scope([school("0120101V")]):
        assert GroupMembership.objects.count() == 1
        assert Guardianship.objects.count() == 2
    assert roles("1") == {("0120101V", "student")}


def test_importing_twice_after_somebody_left_changes_nothing(family: WrittenExport) -> None:
    family.imported()
    family.remove(Category.STUDENT, "1")
    family.imported(NEXT_DAY)
    report = family.imported(NEXT_DAY)
    assert counts(report, "created") == counts(report, "updated") == counts(report, "removed") == {}


def test_student_who_changed_school_is_a_member_of_the_new_one_only(family: WrittenExport) -> None:
    family.imported()
    family.student("1", structure=LA_ROQUE, links=["2$10$1$1$1$0"], ENTEleveClasses=f"{LA_ROQUE}$4e AG")
    family.imported(NEXT_DAY)
    with tenant_scope(Establishment.objects.all()):
        current = Membership.objects.current(NEXT_DAY).values_list("user__identifiers__value", "establishment__uai")
        assert set(current) == {("1", "0120937D"), ("2", "0120937D"), ("4", "0120101V")}


def test_student_who_changed_class_is_in_the_new_one_only(family: WrittenExport) -> None:
    family.imported()
    family.student("1", links=["2$10$1$1$1$0", "3$20$0$1$1$0"], ENTEleveClasses=f"{FABRE}$5e B")
    report = family.imported(NEXT_DAY)
    assert counts(report, "created") == {"groups": 1, "group_memberships": 1}
    assert counts(report, "removed") == {"group_memberships": 1}


def test_guardian_who_lost_authority_is_no_longer_linked(family: WrittenExport) -> None:
    family.imported()
    family.student("1", links=["2$10$1$1$1$0", "3$20$0$0$1$0"])
    report = family.imported(NEXT_DAY)
    assert counts(report, "removed") == {"memberships": 1, "guardianships": 1}
    assert counts(report, "unchanged")["guardianships"] == 1


def test_teacher_who_lost_a_class_no_longer_teaches_it(family: WrittenExport) -> None:
    family.imported()
    family.staff("4", ENTPersonCategorieEnseignant="O")
    report = family.imported(NEXT_DAY)
    assert counts(report, "removed") == {"teachings": 1, "form_teachers": 1}


def test_teacher_who_became_head_has_that_role_only(family: WrittenExport) -> None:
    family.imported()
    family.staff("4", ENTPersonFonctions=f"{FABRE}$DIR$DIRECTION")
    family.imported(NEXT_DAY)
    with tenant_scope([school("0120101V")]):
        held = Membership.objects.current(NEXT_DAY).filter(user=user("4")).values_list("role", flat=True)
        assert list(held) == ["head"]


def test_last_year_s_classes_are_history(family: WrittenExport) -> None:
    family.imported(date(2025, 6, 30))
    family.remove(Category.STUDENT, "1")
    family.remove(Category.STAFF, "4")
    family.imported(date(2025, 9, 3))
    with tenant_scope([school("0120101V")]):
        assert GroupMembership.objects.count() == Teaching.objects.count() == FormTeacher.objects.count() == 1


def test_what_was_made_by_hand_stays(family: WrittenExport) -> None:
    family.imported()
    fabre = school("0120101V")
    guest, tutor = User.objects.create(username="guest"), User.objects.create(username="tutor")
    with tenant_scope([fabre]):
        group, student = Group.objects.get(), Membership.objects.get(user=user("1"))
        teacher = Membership.objects.create(establishment=fabre, user=guest, role="teacher")
        guardian = Membership.objects.create(establishment=fabre, user=tutor, role="guardian")
        Membership.objects.create(establishment=fabre, user=user("4"), role="local_admin")
        Teaching.objects.create(establishment=fabre, group=group, membership=teacher, subject=Subject.objects.get())
        FormTeacher.objects.create(establishment=fabre, group=group, membership=teacher)
        Guardianship.objects.create(establishment=fabre, student=student, guardian=guardian)
    report = family.imported(NEXT_DAY)
    assert counts(report, "removed") == {}
    family.remove(Category.STAFF, "4")
    assert counts(family.imported(NEXT_DAY), "removed") == {"memberships": 1}
    with tenant_scope([fabre]):
        end_grace(establishment_id=fabre.pk, day=NEXT_DAY + timedelta(days=30))
        assert Teaching.objects.get().membership == FormTeacher.objects.get().membership == teacher
        assert Guardianship.objects.filter(guardian=guardian).exists()


def test_people_of_other_schools_stay(family: WrittenExport) -> None:
    family.staff("5", structure=LA_ROQUE)
    family.imported()
    family.remove(Category.STRUCTURE, LA_ROQUE)
    family.remove(Category.STAFF, "5")
    assert counts(family.imported(NEXT_DAY), "removed") == {}
    assert roles("5") == {("0120937D", "staff")}


def test_nobody_leaves_by_an_unreadable_record(family: WrittenExport) -> None:
    family.imported()
    family.student("1", name="")
    report = family.imported(NEXT_DAY)
    assert [note["reason"] for note in report.rejected] == ["Fiche sans nom."]
    assert roles("1") == {("0120101V", "student")}


@pytest.mark.parametrize("category", [Category.STUDENT, Category.STAFF])
def test_nobody_leaves_by_a_missing_file(family: WrittenExport, category: Category) -> None:
    family.imported()
    family.path(category).unlink()
    family.path(category, 1).write_text(document())
    report = imported(family.folder, NEXT_DAY)
    assert [note["reason"] for note in report.warnings if "tranche" in note["reason"]] == [
        f"Il manque une tranche de {category.value} : rien n’en est retiré."
    ]
    family.path(category, 1).unlink()
    report = imported(family.folder, NEXT_DAY)
    assert f"Aucun fichier {category.value} : rien n’en est retiré." in [note["reason"] for note in report.warnings]
    assert counts(report, "removed") == {}
    assert roles("1") == {("0120101V", "student")}
    assert roles("4") == {("0120101V", "teacher")}


def test_who_left_administers_the_school_no_more_and_does_again_when_they_come_back(family: WrittenExport) -> None:
    family.imported()
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        Membership.objects.create(establishment=fabre, user=user("4"), role="local_admin")
    teacher = family.records[Category.STAFF].pop("4")
    family.imported(NEXT_DAY)
    with tenant_scope([fabre]):
        assert not Membership.objects.current(NEXT_DAY).filter(user=user("4")).exists()
    family.records[Category.STAFF]["4"] = teacher
    family.imported(NEXT_DAY)
    with tenant_scope([fabre]):
        held = Membership.objects.current(NEXT_DAY).filter(user=user("4")).values_list("role", flat=True)
        assert set(held) == {"teacher", "local_admin"}


def test_guardian_without_a_child_left_still_administers_the_school(family: WrittenExport) -> None:
    """A member of the staff whom no feed knows as such: their post was given by hand, and ends by hand."""
    family.imported()
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        Membership.objects.create(establishment=fabre, user=user("2"), role="local_admin")
    family.remove(Category.STUDENT, "1")
    family.imported(NEXT_DAY)
    with tenant_scope([fabre]):
        held = Membership.objects.current(NEXT_DAY).filter(user=user("2")).values_list("role", flat=True)
        assert set(held) == {"local_admin"}


def test_project_made_by_hand_is_left_alone_also_when_a_member_leaves_and_comes_back(family: WrittenExport) -> None:
    family.imported()
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        student, teacher = (Membership.objects.get(user=user(key)) for key in ("1", "4"))
        year = Group.objects.get(name="5e A").school_year
        club = Group.objects.create(establishment=fabre, school_year=year, kind="project", name="Club théâtre")
        # Of the name of a class: the feed's own “5e A” is not taken for it.
        namesake = Group.objects.create(establishment=fabre, school_year=year, kind="project", name="5e A")
        for group in (club, namesake):
            GroupMembership.objects.create(establishment=fabre, group=group, membership=student)
            Teaching.objects.create(establishment=fabre, group=group, membership=teacher, subject=Subject.objects.get())

    def members() -> set[tuple[str, str]]:
        with tenant_scope([fabre]):
            rows = GroupMembership.objects.filter(group__kind="project", membership__missing_since=None)
            taught = Teaching.objects.filter(group__kind="project", membership__missing_since=None)
            return {
                (row.group.name, row.membership.user.first_name)
                for row in [*rows.select_related("group", "membership__user"), *taught.select_related("group")]
            }

    everybody = {("Club théâtre", "Zoé"), ("Club théâtre", "Paul"), ("5e A", "Zoé"), ("5e A", "Paul")}
    student_record = family.records[Category.STUDENT]["1"]
    family.student("1", links=["2$10$1$1$1$0"], ENTEleveClasses=f"{FABRE}$5e B")
    family.imported(NEXT_DAY)
    assert members() == everybody

    family.remove(Category.STUDENT, "1")
    family.imported(NEXT_DAY)
    assert members() == {("Club théâtre", "Paul"), ("5e A", "Paul")}

    family.records[Category.STUDENT]["1"] = student_record
    family.imported(NEXT_DAY)
    assert members() == everybody
    with tenant_scope([fabre]):
        assert Group.objects.filter(kind="project").count() == 2
