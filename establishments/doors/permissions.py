"""Who opens and closes the doors of a school.

| right | who |
|---|---|
| establishments.doors.manage | its head, its local administrators, agents of its hub, academy (on an Establishment) |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.people.models import Role
from establishments.people.reach import ACADEMY_AGENT, HUB_AGENT, reach_of
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User

AT_SCHOOL = frozenset({Role.HEAD, Role.LOCAL_ADMIN})
ABOVE = frozenset({HUB_AGENT, ACADEMY_AGENT})


@rules.predicate
def manages_doors(user: User, school: Establishment) -> bool:
    return reach_of(user).has(school.pk, AT_SCHOOL | ABOVE)


rules.add_perm("establishments.doors.manage", manages_doors)
