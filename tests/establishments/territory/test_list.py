"""An agent's territory: the schools of the mandate."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from establishments.models import Establishment
from tests.browser import Browser, text_of
from tests.cast import Cast

SignIn = Callable[[User], Browser]
URL = "/territoire/etablissements/"


@pytest.fixture
def agent(cast: Cast, client_of: SignIn) -> Browser:
    """Of the academy: both schools."""
    return client_of(cast.rectorate_admin)


def test_agent_lists_the_schools_of_the_mandate_and_no_other(cast: Cast, client_of: SignIn) -> None:
    page = text_of(client_of(cast.hub_agent).get(URL))

    assert "Collège du Pastel" in page
    assert "Lycée de la Brique" not in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "pastel"}, {"Collège du Pastel"}),
        ({"q": "TOULOUSE"}, {"Lycée de la Brique"}),
        ({"q": " 0310002x "}, {"Lycée de la Brique"}),
        ({"type": "college"}, {"Collège du Pastel"}),
        ({"type": "college", "q": "Toulouse"}, set()),
        ({"type": "nonsense"}, {"Collège du Pastel", "Lycée de la Brique"}),
        ({"q": "03100"}, set()),
        ({"q": "\0"}, {"Collège du Pastel", "Lycée de la Brique"}),
    ],
)
def test_search_looks_in_name_town_code_and_kind(
    cast: Cast, agent: Browser, asked: dict[str, str], found: set[str]
) -> None:
    page = text_of(agent.get(URL, asked))

    assert {name for name in ("Collège du Pastel", "Lycée de la Brique") if name in page} == found
    assert ("Aucun établissement ne répond à cette recherche." in page) is not found


def test_home_shows_the_first_schools_of_the_mandate(cast: Cast, agent: Browser) -> None:
    home = text_of(agent.get("/territoire/"))

    assert "Collège du Pastel" in home
    assert "Lycée de la Brique" in home


def test_home_leads_the_rectorate_alone_to_the_administration(cast: Cast, agent: Browser, client_of: SignIn) -> None:
    assert "Ouvrir l’administration" in text_of(agent.get("/territoire/"))
    assert "Ouvrir l’administration" not in text_of(client_of(cast.hub_agent).get("/territoire/"))


def test_long_list_goes_on_on_the_next_page(cast: Cast, agent: Browser) -> None:
    Establishment.objects.bulk_create(
        Establishment(
            uai=f"{n:07}A",
            name=f"Collège {n:02}",
            city="Zzz",
            department="031",
            academy=cast.pastel.establishment.academy,
        )
        for n in range(50)
    )

    first, second = text_of(agent.get(URL)), text_of(agent.get(f"{URL}?page=2"))

    assert "Suivants" in first
    assert "Collège 49" not in first
    assert "Collège 49" in second
