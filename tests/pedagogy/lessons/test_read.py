"""Who reads the log: students and families their lessons, teachers and the head a class's year."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Group, GroupMembership
from pedagogy.models import Homework, LessonEntry
from tests.browser import Browser, text_of
from tests.cast import Cast
from tests.pedagogy.lessons.log import past
from tests.pedagogy.timetable.weeks import course

SignIn = Callable[[User], Browser]


def test_guardian_reads_the_childs_log_with_the_correction_and_what_was_to_be_done(
    cast: Cast, client_of: SignIn
) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        Homework.objects.filter(pk=pastel.homework.pk).update(due_on=pastel.entry.lesson.on)

    page = text_of(client_of(pastel.guardian).get(f"/famille/enfants/{pastel.memberships['student'].pk}/cahier/"))

    assert "Thalès à pastel" in page
    assert "Lire page 112 à pastel." in page
    assert "activite.pdf" in page
    assert "Était à faire Exercices de pastel" in page


def test_guardian_of_another_child_is_refused(cast: Cast, client_of: SignIn) -> None:
    classmate = cast.pastel.memberships["classmate"].pk

    assert client_of(cast.pastel.guardian).get(f"/famille/enfants/{classmate}/cahier/").status_code == 403


def test_log_is_read_by_course(cast: Cast, client_of: SignIn) -> None:
    with tenant_scope([cast.pastel.establishment]):
        other = course(cast.pastel, "Latin")
    browser = client_of(cast.pastel.student)

    assert "Thalès à pastel" in text_of(browser.get(f"/eleve/cahier/?cours={cast.pastel.course.pk}"))
    page = text_of(browser.get(f"/eleve/cahier/?cours={other.pk}"))

    assert "Thalès à pastel" not in page
    assert "Rien d’écrit dans ce cours." in page


def test_lesson_of_half_a_class_is_in_the_log_of_its_students_only(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        half = Group.objects.create(
            establishment=pastel.establishment, school_year=pastel.group.school_year, kind="teaching", name="5B G1"
        )
        GroupMembership.objects.create(
            establishment=pastel.establishment, group=half, membership=pastel.memberships["student"]
        )
        there = past(pastel, group=half)
        LessonEntry.objects.create(
            establishment=pastel.establishment, lesson=there, course=pastel.course,
            author=pastel.memberships["teacher"], title="Travaux pratiques", visible_at=pastel.entry.visible_at,
        )  # fmt: skip

    assert "Travaux pratiques" in text_of(client_of(pastel.student).get("/eleve/cahier/"))
    assert "Travaux pratiques" not in text_of(client_of(pastel.classmate).get("/eleve/cahier/"))
    log = client_of(pastel.head).get(f"/etablissement/classes/{pastel.group.pk}/cahier/")
    assert "Travaux pratiques" in text_of(log)


def test_head_reads_the_years_log_of_a_class_in_its_order(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        LessonEntry.objects.create(
            establishment=pastel.establishment, lesson=past(pastel), course=pastel.course,
            author=pastel.memberships["teacher"], title="Pythagore", visible_at=pastel.entry.visible_at,
        )  # fmt: skip
    browser, url = client_of(pastel.head), f"/etablissement/classes/{pastel.group.pk}/cahier/"

    assert url in browser.get("/etablissement/cahier/").content.decode()
    newest, in_order = text_of(browser.get(url)), text_of(browser.get(f"{url}?ordre=annee"))

    assert newest.index("Thalès à pastel") < newest.index("Pythagore")
    assert in_order.index("Pythagore") < in_order.index("Thalès à pastel")
    assert "Teacher Pastel" in newest


@pytest.mark.parametrize("who", ["staff", "local_admin"])
def test_staff_and_local_administrators_do_not_read_it(cast: Cast, client_of: SignIn, who: str) -> None:
    browser = client_of(cast.pastel.person(who))

    assert browser.get(f"/etablissement/classes/{cast.pastel.group.pk}/cahier/").status_code == 403
    assert "Thalès" not in browser.get("/api/v1/lesson-entries/").content.decode()


def test_teacher_of_the_class_reads_what_colleagues_do_there(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    with tenant_scope([pastel.establishment]):
        latin = course(pastel, "Latin", pastel.memberships["colleague"])
        LessonEntry.objects.create(
            establishment=pastel.establishment, lesson=past(pastel, course=latin), course=latin,
            author=pastel.memberships["colleague"], title="César en Gaule", visible_at=pastel.entry.visible_at,
        )  # fmt: skip

    page = text_of(client_of(pastel.teacher).get(f"/classe/groupes/{pastel.group.pk}/cahier/"))

    assert "César en Gaule" in page


def test_what_one_wrote_stays_ones_own_to_read_when_the_course_is_somebody_elses(cast: Cast, client_of: SignIn) -> None:
    from tests.pedagogy.lessons.log import take_the_course_away

    take_the_course_away(cast.pastel)

    answer = client_of(cast.pastel.teacher).get(f"/api/v1/lesson-entries/{cast.pastel.entry.pk}/")

    assert answer.json()["title"] == "Thalès à pastel"
