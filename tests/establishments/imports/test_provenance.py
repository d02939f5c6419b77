"""A person's page tells where each fact came from, and what the imports changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.directory.actions import import_export
from establishments.directory.export import open_export
from establishments.models import Membership
from tests.browser import Browser, text_of
from tests.establishments.directory.feeds import FABRE, WrittenExport, school, user

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Browser]
Agent = Callable[..., User]


def bring(export: WrittenExport) -> None:
    with open_export(export.write()) as files:
        import_export(export=files, day=timezone.localdate())


def page_of(browser: Browser, identifier: str) -> str:
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        membership = Membership.objects.get(user=user(identifier))
    return text_of(browser.get(f"/territoire/comptes/{membership.pk}/origine/"))


def test_each_fact_says_which_file_of_which_day_gave_it(export: WrittenExport, agent: Agent, client_of: SignIn) -> None:
    bring(export)
    export.student("1", links=["2$10$1$1$1$0"], ENTEleveClasses=f"{FABRE}$5e B")
    bring(export)

    page = page_of(client_of(agent()), "1")

    facts, _history = page.split("Ce que les imports ont changé")
    _title, source = facts.split("Annuaire de l’académie de Toulouse, import du ")  # once, whatever it gave
    assert "fichier ENT_TEST_Complet_20250901_Eleve_0000.xml" in source
    for fact in ("Nom Puech", "Classe 5e B", "Responsables Puech Anne ("):
        assert fact in source
    assert page.index("5e A → devient 5e B") > page.index("Ce que les imports ont changé")


def test_address_that_the_person_gave_is_said_to_be_theirs(
    export: WrittenExport, agent: Agent, client_of: SignIn
) -> None:
    bring(export)
    User.objects.filter(pk=user("2").pk).update(email="anne@exemple.fr")

    page = page_of(client_of(agent()), "2")

    assert "Saisie par la personne Adresse e-mail anne@exemple.fr" in page


def test_name_corrected_here_is_not_said_to_be_the_feeds(
    export: WrittenExport, agent: Agent, client_of: SignIn
) -> None:
    bring(export)
    User.objects.filter(pk=user("2").pk).update(first_name="Annie")

    page = page_of(client_of(agent()), "2")

    assert "Changé ici depuis l’import Prénom Annie" in page


def test_teachers_service_is_told_by_subject_and_class(export: WrittenExport, agent: Agent, client_of: SignIn) -> None:
    bring(export)

    page = page_of(client_of(agent()), "4")

    assert page.count("Annuaire de l’académie de Toulouse, ") == 1
    assert "Enseigne Mathématiques (5e A)" in page
    assert "Professeur principal 5e A" in page
