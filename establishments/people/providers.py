"""Which schools an identity provider vouches for, and whether somebody is of one of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.models import IdentityProvider, User
from establishments.people.models import Mandate
from establishments.people.reach import ACADEMY_AGENT, reach_of, schools_of
from establishments.territory.models import Authority, Establishment, ProviderFor

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


def administered_by(user: User) -> Any:
    """The providers that vouch for people of the administrator's schools."""
    providers = IdentityProvider.objects.all()
    if user.is_superuser:
        return providers
    rows = ProviderFor.objects.filter(provider=OuterRef("pk"))
    own = Q(establishment__in=reach_of(user).establishments)
    own |= Q(authority__in=Authority.objects.order_by().administered_by(user))
    return providers.filter(Exists(rows.filter(own)) | ~Exists(rows))


def changeable_by(user: User) -> Any:
    """Those of them that vouch for nobody of another academy. One that is bound to no school vouches for all."""
    if user.is_superuser:
        return IdentityProvider.objects.all()
    rows = ProviderFor.objects.filter(provider=OuterRef("pk"))
    own = Q(establishment__in=reach_of(user).where(ACADEMY_AGENT))
    own |= Q(authority__in=Authority.objects.order_by().changeable_by(user))
    # An unset column makes its half of the condition unknown, and not false: named the other way round.
    return IdentityProvider.objects.filter(Exists(rows), ~Exists(rows.exclude(pk__in=ProviderFor.objects.filter(own))))


def search_served(provider: IdentityProvider, query: str) -> list[tuple[int, str]]:
    schools = schools_served_by(provider)
    for word in query.split()[:5]:
        schools = schools.filter(Q(name__icontains=word) | Q(city__icontains=word) | Q(uai__iexact=word))
    return [(school.pk, str(school)) for school in schools.order_by("city", "name", "pk")[:MOST_SCHOOLS]]


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
