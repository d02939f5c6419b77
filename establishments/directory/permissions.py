"""Who sees what the imports did, and who decides.

| right | who |
|---|---|
| establishments.directory.view | the school's head, local administrators, its hub, academy (on an Establishment) |
| establishments.directory.decide | the academy's agents: accept, reject, undo (on a SchoolRun); of the school's own \
table its head and local administrators too; what makes or ends a head, not the latter |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.directory.models import SchoolRun
from establishments.directory.structures import is_table
from establishments.people.models import Role
from establishments.people.reach import ACADEMY_AGENT, HUB_AGENT, reach_of
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User

AT_SCHOOL = frozenset({Role.HEAD, Role.LOCAL_ADMIN})
ABOVE = frozenset({HUB_AGENT, ACADEMY_AGENT})


@rules.predicate
def sees_directory(user: User, school: Establishment) -> bool:
    return reach_of(user).has(school.pk, AT_SCHOOL | ABOVE)


@rules.predicate
def decides_on_run(user: User, school_run: SchoolRun) -> bool:
    deciders = {ACADEMY_AGENT, *AT_SCHOOL} if is_table(school_run.realm) else {ACADEMY_AGENT}
    return reach_of(user).has(school_run.establishment_id, deciders)


rules.add_perm("establishments.directory.view", sees_directory)
rules.add_perm("establishments.directory.decide", decides_on_run)
