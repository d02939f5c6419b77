"""Days on which a school teaches: neither a week-end, nor a public holiday, nor the holidays of its zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, DateField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.tenancy.kept import KeptQuery
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment, Holiday

if TYPE_CHECKING:
    from accounts.models import User

SATURDAY = 5
LONGEST = 100  # days without lessons: the summer holidays have some sixty


@dataclass(frozen=True)
class Break:
    name: str
    first: date
    last: date
    is_public: bool = False

    @property
    def label(self) -> str:
        """“Vacances : Noël”, “Férié : Armistice de 1918”."""
        return (_("Férié : %(name)s") if self.is_public else _("Vacances : %(name)s")) % {"name": self.name}


@dataclass(frozen=True)
class Calendar:
    """The holidays of some schools."""

    breaks: Mapping[int, tuple[Break, ...]] = field(default_factory=dict)  # by school

    def break_on(self, day: date, school: int) -> Break | None:
        """The holidays that the day is in."""
        for holidays in self.breaks.get(school, ()):
            if holidays.first <= day <= holidays.last:
                return holidays
        if name := public_holidays(day.year).get(day):
            return Break(str(name), day, day, is_public=True)
        return None

    def is_free(self, day: date, school: int) -> bool:
        """Has the school no lessons on that day, whatever its timetable says?"""
        return self.break_on(day, school) is not None

    def teaches(self, day: date, schools: Collection[int] = ()) -> bool:
        """Is it a school day, in one of these schools at least?"""
        if day.weekday() >= SATURDAY:
            return False
        return any(not self.is_free(day, school) for school in schools or self.breaks or (0,))

    def next_school_day(self, after: date, schools: Collection[int] = ()) -> date:
        """The first school day after that one."""
        for day in days(after + timedelta(days=1), after + timedelta(days=LONGEST)):
            if self.teaches(day, schools):
                return day
        return _next_weekday(after)


def days(first: date, last: date) -> Iterator[date]:
    """Both included."""
    for rank in range((last - first).days + 1):
        yield first + timedelta(days=rank)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _next_weekday(after: date) -> date:
    day = after + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


@lru_cache(16)
def public_holidays(year: int) -> Mapping[date, Any]:
    """Article L. 3133-1 of the Code du travail."""
    easter = _easter(year)
    return {
        date(year, 1, 1): gettext_lazy("Jour de l’an"),
        easter + timedelta(days=1): gettext_lazy("Lundi de Pâques"),
        date(year, 5, 1): gettext_lazy("Fête du travail"),
        date(year, 5, 8): gettext_lazy("Victoire de 1945"),
        easter + timedelta(days=39): gettext_lazy("Ascension"),
        easter + timedelta(days=50): gettext_lazy("Lundi de Pentecôte"),
        date(year, 7, 14): gettext_lazy("Fête nationale"),
        date(year, 8, 15): gettext_lazy("Assomption"),
        date(year, 11, 1): gettext_lazy("Toussaint"),
        date(year, 11, 11): gettext_lazy("Armistice de 1918"),
        date(year, 12, 25): gettext_lazy("Noël"),
    }


def _easter(year: int) -> date:
    """Of the Gregorian calendar, by the anonymous algorithm published in Nature in 1876."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _known(*, schools: Any) -> Any:
    """Two sorts of rows: a school and its zone; a zone and its holidays."""
    no_day = Cast(Value(None), DateField())
    zones = Establishment.objects.filter(pk__in=schools).order_by()
    holidays = Holiday.objects.order_by().values_list(Value(0), "zone", "name", "starts_on", "ends_on")
    of_schools = zones.values_list("pk", "academy__holiday_zone", Value("", CharField()), no_day, no_day)
    return holidays.union(of_schools, all=True)


_rows = KeptQuery(_known, scoped=False)


def calendar_for(schools: Collection[int]) -> Calendar:
    """Of these schools, in one query. An academy without a zone has its own dates, which nobody has told us."""
    by_zone: defaultdict[str, list[Break]] = defaultdict(list)
    zones: dict[int, str] = {}
    for school, zone, name, first, last in _rows(schools=sorted(schools)) if schools else ():
        if school:
            zones[school] = zone
        else:
            by_zone[zone].append(Break(name, first, last))
    return Calendar({pk: (*by_zone[zone], *by_zone[""]) if zone else () for pk, zone in zones.items()})


def calendar_of(user: User) -> Calendar:
    """Of the schools in which the person is something, read once for each loaded user."""
    known: Calendar | None = getattr(user, "_calendar", None)
    if known is None:
        known = user._calendar = calendar_for({seat.establishment for seat in reach_of(user).seats})
    return known
