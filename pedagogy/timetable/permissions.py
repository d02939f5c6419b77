"""Who may do what with the timetable.

| right | who |
|---|---|
| pedagogy.timetable.follow | a teacher of the class or group (on a Group): its week |
| pedagogy.timetable.consult | direction, local administrators, staff (on anything of the school): every week |
| pedagogy.timetable.arrange | direction, local administrators (on anything of the school): slots, rooms, changes |

A student reads their own lessons, a guardian their children's, a teacher their own: these pages ask for nobody else's.
A teacher changes nothing here: in a school, a lesson is called off, moved or given to somebody else by those who
answer for the timetable, and the teacher asks them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rules
from django.db.models import Exists, OuterRef

from establishments.people.models import Group, Role, Teaching
from establishments.people.permissions import SCHOOL_LIFE
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User

ARRANGE = frozenset({Role.HEAD.value, Role.LOCAL_ADMIN.value})


def school_of(row: Any) -> int:
    pk: int = row.pk if isinstance(row, Establishment) else row.establishment_id
    return pk


def with_teaching_of(groups: Any, user: User) -> Any:
    """Annotate groups with `is_taught`: whether the person teaches them."""
    own = Teaching.objects.filter(group=OuterRef("pk"), membership__in=reach_of(user).memberships(Role.TEACHER))
    return groups.annotate(is_taught=Exists(own))


@rules.predicate
def follows(user: User, group: Group) -> bool:
    known: bool | None = getattr(group, "is_taught", None)  # see `with_teaching_of`
    if known is not None:
        return known
    teachers = reach_of(user).memberships(Role.TEACHER)
    return bool(teachers) and Teaching.objects.filter(group=group.pk, membership__in=teachers).exists()


@rules.predicate
def consults(user: User, row: Any) -> bool:
    return reach_of(user).has(school_of(row), SCHOOL_LIFE)


@rules.predicate
def arranges(user: User, row: Any) -> bool:
    return reach_of(user).has(school_of(row), ARRANGE)


rules.add_perm("pedagogy.timetable.follow", follows)
rules.add_perm("pedagogy.timetable.consult", consults)
rules.add_perm("pedagogy.timetable.arrange", arranges)
