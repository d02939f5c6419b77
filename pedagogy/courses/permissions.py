"""Who may do what with courses and their resources.

| right | who |
|---|---|
| pedagogy.course.read | its students, their legal guardians, its teachers, the head; if shared, the school's teachers |
| pedagogy.course.teach | a teacher of it: the directory's, or added by hand |
| pedagogy.course.copy | a teacher of it, and the school's teachers if it is shared |
| pedagogy.folder.read | who reads the course (on a Folder); students and guardians once it is open |
| pedagogy.folder.teach | a teacher of the course (on a Folder) |
| pedagogy.resource.read | who reads the course (on a Resource); students and guardians once it is open |
| pedagogy.resource.teach | a teacher of the course (on a Resource) |

The actions refuse, in words, to change the course of a year that is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules
from django.utils import timezone

from establishments.people.models import Role
from establishments.people.reach import reach_of
from pedagogy.courses.models import Course, Folder, Resource

if TYPE_CHECKING:
    from accounts.models import User

Row = Course | Folder | Resource


def _course(user: User, row: Row) -> Course:
    """The row's course, with why the person may open it."""
    course: Course = row if isinstance(row, Course) else row.course
    if not hasattr(course, "is_taught"):
        known = Course.objects.with_reasons(user).get(pk=course.pk)
        for reason in ("is_taught", "is_followed", "is_guarded"):
            setattr(course, reason, getattr(known, reason))
    return course


@rules.predicate
def teaches(user: User, row: Row) -> bool:
    return bool(_course(user, row).is_taught)  # type: ignore[attr-defined]


@rules.predicate
def follows(user: User, row: Row) -> bool:
    course = _course(user, row)
    return bool(course.is_followed or course.is_guarded)  # type: ignore[attr-defined]


@rules.predicate
def heads(user: User, row: Row) -> bool:
    return reach_of(user).has(row.establishment_id, {Role.HEAD})


@rules.predicate
def is_shared_with(user: User, row: Row) -> bool:
    return _course(user, row).is_shared and reach_of(user).has(row.establishment_id, {Role.TEACHER})


@rules.predicate
def is_open(user: User, row: Folder | Resource) -> bool:
    return bool(type(row).objects.open_on(timezone.localdate()).filter(pk=row.pk).exists())


rules.add_perm("pedagogy.course.read", heads | teaches | is_shared_with | follows)
rules.add_perm("pedagogy.course.teach", teaches)
rules.add_perm("pedagogy.course.copy", teaches | is_shared_with)
rules.add_perm("pedagogy.folder.read", heads | teaches | is_shared_with | (follows & is_open))
rules.add_perm("pedagogy.folder.teach", teaches)
rules.add_perm("pedagogy.resource.read", heads | teaches | is_shared_with | (follows & is_open))
rules.add_perm("pedagogy.resource.teach", teaches)
