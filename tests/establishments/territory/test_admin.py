"""The rectorate's pages on the territory: lists for 1,200 schools, what is done to many at once, the export."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from accounts.models import AuditEvent, User
from ent.tenancy.scope import tenant_scope
from establishments.models import (
    Authority,
    Competence,
    Establishment,
    Holiday,
    Mandate,
    ProviderFor,
    SchoolYear,
    SupportHub,
)
from establishments.territory.competences import write_the_law
from tests.browser import Browser, text_of
from tests.cast import Cast, make_person

SignIn = Callable[[User], Browser]
LIST = "/admin/establishments/establishment/"


@pytest.fixture
def rectorate(cast: Cast, client_of: SignIn) -> Browser:
    cast.rectorate_admin.user_permissions.set(Permission.objects.all())
    return client_of(cast.rectorate_admin)


def act(browser: Browser, action: str, *schools: Establishment, **more: Any) -> str:
    form = {"action": action, "_selected_action": [school.pk for school in schools], **more}
    return text_of(browser.post(LIST, form, follow=True))


def rows_of(answer: Any) -> list[list[str]]:
    text = answer.content.decode() if not answer.streaming else answer.getvalue().decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


# --- Lists ----------------------------------------------------------------------------------------------------


def test_departments_are_filtered_by_their_names(rectorate: Browser) -> None:
    page = text_of(rectorate.get(LIST))
    tarn = text_of(rectorate.get(f"{LIST}?departement=081"))

    assert "Tarn (81)" in page
    assert "Haute-Garonne (31)" in page
    assert "Collège du Pastel" in tarn
    assert "Lycée de la Brique" not in tarn


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=pastel", {"Collège du Pastel"}),
        ("?q=0310002X", {"Lycée de la Brique"}),
        ("?state__exact=planned", set()),
        ("?state__exact=open", {"Collège du Pastel", "Lycée de la Brique"}),
        ("?kind__exact=lycee_agri", {"Lycée de la Brique"}),
        ("?ministry__exact=education", {"Collège du Pastel"}),
    ],
)
def test_list_is_narrowed_by_search_and_filters(rectorate: Browser, query: str, found: set[str]) -> None:
    page = text_of(rectorate.get(LIST + query))

    assert {name for name in ("Collège du Pastel", "Lycée de la Brique") if name in page} == found


def test_list_is_narrowed_by_hub_and_by_authority(cast: Cast, rectorate: Browser) -> None:
    school = cast.pastel.establishment
    for query in (f"hub__id__exact={school.hub_id}", f"local_authority__id__exact={school.local_authority_id}"):
        page = text_of(rectorate.get(f"{LIST}?{query}"))
        assert "Collège du Pastel" in page
        assert "Lycée de la Brique" not in page


@pytest.fixture
def region(cast: Cast) -> None:
    """1,200 schools of the academy in 60 hubs."""
    hubs = SupportHub.objects.bulk_create(SupportHub(name=f"Pôle {n:02}") for n in range(60))
    academy, departments = cast.pastel.establishment.academy, ["009", "012", "031", "032", "046", "065", "081", "082"]
    Establishment.objects.bulk_create(
        Establishment(
            uai=f"{n:07}A", name=f"Collège {n:04}", kind="college", city=f"Commune {n % 300:03}",
            department=departments[n % 8], academy=academy, hub=hubs[n % 60],
            local_authority=cast.pastel.establishment.local_authority,
        )
        for n in range(1_200)
    )  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        LIST,
        f"{LIST}?departement=081&kind__exact=college&p=2",
        f"{LIST}?q=commune+12",
        "/admin/establishments/authority/",
        "/admin/establishments/supporthub/",
        "/admin/establishments/competence/",
        "/admin/establishments/holiday/",
        "/admin/establishments/schoolyear/",
        "/admin/establishments/membership/",
        "/admin/establishments/importrun/",
        "/admin/establishments/schoolrun/",
        "/admin/establishments/mandate/",
        "/admin/accounts/identityprovider/",
        "/admin/autocomplete/?app_label=establishments&model_name=membership&field_name=establishment&term=commune",
    ],
)
def test_page_of_the_administration_with_1200_schools_is_cheap(region: None, rectorate: Browser, url: str) -> None:
    rectorate.get(url)  # the templates are read once

    with CaptureQueriesContext(connection) as asked:
        began = time.process_time()
        answer = rectorate.get(url)
        seconds = time.process_time() - began

    assert answer.status_code == 200
    assert len([q for q in asked if "SAVEPOINT" not in q["sql"]]) <= 16
    assert seconds < 1


def test_page_of_one_school_among_1200_is_cheap(cast: Cast, region: None, rectorate: Browser) -> None:
    url = f"{LIST}{cast.pastel.establishment.pk}/change/"

    with CaptureQueriesContext(connection) as asked:
        answer = rectorate.get(url)

    assert answer.status_code == 200
    assert len([q for q in asked if "SAVEPOINT" not in q["sql"]]) <= 20
    assert len(answer.content) < 60_000  # no list of all schools is written into it


def test_hub_shows_its_schools_and_leads_to_them(cast: Cast, rectorate: Browser) -> None:
    hub = cast.pastel.establishment.hub_id

    page = text_of(rectorate.get(f"/admin/establishments/supporthub/{hub}/change/"))

    assert "Collège du Pastel" in page
    assert "Lycée de la Brique" not in page


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("authority/", "Autorités"),
        ("authority/add/", "Ajouter une autorité"),
        ("establishment/", "Établissements"),
        ("establishment/add/", "Ajouter un établissement"),
        ("supporthub/add/", "Ajouter un pôle d’appui"),
        ("importrun/", "Imports de l’annuaire"),
        ("schoolrun/", "Imports des établissements"),
        ("holiday/add/", "Ajouter des vacances"),
    ],
)
def test_titles_are_french(rectorate: Browser, path: str, title: str) -> None:
    answer = rectorate.get(f"/admin/establishments/{path}")

    titles = html.fromstring(answer.content.decode()).xpath("//div[@id='content']/h1")
    assert [" ".join(found.text_content().split()) for found in titles] == [title]


def test_title_of_an_object_names_its_kind(cast: Cast, rectorate: Browser) -> None:
    page = text_of(rectorate.get(f"{LIST}{cast.pastel.establishment.pk}/change/"))

    assert "Établissement Collège du Pastel, Castres" in page
    assert "Modification de" not in page


# --- The export -----------------------------------------------------------------------------------------------


def test_export_holds_the_schools_of_the_filter_in_a_table_that_spreadsheets_open(rectorate: Browser) -> None:
    answer = rectorate.get(f"{LIST}exporter/?departement=081")

    head, *rows = rows_of(answer)
    assert head[:3] == ["Uai", "Nom", "Type"]
    assert [row[1] for row in rows] == ["Collège du Pastel"]
    assert "Tarn (81)" in rows[0]
    assert "ouvert" in rows[0]
    assert answer["Content-Disposition"] == 'attachment; filename="etablissements.csv"'


def test_export_of_1200_schools_is_cheap(region: None, rectorate: Browser) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = rectorate.get(f"{LIST}exporter/")

    assert len(rows_of(answer)) == 1_203
    assert len([q for q in asked if "SAVEPOINT" not in q["sql"]]) <= 16


def test_name_that_is_a_formula_does_not_run_in_a_spreadsheet(cast: Cast, rectorate: Browser) -> None:
    Establishment.objects.filter(pk=cast.pastel.establishment.pk).update(name='=HYPERLINK("http://x")', city="-Albi")

    _head, *rows = rows_of(rectorate.get(f"{LIST}exporter/?departement=081"))

    assert rows[0][1] == '\'=HYPERLINK("http://x")'
    assert "'-Albi" in rows[0]


def test_export_is_of_the_mandate_alone(cast: Cast, client_of: SignIn) -> None:
    far = Authority.objects.create(kind="academy", code="11", name="Académie de Montpellier")
    Establishment.objects.create(uai="0340001A", name="Lycée de la Garrigue", department="034", academy=far)
    admin = make_person("Farid", "Rectorat", is_staff=True)
    admin.user_permissions.set(Permission.objects.all())
    Mandate.objects.create(user=admin, authority=far)

    _head, *rows = rows_of(client_of(admin).get(f"{LIST}exporter/"))

    assert [row[1] for row in rows] == ["Lycée de la Garrigue"]


def test_export_without_the_right_to_view_is_refused(cast: Cast, client_of: SignIn) -> None:
    assert client_of(cast.rectorate_admin).get(f"{LIST}exporter/").status_code == 403


# --- Competences ----------------------------------------------------------------------------------------------


@pytest.fixture
def law(cast: Cast) -> dict[str, Authority]:
    found = {
        "tarn": Authority.objects.get(code="081"),
        "garonne": Authority.objects.create(kind="department", code="031", name="Haute-Garonne", is_partner=False),
        "region": Authority.objects.create(kind="region", code="76", name="Région Occitanie"),
        "draaf": Authority.objects.create(kind="agriculture", code="76", name="DRAAF Occitanie"),
    }
    write_the_law(found.values())
    return found


def make_school(cast: Cast, uai: str, **fields: Any) -> Establishment:
    school: Establishment = Establishment.objects.create(
        uai=uai, name=f"École {uai}", academy=cast.pastel.establishment.academy, **fields
    )
    return school


@pytest.mark.parametrize(
    ("kind", "department", "expected"),
    [
        ("college", "081", "tarn"),
        ("college", "031", "garonne"),
        ("lycee", "081", "region"),
        ("lycee_pro", "031", "region"),
        ("erea", "031", "region"),
        ("lycee_agri", "081", "region"),
    ],
)
def test_local_authority_is_the_one_that_the_law_says(
    cast: Cast, law: dict[str, Authority], rectorate: Browser, kind: str, department: str, expected: str
) -> None:
    school = make_school(cast, "0810009A", kind=kind, department=department)

    act(rectorate, "assign_local_authority", school)

    school.refresh_from_db()
    assert school.local_authority == law[expected]


def test_agricultural_lycee_names_the_service_and_the_text_too(
    cast: Cast, law: dict[str, Authority], rectorate: Browser
) -> None:
    page = text_of(rectorate.get(f"{LIST}{cast.brique.establishment.pk}/change/"))

    assert "Région Occitanie (Code de l’éducation, L214-6 ; Code rural, L811-8)" in page
    assert "DRAAF Occitanie (Code rural, L811-1 et L811-8)" in page


def test_school_of_nobodys_competence_is_said_and_left(cast: Cast, rectorate: Browser) -> None:
    page = act(rectorate, "assign_local_authority", cast.pastel.establishment)

    assert "sans collectivité compétente connue" in page
    cast.pastel.establishment.refresh_from_db()
    assert cast.pastel.establishment.local_authority is not None


def test_schools_of_a_departement_with_another_portal_are_said(
    cast: Cast, law: dict[str, Authority], rectorate: Browser
) -> None:
    school = make_school(cast, "0310009A", kind="college", department="031")

    assert "Haute-Garonne n’est pas partenaire" in act(rectorate, "assign_local_authority", school)


def test_second_local_authority_for_the_same_schools_is_refused(law: dict[str, Authority], rectorate: Browser) -> None:
    form = {"authority": law["region"].pk, "kind": "college", "department": "081", "source": ""}

    page = text_of(rectorate.post("/admin/establishments/competence/add/", form))

    assert "Une autre collectivité est déjà compétente pour ces établissements." in page
    assert Competence.objects.filter(kind="college", department="081").count() == 1


def test_schools_are_entrusted_to_the_hub_that_was_chosen(cast: Cast, rectorate: Browser) -> None:
    school, hub = cast.brique.establishment, cast.pastel.establishment.hub_id

    assert "Choisissez le pôle" in act(rectorate, "entrust_to_hub", school)
    act(rectorate, "entrust_to_hub", school, hub=hub)

    school.refresh_from_db()
    assert school.hub_id == hub


# --- Opening --------------------------------------------------------------------------------------------------


def test_state_of_schools_is_changed_and_stays_in_their_history(cast: Cast, rectorate: Browser) -> None:
    school = cast.pastel.establishment

    assert "1 établissement modifié" in act(rectorate, "try_out", school)

    assert Establishment.objects.get(pk=school.pk).state == "piloting"
    assert "à l’essai" in text_of(rectorate.get(f"{LIST}{school.pk}/history/"))
    with tenant_scope([school]):
        assert AuditEvent.objects.filter(verb="territory.state", actor=cast.rectorate_admin).count() == 1


def test_opening_before_the_trial_is_refused_in_the_form(cast: Cast, rectorate: Browser) -> None:
    school = cast.pastel.establishment
    form = {
        "name": school.name, "uai": school.uai, "kind": "college", "ministry": "education", "sector": "public",
        "state": "planned", "pilots_on": "2027-09-01", "opens_on": "2027-08-01", "academy": school.academy_id,
        "department": "081", "providers-TOTAL_FORMS": 0, "providers-INITIAL_FORMS": 0,
    }  # fmt: skip

    assert "L’essai précède l’ouverture." in text_of(rectorate.post(f"{LIST}{school.pk}/change/", form))


# --- The calendar ---------------------------------------------------------------------------------------------


def test_national_calendar_is_written_once_and_corrections_stay(cast: Cast, rectorate: Browser) -> None:
    year = cast.pastel.group.school_year
    SchoolYear.containing(date(2025, 9, 1))
    for _ in range(2):
        rectorate.post("/admin/establishments/schoolyear/", {"action": "write_calendar", "_selected_action": [year.pk]})
        Holiday.objects.filter(name="Toussaint").update(source="Corrigé")

    school = Establishment.objects.select_related("academy").get(pk=cast.pastel.establishment.pk)
    winter = Holiday.objects.of(school).get(name="Hiver", school_year__name="2026-2027")
    assert school.academy.holiday_zone == "C"
    assert (winter.starts_on, winter.ends_on) == (date(2027, 2, 6), date(2027, 2, 21))
    assert Holiday.objects.count() == 20
    assert set(Holiday.objects.filter(name="Toussaint").values_list("source", flat=True)) == {"Corrigé"}
    assert Holiday.objects.of(school).on(date(2027, 2, 15)).exists()
    assert not Holiday.objects.of(school).on(date(2027, 2, 22)).exists()


def test_provider_of_a_school_is_set_on_its_page(cast: Cast, rectorate: Browser) -> None:
    page = text_of(rectorate.get(f"{LIST}{cast.pastel.establishment.pk}/change/"))

    assert "Fournisseur d’identité" in page
    assert ProviderFor.objects.count() == 0
