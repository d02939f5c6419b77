"""The timetable as people read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
import time_machine

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from pedagogy.models import Lesson
from pedagogy.timetable.agenda import lesson_of
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.timetable.weeks import MONDAY, bare, course, room, slot, zone_c

pytestmark = pytest.mark.django_db

AT_SEVEN, AT_NOON, AT_SIX = "2026-11-23T06:00Z", "2026-11-23T11:00Z", "2026-11-23T17:00Z"
Clients = Callable[[User], Browser]


@pytest.fixture
def pastel(cast: Cast) -> Iterator[School]:
    """Two lessons on Monday, one on Tuesday, one on Friday."""
    zone_c()
    with tenant_scope([cast.pastel.establishment]):
        bare(cast.pastel)
        slot(cast.pastel, 0, 8, room=room(cast.pastel, "12"))
        slot(cast.pastel, 0, 14, course=course(cast.pastel, "SVT", cast.pastel.memberships["colleague"]))
        slot(cast.pastel, 1, 9)
        slot(cast.pastel, 4, 10)
    return cast.pastel


def change(school: School, day: date, **values: object) -> None:
    with tenant_scope([school.establishment]):
        weekly = school.course.slots.get(weekday=day.weekday())
        Lesson.objects.filter(pk=lesson_of(slot=weekly, on=day).pk).update(is_changed=True, **values)


@pytest.mark.parametrize(
    ("now", "title"),
    [
        (AT_SEVEN, "Aujourd’hui : 2 cours, de 8 h à 14 h 55"),
        (AT_NOON, "Aujourd’hui : 2 cours, de 8 h à 14 h 55"),
        (AT_SIX, "Demain : 1 cours, de 9 h à 9 h 55"),
        ("2026-11-27T10:00Z", "Lundi 30 novembre : 2 cours, de 8 h à 14 h 55"),  # Friday, after the last lesson
        ("2026-12-18T12:00Z", "Lundi 4 janvier : 2 cours, de 8 h à 14 h 55"),  # the holidays begin
    ],
)
def test_agenda_opens_on_the_day_that_is_next(pastel: School, client_of: Clients, now: str, title: str) -> None:
    with time_machine.travel(now, tick=False):
        page = client_of(pastel.student).get("/eleve/agenda/")
    assert text_of(page, "h1") == title


def test_student_reads_room_teacher_and_what_has_changed_in_words(pastel: School, client_of: Clients) -> None:
    with tenant_scope([pastel.establishment]):
        labo = room(pastel, "Labo 2")
    change(pastel, MONDAY, state="cancelled", reason="Mme Vidal est absente")
    change(pastel, MONDAY + timedelta(days=1), room=labo.pk, teacher=pastel.memberships["colleague"].pk)
    with time_machine.travel(AT_SEVEN, tick=False):
        page = text_of(client_of(pastel.student).get("/eleve/agenda/"))
    assert "annulé Mme Vidal est absente" in page
    assert "Labo 2 · Colleague Pastel salle changée remplacé par Colleague Pastel" in page


def test_lesson_that_is_going_on_is_told_and_marked(pastel: School, client_of: Clients) -> None:
    with time_machine.travel("2026-11-23T07:30Z", tick=False):
        page = text_of(client_of(pastel.student).get("/eleve/agenda/"))
    assert "Mathématiques salle 12 · Teacher Pastel en cours" in page
    assert page.count("en cours") == 1


def test_moved_lesson_is_told_at_both_places(pastel: School, client_of: Clients) -> None:
    change(pastel, MONDAY, on=MONDAY + timedelta(days=3), starts_at="15:00", ends_at="15:55")
    with time_machine.travel(AT_SEVEN, tick=False):
        page = text_of(client_of(pastel.student).get("/eleve/agenda/"))
    assert "déplacé à jeudi 26, 15 h" in page
    assert "au lieu de lundi 23, 8 h" in page


def test_week_of_the_holidays_says_so(pastel: School, client_of: Clients) -> None:
    with time_machine.travel(AT_SEVEN, tick=False):
        page = client_of(pastel.student).get("/eleve/agenda/?jour=2026-12-22&vue=semaine")
    assert text_of(page, "h1") == "Semaine du 21 au 25 décembre"
    assert "Vacances : Noël" in text_of(page)


@pytest.mark.parametrize("query", ["jour=x", "jour=9999-12-31", "jour=0001-01-01", "jour=2026-02-30", "vue=mois"])
def test_nonsense_in_the_address_shows_the_next_day(pastel: School, client_of: Clients, query: str) -> None:
    with time_machine.travel(AT_SEVEN, tick=False):
        page = client_of(pastel.student).get(f"/eleve/agenda/?{query}")
    assert text_of(page, "h1").startswith("Aujourd’hui")


def test_guardian_reads_the_agenda_of_the_child_and_of_no_other(pastel: School, client_of: Clients) -> None:
    browser = client_of(pastel.guardian)
    with time_machine.travel(AT_SEVEN, tick=False):
        page = browser.get(f"/famille/enfants/{pastel.memberships['student'].pk}/agenda/")
        other = browser.get(f"/famille/enfants/{pastel.memberships['classmate'].pk}/agenda/")
    assert text_of(page, "h1") == "Student · Aujourd’hui : 2 cours, de 8 h à 14 h 55"
    assert other.status_code == 403


def test_teacher_reads_their_own_and_the_whole_week_of_a_class(pastel: School, client_of: Clients) -> None:
    browser = client_of(pastel.teacher)
    with time_machine.travel(AT_SEVEN, tick=False):
        own = text_of(browser.get("/classe/agenda/"))
        class_page = text_of(browser.get(f"/classe/groupes/{pastel.group.pk}/agenda/"))
    assert "SVT" not in own
    assert "5E B Mathématiques · salle 12" in own
    assert "SVT Colleague Pastel" in class_page


def test_home_pages_say_what_is_next(pastel: School, client_of: Clients) -> None:
    change(pastel, MONDAY + timedelta(days=1), state="cancelled")
    with time_machine.travel(AT_SIX, tick=False):
        student = text_of(client_of(pastel.student).get("/eleve/"))
        family = text_of(client_of(pastel.guardian).get("/famille/"))
    assert "Cours : demain" in student
    assert "Student, demain : pas de cours" in family
    assert "9 h · Mathématiques annulé" in family
    with time_machine.travel(AT_SEVEN, tick=False):
        teacher = client_of(pastel.teacher).get("/classe/")
        family = text_of(client_of(pastel.guardian).get("/famille/"))
    assert "Mes cours : aujourd’hui" in text_of(teacher)
    assert f"?groupe={pastel.group.pk}&amp;matiere={pastel.subject.pk}" in teacher.content.decode()
    assert "Student, aujourd’hui : de 8 h à 14 h 55 Mathématiques · salle 12" in family


def test_direction_finds_the_week_of_a_class_a_teacher_and_a_room(pastel: School, client_of: Clients) -> None:
    browser = client_of(pastel.head)
    with time_machine.travel(AT_SEVEN, tick=False):
        assert "5E B" in text_of(browser.get("/etablissement/agenda/"))
        assert "Colleague Pastel" in text_of(browser.get("/etablissement/agenda/?par=enseignant&q=colleague"))
        rooms = browser.get("/etablissement/agenda/?par=salle")
        colleague = browser.get(f"/etablissement/agenda/enseignants/{pastel.memberships['colleague'].pk}/")
    assert "Salle 12" in text_of(rooms)
    assert "SVT" in text_of(colleague)
    assert "Mathématiques" not in text_of(colleague)


def test_api_gives_the_lessons_of_a_period_to_student_guardian_and_teacher(pastel: School, client_of: Clients) -> None:
    change(pastel, MONDAY, state="cancelled", reason="Sortie")
    with time_machine.travel(AT_SEVEN, tick=False):
        for person, student in (("student", "student"), ("guardian", "student"), ("teacher", None)):
            browser = client_of(pastel.person(person))
            rows = browser.get("/api/v1/meetings/?first=2026-11-23&last=2026-11-24").json()
            first = rows[0]
            assert (first["name"], first["state"], first["reason"]) == ("Mathématiques", "cancelled", "Sortie")
            assert first["begins"] == "2026-11-23T08:00:00+01:00"
            assert first["student"] == (pastel.memberships[student].pk if student else None)
        assert client_of(pastel.head).get("/api/v1/meetings/").json() == []
        too_long = client_of(pastel.student).get("/api/v1/meetings/?first=2026-01-01&last=2099-01-01")
    assert too_long.status_code == 400
