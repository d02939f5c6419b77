"""The direction and the local administrators arrange the timetable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Notification, User
from ent.tenancy.scope import person_scope, tenant_scope
from pedagogy.models import Lesson, LetteredWeek, Room, Slot
from pedagogy.timetable import actions
from pedagogy.timetable.agenda import lesson_of, meetings
from pedagogy.timetable.conflicts import What, conflicts
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.timetable.weeks import FRIDAY, MONDAY, bare, course, room, slot, zone_c

pytestmark = pytest.mark.django_db

Clients = Callable[[User], Browser]


@pytest.fixture
def pastel(cast: Cast) -> Iterator[School]:
    zone_c()
    with tenant_scope([cast.pastel.establishment]):
        bare(cast.pastel)
    with time_machine.travel("2026-11-23T06:00Z", tick=False):
        yield cast.pastel


@pytest.fixture
def weekly(pastel: School) -> Slot:
    with tenant_scope([pastel.establishment]):
        return slot(pastel, 0, 8, room=room(pastel, "12"))


def told(user: User, school: School) -> list[str]:
    with tenant_scope([school.establishment]):
        found = Notification.objects.filter(user=user, kind="pedagogy.lesson.changed")
        return [title.replace("\xa0", " ") for title in found.values_list("title", flat=True)]


def lesson_fields(lesson: Lesson, **changes: object) -> dict[str, object]:
    return {
        "state": lesson.state, "on": lesson.on, "starts_at": lesson.starts_at, "ends_at": lesson.ends_at,
        "room": lesson.room, "teacher": lesson.teacher, "reason": "",
    } | changes  # fmt: skip


def test_head_adds_a_weekly_lesson_that_the_class_has_from_then_on(pastel: School, client_of: Clients) -> None:
    url = f"/etablissement/agenda/classes/{pastel.group.pk}/ajouter/"
    typed = {
        "course": pastel.course.pk, "weekday": "3", "starts_at": "10:00", "ends_at": "10:55", "letter": "",
        "first_on": "2026-11-23", "last_on": "2027-07-02",
    }  # fmt: skip
    assert client_of(pastel.head).post(url, typed).status_code == 302
    page = text_of(client_of(pastel.student).get("/eleve/agenda/?vue=semaine"))
    assert "10 h 10 h 55 Mathématiques" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ends_at": "09:00"}, "Le cours finit après avoir commencé."),
        ({"last_on": "2026-01-01"}, "Le dernier jour vient après le premier."),
        ({"course": "999999"}, "Sélectionnez un choix valide"),
    ],
)
def test_slot_that_makes_no_sense_is_refused_with_the_reason(
    pastel: School, client_of: Clients, wrong: dict[str, str], said: str
) -> None:
    url = f"/etablissement/agenda/classes/{pastel.group.pk}/ajouter/"
    typed = {
        "course": pastel.course.pk, "weekday": "3", "starts_at": "10:00", "ends_at": "10:55", "letter": "",
        "first_on": "2026-11-23", "last_on": "2027-07-02",
    }  # fmt: skip
    assert said in text_of(client_of(pastel.head).post(url, typed | wrong))


def test_slot_changed_from_a_day_on_leaves_the_past_and_takes_what_hangs_on_it_along(
    pastel: School, weekly: Slot
) -> None:
    with person_scope(pastel.head):
        kept = lesson_of(slot=weekly, on=date(2026, 12, 7))
        actions.edit_slot(
            slot=weekly, version=1, from_on=date(2026, 12, 1), by=pastel.head, weekday=2, starts_at=time(14),
            ends_at=time(14, 55),
        )  # fmt: skip
        found = meetings(courses=[pastel.course.pk], first=MONDAY, last=date(2026, 12, 18))
        assert [(m.on, m.starts_at) for m in found] == [
            (MONDAY, time(8)), (date(2026, 11, 30), time(8)), (date(2026, 12, 2), time(14)),
            (date(2026, 12, 9), time(14)), (date(2026, 12, 16), time(14)),
        ]  # fmt: skip
        assert next(m for m in found if m.on == date(2026, 12, 9)).lesson == kept.pk


def test_second_of_two_who_edit_a_slot_at_once_is_shown_what_the_first_saved(
    pastel: School, weekly: Slot, client_of: Clients
) -> None:
    url = f"/etablissement/agenda/creneaux/{weekly.pk}/"
    typed = {"weekday": "0", "letter": "", "from_on": "2026-09-01", "version": "1", "ends_at": "09:00"}
    assert client_of(pastel.head).post(url, typed | {"starts_at": "08:05"}).status_code == 302
    answer = client_of(pastel.local_admin).post(url, typed | {"starts_at": "08:10"})
    assert answer.status_code == 200
    assert "Quelqu’un d’autre a enregistré entre-temps" in text_of(answer)
    with tenant_scope([pastel.establishment]):
        assert Slot.objects.get(pk=weekly.pk).starts_at == time(8, 5)


def test_lesson_called_off_is_told_to_students_guardians_and_teacher(
    pastel: School, weekly: Slot, client_of: Clients
) -> None:
    url = f"/etablissement/agenda/creneaux/{weekly.pk}/seance/?jour=2026-11-23"
    typed = {"state": "cancelled", "on": "2026-11-23", "starts_at": "08:00", "ends_at": "08:55", "version": "1"}
    with tenant_scope([pastel.establishment]):
        typed["room"] = str(weekly.room_id)
    assert client_of(pastel.local_admin).post(url, typed | {"reason": "Sortie"}).status_code == 302
    for person in (pastel.student, pastel.guardian, pastel.teacher):
        assert told(person, pastel) == ["Mathématiques, lundi 23 novembre à 8 h : annulé"]
    assert told(pastel.colleague, pastel) == []


def test_lesson_is_moved_given_to_somebody_else_and_restored(pastel: School, weekly: Slot) -> None:
    with person_scope(pastel.head):
        lesson = lesson_of(slot=weekly, on=MONDAY)
        changes = {"on": FRIDAY, "starts_at": time(15), "ends_at": time(16), "teacher": pastel.memberships["colleague"]}
        actions.change_lesson(lesson=lesson, version=1, by=pastel.head, **lesson_fields(lesson, **changes))
        (moved,) = meetings(courses=[pastel.course.pk], first=MONDAY, last=FRIDAY)
        assert (moved.on, moved.teachers, moved.changes) == (FRIDAY, ("Colleague Pastel",), ("moved", "teacher"))
        actions.restore_lesson(lesson=lesson, version=2, by=pastel.head)
        (back,) = meetings(courses=[pastel.course.pk], first=MONDAY, last=FRIDAY)
        assert (back.on, back.is_changed, back.changes) == (MONDAY, False, ())


def test_lesson_is_not_moved_into_the_holidays(pastel: School, weekly: Slot) -> None:
    with person_scope(pastel.head):
        lesson = lesson_of(slot=weekly, on=MONDAY)
        with pytest.raises(ValidationError, match=r"Vacances.*Noël"):
            actions.change_lesson(
                lesson=lesson, version=1, by=pastel.head, **lesson_fields(lesson, on=date(2026, 12, 22))
            )


@pytest.mark.parametrize("who", ["teacher", "staff", "student", "guardian"])
def test_nobody_else_changes_a_lesson(pastel: School, weekly: Slot, who: str) -> None:
    person = pastel.person(who)
    with person_scope(person):
        lesson = lesson_of(slot=weekly, on=MONDAY)
        with pytest.raises(PermissionDenied):
            actions.change_lesson(lesson=lesson, version=1, by=person, **lesson_fields(lesson, state="cancelled"))


def test_absence_calls_off_all_the_lessons_but_those_given_by_two(
    pastel: School, weekly: Slot, client_of: Clients
) -> None:
    with tenant_scope([pastel.establishment]):
        slot(pastel, 2, 9)
        shared = course(pastel, "EPI", pastel.memberships["teacher"])
        shared.teachers.create(establishment=pastel.establishment, membership=pastel.memberships["colleague"])
        slot(pastel, 1, 10, course=shared)
    url = f"/etablissement/agenda/enseignants/{pastel.memberships['teacher'].pk}/absence/"
    typed = {"first": "2026-11-23", "last": "2026-11-27", "reason": "En formation"}
    browser = client_of(pastel.head)
    assert "2 cours concernés" in text_of(browser.post(url, typed))
    browser.post(url, typed | {"confirmer": "1"})
    with tenant_scope([pastel.establishment]):
        found = meetings(courses=[pastel.course.pk, shared.pk], first=MONDAY, last=FRIDAY)
    assert [(m.subject, m.is_cancelled) for m in found] == [
        ("Mathématiques", True), ("EPI", False), ("Mathématiques", True),
    ]  # fmt: skip
    assert told(pastel.guardian, pastel) == ["Teacher Pastel : 2 cours annulés"]


def test_absence_that_ends_before_it_begins_or_never_is_refused(pastel: School) -> None:
    with person_scope(pastel.head):
        for last in (date(2026, 11, 1), date(2999, 1, 1)):
            with pytest.raises(ValidationError):
                actions.stand_in(
                    teacher=pastel.memberships["teacher"], first=MONDAY, last=last, reason="", by=pastel.head
                )


@pytest.mark.parametrize(("skips", "after"), [(True, "B"), (False, "B")])
def test_weeks_alternate_from_a_monday_past_the_holidays(pastel: School, skips: bool, after: str) -> None:
    with person_scope(pastel.head):
        actions.letter_weeks(
            establishment=pastel.establishment, monday=date(2026, 12, 14), letter="A", skips_holidays=skips,
            by=pastel.head,
        )  # fmt: skip
        letters = dict(LetteredWeek.objects.filter(monday__gte=date(2026, 12, 14)).values_list("monday", "letter"))
    assert letters[date(2026, 12, 14)] == "A"
    assert date(2026, 12, 21) not in letters
    # Two weeks of holidays: passed over, B follows A; counted, they are B and A.
    assert letters[date(2027, 1, 4)] == after
    assert letters[date(2027, 1, 11)] == "A"


def test_weeks_page_gives_one_week_another_letter(pastel: School, client_of: Clients) -> None:
    browser = client_of(pastel.head)
    browser.post("/etablissement/agenda/semaines/", {"monday": "2026-11-23", "letter": "A", "skips_holidays": "on"})
    browser.post("/etablissement/agenda/semaines/", {"semaine": "2026-11-30 A"})
    with tenant_scope([pastel.establishment]):
        letters = list(LetteredWeek.objects.filter(monday__gte=MONDAY).values_list("letter", flat=True)[:3])
    assert letters == ["A", "A", "A"]


def test_conflicts_of_teacher_room_and_class_are_listed_with_what_to_do(
    pastel: School, weekly: Slot, client_of: Clients
) -> None:
    with tenant_scope([pastel.establishment]):
        other = course(pastel, "SVT", pastel.memberships["teacher"])
        slot(pastel, 0, 8, course=other, room=weekly.room, starts_at=time(8, 30), ends_at=time(9, 30))
        found = conflicts(meetings(courses=[pastel.course.pk, other.pk], first=MONDAY, last=FRIDAY))
    assert {conflict.what for conflict in found} == {What.TEACHER, What.ROOM, What.GROUP}
    page = text_of(client_of(pastel.head).get("/etablissement/agenda/conflits/"))
    assert "3 conflits" in page
    assert "Donnez une autre salle à l’un des deux." in page


def test_lessons_that_follow_each_other_are_no_conflict(pastel: School, weekly: Slot) -> None:
    with tenant_scope([pastel.establishment]):
        slot(pastel, 0, 8, starts_at=time(8, 55), ends_at=time(9, 50), room=weekly.room)
        assert conflicts(meetings(courses=[pastel.course.pk], first=MONDAY, last=FRIDAY)) == []


def test_slot_that_is_ended_keeps_its_past(pastel: School, weekly: Slot, client_of: Clients) -> None:
    client_of(pastel.head).post(f"/etablissement/agenda/creneaux/{weekly.pk}/terminer/")
    with tenant_scope([pastel.establishment]):
        found = meetings(courses=[pastel.course.pk], first=MONDAY - timedelta(days=7), last=date(2026, 12, 18))
    assert [m.on for m in found] == [MONDAY - timedelta(days=7), MONDAY]


def test_room_of_a_name_that_is_there_is_refused(pastel: School, weekly: Slot, client_of: Clients) -> None:
    page = client_of(pastel.head).post("/etablissement/agenda/salles/ajouter/", {"name": "12"})
    assert "Il y a déjà une salle de ce nom." in text_of(page)
    client_of(pastel.head).post("/etablissement/agenda/salles/ajouter/", {"name": "CDI"})
    with tenant_scope([pastel.establishment]):
        assert Room.objects.filter(name="CDI").exists()
