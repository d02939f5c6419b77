"""Which lessons there are on which days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Group, GroupMembership, Teaching
from pedagogy.models import Lesson, LetteredWeek, Slot
from pedagogy.timetable.agenda import (
    lesson_of,
    meetings,
    meetings_for_group,
    meetings_for_room,
    meetings_for_student,
    meetings_for_teacher,
    next_meetings,
    next_school_day,
    school_days,
)
from tests.cast import Cast, School
from tests.pedagogy.timetable.weeks import FRIDAY, MONDAY, bare, course, room, slot, zone_c

pytestmark = pytest.mark.django_db


@pytest.fixture
def pastel(cast: Cast) -> Iterator[School]:
    """The school, its scope open, with no slot yet."""
    zone_c()
    with tenant_scope([cast.pastel.establishment]):
        bare(cast.pastel)
        yield cast.pastel


def days_of(school: School, first: date, last: date) -> list[date]:
    return [meeting.on for meeting in meetings(courses=[school.course.pk], first=first, last=last)]


def change(of: Slot, day: date, **values: object) -> Lesson:
    lesson = lesson_of(slot=of, on=day)
    Lesson.objects.filter(pk=lesson.pk).update(is_changed=True, **values)
    return lesson


def test_slot_of_each_week_gives_a_lesson_each_week_but_in_the_holidays_of_the_zone(pastel: School) -> None:
    slot(pastel)
    assert days_of(pastel, date(2026, 10, 5), date(2026, 11, 10)) == [
        date(2026, 10, 5), date(2026, 10, 12), date(2026, 11, 2), date(2026, 11, 9),
    ]  # fmt: skip
    # Zone C is on holiday from 6 to 21 February; A and B are not then.
    assert days_of(pastel, date(2027, 2, 1), date(2027, 2, 23)) == [date(2027, 2, 1), date(2027, 2, 22)]


def test_public_holiday_has_no_lesson(pastel: School) -> None:
    slot(pastel, weekday=2)
    assert days_of(pastel, date(2026, 11, 9), date(2026, 11, 20)) == [date(2026, 11, 18)]  # not on the 11th
    slot(pastel, weekday=0)
    assert date(2027, 3, 29) not in days_of(pastel, date(2027, 3, 22), date(2027, 4, 2))  # Easter Monday


def test_slot_of_a_letter_gives_a_lesson_in_the_weeks_of_that_letter_alone(pastel: School) -> None:
    for rank, letter in enumerate("ABAB"):
        monday = MONDAY + timedelta(days=7 * rank)
        LetteredWeek.objects.update_or_create(
            establishment=pastel.establishment, monday=monday, defaults={"letter": letter}
        )
    slot(pastel, weekday=1, letter="A")
    slot(pastel, weekday=3, letter="B")
    assert days_of(pastel, MONDAY, date(2026, 12, 18)) == [
        date(2026, 11, 24), date(2026, 12, 3), date(2026, 12, 8), date(2026, 12, 17),
    ]  # fmt: skip


def test_slot_begins_and_ends_on_its_days(pastel: School) -> None:
    slot(pastel, first_on=MONDAY + timedelta(days=1), last_on=date(2026, 12, 7))
    assert days_of(pastel, MONDAY, date(2026, 12, 18)) == [date(2026, 11, 30), date(2026, 12, 7)]


def test_lesson_called_off_is_there_once_and_says_why(pastel: School) -> None:
    change(slot(pastel), MONDAY, state="cancelled", reason="Mme Vidal est absente")
    (found,) = meetings(courses=[pastel.course.pk], first=MONDAY, last=FRIDAY)
    assert (found.is_cancelled, found.reason, found.changes) == (True, "Mme Vidal est absente", ())


def test_lesson_moved_to_another_week_leaves_its_day_and_is_found_on_the_new_one(pastel: School) -> None:
    later = FRIDAY + timedelta(days=7)
    change(slot(pastel), MONDAY, on=later, starts_at=time(15), ends_at=time(15, 55))
    assert days_of(pastel, MONDAY, FRIDAY) == []
    (moved,) = meetings(courses=[pastel.course.pk], first=later, last=later)
    assert (moved.on, moved.starts_at, moved.slot_on, moved.changes) == (later, time(15), MONDAY, ("moved",))
    (trace,) = meetings(courses=[pastel.course.pk], first=MONDAY, last=FRIDAY, traces=True)
    assert (trace.is_trace, trace.on, trace.starts_at, trace.goes_to) == (True, MONDAY, time(8), (later, time(15)))


def test_lesson_added_by_hand_takes_place_even_in_the_holidays(pastel: School) -> None:
    day = date(2026, 10, 21)
    Lesson.objects.create(
        establishment=pastel.establishment, course=pastel.course, on=day, starts_at=time(9), ends_at=time(11),
        is_changed=True, reason="Révisions",
    )  # fmt: skip
    (found,) = meetings(courses=[pastel.course.pk], first=day, last=day)
    assert (found.changes, found.reason, found.slot) == (("added",), "Révisions", None)


def test_room_and_substitute_are_told_with_those_before(pastel: School) -> None:
    weekly = slot(pastel, room=room(pastel, "12"))
    other = room(pastel, "Labo 2")
    change(weekly, MONDAY, room=other.pk, teacher=pastel.memberships["colleague"].pk)
    (found,) = meetings(courses=[pastel.course.pk], first=MONDAY, last=FRIDAY)
    assert (found.room, found.was_room) == ("Labo 2", "12")
    assert (found.teachers, found.was_teachers) == (("Colleague Pastel",), ("Teacher Pastel",))
    assert found.changes == ("room", "teacher")


def test_clock_reads_the_same_before_and_after_it_is_put_forward(pastel: School) -> None:
    slot(pastel, weekday=4)
    slot(pastel, weekday=0)
    found = meetings(courses=[pastel.course.pk], first=date(2027, 3, 26), last=date(2027, 4, 2))
    assert [(m.on, m.starts_at) for m in found] == [(date(2027, 3, 26), time(8)), (date(2027, 4, 2), time(8))]
    assert [m.begins.astimezone(UTC) for m in found] == [
        datetime(2027, 3, 26, 7, tzinfo=UTC), datetime(2027, 4, 2, 6, tzinfo=UTC),
    ]  # fmt: skip
    autumn = slot(pastel, weekday=6, hour=2, starts_at=time(2, 30), first_on=date(2026, 9, 6))
    Lesson.objects.create(
        establishment=pastel.establishment, course=pastel.course, on=date(2026, 10, 25), starts_at=autumn.starts_at,
        ends_at=autumn.ends_at,
    )  # fmt: skip
    (twice,) = meetings(courses=[pastel.course.pk], first=date(2026, 10, 25), last=date(2026, 10, 25))
    assert twice.begins < twice.ends  # in the hour that comes twice


def test_student_has_the_lessons_of_their_class_and_of_their_groups(cast: Cast, pastel: School) -> None:
    half = Group.objects.create(
        establishment=pastel.establishment, school_year=pastel.group.school_year, kind="teaching", name="5E B G1"
    )
    GroupMembership.objects.create(
        establishment=pastel.establishment, group=half, membership=pastel.memberships["student"]
    )
    sciences = course(pastel, "SVT", group=half)
    slot(pastel, 0)
    slot(pastel, 1, course=sciences)
    slot(pastel, 2, group=half)
    theirs = meetings_for_student([pastel.memberships["student"].pk], MONDAY, FRIDAY)
    others = meetings_for_student([pastel.memberships["classmate"].pk], MONDAY, FRIDAY)
    assert [m.on.weekday() for m in theirs] == [0, 1, 2]
    assert [m.on.weekday() for m in others] == [0]
    # The class has them all, with who they are for.
    whole = meetings_for_group(pastel.group.pk, MONDAY, FRIDAY)
    assert [m.groups for m in whole] == [("5E B",), ("5E B G1",), ("5E B G1",)]


def test_teacher_has_their_own_and_what_they_take_over_and_sees_who_takes_theirs(pastel: School) -> None:
    colleague = pastel.memberships["colleague"]
    mine, other = slot(pastel, 0), slot(pastel, 1, course=course(pastel, "SVT", colleague))
    slot(pastel, 2, teacher=colleague)  # of the same course, by the other one
    change(other, MONDAY + timedelta(days=1), teacher=pastel.memberships["teacher"].pk)
    change(mine, MONDAY, teacher=colleague.pk)
    with person_scope(pastel.teacher):
        found = meetings_for_teacher(pastel.teacher, MONDAY, FRIDAY)
        assert [(m.subject, m.teachers) for m in found] == [
            ("Mathématiques", ("Colleague Pastel",)), ("SVT", ("Teacher Pastel",)),
        ]  # fmt: skip
    with person_scope(pastel.colleague):
        found = meetings_for_teacher(pastel.colleague, MONDAY, FRIDAY)
        assert [(m.on.weekday(), m.subject) for m in found] == [(0, "Mathématiques"), (1, "SVT"), (2, "Mathématiques")]


def test_teacher_of_the_directory_has_the_lessons_without_being_written_on_the_course(pastel: School) -> None:
    slot(pastel)
    Teaching.objects.create(
        establishment=pastel.establishment, group=pastel.group, membership=pastel.memberships["colleague"],
        subject=pastel.subject,
    )  # fmt: skip
    with person_scope(pastel.colleague):
        (found,) = meetings_for_teacher(pastel.colleague, MONDAY, FRIDAY)
    assert set(found.teachers) == {"Teacher Pastel", "Colleague Pastel"}


def test_room_has_the_lessons_that_are_moved_into_it_and_not_those_moved_out(pastel: School) -> None:
    here, there = room(pastel, "12"), room(pastel, "14")
    first, second = slot(pastel, 0, room=here), slot(pastel, 1, room=there)
    change(first, MONDAY, room=there.pk)
    change(second, MONDAY + timedelta(days=1), room=here.pk)
    assert [m.on for m in meetings_for_room(here.pk, MONDAY, FRIDAY)] == [MONDAY + timedelta(days=1)]
    assert [m.on for m in meetings_for_room(there.pk, MONDAY, FRIDAY)] == [MONDAY]


def test_next_lessons_pass_over_what_is_called_off_and_over_the_holidays(pastel: School) -> None:
    weekly = slot(pastel)
    change(weekly, date(2026, 12, 14), state="cancelled")
    found = next_meetings(pastel.course.pk, date(2026, 12, 7), 2)
    assert [m.on for m in found] == [date(2027, 1, 4), date(2027, 1, 11)]
    at_eight = next_meetings(pastel.course.pk, datetime(2026, 11, 23, 6, 59, tzinfo=UTC), 1)
    assert [m.on for m in at_eight] == [MONDAY]
    assert [m.on for m in next_meetings(pastel.course.pk, datetime(2026, 11, 23, 7, tzinfo=UTC))] != [MONDAY]


def test_lesson_of_a_slot_is_made_once_and_refused_on_another_day(pastel: School) -> None:
    weekly = slot(pastel, room=room(pastel, "12"))
    assert lesson_of(slot=weekly, on=MONDAY) == lesson_of(slot=weekly, on=MONDAY)
    (found,) = meetings(courses=[pastel.course.pk], first=MONDAY, last=FRIDAY)
    assert (found.room, found.is_changed, found.lesson is not None) == ("12", False, True)
    for day in (MONDAY + timedelta(days=1), date(2026, 8, 31)):
        with pytest.raises(ValidationError):
            lesson_of(slot=weekly, on=day)


def test_next_school_day_passes_over_the_week_end_the_holidays_and_the_eleventh_of_november(pastel: School) -> None:
    school = pastel.establishment.pk
    assert next_school_day(date(2026, 11, 27), school) == date(2026, 11, 30)
    assert next_school_day(date(2026, 12, 18), school) == date(2027, 1, 4)
    assert next_school_day(date(2026, 11, 10), school) == date(2026, 11, 12)
    assert school_days([school], date(2027, 5, 5), date(2027, 5, 11)) == [
        date(2027, 5, 5), date(2027, 5, 10), date(2027, 5, 11),
    ]  # fmt: skip


def test_answer_costs_no_more_for_thirty_courses_than_for_one(pastel: School) -> None:
    courses = [course(pastel, f"Matière {rank}") for rank in range(30)]
    for rank, made in enumerate(courses):
        slot(pastel, rank % 5, 8 + rank // 5, course=made)
    with CaptureQueriesContext(connection) as captured:
        assert len(meetings(courses=[made.pk for made in courses], first=MONDAY, last=FRIDAY)) == 30
    assert len([query for query in captured if not query["sql"].startswith("PREPARE")]) <= 4


def test_neighbour_finds_no_lesson_of_the_school(cast: Cast, pastel: School) -> None:
    slot(pastel)
    with tenant_scope([cast.brique.establishment]):
        assert meetings(courses=[pastel.course.pk], first=MONDAY, last=FRIDAY) == []
        assert meetings_for_student([pastel.memberships["student"].pk], MONDAY, FRIDAY) == []
        assert meetings_for_group(pastel.group.pk, MONDAY, FRIDAY) == []
