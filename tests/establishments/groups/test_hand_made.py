"""Groups made by hand: filled, given homework, ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import AuditEvent, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.groups import actions
from establishments.models import Group, GroupMembership, Teaching
from pedagogy.models import Homework
from tests.browser import Browser, text_of
from tests.cast import Cast, School, tomorrow

SignIn = Callable[[User], Browser]
LIST = "/etablissement/groupes/"


def url_of(school: School) -> str:
    return f"{LIST}{school.project.pk}/"


def people_in(school: School) -> set[str]:
    with tenant_scope([school.establishment]):
        students = GroupMembership.objects.filter(group=school.project).select_related("membership__user")
        teachers = Teaching.objects.filter(group=school.project).select_related("membership__user")
        return {row.membership.user.first_name for row in [*students, *teachers]}


def test_staff_makes_a_club_finds_its_people_and_adds_them(cast: Cast, client_of: SignIn) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.staff)

    made = browser.post(LIST, {"name": "  Club   théâtre ", "label": "Le jeudi"}, follow=True)
    assert "Club théâtre" in text_of(made)
    url = made.redirect_chain[-1][0]
    assert "Élève · 5E B" in text_of(browser.get(url, {"q": "STUDENT pastel"}))
    for who in ("student", "teacher"):
        page = text_of(browser.post(f"{url}ajouter/", {"membership": school.memberships[who].pk}, follow=True))

    assert "1 élève" in page
    assert "Mathématiques" in page
    assert "Club théâtre" in text_of(browser.get(LIST))
    with tenant_scope([school.establishment]):
        verbs = list(
            AuditEvent.objects.filter(verb__startswith="groups.").order_by("pk").values_list("verb", flat=True)
        )
    assert verbs == ["groups.create", "groups.add", "groups.add"]


def test_teacher_of_a_project_gives_it_homework_that_its_students_see(cast: Cast, client_of: SignIn) -> None:
    school = cast.pastel
    with person_scope(school.head):
        for who in ("teacher", "student"):
            actions.add(group=school.project, membership=school.memberships[who], by=school.head)
    with tenant_scope([school.establishment]):
        teaching = Teaching.objects.get(group=school.project)

    client_of(school.teacher).post(
        "/classe/donner/", {"teaching": teaching.pk, "title": "Apprendre la scène 2", "due_on": tomorrow()}
    )

    assert "Apprendre la scène 2" in text_of(client_of(school.student).get("/eleve/devoirs/"))
    assert "Apprendre la scène 2" not in text_of(client_of(school.classmate).get("/eleve/devoirs/"))


def test_ended_group_leaves_the_lists_and_takes_no_homework_but_keeps_what_was_given(
    cast: Cast, client_of: SignIn
) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.head)
    with person_scope(school.head):
        for who in ("teacher", "student"):
            actions.add(group=school.project, membership=school.memberships[who], by=school.head)
    with tenant_scope([school.establishment]):
        Homework.objects.create(
            establishment=school.establishment, group=school.project, subject=school.subject, title="Déjà donné",
            author=school.memberships["teacher"], due_on=tomorrow(),
        )  # fmt: skip

    browser.post(f"{url_of(school)}terminer/", follow=True)

    assert "Projet pastel" not in text_of(browser.get(LIST))
    assert "Projet pastel" not in text_of(client_of(school.teacher).get("/classe/donner/"))
    assert "Déjà donné" in text_of(client_of(school.student).get("/eleve/devoirs/"))


def test_somebody_is_taken_out(cast: Cast, client_of: SignIn) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.local_admin)
    for who in ("student", "classmate", "teacher"):
        browser.post(f"{url_of(school)}ajouter/", {"membership": school.memberships[who].pk})
    for who in ("student", "teacher"):
        browser.post(f"{url_of(school)}retirer/", {"membership": school.memberships[who].pk})

    assert people_in(school) == {"Classmate"}


def test_same_person_added_twice_is_there_once(cast: Cast) -> None:
    school = cast.pastel
    with person_scope(school.head):
        for who in ("student", "teacher", "student", "teacher"):
            actions.add(group=school.project, membership=school.memberships[who], by=school.head)

    assert people_in(school) == {"Student", "Teacher"}


@pytest.mark.parametrize("who", ["guardian", "staff", "head"])
def test_only_students_and_teachers_are_added(cast: Cast, who: str) -> None:
    with person_scope(cast.pastel.head), pytest.raises(ValidationError):
        actions.add(group=cast.pastel.project, membership=cast.pastel.memberships[who], by=cast.pastel.head)


def test_teacher_without_a_subject_is_refused_in_words(cast: Cast, client_of: SignIn) -> None:
    school = cast.pastel
    answer = client_of(school.head).post(
        f"{url_of(school)}ajouter/", {"membership": school.memberships["colleague"].pk}, follow=True
    )

    assert "n’enseigne encore aucune matière ici" in text_of(answer)


def test_two_groups_of_a_name_are_refused_and_a_class_of_that_name_is_not_in_the_way(
    cast: Cast, client_of: SignIn
) -> None:
    browser = client_of(cast.pastel.head)

    assert "Un groupe porte déjà ce nom cette année." in text_of(browser.post(LIST, {"name": "PROJET PASTEL"}))
    assert "Groupe créé" in text_of(browser.post(LIST, {"name": "5E B"}, follow=True))


def test_class_of_the_feed_is_not_changed_by_hand(cast: Cast, client_of: SignIn) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.head)

    answer = browser.post(f"{LIST}{school.group.pk}/retirer/", {"membership": school.memberships["student"].pk})

    assert answer.status_code == 403
    with tenant_scope([school.establishment]):
        assert GroupMembership.objects.filter(group=school.group).count() == 2


@pytest.mark.parametrize("membership", ["", "abc", "-1", "9" * 30, "²"])
def test_nonsense_in_place_of_a_person_is_not_found(cast: Cast, client_of: SignIn, membership: str) -> None:
    answer = client_of(cast.pastel.head).post(f"{url_of(cast.pastel)}ajouter/", {"membership": membership})

    assert answer.status_code == 404


def test_person_of_the_other_school_is_neither_found_nor_added(cast: Cast, client_of: SignIn) -> None:
    browser, other = client_of(cast.pastel.head), cast.brique.memberships["student"]

    assert "Personne d’autre ne répond" in text_of(browser.get(url_of(cast.pastel), {"q": "brique"}))
    assert browser.post(f"{url_of(cast.pastel)}ajouter/", {"membership": other.pk}).status_code == 404
    sent = {"membership": other.pk}
    answer = browser.post(f"/api/v1/hand-made-groups/{cast.pastel.project.pk}/add/", sent, "application/json")
    assert answer.status_code == 400


def test_group_for_the_other_school_is_refused_as_for_one_that_never_was(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.pastel.head)
    answers = [
        browser.post("/api/v1/hand-made-groups/", {"establishment": pk, "name": "Club"}, "application/json")
        for pk in (cast.brique.establishment.pk, 10**9)
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    with tenant_scope([cast.brique.establishment]):
        assert not Group.objects.filter(name="Club").exists()


@pytest.mark.parametrize("who", ["student", "guardian", "teacher", "hub_agent"])
def test_others_make_no_group(cast: Cast, who: str) -> None:
    by = getattr(cast.pastel, who, None) or getattr(cast, who)
    with person_scope(by), pytest.raises(PermissionDenied):
        actions.create(school=cast.pastel.establishment, name="Club", by=by)


def test_ended_group_is_not_of_the_year_any_more(cast: Cast) -> None:
    with person_scope(cast.pastel.head):
        actions.end(group=cast.pastel.project, by=cast.pastel.head)
        names = set(Group.objects.of_year().values_list("name", flat=True))
        assert cast.pastel.project.ends_on < timezone.localdate()

    assert names == {"5E B"}
