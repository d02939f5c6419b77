"""Whose password an emergency leaves alone: whoever holds the keys of others, and who asked for it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.people.models import Mandate, Membership, Role
from establishments.support.permissions import stands_above
from establishments.territory.models import Establishment

POWERS = (Role.HEAD, Role.LOCAL_ADMIN)


def spared(*, people: Any, by: User | None) -> frozenset[int]:
    """Which of these (users' pk, or a query of them) keep their password.

    A parent or a teacher here may be somebody else there: the administration and the agents always keep theirs; the
    heads and local administrators of any school do, unless `by` stands above them in each of these.
    """
    # The school's own scope shows nothing of what they are elsewhere.
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        agents = Exists(Mandate.objects.filter(user=OuterRef("pk")))
        above = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True) | agents, pk__in=people)
        kept = set(above.values_list("pk", flat=True))
        seats: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        held = Membership.objects.not_ended().filter(user__in=people, role__in=POWERS)
        for user, school, role in held.values_list("user", "establishment", "role"):
            seats[user].append((school, role))
        for person in User.objects.filter(pk__in=seats):
            if by is None or not stands_above(by, person, seats[person.pk]):
                kept.add(person.pk)
    return frozenset(kept | {by.pk} if by else kept)
