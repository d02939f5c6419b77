"""The demonstration that `make demo` loads, whole: on an empty database, and once more beside another academy."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from establishments.directory.export import Category
from establishments.models import Establishment
from tests.browser import Browser, text_of
from tests.establishments.directory.feeds import FABRE, LA_ROQUE, WrittenExport

pytestmark = pytest.mark.django_db

ROLES = {
    "student", "guardian", "teacher", "head", "staff", "local_admin", "hub_agent", "authority_agent", "rectorate_admin",
}  # fmt: skip


@pytest.fixture(autouse=True)
def demonstration(settings: Any) -> None:
    settings.ENT_DEMO = True


def accounts() -> list[dict[str, Any]]:
    output = StringIO()
    call_command("demo_accounts", "--json", stdout=output)
    found: list[dict[str, Any]] = json.loads(output.getvalue())
    return found


def home_of(account: dict[str, Any]) -> Any:
    """The first page after signing in with what is printed."""
    browser = Browser()
    browser.post("/connexion/", {"login": account["username"], "password": account["password"]})
    return browser.get("/", follow=True)


def test_demonstration_loads_on_an_empty_database_and_its_accounts_sign_in(tmp_path: Path) -> None:
    call_command("load_demo")

    printed = accounts()
    assert {account["role"] for account in printed} == ROLES
    for account in printed:
        page = home_of(account)
        assert page.status_code == 200, account
        assert account["name"] in text_of(page), account
    student = next(account for account in printed if account["role"] == "student")
    assert "il te reste" in text_of(home_of(student), "h1")
    # A school of its own table, whose administrator may try another one.
    assert ("local_admin", ["0320999M"]) in [(account["role"], account["establishments"]) for account in printed]

    # Another academy's feed comes in, then the demonstration is started again.
    feed = WrittenExport(tmp_path / "feed")
    feed.structure(FABRE, uai="0330001A", name="Collège du Fleuve", nature="340", ENTServAcAcademie="BORDEAUX")
    feed.remove(Category.STRUCTURE, LA_ROQUE)
    feed.student("1", links=["2$10$1$1$1$0"])
    feed.guardian("2")
    feed.imported()
    people = User.objects.count()

    call_command("load_demo")

    assert accounts() == printed
    assert User.objects.count() == people
    assert Establishment.objects.get(uai="0330001A").academy.code == "04"
    assert all(home_of(account).status_code == 200 for account in printed)
