"""What is done with courses. Each function checks the right of `by`, and is atomic."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from establishments.directory.reactions import reaction
from establishments.people.models import Teaching
from pedagogy.courses.models import Course, CourseGroup


@reaction
def make_courses(establishment: int) -> None:
    """A course for each subject that is taught to a class or group, and has none yet.

    What was edited stays: a course that gathers several groups is the course of each of them.
    """
    followed = CourseGroup.objects.filter(group=OuterRef("group"), course__subject=OuterRef("subject"))
    wanting = list(
        Teaching.objects.filter(~Exists(followed), establishment=establishment)
        .order_by("group", "subject")
        .values_list("group", "subject", "group__school_year")
        .distinct()
    )
    courses = Course.objects.bulk_create(
        Course(establishment_id=establishment, school_year_id=year, subject_id=subject)
        for _group, subject, year in wanting
    )
    CourseGroup.objects.bulk_create(
        CourseGroup(establishment_id=establishment, course=course, group_id=group)
        for course, (group, _subject, _year) in zip(courses, wanting, strict=True)
    )
