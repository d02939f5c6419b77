"""What somebody handed in at a school that they, or their child, have left: theirs to read, and nothing else there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import Http404
from django.utils import timezone
from django_scopes import scopes_disabled

from ent.tenancy.scope import tenant_scope
from establishments.people.models import Guardianship, Membership, Role
from establishments.people.reach import reach_of

if TYPE_CHECKING:
    from accounts.models import User


class Place(NamedTuple):
    """What a student was in a school, and is there no more."""

    membership: int
    user: int
    school: int
    name: str


@dataclass(frozen=True)
class Former:
    """The places whose copies somebody goes on reading."""

    places: tuple[Place, ...] = field(default=())

    @property
    def students(self) -> list[int]:
        return [place.membership for place in self.places]

    @property
    def schools(self) -> frozenset[int]:
        return frozenset(place.school for place in self.places)

    def of(self, user: int) -> Former:
        return Former(tuple(place for place in self.places if place.user == user))

    def named(self, school: int) -> str:
        return next((place.name for place in self.places if place.school == school), "")

    @contextmanager
    def opened(self, besides: frozenset[int] = frozenset()) -> Iterator[None]:
        """The scope of these schools: whatever is read in it is asked for by `students`."""
        with tenant_scope(self.schools | besides):
            yield

    def read(self, what: Callable[[list[int]], Any]) -> Any:
        """`what(students)`, in these schools; 404 for whoever has none."""
        if not self.places:
            raise Http404
        with self.opened():
            return what(self.students)


def former_of(user: User) -> Former:
    """One's own places, and the children's of whoever holds parental authority over them today.

    A guardian reads where they were a guardian themselves: that much their own rows show them, past the open scope.
    """
    wanted = {Role.STUDENT, Role.GUARDIAN} & reach_of(user).all_roles
    if not wanted:
        return Former()
    with scopes_disabled():
        held = Membership.objects.filter(user=user, role__in=wanted, is_blocked=False)
        places = _ended(held.filter(role=Role.STUDENT))
        schools = set(held.filter(role=Role.GUARDIAN).values_list("establishment", flat=True)) if _guards(user) else ()
    if schools:
        children = set(Guardianship.objects.held_by(user).values_list("student__user", flat=True))
        with tenant_scope(schools):
            theirs = Membership.objects.filter(user__in=children, role=Role.STUDENT, is_blocked=False)
            places += _ended(theirs)
    return Former(tuple(places))


def _guards(user: User) -> bool:
    return bool(reach_of(user).memberships(Role.GUARDIAN))


def _ended(memberships: Any) -> list[Place]:
    rows = memberships.filter(ends_on__lt=timezone.localdate()).order_by("pk")
    return [Place._make(row) for row in rows.values_list("pk", "user", "establishment", "establishment__name")]
