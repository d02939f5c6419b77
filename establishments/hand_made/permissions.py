"""Who makes accounts by hand.

| right | who |
|---|---|
| establishments.hand_made.make | the school's head and local administrators (on an Establishment) |
| establishments.hand_made.manage | these: prolong it, end it (on a HandMade) |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.hand_made.models import HandMade
from establishments.people.reach import reach_of
from establishments.support.permissions import SCHOOL_DESK
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User


@rules.predicate
def makes(user: User, school: Establishment) -> bool:
    return reach_of(user).has(school.pk, SCHOOL_DESK)


@rules.predicate
def manages(user: User, row: HandMade) -> bool:
    return reach_of(user).has(row.establishment_id, SCHOOL_DESK)


rules.add_perm("establishments.hand_made.make", makes)
rules.add_perm("establishments.hand_made.manage", manages)
