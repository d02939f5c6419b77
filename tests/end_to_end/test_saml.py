"""The whole round trip in Chromium, with a real provider on loopback: in by the provider, out of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from accounts.federation.actions import refresh
from accounts.models import Identifier, IdentityProvider
from ent.tenancy.scope import tenant_scope
from establishments.models import Case
from tests.accounts.federation.conftest import make_idp
from tests.accounts.federation.idp import REF_ID, Keys, Provider, serving
from tests.cast import Cast
from tests.end_to_end.conftest import PHONE, Visit
from tests.end_to_end.test_every_page import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def educonnect(cast: Cast, live_server: Any, tmp_path: Any) -> Iterator[Provider]:
    """The provider, configured as the rectorate would: by the address of its metadata."""
    row = IdentityProvider.objects.create(
        slug="educonnect", name="EduConnect", audience="family", identifier_attribute=REF_ID
    )
    host = live_server.url.removeprefix("http://")
    ours = Client(headers={"Host": host}).get("/connexion/educonnect/metadata/").content.decode()
    for provider in serving(make_idp("educonnect", Keys.make(tmp_path, "educonnect"), ours)):
        row.metadata_url = f"{provider.base}/metadata"
        assert refresh(provider=row), row.refresh_error
        Identifier.objects.create(user=cast.pastel.student, scheme="aaf", realm="16", value="2867253")
        yield provider


def test_student_signs_in_by_the_provider_and_out_of_both(cast: Cast, visit: Visit, educonnect: Provider) -> None:
    visitor = visit(size=PHONE)
    page = visitor.page
    visitor.open("/eleve/devoirs/")
    expect(page.get_by_role("heading", name="Qui êtes-vous ?")).to_be_visible()
    page.get_by_role("link", name="Élève ou parent").click()
    assert violations(visitor) == []
    page.get_by_role("link", name="Continuer avec EduConnect").click()
    page.get_by_label("Login").fill("ines")
    page.get_by_role("button", name="Entrer").click()
    expect(page).to_have_url(f"{visitor.base}/eleve/devoirs/")

    # The next time the provider still knows her: nothing to type.
    page.context.clear_cookies(name="ent_session")
    visitor.open("/")
    page.get_by_role("link", name="Continuer avec EduConnect").click()
    expect(page).to_have_url(f"{visitor.base}/")

    visitor.open("/compte/")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    expect(page).to_have_url(re.compile(r"/connexion/$"))
    page.get_by_role("link", name="Continuer avec EduConnect").click()
    expect(page.get_by_label("Login")).to_be_visible()  # the provider has forgotten her too
    assert visitor.errors == []


def test_signing_out_at_the_provider_ends_the_session_here(cast: Cast, visit: Visit, educonnect: Provider) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("/connexion/?profil=family")
    page.get_by_role("link", name="Continuer avec EduConnect").click()
    page.get_by_label("Login").fill("ines")
    page.get_by_role("button", name="Entrer").click()
    expect(page).to_have_url(f"{visitor.base}/")

    page.goto(f"{educonnect.base}/leave")
    expect(page.get_by_role("heading", name="Tout est ferme")).to_be_visible()

    page.goto(f"{visitor.base}/eleve/devoirs/")
    expect(page).to_have_url(re.compile("/connexion/"))


def test_person_whom_the_directory_does_not_know_asks_for_help_without_javascript(
    cast: Cast, visit: Visit, educonnect: Provider
) -> None:
    visitor = visit(size=PHONE, java_script_enabled=False)
    page = visitor.page
    visitor.open("/connexion/?profil=family")
    page.get_by_role("link", name="Continuer avec EduConnect").click()
    page.get_by_label("Login").fill("nobody")
    page.get_by_role("button", name="Entrer").click()
    page.get_by_role("button", name="Continue").click()  # pysaml2's own page, without its script
    expect(page.get_by_role("heading", name="Nous ne vous reconnaissons pas encore")).to_be_visible()

    page.get_by_label("Chercher l’établissement").fill("pastel")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_label(re.compile("Pastel")).check()
    page.get_by_label("Où vous répondre").fill("paul@example.org")
    page.get_by_role("button", name="Demander de l’aide").click()

    expect(page.get_by_role("heading", name="Le pôle d’appui a votre demande")).to_be_visible()
    with tenant_scope([cast.pastel.establishment]):
        assert Case.objects.filter(claimed_name="Paul Inconnu", contact="paul@example.org").count() == 1


def test_pages_of_the_provider_satisfy_axe(cast: Cast, visit: Visit, educonnect: Provider) -> None:
    visitor = visit(size=PHONE)
    page = visitor.page
    page.goto(f"{visitor.base}/connexion/educonnect/retour/")
    expect(page.get_by_role("heading", name="Commencez la connexion ici")).to_be_visible()
    assert violations(visitor) == []
    visitor.open("/connexion/?profil=family")
    page.get_by_role("link", name="Continuer avec EduConnect").click()
    page.get_by_label("Login").fill("nobody")
    page.get_by_role("button", name="Entrer").click()
    page.get_by_label("Chercher l’établissement").fill("pastel")
    page.get_by_role("button", name="Chercher").click()
    assert violations(visitor) == []
