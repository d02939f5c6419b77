"""Single logout, begun here or at the provider. Only a signed message about this very session ends it."""

from __future__ import annotations

import base64
import zlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from lxml import etree, html

from accounts.models import User
from tests.accounts.federation.conftest import HOST, Federation
from tests.accounts.federation.idp import NS, logout_url
from tests.browser import Browser, text_of

pytestmark = pytest.mark.django_db

SLS = "/connexion/educonnect/sls/"


def path_of(url: str) -> str:
    return url.removeprefix(HOST)


def test_signing_out_here_goes_on_to_the_provider_with_the_name_that_it_gave(
    federation: Federation, ines: User
) -> None:
    federation.sign_in()

    page = federation.browser.post("/deconnexion/", follow=True)

    assert federation.signed_in is None
    assert page.redirect_chain[-1][0] == "/connexion/educonnect/quitter/"
    assert "Il reste à fermer Educonnect" in text_of(page)
    (link,) = html.fromstring(page.content.decode()).xpath("//main//a[@class='button primary']/@href")
    assert link.startswith(federation.row.slo_url)
    request = etree.fromstring(zlib.decompress(base64.b64decode(parse_qs(urlsplit(link).query)["SAMLRequest"][0]), -15))
    assert request.findtext("saml:NameID", namespaces=NS) == "nameid-of-ines"
    assert f"url={link}".replace("&", "&amp;") in page.content.decode()  # goes there without a click


def test_signing_out_of_a_local_session_stays_here(federation: Federation, ines: User) -> None:
    federation.browser.force_login(ines, backend="accounts.sessions.backend.SessionBackend")

    page = federation.browser.post("/deconnexion/", follow=True)

    assert page.redirect_chain[-1][0] == "/connexion/"


def test_provider_without_a_logout_is_left_alone(federation: Federation, ines: User) -> None:
    federation.sign_in()
    federation.row.slo_url = ""
    federation.row.save()

    page = federation.browser.post("/deconnexion/", follow=True)

    assert page.redirect_chain[-1][0] == "/connexion/"


def test_provider_ends_the_session_that_it_opened(federation: Federation, ines: User) -> None:
    federation.sign_in()

    answer = federation.browser.get(path_of(logout_url(federation.idp, "ines")))

    assert federation.signed_in is None
    assert answer["Location"].startswith(federation.row.slo_url)
    assert "SAMLResponse=" in answer["Location"]


@pytest.mark.parametrize("login", ["nobody"])
def test_logout_of_somebody_else_leaves_this_session(federation: Federation, ines: User, login: str) -> None:
    federation.sign_in()

    answer = federation.browser.get(path_of(logout_url(federation.idp, login)))

    assert federation.signed_in == str(ines.pk)
    assert answer.status_code == 302


def test_logout_of_a_local_session_is_not_the_providers_to_ask(federation: Federation, ines: User) -> None:
    federation.browser.force_login(ines, backend="accounts.sessions.backend.SessionBackend")

    federation.browser.get(path_of(logout_url(federation.idp, "ines")))

    assert federation.signed_in == str(ines.pk)


def test_unsigned_logout_request_ends_nothing(federation: Federation, ines: User) -> None:
    """Or any page of the web could sign people out."""
    federation.sign_in()

    answer = federation.browser.get(path_of(logout_url(federation.idp, "ines", signed=False)))

    assert federation.signed_in == str(ines.pk)
    assert answer.status_code == 403


def test_logout_request_whose_signature_was_of_another_ends_nothing(federation: Federation, ines: User) -> None:
    federation.sign_in()
    true = parse_qs(urlsplit(logout_url(federation.idp, "nobody")).query)
    other = parse_qs(urlsplit(logout_url(federation.idp, "ines")).query)
    mixed = {name: values[0] for name, values in true.items()} | {"SAMLRequest": other["SAMLRequest"][0]}

    answer = federation.browser.get(f"{SLS}?{urlencode(mixed)}")

    assert federation.signed_in == str(ines.pk)
    assert answer.status_code == 403


def test_provider_that_does_not_confirm_is_said(federation: Federation, ines: User) -> None:
    federation.sign_in()
    federation.browser.post("/deconnexion/", follow=True)

    page = federation.browser.get(SLS, {"SAMLResponse": base64.b64encode(zlib.compress(b"<a/>")[2:-4]).decode()})

    assert "Educonnect n’a pas confirmé sa propre déconnexion" in text_of(page)


@pytest.mark.parametrize("query", ["", "?SAMLResponse=AAAA", "?SAMLResponse=AAAA&RelayState=https://evil.example/"])
def test_answer_to_a_logout_that_was_not_asked_leads_to_the_sign_in_page(
    federation: Federation, client: Browser, query: str
) -> None:
    answer = client.get(SLS + query)

    assert (answer.status_code, answer["Location"]) == (302, "/connexion/")


@pytest.mark.parametrize("sent", ["AAAA", "!", base64.b64encode(zlib.compress(b"<!DOCTYPE a><a/>")[2:-4]).decode()])
def test_logout_request_that_is_none_is_refused(federation: Federation, client: Browser, sent: str) -> None:
    assert client.get(SLS, {"SAMLRequest": sent}).status_code == 403
