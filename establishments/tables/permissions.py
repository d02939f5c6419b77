"""Who brings a school's people by a table.

| right | who |
|---|---|
| establishments.tables.bring | the school's head and local administrators, the academy's agents (on an Establishment) |

What a table would change is decided by the same (establishments.directory.decide).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.people.models import Role
from establishments.people.reach import ACADEMY_AGENT, reach_of
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User

BRINGERS = frozenset({Role.HEAD, Role.LOCAL_ADMIN, ACADEMY_AGENT})


@rules.predicate
def brings(user: User, school: Establishment) -> bool:
    return reach_of(user).has(school.pk, BRINGERS)


rules.add_perm("establishments.tables.bring", brings)
