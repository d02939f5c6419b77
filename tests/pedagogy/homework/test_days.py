"""Days as a school counts them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedagogy.homework.days import by_day, next_school_day
from pedagogy.models import Homework


@pytest.mark.parametrize(
    ("today", "following"),
    [
        (date(2026, 11, 26), date(2026, 11, 27)),  # Thursday
        (date(2026, 11, 27), date(2026, 11, 30)),  # Friday
        (date(2026, 11, 28), date(2026, 11, 30)),
        (date(2026, 11, 29), date(2026, 11, 30)),
        (date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_next_school_day_before_a_week_end_is_monday(today: date, following: date) -> None:
    assert next_school_day(today) == following


@given(st.dates(max_value=date(9999, 12, 1)))
def test_next_school_day_of_any_day_is_the_first_weekday_after_it(today: date) -> None:
    following = next_school_day(today)

    assert today < following <= today + timedelta(days=3)
    assert following.weekday() < 5


def test_rows_of_one_day_are_together_in_their_order() -> None:
    thursday, friday = date(2026, 11, 26), date(2026, 11, 27)
    rows = [Homework(title=title, due_on=day) for title, day in [("a", thursday), ("b", thursday), ("c", friday)]]

    assert [(day, [row.title for row in due]) for day, due in by_day(rows)] == [
        (thursday, ["a", "b"]),
        (friday, ["c"]),
    ]
