"""Courses and resources for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from establishments.models import Group, Membership
from pedagogy.models import Course, CourseGroup, CourseTeacher, Folder, Resource
from tests.cast import School


def make_course(school: School, *, teacher: str = "teacher", group: Group | None = None, **fields: Any) -> Course:
    own = {"establishment": school.establishment}
    fields.setdefault("school_year", school.group.school_year)
    course = Course.objects.create(**own, subject=school.subject, **fields)
    CourseGroup.objects.create(**own, course=course, group=group or school.group)
    CourseTeacher.objects.create(**own, course=course, membership=school.memberships[teacher])
    return course


def make_folder(course: Course, name: str, parent: Folder | None = None, **fields: Any) -> Folder:
    return Folder.objects.create(
        establishment_id=course.establishment_id, course=course, parent=parent, name=name, **fields
    )


def make_page(course: Course, title: str, folder: Folder | None = None, **fields: Any) -> Resource:
    own = {"establishment_id": course.establishment_id, "course": course, "folder": folder, "kind": "page"}
    return Resource.objects.create(**own, title=title, body="<p>Texte</p>", **fields)


def co_teach(school: School, course: Course, who: str) -> Membership:
    CourseTeacher.objects.create(establishment=school.establishment, course=course, membership=school.memberships[who])
    return school.memberships[who]


def in_days(days: int) -> Any:
    return timezone.localdate() + timedelta(days=days)
