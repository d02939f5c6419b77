"""Changes of the year: a year that is over is read and not changed; who goes to another class keeps their work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from lxml import html

from accounts.models import User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Group, GroupMembership, SchoolYear, Teaching
from pedagogy.homework import actions
from pedagogy.models import Homework, Progress
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.homework.rows import in_days, make_class, make_homework

SignIn = Callable[[User], Browser]
OVER = "L’année scolaire de cette classe est terminée"


@pytest.fixture
def last_year(cast: Cast) -> Homework:
    """The Pastel's class and what was given there are of the year before; the student had handed in."""
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        before = SchoolYear.containing(in_days(-366))
        Group.objects.filter(pk=pastel.group.pk).update(school_year=before)
        Homework.objects.filter(pk=pastel.homework.pk).update(due_on=in_days(-366))
        return Homework.objects.get(pk=pastel.homework.pk)


def move(school: School, who: str, group: Group) -> None:
    """In one night, to another class."""
    with tenant_scope([school.establishment]):
        GroupMembership.objects.filter(membership=school.memberships[who], group=school.group).delete()
        GroupMembership.objects.create(
            establishment=school.establishment, membership=school.memberships[who], group=group
        )


def answer_of(do: Callable[..., Any], by: User, **arguments: Any) -> str:
    """What an action that refuses says."""
    with person_scope(by), pytest.raises(ValidationError) as refused:
        do(by=by, **arguments)
    return " ".join(refused.value.messages)


# --- A year that is over --------------------------------------------------------------------------------------


def test_teacher_reads_last_years_class_work_and_copies(cast: Cast, client_of: SignIn, last_year: Homework) -> None:
    pastel, browser = cast.pastel, client_of(cast.pastel.teacher)

    years = text_of(browser.get("/classe/annees/"))
    group = text_of(browser.get(f"/classe/groupes/{pastel.group.pk}/"))
    homework = text_of(browser.get(f"/classe/devoirs/{last_year.pk}/"))
    copy = text_of(browser.get(f"/classe/copies/{pastel.progress.pk}/"))

    assert "5E B" in years
    assert OVER in group
    assert last_year.title in group
    assert "Donner du travail" not in group
    assert OVER in homework
    assert "Modifier" not in homework
    assert pastel.progress.text in copy
    assert "Aucune classe cette année." in text_of(browser.get("/classe/"))


def test_nothing_is_given_changed_or_withdrawn_in_a_year_that_is_over(cast: Cast, last_year: Homework) -> None:
    pastel, teacher = cast.pastel, cast.pastel.teacher
    said = {"title": "Exercice", "due_on": in_days(1)}
    revised = {**said, "instructions": "", "expected_minutes": None, "to_hand_in": True}

    assert OVER in answer_of(actions.give, teacher, group=pastel.group, subject=pastel.subject, **said)
    assert OVER in answer_of(actions.revise, teacher, homework=last_year, **revised)
    assert OVER in answer_of(actions.withdraw, teacher, homework=last_year)
    with person_scope(teacher):
        assert not teacher.has_perm("pedagogy.homework.give", pastel.group)
        assert not teacher.has_perm("pedagogy.homework.revise", last_year)


def test_nothing_is_ticked_handed_in_or_taken_back_in_a_year_that_is_over(cast: Cast, last_year: Homework) -> None:
    student = cast.pastel.student

    assert OVER in answer_of(actions.set_done, student, homework=last_year, done=False)
    assert OVER in answer_of(actions.hand_in, student, homework=last_year, text="Trop tard")
    assert OVER in answer_of(actions.take_back_file, student, file=cast.pastel.progress_file)
    with person_scope(student):
        assert not student.has_perm("pedagogy.homework.do", last_year)


def test_pages_and_api_say_that_the_year_is_over(cast: Cast, client_of: SignIn, last_year: Homework) -> None:
    teacher, student = client_of(cast.pastel.teacher), client_of(cast.pastel.student)

    assert OVER in text_of(teacher.get(f"/classe/devoirs/{last_year.pk}/modifier/", follow=True))
    assert OVER in text_of(student.post(f"/eleve/devoirs/{last_year.pk}/fait/", {"done": "0"}, follow=True))
    refused = student.post(f"/api/v1/homework/{last_year.pk}/hand-in/", {"text": "Trop tard"})
    assert refused.status_code == 400
    assert OVER in refused.content.decode()


def test_student_reads_their_own_work_of_last_year(cast: Cast, client_of: SignIn, last_year: Homework) -> None:
    browser = client_of(cast.pastel.student)

    before = browser.get("/eleve/devoirs/?avant=1")
    page = browser.get(f"/eleve/devoirs/{last_year.pk}/")

    assert last_year.title in text_of(before)
    assert "tick-" not in before.content.decode()
    assert last_year.title not in text_of(browser.get("/eleve/devoirs/?passe=1"))
    assert cast.pastel.progress.text in text_of(page)
    assert "Rendre mon travail" not in text_of(page)
    assert "Compléter ma copie" not in text_of(page)
    assert OVER in text_of(page)


def test_head_reads_last_years_classes_and_what_they_had_to_do(
    cast: Cast, client_of: SignIn, last_year: Homework
) -> None:
    browser = client_of(cast.pastel.head)

    assert "5E B" not in text_of(browser.get("/etablissement/classes/"))
    assert "5E B" in text_of(browser.get("/etablissement/classes/?avant=1"))
    page = text_of(browser.get(f"/etablissement/devoirs/?classe={cast.pastel.group.pk}"))
    assert last_year.title in page
    assert OVER in page


def test_teacher_of_the_other_school_reads_nothing_of_last_year(
    cast: Cast, client_of: SignIn, last_year: Homework
) -> None:
    browser = client_of(cast.brique.teacher)

    assert browser.get(f"/classe/groupes/{cast.pastel.group.pk}/").status_code == 404
    assert "5E B" not in text_of(browser.get("/classe/annees/"))


# --- In the middle of a year ----------------------------------------------------------------------------------


def test_student_who_changes_class_keeps_what_they_handed_in_and_no_more_of_it(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    unread = make_homework(pastel, "Jamais rendu")
    move(pastel, "student", make_class(pastel, "5E C", pastel.memberships["colleague"]))
    browser = client_of(pastel.student)

    past = browser.get("/eleve/devoirs/?passe=1")
    page = browser.get(f"/eleve/devoirs/{pastel.homework.pk}/")

    assert pastel.homework.title in text_of(past)
    assert pastel.progress.text in text_of(page)
    assert "Tu n’es plus dans cette classe" in text_of(page)
    assert browser.get(f"/eleve/devoirs/{unread.pk}/").status_code == 403
    assert browser.get(f"/fichiers/copies/{pastel.progress_file.key}/").status_code == 200
    with person_scope(pastel.student), pytest.raises(PermissionDenied):
        actions.hand_in(homework=pastel.homework, by=pastel.student, text="Encore")


def test_guardian_keeps_the_sight_of_what_the_child_handed_in(cast: Cast, client_of: SignIn) -> None:
    pastel, child = cast.pastel, cast.pastel.memberships["student"].pk
    unread = make_homework(pastel, "Jamais rendu")
    move(pastel, "student", make_class(pastel, "5E C", pastel.memberships["colleague"]))
    browser = client_of(pastel.guardian)

    assert browser.get(f"/famille/enfants/{child}/devoirs/{pastel.homework.pk}/").status_code == 200
    assert browser.get(f"/famille/enfants/{child}/devoirs/{unread.pk}/").status_code == 404


def test_old_teacher_loses_sight_of_the_new_work_and_keeps_the_copies(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    new_class = make_class(pastel, "5E C", pastel.memberships["colleague"])
    move(pastel, "student", new_class)
    new = make_homework(
        pastel, "Nouveau travail", group=new_class, author=pastel.memberships["colleague"], to_hand_in=True
    )
    with tenant_scope([pastel.establishment]):
        progress = Progress.objects.create(
            establishment=pastel.establishment,
            homework=new,
            student=pastel.memberships["student"],
            handed_in_at=timezone.now(),
            text="Nouvelle copie",
        )
    old, colleague = client_of(pastel.teacher), client_of(pastel.colleague)

    page = text_of(old.get(f"/classe/devoirs/{pastel.homework.pk}/"))
    assert "n’est plus dans la classe" in page
    assert pastel.progress.text in text_of(old.get(f"/classe/copies/{pastel.progress.pk}/"))
    assert old.get(f"/classe/copies/{progress.pk}/").status_code == 403
    assert old.get(f"/classe/devoirs/{new.pk}/").status_code == 403
    assert "Nouvelle copie" in text_of(colleague.get(f"/classe/copies/{progress.pk}/"))
    assert colleague.get(f"/classe/copies/{pastel.progress.pk}/").status_code == 403


def test_teacher_who_has_a_class_no_more_keeps_the_copies_of_what_they_gave_and_nothing_else(
    cast: Cast, client_of: SignIn
) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        Teaching.objects.filter(group=pastel.group, membership=pastel.memberships["teacher"]).delete()
        Teaching.objects.create(
            establishment=pastel.establishment,
            group=pastel.group,
            membership=pastel.memberships["colleague"],
            subject=pastel.subject,
        )
    theirs = make_homework(pastel, "De la remplaçante", author=pastel.memberships["colleague"])
    browser = client_of(pastel.teacher)

    assert browser.get(f"/classe/groupes/{pastel.group.pk}/").status_code == 403
    assert pastel.homework.title in text_of(browser.get("/classe/annees/"))
    page = text_of(browser.get(f"/classe/devoirs/{pastel.homework.pk}/"))
    assert "Cette classe n’est plus la vôtre" in page
    assert "Pastel Student" in page
    assert "Pastel Classmate" not in page
    assert browser.get(f"/classe/copies/{pastel.progress.pk}/").status_code == 200
    assert browser.get(f"/classe/devoirs/{theirs.pk}/").status_code == 403
    assert browser.get(f"/classe/devoirs/{pastel.homework.pk}/modifier/").status_code == 403
    new = client_of(pastel.colleague)
    assert new.get(f"/classe/copies/{pastel.progress.pk}/").status_code == 200


def test_guardian_who_loses_authority_loses_sight_at_once(cast: Cast, client_of: SignIn) -> None:
    pastel, child = cast.pastel, cast.pastel.memberships["student"].pk
    browser = client_of(pastel.guardian)
    assert browser.get(f"/famille/enfants/{child}/devoirs/").status_code == 200
    with tenant_scope([pastel.establishment]):
        type(pastel.guardianship).objects.filter(pk=pastel.guardianship.pk).update(is_legal=False)

    assert browser.get(f"/famille/enfants/{child}/devoirs/").status_code == 403
    assert browser.get(f"/fichiers/copies/{pastel.progress_file.key}/").status_code == 403


def test_list_of_the_api_keeps_what_a_student_handed_in_elsewhere(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    move(pastel, "student", make_class(pastel, "5E C", pastel.memberships["colleague"]))

    listed = client_of(pastel.student).get("/api/v1/homework/").json()["results"]

    assert [row["id"] for row in listed] == [pastel.homework.pk]


def test_group_made_by_hand_that_was_ended_is_over_too(cast: Cast) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        Group.objects.filter(pk=pastel.group.pk).update(ends_on=in_days(-1))

    said = answer_of(
        actions.give, pastel.teacher, group=pastel.group, subject=pastel.subject, title="Trop tard", due_on=in_days(1)
    )

    assert OVER in said


def test_years_before_are_under_their_heading_and_in_the_menu(
    cast: Cast, client_of: SignIn, last_year: Homework
) -> None:
    page = client_of(cast.pastel.teacher).get("/classe/annees/")

    assert SchoolYear.containing(in_days(-366)).name in text_of(page)
    tree = html.fromstring(page.content)
    assert tree.xpath("//nav//a[@aria-current][contains(., 'Années précédentes')]")
    assert text_of(page).count("5E B") == 1


def test_copies_of_a_class_that_one_has_no_more_name_it_once(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        Teaching.objects.filter(group=pastel.group).delete()
        for number in range(3):
            more = Homework.objects.create(
                establishment=pastel.establishment, group=pastel.group, subject=pastel.subject,
                author=pastel.memberships["teacher"], title=f"Devoir {number}", due_on=in_days(1), to_hand_in=True,
            )  # fmt: skip
            Progress.objects.create(
                establishment=pastel.establishment, homework=more, student=pastel.memberships["student"],
                handed_in_at=timezone.now(), text="Copie",
            )  # fmt: skip

    page = text_of(client_of(pastel.teacher).get("/classe/annees/"))

    assert page.count("5E B") == 1
    assert all(f"Devoir {number}" in page for number in range(3))
