"""Everybody's lessons as an iCalendar feed, which calendars read by themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar as ICalendar
from icalendar import Event, Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from establishments.people.models import Guardianship, Role
from establishments.people.reach import reach_of
from pedagogy.homework.models import Homework
from pedagogy.timetable.agenda import Meeting, meetings_by_student, meetings_for_student, meetings_of_teachers
from pedagogy.timetable.lines import tags_of

if TYPE_CHECKING:
    from accounts.models import User

BACK, AHEAD = timedelta(days=14), timedelta(days=120)
PARIS = ZoneInfo("Europe/Paris")
# Of the address of an event, which no calendar opens: it only has to be ours and never change.
DOMAIN = "ent"
REFRESH = "PT1H"
MOST_HOMEWORK = 500


def feed_of(user: User) -> bytes:
    """In the person's own scope."""
    today = timezone.localdate()
    calendar = ICalendar()
    calendar.add("prodid", "-//ENT//Agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Agenda ENT"))
    calendar.add("x-wr-timezone", "Europe/Paris")
    calendar.add("refresh-interval;value=duration", REFRESH)
    calendar.add("x-published-ttl", REFRESH)
    calendar.add_component(_paris())
    for event in _events(user, today - BACK, today + AHEAD):
        calendar.add_component(event)
    return calendar.to_ical()  # type: ignore[no-any-return]


def _events(user: User, first: date, last: date) -> list[Event]:
    reach = reach_of(user)
    events = []
    if students := reach.memberships(Role.STUDENT):
        events += [_lesson(m, "s", m.name) for m in meetings_for_student(students, first, last)]
        events += [_homework(row, "s") for row in _due(students, first, last)]
    if teachers := reach.memberships(Role.TEACHER):
        taught = meetings_of_teachers(teachers, first, last)
        events += [_lesson(m, "t", f"{', '.join(m.groups)} · {m.name}" if m.groups else m.name) for m in taught]
    if reach.memberships(Role.GUARDIAN):
        wards = Guardianship.objects.held_by(user).select_related("student__user")
        names = {ward.student_id: ward.student.user.first_name for ward in wards}
        for student, theirs in meetings_by_student(sorted(names), first, last).items():
            name = names[student]
            said = _("%(name)s : %(what)s")
            events += [_lesson(m, f"c{student}", said % {"name": name, "what": m.name}) for m in theirs]
            events += [_homework(row, f"c{student}", name) for row in _due([student], first, last)]
    return events


def _due(students: list[int], first: date, last: date) -> Any:
    rows = Homework.objects.for_students(students).due_between(first, last).select_related("subject")
    return rows.order_by("due_on", "pk")[:MOST_HOMEWORK]


def _lesson(meeting: Meeting, whose: str, summary: str) -> Event:
    event = Event()
    # The same for the lesson of a slot wherever it is moved to, row or not.
    key = f"s{meeting.slot}-{meeting.slot_on:%Y%m%d}" if meeting.slot and meeting.slot_on else f"l{meeting.lesson}"
    event.add("uid", f"{key}-{whose}@{DOMAIN}")
    event.add("dtstamp", timezone.now())
    event.add("dtstart", _at(meeting.on, meeting.starts_at))
    event.add("dtend", _at(meeting.on, meeting.ends_at))
    changes = [tag.text for tag in tags_of(meeting)]
    event.add("summary", _said(f"{summary} ({', '.join(changes)})" if changes else summary))
    if meeting.room:
        event.add("location", _said(meeting.room_words))
    description = [part for part in (", ".join(meeting.teachers), meeting.reason) if part]
    if description:
        event.add("description", _said("\n".join(description)))
    event.add("status", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    return event


def _homework(row: Homework, whose: str, name: str = "") -> Event:
    event = Event()
    event.add("uid", f"h{row.pk}-{whose}@{DOMAIN}")
    event.add("dtstamp", timezone.now())
    event.add("dtstart", row.due_on)
    event.add("dtend", row.due_on + timedelta(days=1))
    what = _("À faire, %(subject)s : %(title)s") % {"subject": row.subject.name, "title": row.title}
    event.add("summary", _said(_("%(name)s : %(what)s") % {"name": name, "what": what} if name else what))
    event.add("transp", "TRANSPARENT")
    return event


def _said(text: str) -> str:
    """Without control characters: icalendar escapes ends of lines, and some clients stop at the others.

    Spaces that do not break are none of these, though Python does not call them printable.
    """
    kept = "\n\u00a0\u202f"
    return "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c in kept or c.isprintable())


def _at(day: date, hour: Any) -> datetime:
    return datetime.combine(day, hour, tzinfo=PARIS)


def _paris() -> Timezone:
    """Central European Time, as the directive 2000/84/EC has it."""
    paris = Timezone()
    paris.add("tzid", "Europe/Paris")
    for part, since, before, after, name in (
        (TimezoneDaylight(), datetime(1996, 3, 31, 2), 1, 2, "CEST"),  # noqa: DTZ001 — of the wall clock
        (TimezoneStandard(), datetime(1996, 10, 27, 3), 2, 1, "CET"),  # noqa: DTZ001
    ):
        part.add("dtstart", since)
        part.add("rrule", vRecur(freq="YEARLY", bymonth=since.month, byday="-1SU"))
        part.add("tzoffsetfrom", timedelta(hours=before))
        part.add("tzoffsetto", timedelta(hours=after))
        part.add("tzname", name)
        paris.add_component(part)
    return paris
