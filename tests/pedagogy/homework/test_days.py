"""Days as a school counts them."""

from __future__ import annotations

from datetime import date

from pedagogy.homework.days import by_day
from pedagogy.models import Homework


def test_rows_of_one_day_are_together_in_their_order() -> None:
    thursday, friday = date(2026, 11, 26), date(2026, 11, 27)
    rows = [Homework(title=title, due_on=day) for title, day in [("a", thursday), ("b", thursday), ("c", friday)]]

    assert [(day, [row.title for row in due]) for day, due in by_day(rows)] == [
        (thursday, ["a", "b"]),
        (friday, ["c"]),
    ]
