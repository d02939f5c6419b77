"""A week of lessons for the tests: the Collège du Pastel, zone C, in 2026-2027."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from establishments.models import Group, Membership, SchoolYear, Subject
from establishments.territory.calendar import write_the_calendar
from pedagogy.models import Course, CourseGroup, CourseTeacher, Lesson, Room, Slot
from tests.cast import School

YEAR = (date(2026, 9, 1), date(2027, 7, 2))
MONDAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)


def zone_c() -> None:
    """The national calendar; the cast's academy is in zone C."""
    write_the_calendar()


def bare(school: School) -> None:
    """Without the cast's own slots and lessons; the one that the log holds cannot go, and was years ago."""
    Lesson.objects.filter(establishment=school.establishment, entries=None).delete()
    Lesson.objects.filter(establishment=school.establishment).update(on=date(2020, 1, 6))
    Slot.objects.filter(establishment=school.establishment).delete()


def slot(school: School, weekday: int = 0, hour: int = 8, **fields: Any) -> Slot:
    values = {
        "establishment": school.establishment, "course": school.course, "weekday": weekday, "starts_at": time(hour),
        "ends_at": time(hour, 55), "first_on": YEAR[0], "last_on": YEAR[1],
    }  # fmt: skip
    return Slot.objects.create(**values | fields)  # type: ignore[no-any-return]


def room(school: School, name: str) -> Room:
    return Room.objects.create(establishment=school.establishment, name=name)  # type: ignore[no-any-return]


def course(school: School, name: str, teacher: Membership | None = None, group: Group | None = None) -> Course:
    """A course of the class in another subject."""
    subject, _made = Subject.objects.get_or_create(name=name, defaults={"code": f"{Subject.objects.count():06}"})
    made = Course.objects.create(
        establishment=school.establishment, school_year=SchoolYear.containing(MONDAY), subject=subject
    )
    CourseGroup.objects.create(establishment=school.establishment, course=made, group=group or school.group)
    if teacher:
        CourseTeacher.objects.create(establishment=school.establishment, course=made, membership=teacher)
    return made  # type: ignore[no-any-return]
