"""The hub's desk, as its agents work: somebody is back in within a minute."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Error, expect

from tests.cast import Cast
from tests.end_to_end.conftest import DESK, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}")


def test_agent_finds_checks_and_resets_in_under_a_minute(cast: Cast, visit: Visit) -> None:
    agent = visit(cast.hub_agent, size=DESK)
    page, began = agent.page, time.monotonic()
    agent.open("/territoire/comptes/")
    expect(page.get_by_label("Nom, identifiant, classe ou établissement")).to_be_focused()
    page.keyboard.type("stud pas")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("Pastel Student"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Student Pastel")
    page.get_by_role("link", name="Donner un nouveau mot de passe").click()
    for question in page.get_by_role("checkbox").all():
        question.check()
    page.get_by_label("Mot de passe oublié").check()
    page.get_by_role("button", name="Donner un code").click()
    expect(page.locator("#code")).to_have_text(CODE)
    expect(page.get_by_role("button", name="Imprimer la fiche")).to_be_visible()
    assert time.monotonic() - began < 60
    code = page.locator("#code").inner_text()

    page.get_by_role("link", name="C’est fait").click()
    expect(page.get_by_role("main")).to_contain_text("Code remis pour un nouveau mot de passe")
    expect(page.get_by_role("main")).not_to_contain_text(code)
    with pytest.raises(Error, match="CACHE_MISS"):  # no browser keeps the page of the code
        page.go_back()
    assert agent.errors == []
    assert agent.outside == []


def test_slash_leads_back_to_the_search_box(cast: Cast, visit: Visit) -> None:
    agent = visit(cast.hub_agent, size=DESK)
    agent.open("/territoire/comptes/?q=pastel")
    agent.page.keyboard.press("ArrowDown")
    expect(agent.page.locator("[data-ent-results] a").first).to_be_focused()
    agent.page.keyboard.press("/")
    expect(agent.page.get_by_label("Nom, identifiant, classe ou établissement")).to_be_focused()


def test_agent_without_javascript_gives_a_code_too(cast: Cast, visit: Visit) -> None:
    agent = visit(cast.hub_agent, size=DESK, java_script_enabled=False)
    agent.open(f"/territoire/comptes/{cast.pastel.memberships['student'].pk}/code/")
    for question in agent.page.get_by_role("checkbox").all():
        question.check()
    agent.page.get_by_label("Mot de passe oublié").check()
    agent.page.get_by_role("button", name="Donner un code").click()
    expect(agent.page.locator("#code")).to_have_text(CODE)
    expect(agent.page.get_by_role("button", name="Imprimer la fiche")).to_be_hidden()
