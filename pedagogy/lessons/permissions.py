"""Who may do what with the lesson log.

| right | who |
|---|---|
| pedagogy.lesson.write | a teacher of the course, or to whom the lesson was given (on a Lesson, a Slot, a LessonEntry) |
| pedagogy.entry.read | who writes it or wrote it; once it is visible: students of the lesson, their legal guardians, teachers of the class, the head (on a LessonEntry) |
| pedagogy.log.read | a teacher of the class or group, the head (on a Group): its whole log, as far as it is visible |
| pedagogy.note.write | a teacher of the course, or to whom the lesson was given: their own notes (on a Lesson) |

Nobody but who wrote them reads private notes, and drafts are read by those who teach the lesson alone. The log of a
class is at the disposal of the head and of inspection (circulaire n° 2010-136 du 6 septembre 2010, BO n° 32 du
9 septembre 2010); `docs/cahier-de-textes.md` says how an inspector reads it. Staff and local administrators have no part
in teaching, and do not read it.

A year that is over is read and not changed: the actions refuse, in words.
"""  # noqa: E501

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rules

from establishments.people.models import Group, Guardianship, Role, Teaching
from establishments.people.reach import reach_of
from pedagogy.courses.models import Course
from pedagogy.lessons.models import LessonEntry, State
from pedagogy.lessons.querysets import followed_by
from pedagogy.timetable.models import Lesson, Slot

if TYPE_CHECKING:
    from accounts.models import User


def _teachers(user: User) -> list[int]:
    return reach_of(user).memberships(Role.TEACHER)


@rules.predicate
def writes(user: User, row: Lesson | Slot | LessonEntry) -> bool:
    teachers = _teachers(user)
    if not teachers:
        return False
    lesson: Any = row.lesson if isinstance(row, LessonEntry) else row
    if lesson.teacher_id in teachers:
        return True
    known: bool | None = getattr(row, "is_taught", None)  # see `lessons_for`
    return bool(Course.objects.taught_by(user).filter(pk=row.course_id).exists()) if known is None else known


@rules.predicate
def wrote(user: User, entry: LessonEntry) -> bool:
    return entry.author_id in _teachers(user)


@rules.predicate
def is_visible(user: User, entry: LessonEntry) -> bool:
    return entry.state == State.PUBLISHED


@rules.predicate
def follows(user: User, entry: LessonEntry) -> bool:
    """As a student, or as a student's guardian."""
    reach = reach_of(user)
    students: set[int] = set(reach.memberships(Role.STUDENT))
    if reach.has(entry.establishment_id, {Role.GUARDIAN}):
        students |= set(Guardianship.objects.held_by(user).values_list("student", flat=True))
    return bool(students) and bool(LessonEntry.objects.filter(followed_by(students), pk=entry.pk).exists())


@rules.predicate
def teaches_the_class(user: User, entry: LessonEntry) -> bool:
    teachers = _teachers(user)
    groups = Teaching.objects.filter(membership__in=teachers, group__courses__course=entry.course_id)
    return bool(teachers) and bool(groups.exists())


@rules.predicate
def teaches_group(user: User, group: Group) -> bool:
    teachers = _teachers(user)
    known: bool | None = getattr(group, "is_taught", None)
    if known is not None or not teachers:
        return bool(known and teachers)
    return bool(Teaching.objects.filter(group=group.pk, membership__in=teachers).exists())


@rules.predicate
def heads(user: User, row: LessonEntry | Group) -> bool:
    return reach_of(user).has(row.establishment_id, {Role.HEAD})


rules.add_perm("pedagogy.lesson.write", writes)
rules.add_perm("pedagogy.note.write", writes)
rules.add_perm("pedagogy.entry.read", wrote | writes | (is_visible & (heads | follows | teaches_the_class)))
rules.add_perm("pedagogy.log.read", heads | teaches_group)
