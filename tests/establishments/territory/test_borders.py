"""What an agent of one academy sees and changes of authorities, hubs, competences and identity providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from accounts.models import IdentityProvider, User
from establishments.models import Authority, Competence, Establishment, ProviderFor, SupportHub
from tests.browser import Browser, text_of
from tests.cast import Cast, make_person

SignIn = Callable[[User], Browser]
ADMIN = "/admin/establishments/"
PROVIDERS = "/admin/accounts/identityprovider/"
NO_ROWS = {
    f"{name}-{count}_FORMS": 0
    for name in ("competences", "providers", "establishments")
    for count in ("TOTAL", "INITIAL")
}  # fmt: skip


@pytest.fixture
def far(cast: Cast) -> Establishment:
    """A school of another academy, with its own hub; the Région is shared with the Pastel's academy."""
    academy = Authority.objects.create(kind="academy", code="11", name="Académie de Montpellier")
    region = Authority.objects.create(kind="region", code="76", name="Région Occitanie")
    Establishment.objects.filter(pk=cast.brique.establishment.pk).update(local_authority=region)
    school: Establishment = Establishment.objects.create(
        uai="0340001A", name="Lycée de la Garrigue", department="034", academy=academy, local_authority=region,
        hub=SupportHub.objects.create(name="Pôle de Lunel"),
    )  # fmt: skip
    return school


@pytest.fixture
def rectorate(cast: Cast, client_of: SignIn) -> Browser:
    cast.rectorate_admin.user_permissions.set(Permission.objects.all())
    return client_of(cast.rectorate_admin)


@pytest.fixture
def root(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(make_person("Rose", "Racine", is_staff=True, is_superuser=True))


def provider(slug: str, **bound: Any) -> IdentityProvider:
    row = IdentityProvider.objects.create(slug=slug, name=slug.title(), audience="staff", identifier_attribute="uid")
    for place in bound.get("to", []):
        ProviderFor.objects.create(provider=row, **{type(place).__name__.lower(): place})
    return row


def test_lists_hold_ones_own_territory(cast: Cast, far: Establishment, rectorate: Browser) -> None:
    Competence.objects.create(authority=far.academy, kind="lycee", source="D’ailleurs")

    authorities = text_of(rectorate.get(f"{ADMIN}authority/"))
    hubs = text_of(rectorate.get(f"{ADMIN}supporthub/"))

    assert "Académie de Toulouse" in authorities
    assert "Région Occitanie" in authorities
    assert "Montpellier" not in authorities
    assert "Pôle d’Albi" in hubs
    assert "Lunel" not in hubs
    assert "D’ailleurs" not in text_of(rectorate.get(f"{ADMIN}competence/"))


def test_superuser_sees_every_territory(far: Establishment, root: Browser) -> None:
    assert "Montpellier" in text_of(root.get(f"{ADMIN}authority/"))
    assert "Lunel" in text_of(root.get(f"{ADMIN}supporthub/"))
    assert "Lycée de la Garrigue" in text_of(root.get(f"{ADMIN}establishment/"))
    assert root.get(f"{ADMIN}authority/{far.academy_id}/change/").status_code == 200


@pytest.mark.parametrize("model", ["authority", "supporthub"])
@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_page_of_another_academys_is_not_found(far: Establishment, rectorate: Browser, model: str, page: str) -> None:
    pk = far.academy_id if model == "authority" else far.hub_id
    for answer in (rectorate.get(url := f"{ADMIN}{model}/{pk}/{page}/"), rectorate.post(url, {"name": "À nous"})):
        assert (answer.status_code, answer.headers.get("Location")) in [(302, "/admin/"), (403, None), (405, None)]
    assert not SupportHub.objects.filter(name="À nous").exists()
    assert not Authority.objects.filter(name="À nous").exists()


def test_authority_of_two_academies_is_read_and_not_changed(cast: Cast, far: Establishment, rectorate: Browser) -> None:
    url = f"{ADMIN}authority/{far.local_authority_id}/change/"

    assert "Région Occitanie" in text_of(rectorate.get(url))
    assert rectorate.post(url, {"name": "À nous", **NO_ROWS}).status_code == 403
    page = rectorate.post(
        f"{ADMIN}authority/", {"action": "apply_the_law", "_selected_action": [far.local_authority_id]}, follow=True
    )

    assert "1 concerne aussi une autre académie" in text_of(page)
    assert not Competence.objects.exists()


def test_own_authority_and_hub_are_changed_but_not_what_they_are_recognised_by(
    cast: Cast, far: Establishment, rectorate: Browser
) -> None:
    school = cast.pastel.establishment
    rectorate.post(f"{ADMIN}supporthub/{school.hub_id}/change/", {"name": "Pôle du Tarn", **NO_ROWS})
    form = {"name": "Académie toulousaine", "kind": "academy", "code": "99", **NO_ROWS}
    rectorate.post(f"{ADMIN}authority/{school.academy_id}/change/", form)

    assert SupportHub.objects.get(pk=school.hub_id).name == "Pôle du Tarn"
    academy = Authority.objects.get(pk=school.academy_id)
    assert (academy.name, academy.code) == ("Académie toulousaine", "16")


def test_academy_is_made_by_superusers_only(cast: Cast, rectorate: Browser) -> None:
    rectorate.post(f"{ADMIN}authority/add/", {"name": "À moi", "kind": "academy", "code": "99", **NO_ROWS})
    rectorate.post(f"{ADMIN}authority/add/", {"name": "Lot", "kind": "department", "code": "046", **NO_ROWS})

    assert not Authority.objects.filter(code="99").exists()
    assert Authority.objects.filter(code="046").exists()


@pytest.mark.parametrize("field", ["academy", "hub"])
def test_school_is_attached_to_nothing_of_another_academy(
    cast: Cast, far: Establishment, rectorate: Browser, field: str
) -> None:
    school, url = cast.pastel.establishment, "/admin/autocomplete/"
    asked = {"app_label": "establishments", "model_name": "establishment", "field_name": field}
    form = {
        "name": school.name, "uai": school.uai, "kind": "college", "ministry": "education", "sector": "public",
        "state": "open", "academy": school.academy_id, "department": "081", **NO_ROWS,
        field: getattr(far, f"{field}_id"),
    }  # fmt: skip

    offered = rectorate.get(url, asked).json()["results"]
    rectorate.post(f"{ADMIN}establishment/{school.pk}/change/", form)
    rectorate.post(
        f"{ADMIN}establishment/", {"action": "entrust_to_hub", "_selected_action": [school.pk], "hub": far.hub_id}
    )

    assert str(getattr(far, f"{field}_id")) not in [choice["id"] for choice in offered]
    fresh = Establishment.objects.get(pk=school.pk)
    assert (fresh.academy_id, fresh.hub_id) == (school.academy_id, school.hub_id)


def test_competence_is_given_to_no_authority_of_another_academy(far: Establishment, rectorate: Browser) -> None:
    for authority in (far.academy_id, far.local_authority_id):
        rectorate.post(f"{ADMIN}competence/add/", {"authority": authority, "kind": "lycee", "department": ""})

    assert not Competence.objects.exists()


# --- Identity providers ---------------------------------------------------------------------------------------


def test_provider_is_changed_by_the_only_academy_that_it_vouches_for(
    cast: Cast, far: Establishment, rectorate: Browser
) -> None:
    """Whoever changes one says who comes in as whom."""
    own = provider("guichet", to=[cast.pastel.establishment.academy])
    shared = provider("regional", to=[cast.pastel.establishment, far])
    everyones, theirs = provider("educonnect"), provider("ailleurs", to=[far])

    listed = text_of(rectorate.get(PROVIDERS))
    allowed = {
        row.slug: rectorate.post(f"{PROVIDERS}{row.pk}/change/", {"name": "À nous"}).status_code
        for row in (own, shared, everyones)
    }

    assert [name for name in ("Guichet", "Regional", "Educonnect", "Ailleurs") if name in listed] == [
        "Guichet", "Regional", "Educonnect",
    ]  # fmt: skip
    assert allowed == {"guichet": 200, "regional": 403, "educonnect": 403}  # 200: the form says what it lacks
    assert rectorate.get(f"{PROVIDERS}{theirs.pk}/change/").headers["Location"] == "/admin/"
    assert rectorate.get(f"{PROVIDERS}add/").status_code == 403
    rectorate.post(PROVIDERS, {"action": "read_metadata", "_selected_action": [shared.pk, everyones.pk]})
    assert set(IdentityProvider.objects.values_list("refresh_error", flat=True)) == {""}


def bind(browser: Browser, school: Establishment, *rows: dict[str, Any]) -> str:
    form: dict[str, Any] = {
        "name": school.name, "uai": school.uai, "kind": "college", "ministry": "education", "sector": "public",
        "state": "open", "academy": school.academy_id, "department": "081", "files_quota": 100,
        "providers-TOTAL_FORMS": len(rows), "providers-INITIAL_FORMS": sum("id" in row for row in rows),
    }  # fmt: skip
    for number, row in enumerate(rows):
        form |= {f"providers-{number}-{key}": value for key, value in row.items()}
        form[f"providers-{number}-establishment"] = school.pk
    return text_of(browser.post(f"{ADMIN}establishment/{school.pk}/change/", form, follow=True))


def test_provider_of_everybody_is_not_bound_to_one_school_by_an_academy(cast: Cast, rectorate: Browser) -> None:
    """It would stop vouching for all the others."""
    everyones = provider("educonnect")

    page = bind(rectorate, cast.pastel.establishment, {"provider": everyones.pk})

    assert "vaut aussi pour une autre académie" in page
    assert not ProviderFor.objects.exists()


def test_own_provider_is_not_freed_from_its_last_school(cast: Cast, rectorate: Browser) -> None:
    """It would vouch for people of every academy."""
    school, other = cast.pastel.establishment, cast.brique.establishment
    own = provider("guichet", to=[school])
    row = {"id": own.serves.get().pk, "provider": own.pk, "DELETE": "on"}

    refused = bind(rectorate, school, row)
    assert "vaudrait pour tous" in refused
    assert own.serves.count() == 1
    ProviderFor.objects.create(provider=own, establishment=other)
    bind(rectorate, school, row)

    assert own.serves.get().establishment == other
