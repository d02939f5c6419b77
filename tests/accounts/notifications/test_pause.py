"""Circular “Promouvoir un numérique raisonné à l’École”, Bulletin officiel of 10 July 2025."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.notifications.pause import after_pause

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-11-24 19:59", "2026-11-24 19:59"),
        ("2026-11-24 20:00", "2026-11-25 07:00"),
        ("2026-11-25 00:30", "2026-11-25 07:00"),
        ("2026-11-25 06:59", "2026-11-25 07:00"),
        ("2026-11-25 07:00", "2026-11-25 07:00"),
        ("2026-11-27 19:59", "2026-11-27 19:59"),  # Friday
        ("2026-11-27 20:00", "2026-11-30 07:00"),
        ("2026-11-28 12:00", "2026-11-30 07:00"),
        ("2026-11-29 23:00", "2026-11-30 07:00"),
        ("2026-11-30 06:00", "2026-11-30 07:00"),
        ("2026-10-24 21:00", "2026-10-26 07:00"),  # over the night in which the clock goes back
        ("2026-03-28 21:00", "2026-03-30 07:00"),  # and forward
    ],
)
def test_what_is_written_in_the_pause_is_shown_at_seven(moment: str, shown: str) -> None:
    written = datetime.fromisoformat(moment).replace(tzinfo=PARIS)
    assert after_pause(written) == datetime.fromisoformat(shown).replace(tzinfo=PARIS)
