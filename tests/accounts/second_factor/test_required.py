"""Whoever holds the keys of others reaches nothing without a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from knox.models import AuthToken

from accounts.models import User
from accounts.second_factor.requirement import note_provider_strength
from ent import settings as shipped
from tests.accounts.second_factor.codes import add_application
from tests.browser import Browser, text_of
from tests.cast import Cast

KEEPERS = ["head", "hub_agent", "authority_agent", "rectorate_admin"]
OTHERS = ["student", "guardian", "teacher", "staff", "local_admin", "outsider"]

SignIn = Callable[[User], Browser]


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.ENT_REQUIRE_SECOND_FACTOR = True


def person(cast: Cast, who: str) -> User:
    user: User = getattr(cast.pastel, who, None) or getattr(cast, who)
    return user


def test_requirement_is_on_where_nobody_turns_it_off() -> None:
    assert shipped.ENT_REQUIRE_SECOND_FACTOR is True


@pytest.mark.parametrize("who", KEEPERS)
def test_keeper_of_keys_without_a_factor_is_led_to_adding_one(cast: Cast, client_of: SignIn, who: str) -> None:
    browser = client_of(person(cast, who))

    for url in ("/", "/compte/", "/composants/", "/etablissement/classes/", "/territoire/etablissements/", "/admin/"):
        assert browser.get(url)["Location"] == "/compte/securite/", url

    page = browser.get("/compte/securite/")
    assert "Ajoutez un second facteur pour continuer" in text_of(page)
    assert browser.get("/compte/securite/application/").status_code == 200
    assert browser.post("/deconnexion/")["Location"] == "/connexion/"


@pytest.mark.parametrize("who", OTHERS)
def test_others_are_offered_one_and_go_on(cast: Cast, client_of: SignIn, who: str) -> None:
    browser = client_of(person(cast, who))

    assert browser.get("/").status_code == 200
    assert "Ajouter une application de codes" in text_of(browser.get("/compte/securite/"))


def test_keeper_of_keys_with_a_factor_goes_on(cast: Cast, client_of: SignIn) -> None:
    add_application(cast.pastel.head)

    assert client_of(cast.pastel.head).get("/").status_code == 200


def test_administration_without_a_factor_writes_nothing(cast: Cast, client_of: SignIn) -> None:
    cast.rectorate_admin.user_permissions.set(Permission.objects.all())

    answer = client_of(cast.rectorate_admin).post("/admin/establishments/subject/add/", {"code": "1", "name": "Chant"})

    assert answer["Location"] == "/compte/securite/"


def test_token_of_a_keeper_without_a_factor_opens_nothing(cast: Cast, client: Browser) -> None:
    _instance, token = AuthToken.objects.create(cast.pastel.head)

    answer = client.get("/api/v1/me/", headers={"Authorization": f"Token {token}"})

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"


def test_provider_that_asked_twice_exempts_for_the_session(cast: Cast, client_of: SignIn, rf: Any) -> None:
    browser = client_of(cast.pastel.head)
    request = rf.get("/")
    request.session = browser.session

    note_provider_strength(
        request, cast.pastel.head, ["urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"]
    )
    request.session.save()
    assert browser.get("/").status_code == 302

    note_provider_strength(request, cast.pastel.head, ["https://refeds.org/profile/mfa"])
    request.session.save()
    assert browser.get("/").status_code == 200


def test_demonstration_asks_for_none_and_says_so(cast: Cast, client_of: SignIn, settings: Any) -> None:
    settings.ENT_DEMO, settings.ENT_REQUIRE_SECOND_FACTOR = True, False
    browser = client_of(cast.pastel.head)

    assert browser.get("/").status_code == 200
    assert "le second facteur n’est exigé de personne ici" in text_of(browser.get("/compte/securite/"))
