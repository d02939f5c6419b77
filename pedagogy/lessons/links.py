"""Where the page of a lesson is, from wherever the timetable shows it. No feature of the timetable is needed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from pedagogy.timetable.agenda import Meeting


def log_url(meeting: Meeting) -> str:
    """The log of that lesson, for whoever teaches it; empty for one that does not take place."""
    if not meeting.takes_place:
        return ""
    if meeting.lesson:
        return reverse("log-lesson", args=[meeting.lesson])
    return reverse("log-slot", args=[meeting.slot, meeting.on.isoformat()])
