from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

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

    def administered_by(self, user: User) -> Self:
        """Those that concern the administrator's schools, and local ones that concern nobody's yet."""
        if user.is_superuser:
            return self
        own = _establishments().visible_to(user)
        concerned = Q(pk__in=own.values("academy")) | Q(pk__in=own.values("local_authority"))
        nobodys = ~Q(kind="academy") & ~Exists(_under_authority(_establishments()))
        return self.filter(concerned | nobodys | Q(pk__in=user.mandates.values("authority")))

    def changeable_by(self, user: User) -> Self:
        """Those of them that concern no school of another academy."""
        if user.is_superuser:
            return self
        return self.administered_by(user).filter(~Exists(_under_authority(_not_of_the_academies_of(user))))


class SupportHubQuerySet(models.QuerySet):
    def administered_by(self, user: User) -> Self:
        """Those that support the administrator's schools, and those that support none yet."""
        if user.is_superuser:
            return self
        own, of_hub = _establishments().visible_to(user), _establishments().filter(hub=OuterRef("pk"))
        return self.filter(Q(pk__in=own.values("hub")) | ~Exists(of_hub) | Q(pk__in=user.mandates.values("hub")))

    def changeable_by(self, user: User) -> Self:
        """Those of them that support no school of another academy."""
        if user.is_superuser:
            return self
        elsewhere = _not_of_the_academies_of(user).filter(hub=OuterRef("pk"))
        return self.administered_by(user).filter(~Exists(elsewhere))

    def over_only(self, schools: Collection[int]) -> Self:
        """Supports some of these schools, and no other."""
        return self.filter(establishments__in=schools).exclude(establishments__in=_others(schools)).distinct()


def _others(schools: Collection[int]) -> Any:
    return _establishments().exclude(pk__in=schools)


def _authorities() -> Any:
    from establishments.territory.models import Authority

    return Authority.objects.order_by()


def _establishments() -> Any:
    from establishments.territory.models import Establishment

    return Establishment.objects.order_by()


def _under_authority(schools: Any) -> Any:
    return schools.filter(Q(academy=OuterRef("pk")) | Q(local_authority=OuterRef("pk")))


def _not_of_the_academies_of(user: User) -> Any:
    from establishments.people.reach import ACADEMY_AGENT, reach_of

    return _others(reach_of(user).where(ACADEMY_AGENT))


class EstablishmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        from establishments.people.reach import reach_of

        return self.filter(pk__in=reach_of(user).establishments)

    def administered_by(self, user: User) -> Self:
        """Those of the mandate; a superuser's are all: what is here of a school is public."""
        return self if user.is_superuser else self.visible_to(user)

    def due(self, day: date) -> Self:
        """Those whose day to be tried out, or to open, has come."""
        planned = Q(state="planned", pilots_on__lte=day)
        return self.filter(planned | (~Q(state="open") & Q(opens_on__lte=day)))


class CompetenceQuerySet(models.QuerySet):
    def administered_by(self, user: User) -> Self:
        return self.filter(authority__in=_authorities().administered_by(user))

    def changeable_by(self, user: User) -> Self:
        return self.filter(authority__in=_authorities().changeable_by(user))

    def of_local_authorities(self) -> Self:
        from establishments.territory.models import LOCAL_AUTHORITIES

        return self.filter(authority__kind__in=LOCAL_AUTHORITIES)


class HolidayQuerySet(models.QuerySet):
    def of(self, school: Establishment) -> Self:
        """Those of the school's zone, and those of all; an academy without a zone has its own dates."""
        return self.filter(zone__in=["", school.academy.holiday_zone]) if school.academy.holiday_zone else self.none()

    def on(self, day: date) -> Self:
        return self.filter(starts_on__lte=day, ends_on__gte=day)
