"""The rectorate's administration of people. What another academy may not see is in `tests/test_neighbours.py`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from zeal import zeal_ignore

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Authority, Establishment, Mandate, Membership
from tests.accounts.second_factor.codes import add_application
from tests.browser import Browser, text_of
from tests.cast import Cast, make_person

SignIn = Callable[[User], Browser]


@pytest.fixture
def rectorate(cast: Cast, client_of: SignIn) -> Browser:
    cast.rectorate_admin.user_permissions.set(Permission.objects.all())
    return client_of(cast.rectorate_admin)


def add_mandate(browser: Browser, user: User, **mandate: object) -> None:
    form = {"user": user.pk, "authority": "", "hub": "", **mandate}
    browser.post("/admin/establishments/mandate/add/", form)


def test_membership_is_added_in_a_school_of_the_academy(cast: Cast, rectorate: Browser) -> None:
    form = {"establishment": cast.brique.establishment.pk, "user": cast.outsider.pk, "role": "staff"}

    rectorate.post("/admin/establishments/membership/add/", form)

    with tenant_scope([cast.brique.establishment]):
        assert Membership.objects.filter(user=cast.outsider, role="staff").exists()


def test_account_of_another_academy_is_not_taken_in(cast: Cast, rectorate: Browser) -> None:
    """Its number can be guessed; a desk of here could then give a code for it."""
    far = Establishment.objects.create(
        uai="0690003Z", name="Collège d’Ailleurs", kind="college", city="Lyon", department="069",
        academy=Authority.objects.create(kind="academy", code="10", name="Académie de Lyon"), structure_key="9",
    )  # fmt: skip
    stranger = make_person("Sylvie", "Ailleurs")
    with tenant_scope([far]):
        Membership.objects.create(establishment=far, user=stranger, role="teacher")

    answer = rectorate.post(
        "/admin/establishments/membership/add/",
        {"establishment": cast.brique.establishment.pk, "user": stranger.pk, "role": "staff"},
    )

    assert "elle est d’un autre" in text_of(answer)
    assert "Ailleurs" not in text_of(answer)  # one who guesses numbers reads no names
    with tenant_scope([cast.brique.establishment]):
        assert not Membership.objects.filter(user=stranger).exists()


def test_guardianship_between_two_schools_is_refused_in_the_form(cast: Cast, rectorate: Browser) -> None:
    form = {
        "establishment": cast.pastel.establishment.pk,
        "student": cast.pastel.memberships["student"].pk,
        "guardian": cast.brique.memberships["guardian"].pk,
        "link": "mother",
    }

    with zeal_ignore():  # two people are looked up, each for its field
        answer = rectorate.post("/admin/establishments/guardianship/add/", form)

    assert "Cet élément appartient à un autre établissement." in text_of(answer)


def test_mandate_over_the_academys_own_hub_is_given(cast: Cast, rectorate: Browser) -> None:
    add_mandate(rectorate, cast.outsider, hub=cast.pastel.establishment.hub_id)

    assert Mandate.objects.filter(user=cast.outsider, hub=cast.pastel.establishment.hub).exists()


def test_mandate_over_an_authority_that_reaches_further_is_refused(cast: Cast, rectorate: Browser) -> None:
    """The Région has schools in two academies: its mandate would open those of the other."""
    region = Authority.objects.create(kind="region", code="76", name="Région Occitanie")
    far_academy = Authority.objects.create(kind="academy", code="11", name="Académie de Montpellier")
    for uai, academy in (("0810002T", cast.pastel.establishment.academy), ("0340001A", far_academy)):
        region.local_establishments.create(uai=uai, name="Lycée", department="081", academy=academy)

    add_mandate(rectorate, cast.rectorate_admin, authority=region.pk)

    assert not Mandate.objects.filter(authority=region).exists()


@pytest.mark.parametrize("whose", ["teacher", "agent", "superuser"])
def test_mandate_is_given_to_nobody_of_another_academy(cast: Cast, rectorate: Browser, whose: str) -> None:
    """They would be among the people whom one reads and changes: birth date, address."""
    academy = Authority.objects.create(kind="academy", code="10", name="Académie de Lyon")
    far = Establishment.objects.create(uai="0690003Z", name="Collège d’Ailleurs", department="069", academy=academy)
    stranger = make_person("Sylvie", "Ailleurs", is_superuser=whose == "superuser")
    if whose == "teacher":
        with tenant_scope([far]):
            Membership.objects.create(establishment=far, user=stranger, role="teacher")
    elif whose == "agent":
        Mandate.objects.create(user=stranger, authority=academy)

    form = {"user": stranger.pk, "authority": "", "hub": cast.pastel.establishment.hub_id}
    answer = rectorate.post("/admin/establishments/mandate/add/", form)

    assert "elle est d’un autre" in text_of(answer)
    assert "Ailleurs" not in text_of(answer)
    assert not Mandate.objects.filter(user=stranger, hub=cast.pastel.establishment.hub).exists()


def test_person_who_is_of_the_staff_without_a_right_opens_no_list(cast: Cast, client_of: SignIn) -> None:
    assert client_of(cast.rectorate_admin).get("/admin/establishments/membership/").status_code == 403


def test_schools_are_filtered_by_the_name_of_their_department(cast: Cast, rectorate: Browser) -> None:
    page = rectorate.get("/admin/establishments/establishment/")
    assert "Tarn (81)" in text_of(page)
    assert "?departement=081" in page.content.decode()

    assert "Collège du Pastel" in text_of(rectorate.get("/admin/establishments/establishment/?departement=081"))
    assert "Collège du Pastel" not in text_of(rectorate.get("/admin/establishments/establishment/?departement=012"))
    for model in ("membership", "group"):
        assert rectorate.get(f"/admin/establishments/{model}/?departement=081").status_code == 200


def test_school_is_never_deleted(cast: Cast, rectorate: Browser) -> None:
    school = cast.pastel.establishment
    assert "delete_selected" not in rectorate.get("/admin/establishments/establishment/").content.decode()

    answer = rectorate.post(f"/admin/establishments/establishment/{school.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert Establishment.objects.filter(pk=school.pk).exists()


def test_second_factors_are_said_in_french(cast: Cast, client_of: SignIn, root: User) -> None:
    add_application(cast.pastel.head)
    browser = client_of(root)

    index, page = text_of(browser.get("/admin/")), text_of(browser.get("/admin/mfa/authenticator/"))

    assert "Seconds facteurs" in index
    assert "application de codes" in page
    for english in ("MFA", "Authenticator", "TOTP", "Created at", "Type"):
        assert english not in index + page


def test_head_who_is_not_of_the_staff_does_not_enter(cast: Cast, client_of: SignIn) -> None:
    assert client_of(cast.pastel.head).get("/admin/", follow=True).status_code == 403


# --- Accounts -------------------------------------------------------------------------------------------------


@pytest.fixture
def root(cast: Cast) -> User:
    return make_person("Rose", "Racine", is_staff=True, is_superuser=True)


def person_form(user: User, **changed: object) -> dict[str, object]:
    fields = ["username", "civility", "first_name", "last_name", "email"]
    return {**{name: getattr(user, name) for name in fields}, "birth_date": "", **changed}


def test_whoever_may_change_people_gives_neither_rights_nor_a_way_in(cast: Cast, rectorate: Browser) -> None:
    user, url = cast.pastel.teacher, f"/admin/accounts/user/{cast.pastel.teacher.pk}"
    power = {"is_staff": "on", "is_superuser": "on", "email": "moi@example.org", "username": "autre"}
    passwords = {"password1": "une-phrase-de-passe", "password2": "une-phrase-de-passe", "usable_password": "true"}

    rectorate.post(f"{url}/change/", person_form(user, first_name="Aliénor", **power))
    assert rectorate.post(f"{url}/password/", passwords).status_code == 403

    fresh = User.objects.get(pk=user.pk)
    assert fresh.first_name == "Aliénor"
    assert (fresh.is_staff, fresh.is_superuser, fresh.email, fresh.username) == (False, False, "", user.username)
    assert not fresh.check_password("une-phrase-de-passe")


def test_account_of_the_administration_is_changed_by_superusers_only(
    cast: Cast, rectorate: Browser, client_of: SignIn, root: User
) -> None:
    User.objects.filter(pk=cast.pastel.teacher.pk).update(is_staff=True)
    url = f"/admin/accounts/user/{cast.pastel.teacher.pk}/change/"
    sent = person_form(cast.pastel.teacher, first_name="Aliénor", is_active="on", is_staff="on")

    assert rectorate.post(url, sent).status_code == 403
    client_of(root).post(url, sent)

    assert User.objects.get(pk=cast.pastel.teacher.pk).first_name == "Aliénor"


@pytest.mark.parametrize(
    "url", ["accounts/user/add/", "auth/group/add/", "accounts/user/{}/delete/", "mfa/authenticator/"]
)
def test_rest_is_for_superusers(cast: Cast, rectorate: Browser, url: str) -> None:
    assert rectorate.get(f"/admin/{url.format(cast.pastel.teacher.pk)}").status_code == 403


@pytest.mark.parametrize("model", ["knox/authtoken", "account/emailaddress"])
def test_tokens_and_addresses_have_no_page(client_of: SignIn, root: User, model: str) -> None:
    assert client_of(root).get(f"/admin/{model}/").status_code == 404


def test_people_of_another_academy_are_not_listed(cast: Cast, client_of: SignIn) -> None:
    academy = Authority.objects.create(kind="academy", code="11", name="Académie de Montpellier")
    far = make_person("Farid", "Lointain", is_staff=True)
    far.user_permissions.set(Permission.objects.all())
    Mandate.objects.create(user=far, authority=academy)

    page = text_of(client_of(far).get("/admin/accounts/user/"))

    assert "Lointain" in page
    assert "Pastel" not in page
    assert client_of(far).get(f"/admin/accounts/user/{cast.pastel.teacher.pk}/change/").status_code == 302


def test_people_of_the_academys_schools_and_its_agents_are_listed(cast: Cast, rectorate: Browser) -> None:
    assert "Pastel" in text_of(rectorate.get("/admin/accounts/user/?q=teacher"))
    assert "Pôle" in text_of(rectorate.get("/admin/accounts/user/?q=Hélène"))
    outsider = f"/admin/accounts/user/{cast.outsider.pk}/change/"
    assert outsider not in rectorate.get("/admin/accounts/user/?q=outis").content.decode()
