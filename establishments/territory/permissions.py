"""Who sets up the territory.

| right | who |
|---|---|
| establishments.territory.manage | the rectorate: an agent of the school's academy who is of the staff (on a school) |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.people.reach import ACADEMY_AGENT, reach_of
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User


@rules.predicate
def is_rectorate(user: User, school: Establishment) -> bool:
    return bool(user.is_staff) and reach_of(user).has(school.pk, {ACADEMY_AGENT})


rules.add_perm("establishments.territory.manage", is_rectorate)
