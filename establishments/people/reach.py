"""What a person may touch: read from their memberships and mandates, at each request, in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, CharField, Value
from django.utils import timezone
from django_scopes import scopes_disabled

from ent.tenancy.kept import KeptQuery
from ent.tenancy.scope import person_scope
from establishments.people.models import Membership, Role
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User

# By a mandate, not by a membership.
HUB_AGENT, AUTHORITY_AGENT, ACADEMY_AGENT = "hub_agent", "authority_agent", "academy_agent"
AGENTS = frozenset({HUB_AGENT, AUTHORITY_AGENT, ACADEMY_AGENT})
MANDATES = {HUB_AGENT: "hub", AUTHORITY_AGENT: "local_authority", ACADEMY_AGENT: "academy"}


@dataclass(frozen=True)
class Seat:
    """One membership, as much of it as every page needs."""

    membership: int
    role: str
    establishment: int
    establishment_name: str

    @property
    def role_label(self) -> str:
        return str(Role(self.role).label)


@dataclass(frozen=True)
class Reach:
    """The person's roles in each establishment that they may touch, and the memberships that give them."""

    roles: Mapping[int, frozenset[str]] = field(default_factory=dict)
    seats: tuple[Seat, ...] = ()

    @property
    def establishments(self) -> frozenset[int]:
        return frozenset(self.roles)

    @property
    def all_roles(self) -> frozenset[str]:
        return frozenset().union(*self.roles.values())

    def has(self, establishment: int, roles: Collection[str]) -> bool:
        """Does the person have one of these roles in that establishment?"""
        return not self.roles.get(establishment, frozenset()).isdisjoint(roles)

    def where(self, *roles: str) -> list[int]:
        """The establishments in which the person has one of these roles."""
        return [pk for pk, held in self.roles.items() if not held.isdisjoint(roles)]

    def memberships(self, *roles: str) -> list[int]:
        """The person's own memberships with one of these roles."""
        return [seat.membership for seat in self.seats if seat.role in roles]

    def membership(self, establishment: int, role: str) -> int | None:
        """The person's own membership with that role in that establishment."""
        for seat in self.seats:
            if seat.establishment == establishment and seat.role == role:
                return seat.membership
        return None


def reach_of(user: User) -> Reach:
    """The person's reach, read once for each loaded user.

    Without a scope the policies show nothing but the person's own memberships.
    """
    known: Reach | None = getattr(user, "_reach", None)
    if known is not None:
        return known
    rows = sorted(_held(user=user.pk, today=timezone.localdate()))
    roles: defaultdict[int, set[str]] = defaultdict(set)
    for establishment, role, _membership, _name in rows:
        roles[establishment].add(role)
    reach = Reach(
        {establishment: frozenset(held_roles) for establishment, held_roles in roles.items()},
        tuple(Seat(pk, role, establishment, name) for establishment, role, pk, name in rows if role not in AGENTS),
    )
    user._reach = reach
    return reach


def schools_of(user: User, *, ended: bool = False) -> frozenset[int]:
    """Where somebody is something, also past the open scope; a school that has not opened its doors yet is one.

    With `ended`, also where they were.
    """
    with person_scope(user), scopes_disabled():
        held = Membership.objects.all() if ended else Membership.objects.not_ended()
        return frozenset(held.filter(user=user).values_list("establishment_id", flat=True))


def needs_second_factor(user: User) -> bool:
    """Whoever holds the keys of others: the rectorate, the agents, the heads. In the person's own scope."""
    return user.is_staff or not reach_of(user).all_roles.isdisjoint(AGENTS | {Role.HEAD})


def _roles_held(*, user: int, today: date) -> Any:
    rows = Membership.objects.open(today).filter(user=user)
    mandated = [
        Establishment.objects.filter(**{f"{path}__mandates__user": user})
        .order_by()
        .values_list("pk", Value(role, CharField()), Value(0, BigIntegerField()), Value("", CharField()))
        for role, path in MANDATES.items()
    ]
    return rows.values_list("establishment_id", "role", "pk", "establishment__name").union(*mandated)


_held = KeptQuery(_roles_held, scoped=False)
