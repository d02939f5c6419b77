"""What a student's evening looks like, in one sentence: the title of the home page, and what a tick makes of it."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ent.portal.templatetags.portal import day as day_name
from ent.portal.templatetags.portal import minutes as minutes_name
from pedagogy.homework.days import AHEAD, LATE_FOR, Workload, workload
from pedagogy.homework.rows import rows_due


def load_of(students: list[int], today: date, day: date) -> Workload:
    """One student's homework, by their memberships' keys, one a school."""
    return workload(rows_due(students=students, first=today - LATE_FOR, last=today + AHEAD), today, day)


def headline(load: Workload) -> str:
    when = day_name(load.day)
    left = len(load.left)
    if load.begins_today:
        return ngettext(
            "D’ici %(day)s, il te reste %(count)d devoir", "D’ici %(day)s, il te reste %(count)d devoirs", left
        ) % {"day": when, "count": left}
    if left:
        return ngettext(
            "Pour %(day)s, il te reste %(count)d devoir", "Pour %(day)s, il te reste %(count)d devoirs", left
        ) % {"day": when, "count": left}
    if waiting := len(load.to_hand_in):
        return ngettext(
            "Pour %(day)s, il te reste %(count)d travail à rendre",
            "Pour %(day)s, il te reste %(count)d travaux à rendre",
            waiting,
        ) % {"day": when, "count": waiting}
    if load.for_day:
        return _("Pour %(day)s, tout est fait") % {"day": when}
    return _("Rien pour %(day)s") % {"day": when}


def caption(load: Workload) -> str:
    parts = [date_format(load.day, "l j F")]
    if load.minutes:
        parts.append(_("environ %(minutes)s") % {"minutes": minutes_name(load.minutes)})
    return " · ".join(parts).capitalize()
