"""“Who are you?” on the sign-in page: remembered, changeable, and never in the way of a local account."""

from __future__ import annotations

import pytest
from lxml import html

from accounts.models import IdentityProvider
from tests.browser import Browser, text_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def provider(slug: str, name: str, audience: str, **fields: object) -> IdentityProvider:
    ready = {"entity_id": f"https://{slug}.example/", "sso_url": f"https://{slug}.example/sso", "certificates": ["…"]}
    return IdentityProvider.objects.create(
        slug=slug, name=name, audience=audience, identifier_attribute="uid", **{**ready, **fields}
    )


@pytest.fixture
def providers() -> None:
    provider("educonnect", "EduConnect", "family")
    provider("guichet", "Guichet académique", "staff")
    provider("educagri", "Educagri", "agriculture")


def links_of(page: object) -> list[str]:
    return [str(link) for link in html.fromstring(page.content.decode()).xpath("//main//a/@href")]  # type: ignore[attr-defined]


def has_local_form(page: object) -> bool:
    return b'name="password"' in page.content  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "fields", [None, {"is_active": False}, {"certificates": []}, {"sso_url": ""}, {"entity_id": ""}]
)
def test_without_a_provider_ready_only_the_local_form_shows(client: Browser, fields: dict[str, object] | None) -> None:
    if fields:
        provider("educonnect", "EduConnect", "family", **fields)

    page = client.get("/connexion/")

    assert has_local_form(page)
    assert "Qui êtes-vous" not in text_of(page)
    assert "EduConnect" not in text_of(page)


def test_first_visit_asks_who_one_is_and_nothing_else(providers: None, client: Browser) -> None:
    page = client.get("/connexion/", {"next": "/eleve/devoirs/"})

    assert "Qui êtes-vous" in text_of(page)
    assert not has_local_form(page)
    chosen = [link for link in links_of(page) if "profil=" in link]
    assert [link.split("profil=")[1].split("&")[0] for link in chosen] == ["family", "staff", "agriculture", "other"]
    assert all("next=%2Feleve%2Fdevoirs%2F" in link for link in chosen)


def test_answer_leads_to_its_providers_and_is_remembered(providers: None, client: Browser) -> None:
    first = client.get("/connexion/", {"profil": "staff", "next": "/classe/donner/"})
    cookie = client.cookies["ent_profile"]
    again = client.get("/connexion/")

    for page in (first, again):
        assert "Continuer avec Guichet académique" in text_of(page)
        assert "EduConnect" not in text_of(page)
        assert has_local_form(page)
    assert "/connexion/guichet/?next=%2Fclasse%2Fdonner%2F" in links_of(first)
    assert cookie["httponly"]
    assert cookie["max-age"] == 365 * 24 * 3600


def test_answer_can_be_changed(providers: None, client: Browser) -> None:
    client.get("/connexion/", {"profil": "staff"})

    page = client.get("/connexion/", {"profil": ""})
    assert "Qui êtes-vous" in text_of(page)

    client.get("/connexion/", {"profil": "family"})
    assert "Continuer avec EduConnect" in text_of(client.get("/connexion/"))


def test_other_is_the_local_account(providers: None, client: Browser) -> None:
    page = client.get("/connexion/", {"profil": "other"})

    assert has_local_form(page)
    assert "Continuer avec" not in text_of(page)


@pytest.mark.parametrize("profile", ["evil", "<script>", "FAMILY", "family "])
def test_answer_that_is_none_is_asked_again_and_not_kept(providers: None, client: Browser, profile: str) -> None:
    page = client.get("/connexion/", {"profil": profile})

    assert "Qui êtes-vous" in text_of(page)
    assert "ent_profile" not in client.cookies


def test_answer_whose_provider_is_gone_is_asked_again(providers: None, client: Browser) -> None:
    client.get("/connexion/", {"profil": "staff"})
    IdentityProvider.objects.filter(slug="guichet").update(is_active=False)

    assert "Qui êtes-vous" in text_of(client.get("/connexion/"))


def test_wrong_password_shows_the_local_form_with_its_error(providers: None, cast: Cast, client: Browser) -> None:
    for profile in ("", "staff"):
        client.get("/connexion/", {"profil": profile})
        page = client.post("/connexion/", {"login": "x", "password": "y"})
        assert "Identifiant ou mot de passe incorrect" in text_of(page)


def test_local_account_signs_in_beside_the_providers(providers: None, cast: Cast, client: Browser) -> None:
    student = cast.pastel.student
    student.set_password("une-phrase-de-passe")
    student.save(update_fields=["password"])
    client.get("/connexion/", {"profil": "family"})

    client.post("/connexion/", {"login": student.username, "password": "une-phrase-de-passe"})

    assert client.session["_auth_user_id"] == str(student.pk)
