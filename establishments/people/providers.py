"""Which schools an identity provider vouches for, and whether somebody is of one of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import IdentityProvider, User
from ent.tenancy.scope import person_scope
from establishments.people.models import Mandate, Membership
from establishments.territory.models import Establishment

MOST_SCHOOLS = 20  # in the list of a search


def schools_served_by(provider: IdentityProvider) -> Any:
    """Those named one by one, and those of the authorities named; a provider with neither serves all."""
    if not provider.serves.exists():
        return Establishment.objects.all()
    return Establishment.objects.filter(
        Q(providers__provider=provider)
        | Q(academy__providers__provider=provider)
        | Q(local_authority__providers__provider=provider)
    ).distinct()


def search_served(provider: IdentityProvider, query: str) -> list[tuple[int, str]]:
    schools = schools_served_by(provider)
    for word in query.split()[:5]:
        schools = schools.filter(Q(name__icontains=word) | Q(city__icontains=word) | Q(uai__iexact=word))
    return [(school.pk, str(school)) for school in schools.order_by("city", "name", "pk")[:MOST_SCHOOLS]]


def schools_of(user: User) -> frozenset[int]:
    """Where somebody is something today; a school that has not opened its doors yet is one of theirs already."""
    today = timezone.localdate()
    with person_scope(user), scopes_disabled():
        return frozenset(
            Membership.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), user=user).values_list(
                "establishment_id", flat=True
            )
        )


def serves(provider: IdentityProvider, user: User) -> bool:
    """Is one of the person's schools, or one that their mandate covers, among the provider's?"""
    if not provider.serves.exists():
        return True
    served = schools_served_by(provider)
    if served.filter(pk__in=schools_of(user)).exists():
        return True
    mandates = Mandate.objects.filter(user=user)
    return bool(
        served.filter(
            Q(hub__in=mandates.values("hub"))
            | Q(academy__in=mandates.values("authority"))
            | Q(local_authority__in=mandates.values("authority"))
        ).exists()
    )
