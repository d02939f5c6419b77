"""Signing in with two proofs, by the real pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.utils import timezone

from accounts.models import User
from tests.accounts.second_factor.codes import PERIOD, add_application, add_recovery_codes, code_of, wrong_code
from tests.browser import Browser, text_of
from tests.cast import Cast

PASSWORD = "une-phrase-de-passe"
REFUSED = "Ce code n’est pas le bon"
SignIn = Callable[[User], Browser]


@pytest.fixture
def teacher(cast: Cast) -> User:
    cast.pastel.teacher.set_password(PASSWORD)
    cast.pastel.teacher.save(update_fields=["password"])
    return cast.pastel.teacher


def with_password(user: User, browser: Browser | None = None) -> Browser:
    browser = browser or Browser()
    browser.post("/connexion/", {"login": user.username, "password": PASSWORD})
    return browser


def test_code_of_the_application_opens_after_the_password(teacher: User) -> None:
    secret = add_application(teacher)
    browser = Browser()

    answer = browser.post("/connexion/", {"login": teacher.username, "password": PASSWORD})

    assert answer["Location"] == "/connexion/second-facteur/"
    assert browser.get("/")["Location"].startswith("/connexion/")  # not in yet
    assert "Une dernière vérification" in text_of(browser.get("/connexion/second-facteur/"))
    assert browser.post("/connexion/second-facteur/", {"code": code_of(secret)})["Location"] == "/"
    assert browser.get("/").status_code == 200


def test_code_that_served_is_refused(teacher: User) -> None:
    secret = add_application(teacher)
    code = code_of(secret)
    with_password(teacher).post("/connexion/second-facteur/", {"code": code})

    answer = with_password(teacher).post("/connexion/second-facteur/", {"code": code})

    assert REFUSED in text_of(answer)


def test_code_that_served_is_refused_while_the_clock_still_accepts_it(teacher: User) -> None:
    secret = add_application(teacher)
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        code = code_of(secret, ahead=1)  # of a phone whose clock is ahead: good for a minute and more
        assert with_password(teacher).post("/connexion/second-facteur/", {"code": code}).status_code == 302
    with time_machine.travel(now.timestamp() + PERIOD + 5, tick=False):
        answer = with_password(teacher).post("/connexion/second-facteur/", {"code": code})

    assert REFUSED in text_of(answer)


def test_wrong_codes_are_counted_and_then_even_the_right_one_is_refused(teacher: User) -> None:
    secret = add_application(teacher)
    browser = with_password(teacher)
    for _ in range(5):
        assert REFUSED in text_of(browser.post("/connexion/second-facteur/", {"code": wrong_code(secret)}))

    answer = browser.post("/connexion/second-facteur/", {"code": code_of(secret)})

    assert "Trop d’essais" in text_of(answer)
    assert browser.get("/").status_code == 302


def test_recovery_code_opens_once(teacher: User) -> None:
    add_application(teacher)
    code = add_recovery_codes(teacher)[0]

    first = with_password(teacher).post("/connexion/second-facteur/", {"code": code})
    second = with_password(teacher).post("/connexion/second-facteur/", {"code": code})

    assert first.status_code == 302
    assert REFUSED in text_of(second)


def test_second_page_without_the_first_leads_back(teacher: User, client: Browser) -> None:
    assert client.get("/connexion/second-facteur/")["Location"] == "/connexion/"


@pytest.mark.parametrize("credential", ["", "{}", "[]", '"x"', '{"id": "x", "response": {}}', "not json"])
def test_key_that_is_none_is_refused(teacher: User, credential: str) -> None:
    add_application(teacher)

    answer = with_password(teacher).post("/connexion/second-facteur/", {"credential": credential})

    assert answer.status_code == 200


def test_application_is_added_and_its_secret_is_encrypted(teacher: User, client_of: SignIn) -> None:
    browser = client_of(teacher)
    page = browser.get("/compte/securite/application/")
    secret = page.context["form"].secret
    assert page.context["totp_svg_data_uri"].startswith("data:image/svg+xml;base64,")

    refused = browser.post("/compte/securite/application/", {"code": wrong_code(secret)})
    added = browser.post("/compte/securite/application/", {"code": code_of(secret)})

    assert REFUSED in text_of(refused)
    assert added["Location"] == "/compte/securite/codes/"
    stored = Authenticator.objects.get(user=teacher, type="totp").data["secret"]
    assert secret not in stored


def test_code_that_proved_the_application_opens_no_session(
    teacher: User, client_of: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    browser = client_of(teacher)
    code = code_of(browser.get("/compte/securite/application/").context["form"].secret)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/compte/securite/application/", {"code": code})

    assert REFUSED in text_of(with_password(teacher).post("/connexion/second-facteur/", {"code": code}))


def test_recovery_codes_are_shown_once(teacher: User, client_of: SignIn) -> None:
    browser = client_of(teacher)
    add_application(teacher)
    codes = add_recovery_codes(teacher)

    first, second = text_of(browser.get("/compte/securite/codes/")), text_of(browser.get("/compte/securite/codes/"))

    assert all(code in first for code in codes)
    assert not any(code in second for code in codes)
    assert "déjà été montrés" in second


def test_new_recovery_codes_replace_the_old_ones(teacher: User, client_of: SignIn) -> None:
    browser = client_of(teacher)
    add_application(teacher)
    old = add_recovery_codes(teacher)

    assert browser.post("/compte/securite/codes/nouveaux/")["Location"] == "/compte/securite/codes/"

    new = text_of(browser.get("/compte/securite/codes/"))
    assert not any(code in new for code in old)


def test_adding_a_factor_ends_the_other_sessions(
    teacher: User, client_of: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    other, browser = client_of(teacher), client_of(teacher)
    secret = browser.get("/compte/securite/application/").context["form"].secret

    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/compte/securite/application/", {"code": code_of(secret)})

    assert other.get("/").status_code == 302
    assert browser.get("/").status_code == 200


def test_factor_of_somebody_else_is_not_found(cast: Cast, teacher: User, client_of: SignIn) -> None:
    key = Authenticator.objects.create(user=cast.pastel.head, type="webauthn", data={"name": "x", "credential": {}})

    answer = client_of(teacher).post(f"/compte/securite/cles/{key.pk}/retirer/")

    assert answer.status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()


@pytest.mark.parametrize("url", ["application/", "application/retirer/", "cles/ajouter/", "codes/", "codes/nouveaux/"])
def test_factors_are_touched_only_with_a_fresh_proof(teacher: User, client_of: SignIn, url: str) -> None:
    browser = client_of(teacher)
    add_application(teacher)
    add_recovery_codes(teacher)
    browser.prove(teacher, ago=16 * 60)

    answer = browser.get(f"/compte/securite/{url}")

    assert answer["Location"].startswith("/compte/confirmer/?next=")
