"""What the menus and the home pages say of the timetable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ent.portal import registry
from ent.portal.registry import Entry, Section
from ent.portal.requests import PortalRequest
from establishments.people.models import Role
from establishments.people.reach import reach_of
from establishments.people.wards import children_of
from pedagogy.lessons.links import log_url
from pedagogy.timetable.agenda import Meeting, meetings_by_student, meetings_for_student, meetings_for_teacher
from pedagogy.timetable.api import MeetingsView
from pedagogy.timetable.calendar import calendar_of
from pedagogy.timetable.lines import Face, Line, changed, line_of
from pedagogy.timetable.week import day_to_show

registry.entry(Entry(gettext_lazy("Agenda"), "calendar-days", "student-agenda", "eleve", 5))
registry.entry(Entry(gettext_lazy("Agenda"), "calendar-days", "teacher-agenda", "classe", 20))
registry.entry(Entry(gettext_lazy("Agenda"), "calendar-days", "school-timetable", "etablissement", 24, in_bar=False))


registry.api_path(path("meetings/", MeetingsView.as_view(), name="meetings"))


@registry.section(space="eleve", order=5)
def student_next(request: PortalRequest) -> Section | None:
    """On a phone, one line above the homework: when the day begins, and what has changed."""
    day, meetings = _student_day(request)
    there = [meeting for meeting in meetings if meeting.takes_place]
    if not there:
        return None
    context = {"day": day, "first": there[0], "last": there[-1], "changes": len(changed(meetings))}
    return Section("pedagogy/timetable/student_line.html", context)


@registry.section(space="eleve", order=20)
def student_home(request: PortalRequest) -> Section | None:
    """On a desk, the lessons that are next."""
    day, meetings = _student_day(request)
    if day is None:
        return None
    context = {"day": day, "lines": _lines(meetings, Face.STUDENT)}
    return Section("pedagogy/timetable/student_section.html", context, aside=True)


def _student_day(request: PortalRequest) -> tuple[date | None, list[Meeting]]:
    """What is left of today, else the next school day; read once for both sections. None without a timetable."""
    known: tuple[date | None, list[Meeting]] | None = getattr(request, "student_day", None)
    if known is None:
        known = request.student_day = _read_student_day(request)
    return known


def _read_student_day(request: PortalRequest) -> tuple[date | None, list[Meeting]]:
    reach, today = reach_of(request.user), timezone.localdate()
    calendar, schools = calendar_of(request.user), reach.where(Role.STUDENT)
    last = calendar.next_school_day(today, schools)
    meetings = meetings_for_student(reach.memberships(Role.STUDENT), today, last, calendar=calendar, traces=True)
    if not meetings:
        return None, []
    day = day_to_show([m for m in meetings if m.on == today], calendar, schools)
    return day, [m for m in meetings if m.on == day]


@registry.section(space="classe", order=5)
def teacher_home(request: PortalRequest) -> Section | None:
    reach, today = reach_of(request.user), timezone.localdate()
    calendar, schools = calendar_of(request.user), reach.where(Role.TEACHER)
    last = calendar.next_school_day(today, schools)
    meetings = meetings_for_teacher(request.user, today, last, calendar=calendar, traces=True)
    if not meetings:
        return None
    day = day_to_show([m for m in meetings if m.on == today], calendar, schools)
    shown = [m for m in meetings if m.on == day]
    rows = [(m, line_of(m, Face.TEACHER, timezone.now(), link=log_url)) for m in shown]
    return Section("pedagogy/timetable/teacher_section.html", {"day": day, "rows": rows, "now": timezone.now()})


@dataclass(frozen=True)
class ChildDay:
    """What a guardian's home says of the next day of one child."""

    student: Any
    first: Meeting | None
    last: Meeting | None
    changed: list[Line]


@registry.section(space="famille", order=20)
def family_home(request: PortalRequest) -> Section | None:
    """For each child, when the next day begins and ends, and what is not as usual."""
    today, calendar = timezone.localdate(), calendar_of(request.user)
    students = children_of(request.user)
    last = max((calendar.next_school_day(today, [s.establishment_id]) for s in students), default=today)
    found = meetings_by_student([s.pk for s in students], today, last, calendar=calendar, traces=True)
    if not any(found.values()):
        return None
    children = []
    for student in students:
        own = found[student.pk]
        day = day_to_show([m for m in own if m.on == today], calendar, [student.establishment_id])
        own = [m for m in own if m.on == day]
        there = [m for m in own if m.takes_place]
        lines = [line for line in _lines(own, Face.STUDENT) if line.css in {"cancelled", "changed"}]
        children.append((day, ChildDay(student, there[0] if there else None, there[-1] if there else None, lines)))
    return Section("pedagogy/timetable/family_section.html", {"children": children})


def _lines(meetings: list[Meeting], face: Face) -> list[Line]:
    now = timezone.now()
    return [line_of(meeting, face, now) for meeting in meetings]
