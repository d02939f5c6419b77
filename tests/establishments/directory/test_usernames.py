from __future__ import annotations

import pytest
from django.contrib.auth.validators import UnicodeUsernameValidator
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from establishments.directory.usernames import Usernames, username_base


@pytest.mark.parametrize(
    ("first_name", "last_name", "expected"),
    [
        ("Zoé", "Puech", "zoe.puech"),
        ("Jean-Baptiste", "De la Fuente", "jean-baptiste.de-la-fuente"),
        ("M'Hamed", "L’Hôte", "mhamed.lhote"),
        ("Anaïs", "Cœurdacier", "anais.coeurdacier"),
        ("Åslög", "Strauß", "aslog.strauss"),
        ("Lech", "Wałęsa", "lech.walesa"),
        ("", "PUECH", "puech"),
        ("李", "王", "compte"),
        ("Jean 2", "Roi (dit Petit)", "jean.roi-dit-petit"),
        ("--", "..", "compte"),
    ],
)
def test_username_base_is_ascii(first_name: str, last_name: str, expected: str) -> None:
    assert username_base(first_name, last_name) == expected


@given(st.text(), st.text())
def test_username_base_is_a_username_without_a_digit(first_name: str, last_name: str) -> None:
    base = username_base(first_name, last_name)
    UnicodeUsernameValidator()(base)
    assert base.isascii()
    assert base == base.lower()
    assert not any(character.isdigit() for character in base)
    assert len(base) < 130  # of 150: a number follows


@pytest.mark.django_db
def test_usernames_number_the_homonyms_in_order() -> None:
    assert Usernames().allot(["a.b", "c.d", "a.b", "a.b"]) == ["a.b", "c.d", "a.b2", "a.b3"]


@pytest.mark.django_db
def test_usernames_go_on_after_those_taken() -> None:
    for name in ("a.b", "a.b2", "a.b4"):
        User.objects.create(username=name)
    usernames = Usernames()
    assert usernames.allot(["a.b", "a.b"]) == ["a.b3", "a.b5"]
    assert usernames.allot([]) == []


@pytest.mark.django_db
def test_usernames_remember_between_batches() -> None:
    usernames = Usernames()
    allotted = []
    for _batch in range(3):
        names = usernames.allot(["a.b", "e.f"])
        User.objects.bulk_create(User(username=name) for name in names)
        allotted += names
    assert allotted == ["a.b", "e.f", "a.b2", "e.f2", "a.b3", "e.f3"]
