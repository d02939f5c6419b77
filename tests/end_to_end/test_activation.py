"""In by the QR of a slip, on a phone."""

from __future__ import annotations

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.credentials.actions import issue_code
from ent.tenancy.scope import tenant_scope
from establishments.slips.drawing import link_to
from tests.cast import Cast
from tests.end_to_end.conftest import PHONE, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "quatre-mots-au-hasard"


@pytest.fixture
def code(cast: Cast) -> str:
    student, school = cast.pastel.student, cast.pastel.establishment
    student.birth_date = date(2013, 3, 24)
    student.save(update_fields=["birth_date"])
    with tenant_scope([school]):
        return issue_code(
            user=cast.pastel.guardian, purpose="activation", establishment_id=school.pk, by=cast.pastel.head
        )


def faults(page: Page) -> list[str]:
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


def test_guardian_activates_by_the_qr_and_lands_on_the_childs_home(cast: Cast, visit: Visit, code: str) -> None:
    visitor = visit(size=PHONE)
    page, asked = visitor.page, []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(visitor.base + link_to(code).partition(":8000")[2])
    field = page.get_by_label("Code de la fiche")
    expect(field).to_have_value(code.replace("-", ""))
    expect(page).to_have_url(f"{visitor.base}/activer/")
    page.get_by_role("button", name="Continuer").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifions que c’est vous")
    assert faults(page) == []
    page.get_by_label("Date de naissance de votre enfant").fill("25/03/2013")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("Ce n’est pas ce que l’établissement a enregistré.")
    page.get_by_label("Date de naissance de votre enfant").fill("24/03/2013")
    page.get_by_role("button", name="Continuer").click()

    expect(page.get_by_label("Votre identifiant")).to_have_value(cast.pastel.guardian.username)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.reload()
    page.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Afficher").click()
    expect(page.get_by_label("Nouveau mot de passe")).to_have_attribute("type", "text")
    page.get_by_role("button", name="Choisir ce mot de passe").click()

    expect(page).to_have_url(f"{visitor.base}/")
    expect(page.get_by_role("status")).to_contain_text(cast.pastel.guardian.username)
    assert [url for url in asked if code[:4] in url and "#" not in url] == []
    assert visitor.errors == []


def test_guardian_activates_without_javascript(cast: Cast, visit: Visit, code: str) -> None:
    visitor = visit(size=PHONE, java_script_enabled=False)
    page = visitor.page
    page.goto(f"{visitor.base}/connexion/")
    page.get_by_text("Besoin d’aide").click()
    page.get_by_role("link", name="activer mon compte").click()
    page.get_by_label("Code de la fiche").fill(code.lower())
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Date de naissance de votre enfant").fill("24 03 2013")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Choisir ce mot de passe").click()

    expect(page).to_have_url(f"{visitor.base}/")
