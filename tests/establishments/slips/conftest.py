"""A class with birth dates, and what its slips' tasks were asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from establishments.slips import tasks
from tests.cast import Cast

BORN = {"student": date(2013, 3, 24), "classmate": date(2013, 9, 2)}


@pytest.fixture
def births(cast: Cast) -> None:
    for school in (cast.pastel, cast.brique):
        for who, born in BORN.items():
            student = getattr(school, who)
            student.birth_date = born
            student.save(update_fields=["birth_date"])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The steps given to Celery, which no worker takes here."""
    steps: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.advance, "delay", lambda **step: steps.append(step))
    return steps
