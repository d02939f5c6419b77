"""A lesson in words, as each page says it: what it is, where, with whom, and what has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from enum import Enum
from typing import NamedTuple

from django.utils.translation import gettext as _

from ent.portal.templatetags.portal import clock
from ent.portal.templatetags.portal import day as day_name
from pedagogy.timetable.agenda import Meeting


class Face(Enum):
    """Whose week it is: it goes without saying in their own."""

    STUDENT = "student"
    TEACHER = "teacher"
    GROUP = "group"
    ROOM = "room"


class Tag(NamedTuple):
    kind: str
    icon: str
    text: str


class Line(NamedTuple):
    hue: int
    starts_at: time
    ends_at: time
    title: str
    detail: str
    reason: str
    tags: tuple[Tag, ...]
    css: str  # cancelled, changed, now
    url: str = ""


def line_of(
    meeting: Meeting, face: Face, now: datetime, *, link: Callable[[Meeting], str] = lambda meeting: "", own: str = ""
) -> Line:
    """`own` is the name of the class whose week it is."""
    groups = ", ".join(name for name in meeting.groups if name != own)
    teachers = ", ".join(meeting.teachers)
    title, *details = {
        Face.STUDENT: (meeting.name, meeting.room_words, teachers),
        Face.TEACHER: (groups or meeting.name, meeting.name if groups else "", meeting.room_words),
        Face.GROUP: (meeting.name, groups, meeting.room_words, teachers),
        Face.ROOM: (groups or meeting.name, meeting.name if groups else "", teachers),
    }[face]
    is_now = meeting.takes_place and meeting.begins <= now < meeting.ends
    gone = meeting.is_cancelled or meeting.is_trace
    return Line(
        hue=meeting.group_pks[0] if face in {Face.TEACHER, Face.ROOM} and meeting.group_pks else meeting.subject_pk,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        title=title,
        detail=" · ".join(part for part in details if part),
        reason=meeting.reason,
        tags=((Tag("time", "clock", _("en cours")),) if is_now else ()) + tags_of(meeting),
        css="cancelled" if gone else "now" if is_now else "changed" if meeting.changes else "",
        url=link(meeting),
    )


def tags_of(meeting: Meeting) -> tuple[Tag, ...]:
    return tuple(Tag("time", icon, text) for icon, text in _changes(meeting))


def _changes(meeting: Meeting) -> Iterable[tuple[str, str]]:
    if meeting.is_cancelled:
        yield "calendar-x", _("annulé")
        return
    if meeting.goes_to:
        yield "calendar-clock", _("déplacé à %(when)s") % {"when": _when(*meeting.goes_to, seen_on=meeting.on)}
    if "added" in meeting.changes:
        yield "calendar-plus", _("ajouté")
    if "moved" in meeting.changes and meeting.slot_on and meeting.was_starts_at:
        before = _when(meeting.slot_on, meeting.was_starts_at, seen_on=meeting.on)
        yield "calendar-clock", _("au lieu de %(when)s") % {"when": before}
    if "room" in meeting.changes:
        yield "door-open", _("salle changée")
    if "teacher" in meeting.changes and meeting.teachers:
        yield "user-round-check", _("remplacé par %(name)s") % {"name": ", ".join(meeting.teachers)}


def _when(day: date, hour: time, *, seen_on: date) -> str:
    """“10 h” on the same day, “jeudi 26, 10 h” on another."""
    return clock(hour) if day == seen_on else f"{day_name(day, 'short')}, {clock(hour)}"


def changed(meetings: Iterable[Meeting]) -> list[Meeting]:
    return [meeting for meeting in meetings if meeting.is_cancelled or meeting.is_trace or meeting.changes]
