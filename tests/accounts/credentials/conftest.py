"""Birth dates for the cast, and a code for whoever needs one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from accounts.credentials.actions import issue_code
from accounts.models import User
from ent.tenancy.scope import tenant_scope
from tests.cast import Cast, School

STUDENT_BORN = date(2013, 3, 24)
CLASSMATE_BORN = date(2013, 9, 2)
HEAD_BORN = date(1970, 1, 5)
PASSWORD = "quatre-mots-au-hasard"

Give = Callable[..., str]


@pytest.fixture
def births(cast: Cast) -> None:
    """The feed has the students' birth dates and the heads', not the other staff's."""
    for school in (cast.pastel, cast.brique):
        for person, born in (
            (school.student, STUDENT_BORN),
            (school.classmate, CLASSMATE_BORN),
            (school.head, HEAD_BORN),
        ):
            person.birth_date = born
            person.save(update_fields=["birth_date"])


@pytest.fixture
def give_code(births: None) -> Give:
    """`give_code(cast.pastel, cast.pastel.guardian)`: as it is printed."""

    def give(school: School, user: User, purpose: str = "activation") -> str:
        with tenant_scope([school.establishment]):
            return issue_code(
                user=user, purpose=purpose, establishment_id=school.establishment.pk, by=school.local_admin
            )

    return give
