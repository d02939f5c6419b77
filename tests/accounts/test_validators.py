"""Passwords that are refused, whoever chooses them."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User

PERSON = User(username="ines.delmas", first_name="Inès", last_name="Delmas")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("court", "trop court"),
        ("902837561029384", "au moins 16"),
        ("1qaz2wsx3edc", "trop courant"),
        ("motdepasse123", "trop courant"),
        ("Azertyuiop-2026", "trop courant"),
        ("Collège Lycée 31", "trop courant"),
        ("ines.delmas1", "semblable"),
    ],
)
def test_password_that_is_easily_guessed_is_refused(password: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        validate_password(password, PERSON)


@pytest.mark.parametrize(
    "password", ["cheval juste pile agrafe", "le soleil du lycee", "é" * 12, "x1" * 60, "9028375610293847"]
)
def test_password_that_is_long_enough_is_accepted_whatever_it_is_made_of(password: str) -> None:
    assert validate_password(password, PERSON) is None
