"""Who may print slips.

| right | who |
|---|---|
| establishments.slips.print | the school's head, local administrators, agents of its hub or academy (on a Group) |
| establishments.slips.print_one | these, for whoever is not as high as they are (on a Membership) |
| establishments.slips.follow | whoever asked for the batch, while they may print (on a SlipBatch) |
| establishments.slips.attach | a guardian: another child's slip (on nothing) |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from establishments.people.models import Group, Role
from establishments.people.reach import reach_of
from establishments.support.models import SlipBatch
from establishments.support.permissions import DESK, helps, helps_from_above

if TYPE_CHECKING:
    from accounts.models import User


@rules.predicate
def prints_for(user: User, row: Group | SlipBatch) -> bool:
    return reach_of(user).has(row.establishment_id, DESK)


@rules.predicate
def asked_for(user: User, batch: SlipBatch) -> bool:
    return bool(batch.requested_by_id == user.pk)


@rules.predicate
def is_guardian(user: User, _nothing: object) -> bool:
    return Role.GUARDIAN in reach_of(user).all_roles


rules.add_perm("establishments.slips.print", prints_for)
rules.add_perm("establishments.slips.print_one", helps & helps_from_above)
rules.add_perm("establishments.slips.follow", asked_for & prints_for)
rules.add_perm("establishments.slips.attach", is_guardian)
