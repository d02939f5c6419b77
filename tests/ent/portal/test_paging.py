"""A page beyond the last one says so, and leads to the last."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import html

from accounts.models import User
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.homework.rows import in_days, make_homework

SignIn = Callable[[User], Browser]


def give(school: School, count: int) -> None:
    for number in range(count):
        make_homework(school, f"Devoir {number}", due_on=in_days(number + 1))


@pytest.mark.parametrize(("given", "last"), [(0, "1"), (49, "1"), (50, "2"), (110, "3")])
@pytest.mark.parametrize("asked", ["4", "9999", "99999"])
def test_page_beyond_the_last_leads_to_the_last(
    cast: Cast, client_of: SignIn, given: int, last: str, asked: str
) -> None:
    give(cast.pastel, given)  # beside the one of the cast
    browser = client_of(cast.pastel.student)

    answer = browser.get(f"/eleve/devoirs/?page={asked}")
    (address,) = html.fromstring(answer.content).xpath("//a[contains(., 'Aller à la dernière page')]/@href")

    assert answer.status_code == 404
    assert "Il n’y a pas de page" in text_of(answer)
    assert address == f"?page={last}"
    assert "Devoir" in text_of(browser.get(f"/eleve/devoirs/{address}"))


def test_filters_are_kept_on_the_way_to_the_last_page(cast: Cast, client_of: SignIn) -> None:
    answer = client_of(cast.pastel.head).get("/etablissement/devoirs/?passe=1&page=9999")

    assert "?passe=1&page=1" in html.fromstring(answer.content).xpath("//a/@href")


def test_first_page_of_an_empty_list_is_there(cast: Cast, client_of: SignIn) -> None:
    assert client_of(cast.pastel.student).get("/eleve/devoirs/?avant=1&page=1").status_code == 200
