"""Who makes groups by hand.

| right | who |
|---|---|
| establishments.groups.make | the school's staff, head and local administrators (on an Establishment) |
| establishments.groups.manage | these, for a group made by hand: the feed's classes are the feed's (on a Group) |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.people.models import Group
from establishments.people.permissions import SCHOOL_LIFE
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User


@rules.predicate
def is_of_school_life(user: User, school: Establishment) -> bool:
    return reach_of(user).has(school.pk, SCHOOL_LIFE)


@rules.predicate
def manages(user: User, group: Group) -> bool:
    return bool(group.kind == Group.Kind.PROJECT) and reach_of(user).has(group.establishment_id, SCHOOL_LIFE)


rules.add_perm("establishments.groups.make", is_of_school_life)
rules.add_perm("establishments.groups.manage", manages)
