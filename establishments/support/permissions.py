"""Who may help whom to get in.

| right | who |
|---|---|
| establishments.accounts.help | an agent of the school's hub or of the academy, its head, its local administrators |
| establishments.accounts.reset | these, for whoever is not as high as they are: code, unlock, block, merge |
| establishments.accounts.reset_student | these, and a form teacher for a student of the class: code |
| establishments.accounts.close | an agent of the academy: close an account everywhere |
| establishments.accounts.remove_second_factor | an agent of the hub or of the academy: of who lost it |
| establishments.class_accounts.view | a form teacher of the class (on a Group) |
| establishments.deputies.manage | the head and local administrators (on a Membership of the school) |
| establishments.case.open | those who help, the form teacher, a guardian of the student, the person (on a Membership) |
| establishments.case.view | those who help (on a Case) |
| establishments.case.handle | those who help, from the level that the case has reached: school, hub, academy |

The local authorities (département, Région) help nobody in. Nobody helps themself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import rules
from django.db.models import Exists, OuterRef

from establishments.people.models import FormTeacher, Group, Guardianship, Mandate, Membership, Role
from establishments.people.reach import ACADEMY_AGENT, HUB_AGENT, reach_of
from establishments.support.models import Case

if TYPE_CHECKING:
    from accounts.models import User

HUB_DESK = frozenset({HUB_AGENT, ACADEMY_AGENT})
SCHOOL_DESK = frozenset({Role.HEAD, Role.LOCAL_ADMIN})
DESK = HUB_DESK | SCHOOL_DESK

# How high somebody stands: one helps only those below.
HEIGHTS = {Role.LOCAL_ADMIN: 1, Role.HEAD: 2, HUB_AGENT: 3, ACADEMY_AGENT: 4}

HANDLERS = {
    Case.Level.SCHOOL: DESK,
    Case.Level.HUB: HUB_DESK,
    Case.Level.ACADEMY: frozenset({ACADEMY_AGENT}),
}


def height_in(user: User, establishment: int) -> int:
    """How high the helper stands in that school; 0 for whoever has no desk there."""
    held = reach_of(user).roles.get(establishment, frozenset())
    return max((HEIGHTS.get(role, 0) for role in held), default=0)


def stands_above(user: User, person: User, seats: Iterable[tuple[int, str]]) -> bool:
    """Is the helper higher than the person in every school of these (establishment, role)?

    Those of the administration are out of any desk's hands. Below a local administrator all are equal, so that a
    form teacher, who has no desk, stands above none but these.
    """
    if user.pk == person.pk or person.is_staff or person.is_superuser:
        return False
    return all(HEIGHTS.get(role, 0) < max(1, height_in(user, school)) for school, role in seats)


@rules.predicate
def helps(user: User, membership: Membership) -> bool:
    return reach_of(user).has(membership.establishment_id, DESK)


@rules.predicate
def helps_from_above(user: User, membership: Membership) -> bool:
    seats = Membership.objects.filter(user=membership.user_id).annotate(
        is_agent=Exists(Mandate.objects.filter(user=OuterRef("user")))
    )
    rows = list(seats.values_list("establishment_id", "role", "is_agent"))
    if any(is_agent for _school, _role, is_agent in rows):
        return False
    return stands_above(user, membership.user, [(school, role) for school, role, _is_agent in rows])


@rules.predicate
def has_in_class(user: User, membership: Membership) -> bool:
    if membership.role != Role.STUDENT:
        return False
    own = reach_of(user).memberships(Role.TEACHER)
    classes = Group.objects.of_year().filter(students__membership=membership.pk)
    return bool(own) and FormTeacher.objects.filter(membership__in=own, group__in=classes.values("pk")).exists()


@rules.predicate
def answers_for_class(user: User, group: Group) -> bool:
    own = reach_of(user).memberships(Role.TEACHER)
    return bool(own) and FormTeacher.objects.filter(membership__in=own, group=group).exists()


@rules.predicate
def is_agent_over(user: User, membership: Membership) -> bool:
    return reach_of(user).has(membership.establishment_id, HUB_DESK)


@rules.predicate
def closes(user: User, membership: Membership) -> bool:
    return reach_of(user).has(membership.establishment_id, {ACADEMY_AGENT})


@rules.predicate
def runs_school(user: User, membership: Membership) -> bool:
    return reach_of(user).has(membership.establishment_id, SCHOOL_DESK)


@rules.predicate
def is_self(user: User, membership: Membership) -> bool:
    return bool(membership.user_id == user.pk)


@rules.predicate
def guards(user: User, membership: Membership) -> bool:
    if not reach_of(user).has(membership.establishment_id, {Role.GUARDIAN}):
        return False
    return bool(Guardianship.objects.held_by(user).filter(student=membership).exists())


@rules.predicate
def has_desk_for(user: User, case: Case) -> bool:
    return reach_of(user).has(case.establishment_id, DESK)


@rules.predicate
def handles(user: User, case: Case) -> bool:
    return reach_of(user).has(case.establishment_id, HANDLERS[Case.Level(case.level)])


rules.add_perm("establishments.accounts.help", helps)
rules.add_perm("establishments.accounts.reset", helps & helps_from_above)
rules.add_perm("establishments.accounts.reset_student", (helps & helps_from_above) | (has_in_class & helps_from_above))
rules.add_perm("establishments.accounts.close", closes & helps_from_above)
rules.add_perm("establishments.accounts.remove_second_factor", is_agent_over & helps_from_above)
rules.add_perm("establishments.class_accounts.view", answers_for_class)
rules.add_perm("establishments.deputies.manage", runs_school)
rules.add_perm("establishments.case.open", is_self | helps | has_in_class | guards)
rules.add_perm("establishments.case.view", has_desk_for)
rules.add_perm("establishments.case.handle", handles)
