from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User
    from establishments.territory.models import Establishment


class AuthorityQuerySet(models.QuerySet):
    def over_only(self, schools: Collection[int]) -> Self:
        """Answerable for some of these schools, and for no other."""
        others = _others(schools)
        return (
            self.filter(Q(establishments__in=schools) | Q(local_establishments__in=schools))
            .exclude(Q(establishments__in=others) | Q(local_establishments__in=others))
            .distinct()
        )


class SupportHubQuerySet(models.QuerySet):
    def over_only(self, schools: Collection[int]) -> Self:
        """Supports some of these schools, and no other."""
        return self.filter(establishments__in=schools).exclude(establishments__in=_others(schools)).distinct()


def _others(schools: Collection[int]) -> Any:
    from establishments.territory.models import Establishment

    return Establishment.objects.exclude(pk__in=schools)


class EstablishmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        from establishments.people.reach import reach_of

        return self.filter(pk__in=reach_of(user).establishments)

    def due(self, day: date) -> Self:
        """Those whose day to be tried out, or to open, has come."""
        planned = Q(state="planned", pilots_on__lte=day)
        return self.filter(planned | (~Q(state="open") & Q(opens_on__lte=day)))


class CompetenceQuerySet(models.QuerySet):
    def of_local_authorities(self) -> Self:
        from establishments.territory.models import LOCAL_AUTHORITIES

        return self.filter(authority__kind__in=LOCAL_AUTHORITIES)


class HolidayQuerySet(models.QuerySet):
    def of(self, school: Establishment) -> Self:
        """Those of the school's zone, and those of all; an academy without a zone has its own dates."""
        return self.filter(zone__in=["", school.academy.holiday_zone]) if school.academy.holiday_zone else self.none()

    def on(self, day: date) -> Self:
        return self.filter(starts_on__lte=day, ends_on__gte=day)
