"""National codes and school years."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from ent.tenancy.scope import tenant_scope
from establishments.models import Establishment, Group, SchoolYear
from establishments.territory.models import uai_is_valid
from tests.cast import Cast


@pytest.mark.parametrize("uai", ["0310036W", "0750655E"])
def test_uai_with_its_own_letter_is_valid(uai: str) -> None:
    assert uai_is_valid(uai)


@pytest.mark.parametrize("uai", ["0310002A", "0310002x", "310002X", "03100020", "", "031000²X", "0310002XX"])
def test_uai_with_anything_else_is_not(uai: str) -> None:
    assert not uai_is_valid(uai)


def test_uai_of_another_form_is_refused_by_the_form() -> None:
    with pytest.raises(ValidationError, match="sept chiffres et une lettre"):
        Establishment(uai="31-0002", name="Lycée").clean_fields(exclude=["academy", "department"])


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 7, 31), "2025-2026"),
        (date(2026, 8, 1), "2026-2027"),
        (date(2026, 12, 31), "2026-2027"),
        (date(2027, 1, 1), "2026-2027"),
    ],
)
def test_school_year_goes_from_august_to_july(db: None, day: date, name: str) -> None:
    year = SchoolYear.containing(day)

    assert year.name == name
    assert year.starts_on <= day <= year.ends_on


def test_groups_of_the_year_are_those_of_that_day(cast: Cast) -> None:
    with tenant_scope([cast.pastel.establishment]):
        year = cast.pastel.group.school_year
        assert list(Group.objects.classes().of_year(year.starts_on)) == [cast.pastel.group]
        assert list(Group.objects.classes().of_year(year.ends_on)) == [cast.pastel.group]
        assert list(Group.objects.classes().of_year(date(2001, 1, 1))) == []
