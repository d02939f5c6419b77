"""A week of lessons on a page: which day is shown, what is on it, and where the arrows lead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ent.portal.templatetags.portal import clock
from ent.portal.templatetags.portal import day as day_name
from pedagogy.timetable.agenda import Meeting
from pedagogy.timetable.calendar import SATURDAY, Break, Calendar, monday_of
from pedagogy.timetable.lines import Line

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
FURTHEST = timedelta(days=400)  # from today: no link leads there, somebody typed the address
DAY, WEEK = "jour", "semaine"

Fetch = Callable[[date, date], list[Meeting]]


@dataclass(frozen=True)
class DayOfWeek:
    on: date
    lines: list[Line]
    free: Break | None
    is_today: bool
    is_chosen: bool

    @property
    def hours(self) -> str:
        """“8 h – 16 h 30”; empty without a lesson."""
        there = [line for line in self.lines if line.css != "cancelled"]
        if not there:
            return ""
        return f"{clock(there[0].starts_at)} – {clock(max(line.ends_at for line in there))}"


@dataclass(frozen=True)
class Week:
    """What the template draws. With no view asked for, the style sheet shows the day on a phone, the week on a desk."""

    days: list[DayOfWeek]
    chosen: DayOfWeek
    view: str  # DAY, WEEK, or empty
    letter: str
    today: date
    is_first_choice: bool  # nothing was asked for: the server chose the day
    previous_day: date
    next_day: date

    @property
    def monday(self) -> date:
        return self.days[0].on

    @property
    def previous_week(self) -> date:
        return self.monday - A_WEEK

    @property
    def next_week(self) -> date:
        return self.monday + A_WEEK

    @property
    def holds_today(self) -> bool:
        return any(day.is_today for day in self.days)

    @property
    def label(self) -> str:
        """“Semaine du 23 au 27 novembre · semaine A”."""
        first, last = self.days[0].on, self.days[-1].on
        start = date_format(first, "j" if first.month == last.month else "j F")
        words = _("Semaine du %(first)s au %(last)s") % {"first": start, "last": date_format(last, "j F")}
        return f"{words} · {_('semaine %(letter)s') % {'letter': self.letter}}" if self.letter else words

    @property
    def day_label(self) -> str:
        """“Demain : 5 cours, de 8 h à 16 h 30”."""
        name = day_name(self.chosen.on)
        name = name[0].upper() + name[1:]
        if self.chosen.free:
            return f"{name} : {self.chosen.free.label[0].lower()}{self.chosen.free.label[1:]}"
        there = [line for line in self.chosen.lines if line.css != "cancelled"]
        if not there:
            return _("%(day)s : pas de cours") % {"day": name}
        return ngettext(
            "%(day)s : %(count)d cours, de %(first)s à %(last)s",
            "%(day)s : %(count)d cours, de %(first)s à %(last)s",
            len(there),
        ) % {
            "day": name,
            "count": len(there),
            "first": clock(there[0].starts_at),
            "last": clock(max(line.ends_at for line in there)),
        }


def asked_day(query: Mapping[str, Any]) -> date | None:
    """Of `?jour=`; None when it is none, or nonsense."""
    try:
        day = date.fromisoformat(query.get("jour", ""))
    except ValueError:
        return None
    return day if abs(day - timezone.localdate()) <= FURTHEST else None


def day_to_show(today_meetings: list[Meeting], calendar: Calendar, schools: Collection[int]) -> date:
    """Today while something is left of it, else the next school day: nobody wants the lessons that are over."""
    now = timezone.localtime()
    if any(meeting.takes_place and meeting.ends > now for meeting in today_meetings):
        return now.date()
    return calendar.next_school_day(now.date(), schools)


def week_of(
    query: Mapping[str, Any],
    fetch: Fetch,
    draw: Callable[[Meeting], Line],
    calendar: Calendar,
    schools: Collection[int],
) -> Week:
    """The week that the address asks for; `fetch` is asked once."""
    today = timezone.localdate()
    asked = asked_day(query)
    view = query.get("vue", "") if query.get("vue", "") in {DAY, WEEK} else ""
    following = calendar.next_school_day(today, schools)
    first = monday_of(asked or today)
    last = (asked and first) or monday_of(following)
    meetings = fetch(first, last + timedelta(days=6))
    chosen = asked or day_to_show([m for m in meetings if m.on == today], calendar, schools)
    monday = monday_of(chosen)
    of_week = [meeting for meeting in meetings if monday <= meeting.on < monday + A_WEEK]
    shown = max([4, chosen.weekday(), *(meeting.on.weekday() for meeting in of_week)])
    days = []
    for rank in range(shown + 1):
        on = monday + timedelta(days=rank)
        days.append(
            DayOfWeek(
                on=on,
                lines=[draw(meeting) for meeting in of_week if meeting.on == on],
                free=_common_break(on, calendar, schools),
                is_today=on == today,
                is_chosen=on == chosen,
            )
        )
    return Week(
        days=days,
        chosen=days[chosen.weekday()],
        view=view,
        letter=next((meeting.letter for meeting in of_week if meeting.letter), ""),
        today=today,
        is_first_choice=asked is None,
        previous_day=_beside(chosen, -1),
        next_day=_beside(chosen, 1),
    )


def _common_break(on: date, calendar: Calendar, schools: Collection[int]) -> Break | None:
    breaks = [calendar.break_on(on, school) for school in schools]
    return breaks[0] if breaks and all(breaks) else None


def _beside(day: date, step: int) -> date:
    """The weekday before or after."""
    day += step * A_DAY
    while day.weekday() >= SATURDAY:
        day += step * A_DAY
    return day
