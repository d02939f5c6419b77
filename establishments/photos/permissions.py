"""Who sees the students' photos, and who puts them there. Nobody, in a school that has not said that it shows them.

| right | who |
|---|---|
| establishments.photos.decide | the school's head and local administrators (on an Establishment) |
| establishments.photos.manage | these, of a student (on a Membership, with its establishment) |
| establishments.photos.browse | the school's head, staff and local administrators: a class's faces (on a Group) |
| establishments.photos.view | those who work in the school, and the student (on a Portrait, with both) |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.people.models import Group, Membership, Role
from establishments.people.permissions import SCHOOL_LIFE, WORKING_IN
from establishments.people.reach import reach_of
from establishments.photos.models import Portrait
from establishments.support.permissions import SCHOOL_DESK
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User


@rules.predicate
def decides(user: User, school: Establishment) -> bool:
    return reach_of(user).has(school.pk, SCHOOL_DESK)


@rules.predicate
def is_student_of_desk(user: User, student: Membership) -> bool:
    return bool(student.role == Role.STUDENT) and reach_of(user).has(student.establishment_id, SCHOOL_DESK)


@rules.predicate
def school_shows(user: User, row: Membership | Portrait) -> bool:
    return bool(row.establishment.shows_photos)


@rules.predicate
def works_there(user: User, portrait: Portrait) -> bool:
    return reach_of(user).has(portrait.establishment_id, WORKING_IN)


@rules.predicate
def is_of_school_life(user: User, group: Group) -> bool:
    return reach_of(user).has(group.establishment_id, SCHOOL_LIFE)


@rules.predicate
def is_the_student(user: User, portrait: Portrait) -> bool:
    return portrait.membership_id in reach_of(user).memberships(Role.STUDENT)


rules.add_perm("establishments.photos.decide", decides)
rules.add_perm("establishments.photos.manage", is_student_of_desk & school_shows)
rules.add_perm("establishments.photos.browse", is_of_school_life)
rules.add_perm("establishments.photos.view", school_shows & (works_there | is_the_student))
