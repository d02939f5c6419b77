"""Who may pull the emergency switch.

| right | who |
|---|---|
| establishments.emergency.pull | the head, the local administrators, the academy's agents (on an Establishment) |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.people.models import Role
from establishments.people.reach import ACADEMY_AGENT, reach_of
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User

AT_SCHOOL = frozenset({Role.HEAD, Role.LOCAL_ADMIN})
ABOVE = frozenset({ACADEMY_AGENT})


@rules.predicate
def pulls_switch(user: User, school: Establishment) -> bool:
    return reach_of(user).has(school.pk, AT_SCHOOL | ABOVE)


rules.add_perm("establishments.emergency.pull", pulls_switch)
