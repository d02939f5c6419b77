"""Every page costs a few statements, the same for a full school as for one row."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from tests.browser import Browser
from tests.budget import statements_of
from tests.cast import ROLES, Cast
from tests.crowd import fill
from tests.routes import Route
from tests.test_rights import statuses

AT_MOST = 8
# A home gathers what several features declare: one statement or two for each section, the calendar shared.
HOMES = {"/", "/eleve/", "/famille/", "/classe/", "/etablissement/"}
AT_MOST_ON_A_HOME = 12
PEOPLE = [*ROLES, "hub_agent", "rectorate_admin"]

# Nobody waits for the first; the others are opened once.
NOT_COUNTED = {
    "/api/v1/schema/",
    # Their challenge is written into the session.
    "/compte/securite/application/",
    "/compte/securite/cles/ajouter/",
}


def pages_of(who: str) -> list[str]:
    asked = [request.split() for request, status in statuses()[who].items() if status == 200]
    return [url for method, url in asked if method == "GET" and url not in NOT_COUNTED]


@pytest.mark.parametrize("who", PEOPLE)
def test_page_of_a_full_school_costs_no_more_than_that_of_an_empty_one(
    cast: Cast, client_of: Callable[[User], Browser], who: str
) -> None:
    browser = client_of(getattr(cast.pastel, who, None) or getattr(cast, who))
    urls = [Route(page[1:], None).url_in(cast.pastel) for page in pages_of(who)]
    with_few = {url: len(statements_of(browser, url)) for url in urls}
    fill(cast)

    with_many = {url: statements_of(browser, url) for url in urls}

    allowed = {url: AT_MOST_ON_A_HOME if url in HOMES else AT_MOST for url in urls}
    assert {url: statements for url, statements in with_many.items() if len(statements) > allowed[url]} == {}
    assert {url: len(statements) for url, statements in with_many.items()} == with_few
