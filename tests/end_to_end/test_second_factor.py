"""A second factor, added and used in a real browser: an application's code, and a passkey."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.second_factor.codes import code_of
from tests.cast import Cast
from tests.end_to_end.conftest import PHONE, Visit, Visitor
from tests.end_to_end.test_every_page import violations
from tests.end_to_end.test_journeys import PASSWORD, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def head_at_home(cast: Cast, visit: Visit, settings: Any) -> Visitor:
    """A head who signs in for the first time since a second factor is asked of heads."""
    settings.ENT_REQUIRE_SECOND_FACTOR = True
    head = cast.pastel.head
    head.set_password(PASSWORD)
    head.save(update_fields=["password"])
    visitor = visit(size=PHONE)
    sign_in(visitor.page, visitor.base, head.username)
    expect(visitor.page).to_have_url(re.compile("/compte/securite/$"))
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Ajoutez un second facteur pour continuer")
    return visitor


def sign_out(page: Page, base: str) -> None:
    page.goto(f"{base}/deconnexion/")
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page).to_have_url(re.compile("/connexion/"))


def fill_in(page: Page, base: str, username: str) -> None:
    page.goto(f"{base}/connexion/")
    page.get_by_label("Identifiant").fill(username)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page).to_have_url(re.compile("/connexion/second-facteur/"))


def test_application_is_added_and_opens_with_its_code(cast: Cast, head_at_home: Visitor) -> None:
    page, base = head_at_home.page, head_at_home.base
    page.get_by_role("link", name="Ajouter une application de codes").click()
    expect(page.get_by_role("img", name="Code QR")).to_be_visible()
    assert page.get_by_role("img", name="Code QR").evaluate("image => image.naturalWidth") > 0
    page.get_by_text("Recopiez la clé").click()
    secret = page.locator("code").inner_text()
    page.get_by_label("Code à six chiffres").fill(code_of(secret))
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours à noter")
    assert page.locator("ol.codes li").count() == 10
    assert violations(head_at_home) == []
    page.get_by_role("link", name="C’est noté").click()
    expect(page.get_by_role("main")).to_contain_text("10 codes restants")

    sign_out(page, base)
    fill_in(page, base, cast.pastel.head.username)
    assert violations(head_at_home) == []
    page.get_by_label("Code à six chiffres").fill(code_of(secret, ahead=1))  # the one of just now has served
    page.get_by_role("button", name="Entrer").click()
    expect(page).to_have_url(f"{base}/")
    assert head_at_home.errors == []
    assert head_at_home.outside == []


def test_passkey_is_added_and_opens(cast: Cast, head_at_home: Visitor) -> None:
    page, base = head_at_home.page, head_at_home.base
    with_authenticator(page)
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    page.get_by_label("Nom de la clé").fill("Mon téléphone")
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours à noter")
    page.goto(f"{base}/compte/securite/")
    expect(page.get_by_role("main")).to_contain_text("Mon téléphone")

    sign_out(page, base)
    fill_in(page, base, cast.pastel.head.username)
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page).to_have_url(f"{base}/")
    assert head_at_home.errors == []


def test_passkey_that_the_device_refuses_is_said_on_the_page(cast: Cast, head_at_home: Visitor) -> None:
    page = head_at_home.page
    page.add_init_script("navigator.credentials.create = () => Promise.reject(new DOMException('no'))")
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    page.get_by_role("button", name="Créer la clé").click()

    expect(page.get_by_role("alert")).to_contain_text("L’appareil n’a pas créé de clé")


def with_authenticator(page: Page) -> None:
    """A phone's own authenticator, as Chromium imitates it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
