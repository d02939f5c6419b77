"""Two accounts of one person become one: what both had, what only one had, in one school and across two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import AuditEvent, Identifier, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import FormTeacher, GroupMembership, Guardianship, Membership, Teaching
from establishments.support import actions
from pedagogy.models import Homework, Progress, ProgressFile
from tests.browser import Browser, text_of
from tests.cast import Cast, School, make_person, tomorrow

SignIn = Callable[[User], Browser]


def join(school: School, user: User, role: str) -> Membership:
    with tenant_scope([school.establishment]):
        return Membership.objects.create(establishment=school.establishment, user=user, role=role)


def merge(keep: User, drop: User, by: User, school: School) -> None:
    with person_scope(by):
        actions.merge_people(
            keep=User.objects.get(pk=keep.pk),
            drop=User.objects.get(pk=drop.pk),
            by=by,
            reason="Même personne",
            establishment_id=school.establishment.pk,
        )


@pytest.fixture
def twin(cast: Cast) -> User:
    """The same student once more, in the same class of the same school, with work of their own."""
    school = cast.pastel
    user = make_person("Studen", "Pastel", birth_date=date(2013, 3, 24), phone="0600000000")
    membership = join(school, user, "student")
    own = {"establishment": school.establishment}
    with tenant_scope([school.establishment]):
        GroupMembership.objects.create(**own, group=school.group, membership=membership)
        Guardianship.objects.create(**own, student=membership, guardian=school.memberships["guardian"])
        late = Homework.objects.create(
            **own, group=school.group, subject=school.subject, author=school.memberships["teacher"],
            title="Autre devoir", due_on=tomorrow(),
        )  # fmt: skip
        Progress.objects.create(**own, homework=late, student=membership, done_at=timezone.now())
        clash = Progress.objects.create(**own, homework=school.homework, student=membership, text="Deuxième texte")
        ProgressFile.objects.create(
            **own, progress=clash, file="a", name="b.pdf", content_type="application/pdf", size=3
        )
    Identifier.objects.create(user=user, scheme="aaf", realm="16", value="999")
    AuthToken.objects.create(user)
    return user


def test_student_twice_in_one_class_becomes_one_and_no_work_is_lost(cast: Cast, twin: User) -> None:
    school = cast.pastel

    merge(school.student, twin, cast.hub_agent, school)

    with tenant_scope([school.establishment]):
        assert not Membership.objects.filter(user=twin).exists()
        assert Membership.objects.filter(user=school.student, role="student").count() == 1
        assert GroupMembership.objects.filter(membership__user=school.student).count() == 1
        assert Guardianship.objects.filter(student__user=school.student).count() == 1
        titles = Progress.objects.filter(student__user=school.student).values_list("homework__title", flat=True)
        assert sorted(titles) == ["Autre devoir", "Exercices de pastel"]
        both = Progress.objects.get(homework=school.homework, student__user=school.student)
        assert both.text == "Réponse de pastel\n\nDeuxième texte"
        assert sorted(both.files.values_list("name", flat=True)) == ["b.pdf", "copie.png"]
        assert both.handed_in_at is not None
    assert Identifier.objects.get(value="999").user == school.student


def test_dropped_account_can_no_longer_be_used_and_the_trail_tells(cast: Cast, twin: User) -> None:
    merge(cast.pastel.student, twin, cast.hub_agent, cast.pastel)

    twin.refresh_from_db()
    assert not twin.is_active
    assert not twin.has_usable_password()
    assert not AuthToken.objects.filter(user=twin).exists()
    kept = User.objects.get(pk=cast.pastel.student.pk)
    assert (kept.birth_date, kept.phone) == (date(2013, 3, 24), "0600000000")
    with tenant_scope([cast.pastel.establishment]):
        event = AuditEvent.objects.get(verb="accounts.merge")
    assert (event.person, event.actor, event.reason) == (kept, cast.hub_agent, "Même personne")
    assert event.data["dropped_login"] == twin.username


def test_teacher_of_two_schools_becomes_one_across_both(cast: Cast) -> None:
    """Found by the academy, whose scope holds the two schools."""
    merge(cast.pastel.teacher, cast.brique.teacher, cast.rectorate_admin, cast.brique)

    schools = [cast.pastel.establishment, cast.brique.establishment]
    with tenant_scope(schools):
        assert Membership.objects.filter(user=cast.pastel.teacher, role="teacher").count() == 2
        taught = Teaching.objects.filter(membership__user=cast.pastel.teacher)
        assert {row.establishment_id for row in taught} == {school.pk for school in schools}
        assert FormTeacher.objects.filter(membership__user=cast.pastel.teacher).count() == 2
        assert Homework.objects.filter(author__user=cast.pastel.teacher).count() == 2
        assert not Membership.objects.filter(user=cast.brique.teacher).exists()


def test_person_who_is_also_in_a_school_out_of_reach_is_not_merged(cast: Cast, twin: User) -> None:
    join(cast.brique, twin, "student")

    with pytest.raises(ValidationError, match="que vous ne suivez pas"):
        merge(cast.pastel.student, twin, cast.hub_agent, cast.pastel)
    assert User.objects.get(pk=twin.pk).is_active


def test_person_of_another_school_is_not_taken_over(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        merge(cast.pastel.student, cast.brique.student, cast.hub_agent, cast.pastel)
    assert User.objects.get(pk=cast.brique.student.pk).is_active


def test_somebody_as_high_is_not_merged_away(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        merge(cast.pastel.staff, cast.pastel.head, cast.pastel.local_admin, cast.pastel)


def test_person_is_not_merged_with_themself(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="la même personne"):
        merge(cast.pastel.student, cast.pastel.student, cast.hub_agent, cast.pastel)


def test_likely_duplicates_are_listed_compared_and_merged(cast: Cast, desk_of: SignIn, twin: User) -> None:
    school, browser = cast.pastel, desk_of(cast.hub_agent)
    User.objects.filter(pk=school.student.pk).update(birth_date=twin.birth_date)
    User.objects.filter(pk=twin.pk).update(first_name="Stúdent")
    with tenant_scope([school.establishment]):
        second = Membership.objects.get(user=twin)
    first = school.memberships["student"]

    listed = browser.get("/territoire/comptes/doublons/")
    url = f"/territoire/comptes/{first.pk}/doublon/{second.pk}/"
    assert url in listed.content.decode()
    assert "24/03/2013" in text_of(browser.get(url))
    nothing = browser.post(url, {"reason": "Même personne"})
    done = browser.post(url, {"keep": school.student.pk, "reason": "Même personne"}, follow=True)

    assert "Choisissez le compte à garder." in text_of(nothing)
    assert f"Comptes réunis : {school.student.username} reste." in text_of(done)
    assert "Aucun doublon probable." in text_of(browser.get("/territoire/comptes/doublons/"))


def test_membership_that_both_have_spans_both_times(cast: Cast) -> None:
    keep, drop = make_person("Ana", "Durand"), make_person("Anna", "Durand")
    rows = [join(cast.pastel, user, "staff") for user in (keep, drop)]
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.filter(pk=rows[0].pk).update(starts_on=date(2026, 9, 1), ends_on=date(2027, 6, 30))
        Membership.objects.filter(pk=rows[1].pk).update(starts_on=date(2025, 9, 1), ends_on=date(2026, 8, 31))

    merge(keep, drop, cast.pastel.head, cast.pastel)

    with tenant_scope([cast.pastel.establishment]):
        row = Membership.objects.get(user=keep)
    assert (row.starts_on, row.ends_on) == (date(2025, 9, 1), date(2027, 6, 30))


def test_api_merges_two_of_ones_own_schools_only(cast: Cast, desk_of: Callable[[User], Browser]) -> None:
    members, browser = cast.pastel.memberships, desk_of(cast.pastel.head)
    url = f"/api/v1/accounts/{members['student'].pk}/merge/"

    def merge(other: int) -> int:
        sent = {"other": other, "reason": "Même élève"}
        return int(browser.post(url, sent, content_type="application/json").status_code)

    assert merge(cast.brique.memberships["student"].pk) == 400
    assert merge(members["head"].pk) == 403
    assert merge(members["classmate"].pk) == 204
    assert not User.objects.get(pk=cast.pastel.classmate.pk).is_active
    assert User.objects.get(pk=cast.pastel.student.pk).is_active


def test_api_lists_the_likely_duplicates_of_ones_own_desk(cast: Cast, desk_of: SignIn, twin: User) -> None:
    """A namesake in the other school makes neither a duplicate here nor a row of one."""
    user = cast.pastel.student
    namesake = make_person("Homonyme", "Pastel", birth_date=twin.birth_date)
    join(cast.brique, namesake, "student")
    same = {"first_name": user.first_name, "last_name": user.last_name, "birth_date": twin.birth_date}
    for person in (user, twin, namesake):
        User.objects.filter(pk=person.pk).update(**same)

    def listed(who: User) -> list[tuple[str, str, list[str]]]:
        found = desk_of(who).get("/api/v1/accounts/duplicates/").json()["results"]
        return [(one["name"], one["birth_date"], [row["username"] for row in one["accounts"]]) for one in found]

    both = [user.username, twin.username]
    assert listed(cast.pastel.head) == listed(cast.hub_agent) == [(str(user), "2013-03-24", both)]
    assert listed(cast.rectorate_admin) == [(str(user), "2013-03-24", [*both, namesake.username])]
    for stranger in (cast.brique.head, cast.pastel.teacher, cast.authority_agent):
        assert listed(stranger) == []
