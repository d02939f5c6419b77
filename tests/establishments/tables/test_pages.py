"""The page that takes a table: columns are recognised or asked for, nothing is written before somebody applies it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Identifier, User
from ent.tenancy.scope import tenant_scope
from establishments.directory.models import SchoolRun
from establishments.tables.reading import COLUMNS, template
from tests.browser import Browser, text_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db

ADDRESS = "/etablissement/tableau/"


@pytest.fixture(autouse=True)
def unfed(cast: Cast) -> None:
    """The academy's feed gives nobody of the Brique."""
    with tenant_scope([cast.brique.establishment]):
        SchoolRun.objects.filter(realm="16").update(people=0)


SignIn = Callable[[User], Browser]


def sent(browser: Browser, content: bytes, **more: Any) -> Any:
    return browser.post(ADDRESS, {"file": SimpleUploadedFile("personnes.csv", content), **more}, follow=True)


def test_local_administrator_sees_what_a_table_would_change_then_applies_it(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.brique.local_admin)
    rows = [";".join(COLUMNS), "E1;élève;Vidal;Léo;;31/02/2009;;2de 1;;;;", ";élève;Sans;Numéro;;;;;;;;"]
    page = sent(browser, "\n".join(rows).encode())
    text = text_of(page)
    assert "Vidal Léo élève · arrive Classe : 2de 1" in text
    assert "Ligne 2 : date de naissance : « 31/02/2009 » n’est pas lisible." in text
    assert "Ligne 3 : Pas d’identifiant." in text
    assert not Identifier.objects.exists()
    with tenant_scope([cast.brique.establishment]):
        run = SchoolRun.objects.latest("pk")
    done = browser.post(f"{ADDRESS}{run.pk}/appliquer/", follow=True)
    assert "C’est fait" in done.content.decode()
    assert Identifier.objects.get(realm=cast.brique.establishment.uai, value="E1").user.last_name == "Vidal"
    again = browser.post(f"{ADDRESS}{run.pk}/abandonner/", follow=True)
    assert "Cet import n’en est plus là" in again.content.decode()


def test_table_is_applied_by_whoever_has_just_proved_who_they_are(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.brique.local_admin)
    sent(browser, template())
    with tenant_scope([cast.brique.establishment]):
        run = SchoolRun.objects.latest("pk")
    browser.prove(cast.brique.local_admin, ago=16 * 60)

    asked = browser.post(f"{ADDRESS}{run.pk}/appliquer/")

    assert asked["Location"].startswith("/compte/confirmer/?next=")
    assert not Identifier.objects.exists()


def test_table_that_is_given_up_changes_nobody(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.brique.head)
    sent(browser, template())
    with tenant_scope([cast.brique.establishment]):
        run = SchoolRun.objects.latest("pk")
    browser.post(f"{ADDRESS}{run.pk}/abandonner/")
    with tenant_scope([cast.brique.establishment]):
        assert SchoolRun.objects.get(pk=run.pk).state == "rejected"
    assert not Identifier.objects.exists()


def test_columns_of_other_names_are_asked_for(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.brique.local_admin)
    content = "Code;Profil;Patronyme;Division\n7;élève;Vidal;2de 1\n".encode()
    page = sent(browser, content).content.decode()
    assert "La colonne « identifiant » est" in page
    assert "La colonne « nom » est" in page
    page = sent(
        browser, content, head=["Code", "Profil", "Patronyme", "Division"], asked=["identifiant", "nom", "prénom"],
        identifiant="Code", nom="Patronyme",
    ).content.decode()  # fmt: skip
    assert "Vidal" in page
    assert "arrive" in page


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "Ce fichier est vide."), (b"identifiant;profil;nom\n", "aucune ligne")]
)
def test_file_that_is_no_table_is_said(cast: Cast, client_of: SignIn, content: bytes, said: str) -> None:
    assert said in sent(client_of(cast.brique.local_admin), content).content.decode()


def test_template_is_downloaded(cast: Cast, client_of: SignIn) -> None:
    answer = client_of(cast.brique.local_admin).get(f"{ADDRESS}modele/")
    assert answer.content == template()
    assert answer["Content-Disposition"] == 'attachment; filename="modele-personnes.csv"'


def test_run_of_a_feed_is_not_opened_here(cast: Cast, client_of: SignIn) -> None:
    with tenant_scope([cast.brique.establishment]):
        fed = SchoolRun.objects.get(realm="16")
    assert client_of(cast.brique.local_admin).get(f"{ADDRESS}{fed.pk}/").status_code == 404


def test_school_that_the_academy_feeds_is_told_why_it_needs_no_table_and_what_to_do(
    cast: Cast, client_of: SignIn
) -> None:
    browser = client_of(cast.pastel.head)

    page = browser.get(ADDRESS)
    text = text_of(page)

    assert "Un tableau n’est pas nécessaire ici" in text
    assert "L’annuaire de l’académie donne déjà les personnes : Collège du Pastel" in text
    assert "dans SIECLE" in text
    assert 'type="file"' not in page.content.decode()
    assert "/etablissement/comptes-a-la-main/" in page.content.decode()
    assert "Un tableau n’est pas nécessaire ici" in text_of(sent(browser, template()))


def test_only_the_schools_that_need_one_are_offered(cast: Cast, client_of: SignIn) -> None:
    page = client_of(cast.rectorate_admin).get("/territoire/tableau/")

    assert 'type="file"' in page.content.decode()
    assert "1 établissement n’a pas besoin de tableau" in text_of(page)
    with tenant_scope([cast.pastel.establishment, cast.brique.establishment]):
        SchoolRun.objects.filter(realm="16").update(left=9)  # the feed has ceased to give them
    assert "pas besoin de tableau" not in text_of(client_of(cast.rectorate_admin).get("/territoire/tableau/"))


def test_days_of_grace_are_those_of_the_setting(cast: Cast, client_of: SignIn, settings: Any) -> None:
    settings.ENT_FEED_GRACE_DAYS = 12

    assert "Remis avant 12 jours" in text_of(client_of(cast.brique.head).get(ADDRESS))
