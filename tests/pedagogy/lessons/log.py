"""Rows of the lesson log beyond the cast's."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.utils import timezone

from ent.tenancy.scope import tenant_scope
from establishments.models import Teaching
from pedagogy.models import Course, CourseTeacher, Lesson, LessonEntry
from tests.cast import School


def lesson(school: School, days: int = 0, hour: int = 8, **fields: Any) -> Lesson:
    """A lesson of the school's course, so many days from today; already over when it is today's or before."""
    on = timezone.localdate() + timedelta(days=days)
    values = {"course": school.course, "on": on, "starts_at": time(hour), "ends_at": time(hour, 1)}
    with tenant_scope([school.establishment]):
        return Lesson.objects.create(establishment=school.establishment, **{**values, **fields})  # type: ignore[no-any-return]


def past(school: School, **fields: Any) -> Lesson:
    return lesson(school, days=-2, **fields)


def entry_of(of: Lesson) -> LessonEntry | None:
    with tenant_scope([of.establishment_id]):
        return LessonEntry.objects.filter(lesson=of).first()  # type: ignore[no-any-return]


def url_of(of: Lesson) -> str:
    return f"/classe/cahier/seances/{of.pk}/"


def take_the_course_away(school: School) -> None:
    """In one night, the directory and the school give it to nobody."""
    with tenant_scope([school.establishment]):
        Teaching.objects.filter(membership=school.memberships["teacher"]).delete()
        CourseTeacher.objects.filter(membership=school.memberships["teacher"]).delete()


def end_the_year(school: School) -> None:
    from establishments.models import SchoolYear

    before = SchoolYear.containing(timezone.localdate() - timedelta(days=366))
    with tenant_scope([school.establishment]):
        Course.objects.filter(pk=school.course.pk).update(school_year=before)
