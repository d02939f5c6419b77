"""Who may do what with people.

| right | who |
|---|---|
| establishments.student.follow | a legal guardian of the student (on a Membership) |
| establishments.group.view | those who work in the school: teachers, staff, head, local administrator |
| establishments.group.open | these, the group's students, and their legal guardians |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.people.models import Group, Guardianship, Membership, Role
from establishments.people.reach import reach_of

if TYPE_CHECKING:
    from accounts.models import User

SCHOOL_LIFE = frozenset({Role.STAFF, Role.HEAD, Role.LOCAL_ADMIN})
WORKING_IN = SCHOOL_LIFE | {Role.TEACHER}


@rules.predicate
def guards_student(user: User, student: Membership) -> bool:
    if not reach_of(user).has(student.establishment_id, {Role.GUARDIAN}):
        return False
    return bool(Guardianship.objects.held_by(user).filter(student=student).exists())


@rules.predicate
def works_there(user: User, group: Group) -> bool:
    return reach_of(user).has(group.establishment_id, WORKING_IN)


@rules.predicate
def follows_group(user: User, group: Group) -> bool:
    return bool(Group.objects.filter(pk=group.pk).visible_to(user).exists())


rules.add_perm("establishments.student.follow", guards_student)
rules.add_perm("establishments.group.view", works_there)
rules.add_perm("establishments.group.open", works_there | follows_group)
