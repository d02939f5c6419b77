"""A teacher's lessons beside what the log says of them: what is still to be written, what was, what comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils import timezone

from pedagogy.lessons.links import log_url
from pedagogy.lessons.models import LessonEntry, State, state_of
from pedagogy.timetable.agenda import Meeting, meetings_for_teacher
from pedagogy.timetable.calendar import calendar_of

if TYPE_CHECKING:
    from accounts.models import User

# What the page shows, as `?voir=` says it; else what is to be written.
WRITTEN, PREPARED = "ecrit", "preparer"
BACK, AHEAD = timedelta(days=20), timedelta(days=13)


class Line(NamedTuple):
    meeting: Meeting
    url: str
    title: str
    state: str  # of the entry; empty without one

    @property
    def is_to_write(self) -> bool:
        return self.state in {"", State.DRAFT}


@dataclass(frozen=True)
class Todo:
    lines: tuple[Line, ...]
    first: date
    course: int | None = None

    @property
    def shown(self) -> list[Line]:
        return [line for line in self.lines if self.course in {None, line.meeting.course}]

    @property
    def days(self) -> list[tuple[date, list[Line]]]:
        return [(day, list(lines)) for day, lines in groupby(self.shown, key=lambda line: line.meeting.on)]

    @property
    def courses(self) -> list[tuple[int, str]]:
        """Of the lines, to choose among them."""
        found = {line.meeting.course: line.meeting for line in self.lines}
        named = [(pk, " · ".join([*meeting.groups, meeting.name])) for pk, meeting in found.items()]
        return sorted(named, key=lambda pair: pair[1])

    @property
    def before(self) -> date:
        return self.first - timedelta(days=1)

    def of_course(self, course: int) -> Todo:
        return replace(self, course=course)


def period_of(query: Any) -> str:
    asked = query.get("voir", "")
    return asked if asked in {WRITTEN, PREPARED} else ""


def todo_of(user: User, period: str = "", *, until: date | None = None) -> Todo:
    """The lessons of three weeks, the last first; of the two that come when they are to be prepared."""
    today = timezone.localdate()
    first, last = (today, today + AHEAD) if period == PREPARED else ((until or today) - BACK, until or today)
    lines = lines_between(user, first, min(last, today) if period != PREPARED else last)
    now = timezone.now()
    if period == PREPARED:
        kept = [line for line in lines if line.meeting.begins > now]
    elif period == WRITTEN:
        kept = [line for line in reversed(lines) if not line.is_to_write]
    else:
        kept = [line for line in reversed(lines) if line.is_to_write and line.meeting.begins <= now]
    return Todo(tuple(kept), first)


def lines_between(user: User, first: date, last: date) -> list[Line]:
    meetings = [
        meeting
        for meeting in meetings_for_teacher(user, first, last, calendar=calendar_of(user))
        if meeting.takes_place
    ]
    kept = [meeting.lesson for meeting in meetings if meeting.lesson]
    entries = LessonEntry.objects.filter(lesson__in=kept).values_list("lesson", "title", "visible_at")
    known = {lesson: (title, str(state_of(visible_at))) for lesson, title, visible_at in (entries if kept else ())}
    return [Line(meeting, log_url(meeting), *known.get(meeting.lesson, ("", ""))) for meeting in meetings]
