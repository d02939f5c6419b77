"""Who may do what with homework.

| right | who |
|---|---|
| pedagogy.homework.give | a teacher of the class or group (on a Group) |
| pedagogy.homework.view | students of the group, their legal guardians, its teachers, the head |
| pedagogy.homework.revise | a teacher of the group (on a Homework) |
| pedagogy.homework.do | a student of the group: mark done, hand in |
| pedagogy.homework.follow | a teacher of the group, the head: who did what |
| pedagogy.progress.view | the student, their legal guardians, a teacher of the group, the head |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from ent.tenancy.kept import KeptQuery
from establishments.people.models import Group, GroupMembership, Guardianship, Role, Teaching
from establishments.people.reach import reach_of
from pedagogy.homework.models import Homework, Progress

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
def teaches(user: User, homework: Homework) -> bool:
    return _teaches(user, homework.group_id)


@rules.predicate
def studies(user: User, homework: Homework) -> bool:
    student = reach_of(user).membership(homework.establishment_id, Role.STUDENT)
    return student is not None and bool(_in_group(group=homework.group_id, student=student))


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


rules.add_perm("pedagogy.homework.give", teaches_group)
rules.add_perm("pedagogy.homework.view", studies | teaches | heads | guards)
rules.add_perm("pedagogy.homework.revise", teaches)
rules.add_perm("pedagogy.homework.do", studies)
rules.add_perm("pedagogy.homework.follow", teaches | heads)
rules.add_perm("pedagogy.progress.view", owns_progress | teaches_progress | heads | guards_student)
