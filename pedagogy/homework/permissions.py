"""Who may do what with homework.

| right | who |
|---|---|
| pedagogy.class.read | a teacher of the class or group, this year or before (on a Group) |
| pedagogy.homework.give | a teacher of the class or group, until its year is over (on a Group) |
| pedagogy.homework.view | students of the group, their legal guardians, its teachers, the head |
| pedagogy.homework.teach | a teacher of the group, this year or before (on a Homework) |
| pedagogy.homework.revise | a teacher of the group, until its year is over (on a Homework) |
| pedagogy.homework.study | a student of the group, this year or before |
| pedagogy.homework.do | a student of the group, until its year is over: mark done, hand in |
| pedagogy.homework.follow | a teacher of the group, who gave it, the head: who did what |
| pedagogy.progress.view | the student, their legal guardians, a teacher of the group, who gave it, the head |

A year that is over is read and not changed. In the middle of one, a student who goes to another class keeps what they
have handed in (and so do their guardians), and their new work is the new teachers' alone; a teacher who has a class no
more keeps what they gave there and the copies handed in for it, which are theirs to assess, and nothing else of it.

A student who goes to another school keeps what they handed in at the old one (and so do their guardians): that is no
right in a school that they are of no more, but their own copies, read by `former`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rules

from ent.tenancy.kept import KeptQuery
from establishments.people.models import Group, GroupMembership, Guardianship, Role, Teaching
from establishments.people.reach import reach_of
from pedagogy.homework.models import Homework, Progress
from pedagogy.homework.querysets import is_over
from pedagogy.homework.sheets import Sheet

if TYPE_CHECKING:
    from accounts.models import User


def _teaches(user: User, group_id: int) -> bool:
    teachers = reach_of(user).memberships(Role.TEACHER)
    return bool(teachers) and Teaching.objects.filter(group=group_id, membership__in=teachers).exists()


_in_group = KeptQuery(
    lambda *, group, student: GroupMembership.objects.filter(group=group, membership=student).values_list("pk")[:1]
)


@rules.predicate
def teaches_group(user: User, group: Group) -> bool:
    return _teaches(user, group.pk)


@rules.predicate
def is_going_on(user: User, row: Group | Homework) -> bool:
    return not is_over(row)


@rules.predicate
def teaches(user: User, homework: Homework) -> bool:
    known: bool | None = getattr(homework, "is_taught", None)  # see `with_teaching_of`
    return _teaches(user, homework.group_id) if known is None else known


@rules.predicate
def wrote(user: User, homework: Homework | Sheet) -> bool:
    if isinstance(homework, Sheet):  # a student's own page
        return False
    return homework.author_id in reach_of(user).memberships(Role.TEACHER)


@rules.predicate
def studies(user: User, homework: Homework | Sheet) -> bool:
    if isinstance(homework, Sheet):
        return homework.is_mine
    student = reach_of(user).membership(homework.establishment_id, Role.STUDENT)
    return student is not None and bool(_in_group(group=homework.group_id, student=student))


@rules.predicate
def has_handed_in(user: User, homework: Homework | Sheet) -> bool:
    if isinstance(homework, Sheet):
        return homework.handed_in_at is not None
    students = reach_of(user).memberships(Role.STUDENT)
    return bool(students) and _handed_in(homework, students)


@rules.predicate
def guards_who_handed_in(user: User, homework: Homework) -> bool:
    if not reach_of(user).has(homework.establishment_id, {Role.GUARDIAN}):
        return False
    return _handed_in(homework, Guardianship.objects.held_by(user).values("student"))


def _handed_in(homework: Homework, students: Any) -> bool:
    rows = Progress.objects.filter(homework=homework.pk, student__in=students, handed_in_at__isnull=False)
    return bool(rows.exists())


@rules.predicate
def guards(user: User, homework: Homework) -> bool:
    if not reach_of(user).has(homework.establishment_id, {Role.GUARDIAN}):
        return False
    students = GroupMembership.objects.filter(group=homework.group_id).values("membership")
    return bool(Guardianship.objects.held_by(user).filter(student__in=students).exists())


@rules.predicate
def heads(user: User, row: Homework | Progress) -> bool:
    return reach_of(user).has(row.establishment_id, {Role.HEAD})


@rules.predicate
def owns_progress(user: User, progress: Progress) -> bool:
    return progress.student_id in reach_of(user).memberships(Role.STUDENT)


@rules.predicate
def guards_student(user: User, progress: Progress) -> bool:
    if not reach_of(user).has(progress.establishment_id, {Role.GUARDIAN}):
        return False
    return bool(Guardianship.objects.held_by(user).filter(student=progress.student_id).exists())


@rules.predicate
def teaches_progress(user: User, progress: Progress) -> bool:
    return _teaches(user, progress.homework.group_id)


@rules.predicate
def assesses(user: User, progress: Progress) -> bool:
    return progress.handed_in_at is not None and wrote(user, progress.homework)


rules.add_perm("pedagogy.class.read", teaches_group)
rules.add_perm("pedagogy.homework.give", teaches_group & is_going_on)
rules.add_perm(
    "pedagogy.homework.view", studies | has_handed_in | teaches | wrote | heads | guards | guards_who_handed_in
)
rules.add_perm("pedagogy.homework.teach", teaches)
rules.add_perm("pedagogy.homework.revise", teaches & is_going_on)
rules.add_perm("pedagogy.homework.study", studies)
rules.add_perm("pedagogy.homework.do", studies & is_going_on)
rules.add_perm("pedagogy.homework.follow", teaches | wrote | heads)
rules.add_perm("pedagogy.progress.view", owns_progress | assesses | teaches_progress | heads | guards_student)
