"""How much work a class has for one day and its week, and from how much its school warns."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple, Self

from django.utils import timezone
from django.utils.translation import gettext as _

from ent.portal.templatetags.portal import day as day_name
from ent.portal.templatetags.portal import minutes as minutes_name
from establishments.people.models import GroupMembership
from establishments.territory.models import Establishment
from pedagogy.homework.models import DailyLoad, Homework
from pedagogy.timetable.calendar import calendar_for

# No text sets it. A student of a collège has 26 hours of lessons a week (arrêté of 19 May 2015), one of a lycée about
# 28: an hour, or two, an evening keeps their week near the 35 and the 40 hours of an adult's.
DEFAULT = {Establishment.Kind.COLLEGE: 60, Establishment.Kind.EREA: 60}
DEFAULT_ELSEWHERE = 120  # minutes
FRIDAY, SUNDAY = 4, 6


class Load(NamedTuple):
    """In minutes, of the student of the class who has most; what is for some students only is not counted."""

    day: int
    week: int
    subjects: tuple[tuple[str, int], ...]  # what the day is made of
    limit: int

    def passes(self, more: int) -> bool:
        return self.day + more > self.limit


def limit_of(establishment: int) -> int:
    """From how many minutes for one day the school warns."""
    said = DailyLoad.objects.filter(establishment=establishment).values_list("minutes", flat=True).first()
    if said is not None:
        return int(said)
    kind = Establishment.objects.values_list("kind", flat=True).get(pk=establishment)
    return DEFAULT.get(kind, DEFAULT_ELSEWHERE)


def load_of_class(*, group: int, establishment: int, day: date, but: int | None = None) -> Load:
    """With the work of the other groups that its students are in; `but` leaves one homework out."""
    monday = day - timedelta(days=day.weekday())
    there = GroupMembership.objects.filter(group=group, membership__missing_since=None).values("membership")
    groups = defaultdict(set)
    for student, followed in GroupMembership.objects.filter(membership__in=there).values_list("membership", "group"):
        groups[student].add(followed)
    rows = (
        Homework.objects.filter(group__in={pk for own in groups.values() for pk in own} | {group})
        .filter(withdrawn_at=None, for_some=False, expected_minutes__isnull=False)
        .due_between(monday, monday + timedelta(days=SUNDAY))
        .exclude(pk=but)
        .order_by("pk")
        .values_list("group", "due_on", "expected_minutes", "subject__name", "published_at")
    )
    given, now = list(rows), timezone.now()
    days, weeks = [0], [0]
    for own in groups.values():
        days.append(sum(minutes for of, on, minutes, *_rest in given if on == day and of in own))
        weeks.append(sum(minutes for of, _on, minutes, *_rest in given if of in own))
    subjects: defaultdict[str, int] = defaultdict(int)
    for _of, on, minutes, subject, published_at in given:
        if on == day and published_at <= now:  # what a colleague has planned counts, and is not named
            subjects[subject] += minutes
    return Load(max(days), max(weeks), tuple(subjects.items()), limit_of(establishment))


class Day(NamedTuple):
    """What is to know of a day before work is given for it."""

    on: date
    load: Load
    holiday: str  # “Vacances de Noël”; empty on a school day

    @classmethod
    def of(cls, group: int, establishment: int, day: date) -> Self:
        found = calendar_for([establishment]).break_on(day, establishment)
        load = load_of_class(group=group, establishment=establishment, day=day)
        return cls(day, load, found.name if found else "")

    def warnings(self, more: int) -> list[str]:
        """In words; nothing of it forbids."""
        said = []
        when = day_name(self.on, "full")
        if self.holiday:
            said.append(_("Pas de cours %(day)s : %(holiday)s.") % {"day": when, "holiday": self.holiday})
        elif self.on.weekday() > FRIDAY:
            said.append(_("%(day)s : c’est le week-end.") % {"day": when.capitalize()})
        if self.load.passes(more):
            minutes = minutes_name(self.load.day + more)
            words = _(
                "La classe aurait %(minutes)s de travail pour %(day)s ; l’établissement conseille %(limit)s au plus."
            )
            said.append(words % {"minutes": minutes, "day": when, "limit": minutes_name(self.load.limit)})
        return said
