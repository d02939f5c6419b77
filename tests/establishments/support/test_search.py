"""Finding somebody: accents, order of words, login, class, school, homonyms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from lxml import html

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Group, GroupMembership, Membership, SchoolYear
from tests.browser import Browser, text_of
from tests.budget import statements_of
from tests.cast import Cast, School
from tests.crowd import fill

SignIn = Callable[[User], Browser]
URL = "/territoire/comptes/"


def enrol(school: School, first_name: str, last_name: str, **fields: object) -> User:
    fields.setdefault("username", f"{first_name}.{last_name}".lower())
    user = User.objects.create(first_name=first_name, last_name=last_name, **fields)
    with tenant_scope([school.establishment]):
        membership = Membership.objects.create(establishment=school.establishment, user=user, role="student")
        GroupMembership.objects.create(establishment=school.establishment, group=school.group, membership=membership)
    return user


def found_by(browser: Browser, **asked: str) -> str:
    answer = browser.get(URL, asked)
    assert answer.status_code == 200
    return text_of(answer)


def test_classes_of_the_years_before_are_not_said_with_this_years(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    user = enrol(pastel, "Maïa", "Lescure")
    with tenant_scope([pastel.establishment]):
        year = SchoolYear.containing(date(2020, 9, 1))
        old = Group.objects.create(establishment=pastel.establishment, school_year=year, name="6E Z")
        membership = Membership.objects.get(user=user)
        GroupMembership.objects.create(establishment=pastel.establishment, group=old, membership=membership)

    page = found_by(client_of(cast.hub_agent), q="lescure")

    assert "5E B" in page
    assert "6E Z" not in page


@pytest.fixture
def etienne(cast: Cast) -> User:
    return enrol(cast.pastel, "Étienne", "Le Goff-Bâti", username="etienne.legoff3", birth_date=date(2013, 3, 24))


@pytest.mark.parametrize(
    "query",
    [
        "le goff", "goff etienne", "ETIENNE GOFF", "étienne", "bati", "eti le", "goff-bâti", "etienne.legoff3",
        "etienne.leg", "goff 5e b", "5eb goff", "goff 5B",
        "etienne 5ème b", "5 b goff", "goff castres", "pastel goff", "0810001S goff",
    ],
)  # fmt: skip
def test_person_is_found_without_accents_in_any_order_by_login_class_and_school(
    cast: Cast, desk_of: SignIn, etienne: User, query: str
) -> None:
    assert "Le Goff-Bâti Étienne" in found_by(desk_of(cast.hub_agent), q=query)


@pytest.mark.parametrize("query", ["goff marie", "goff toulouse", "6ea goff", "6A goff", "off", "tienne"])
def test_person_is_not_found_when_a_word_is_not_of_theirs(
    cast: Cast, desk_of: SignIn, etienne: User, query: str
) -> None:
    assert "Le Goff-Bâti Étienne" not in found_by(desk_of(cast.hub_agent), q=query)


@pytest.mark.parametrize("query", ["'", "a & b", "!(x)", "\\", ":*", "é'--", "<->", "%", "x" * 300, "\x00goff"])
def test_query_that_means_something_to_postgresql_means_nothing(cast: Cast, desk_of: SignIn, query: str) -> None:
    assert desk_of(cast.hub_agent).get(URL, {"q": query}).status_code == 200


def test_class_alone_lists_its_students(cast: Cast, desk_of: SignIn, etienne: User) -> None:
    page = found_by(desk_of(cast.hub_agent), q="5e b")

    assert "Le Goff-Bâti Étienne" in page
    assert "Pastel Head" not in page


def test_homonyms_are_told_apart_by_birth_date_class_and_school(cast: Cast, desk_of: SignIn, etienne: User) -> None:
    enrol(cast.pastel, "Etienne", "Le Goff Bâti", username="etienne.legoff4", birth_date=date(2011, 7, 2))

    page = found_by(desk_of(cast.hub_agent), q="goff")

    assert "24/03/2013" in page
    assert "02/07/2011" in page
    assert "etienne.legoff3" in page
    assert "etienne.legoff4" in page


def test_filters_keep_a_role_and_those_who_never_signed_in(cast: Cast, desk_of: SignIn, etienne: User) -> None:
    browser = desk_of(cast.hub_agent)

    assert "Pastel Head" in found_by(browser, q="pastel", role="head")
    assert "Pastel Student" not in found_by(browser, q="pastel", role="head")
    assert "Étienne" in found_by(browser, jamais="1")
    User.objects.filter(pk=etienne.pk).update(last_login="2026-11-01T08:00:00Z")
    assert "Étienne" not in found_by(browser, jamais="1")


def test_nobody_is_listed_before_something_is_asked(cast: Cast, desk_of: SignIn) -> None:
    page = found_by(desk_of(cast.hub_agent))

    assert "Pastel" not in page
    assert "Tapez le début d’un nom." in page


def test_empty_answer_says_what_to_do(cast: Cast, desk_of: SignIn) -> None:
    assert "Personne ne répond à « zzz »." in found_by(desk_of(cast.hub_agent), q="zzz")


def test_person_of_a_neighbouring_hub_is_not_found(cast: Cast, desk_of: SignIn) -> None:
    page = found_by(desk_of(cast.hub_agent), q="brique")

    assert "Personne ne répond" in page
    assert "Brique Student" not in page


def test_search_costs_no_more_for_a_crowd(cast: Cast, desk_of: SignIn) -> None:
    browser = desk_of(cast.hub_agent)
    fill(cast)

    for query in ("?q=numero", "?q=numero+5eb+pastel", "?q=zzz+5e+b", "?q=zzz"):
        assert len(statements_of(browser, URL + query)) <= 8, query
    assert "Page 1" in text_of(browser.get(URL + "?q=numero"))


def test_accounts_of_the_api_are_searched_alike(cast: Cast, desk_of: SignIn, etienne: User) -> None:
    answer = desk_of(cast.hub_agent).get("/api/v1/accounts/", {"q": "goff ETI"})

    assert [row["username"] for row in answer.json()["results"]] == [etienne.username]


@pytest.mark.parametrize("query", ["goff 5e b", "5eb goff", "goff castres", "0810001S goff"])
def test_accounts_of_the_api_are_searched_by_class_and_school_too(
    cast: Cast, desk_of: SignIn, etienne: User, query: str
) -> None:
    answer = desk_of(cast.hub_agent).get("/api/v1/accounts/", {"q": query})

    assert [row["username"] for row in answer.json()["results"]] == ["etienne.legoff3"]


def test_person_with_two_roles_is_listed_once_with_both(cast: Cast, desk_of: SignIn, etienne: User) -> None:
    school = cast.pastel.establishment
    with tenant_scope([school]):
        Membership.objects.create(establishment=school, user=cast.pastel.teacher, role="guardian")
        Membership.objects.create(establishment=school, user=etienne, role="guardian")
    browser = desk_of(cast.hub_agent)

    page = found_by(browser, q="teacher pastel")
    assert page.count("teacher.pastel") == 1
    assert "Enseignant, responsable" in page
    assert found_by(browser, q="teacher pastel", role="guardian").count("teacher.pastel") == 1
    assert found_by(browser, q="goff").count("etienne.legoff3") == 1
    assert found_by(browser, q="goff 5e b").count("etienne.legoff3") == 1


def test_way_back_from_a_person_leads_to_the_search_that_found_them(cast: Cast, desk_of: SignIn, etienne: User) -> None:
    browser = desk_of(cast.hub_agent)
    found = html.fromstring(browser.get(URL, {"q": "goff étienne", "role": "student"}).content.decode())
    (link,) = found.xpath("//a[@class='row-link']/@href")

    page = html.fromstring(browser.get(link).content.decode())

    (back,) = page.xpath("//a[@class='back']/@href")
    assert "Le Goff-Bâti Étienne" in text_of(browser.get(back))
    assert "q=goff+%C3%A9tienne" in back
    assert "role=student" in back
