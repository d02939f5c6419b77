"""The pause, in which families and students are left alone: 20:00 to 07:00, and from Friday 20:00 to Monday 07:00.

Circular “Promouvoir un numérique raisonné à l’École”, Bulletin officiel of 10 July 2025, in force since 1 September
2025. Hours of the wall clock in Europe/Paris; seven o'clock is no longer in the pause.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

BEGINS, ENDS = time(20), time(7)
FRIDAY, MONDAY = 4, 0


def after_pause(moment: datetime) -> datetime:
    """The moment itself, or the end of the pause that it is in."""
    local = timezone.localtime(moment)
    day = local.date()
    if local.time() >= BEGINS:
        day += timedelta(days=1)
    elif local.time() >= ENDS and local.weekday() <= FRIDAY:
        return moment
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    end = timezone.make_aware(datetime.combine(day, ENDS))
    return max(moment, end)
