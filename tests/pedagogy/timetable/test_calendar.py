"""Days on which a school teaches."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedagogy.timetable.calendar import Calendar, public_holidays


@pytest.mark.parametrize(
    ("today", "following"),
    [
        (date(2026, 11, 26), date(2026, 11, 27)),  # Thursday
        (date(2026, 11, 27), date(2026, 11, 30)),  # Friday
        (date(2026, 11, 28), date(2026, 11, 30)),
        (date(2026, 11, 29), date(2026, 11, 30)),
        (date(2026, 12, 31), date(2027, 1, 4)),  # not New Year’s Day
    ],
)
def test_next_school_day_passes_over_the_week_end_and_public_holidays(today: date, following: date) -> None:
    assert Calendar().next_school_day(today) == following


@given(st.dates(max_value=date(9999, 12, 1)))
def test_next_school_day_of_any_day_is_a_weekday_soon_after_it(today: date) -> None:
    following = Calendar().next_school_day(today)

    assert today < following <= today + timedelta(days=5)
    assert following.weekday() < 5


@pytest.mark.parametrize(
    ("year", "easter_monday"),
    [(2026, date(2026, 4, 6)), (2027, date(2027, 3, 29)), (2038, date(2038, 4, 26)), (2285, date(2285, 3, 23))],
)
def test_easter_monday_is_that_of_the_almanac(year: int, easter_monday: date) -> None:
    assert str(public_holidays(year)[easter_monday]) == "Lundi de Pâques"
