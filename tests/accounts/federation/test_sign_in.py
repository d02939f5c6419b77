"""The way in: linking by the directory's keys and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts.models import AuditEvent, User
from ent.tenancy.scope import tenant_scope
from establishments.models import Case, ProviderFor
from tests.accounts.federation.conftest import Federation, add_provider, known_as
from tests.accounts.federation.idp import REF_ID, Keys
from tests.browser import Browser, text_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_first_sign_in_links_the_person_whom_the_directory_knows(
    cast: Cast, federation: Federation, ines: User
) -> None:
    ines.activated_at = None
    ines.save(update_fields=["activated_at"])
    before = {field: getattr(ines, field) for field in ("first_name", "last_name", "email", "username", "password")}

    answer = federation.sign_in()

    assert answer.status_code == 200
    assert federation.signed_in == str(ines.pk)
    ines.refresh_from_db()
    assert ines.activated_at is not None
    assert {field: getattr(ines, field) for field in before} == before
    account = SocialAccount.objects.get(user=ines)
    assert (account.provider, account.extra_data) == ("educonnect", {})
    assert "nameid-of-ines" not in account.uid
    with tenant_scope([cast.pastel.establishment]):
        event = AuditEvent.objects.get(verb="federation.linked")
    assert (event.person, event.data) == (ines, {"provider": "educonnect"})


def test_no_provider_vouches_for_a_superuser(federation: Federation, ines: User) -> None:
    ines.is_superuser = True
    ines.save(update_fields=["is_superuser"])

    federation.sign_in()

    assert not federation.signed_in
    assert not SocialAccount.objects.exists()


def test_next_sign_in_makes_no_second_link_and_goes_to_the_page_asked(federation: Federation, ines: User) -> None:
    federation.sign_in()
    federation.browser.logout()

    answer = federation.sign_in(next_url="/eleve/devoirs/")

    assert answer.redirect_chain[-1][0] == "/eleve/devoirs/"
    assert SocialAccount.objects.filter(user=ines).count() == 1


def test_link_holds_when_the_keys_are_no_longer_sent(federation: Federation, ines: User) -> None:
    federation.sign_in()
    federation.browser.logout()
    federation.idp.people["ines"] = ("nameid-of-ines", {"sn": ["Delmas"]})

    federation.sign_in()

    assert federation.signed_in == str(ines.pk)


def test_session_key_is_another_after_the_sign_in(federation: Federation, ines: User) -> None:
    request = federation.ask()
    before = federation.browser.session.session_key

    federation.post(federation.forge(answers=request))

    assert federation.browser.session.session_key != before


def test_same_email_and_name_link_nobody(cast: Cast, federation: Federation) -> None:
    student = cast.pastel.student
    student.email = "ines@example.org"
    student.save(update_fields=["email"])
    federation.idp.people["ines"] = (
        "ines@example.org",
        {
            "mail": ["ines@example.org"],
            "sn": [student.last_name],
            "givenName": [student.first_name],
            REF_ID: ["{AAF}16|x|404"],
        },
    )

    answer = federation.sign_in()

    assert federation.signed_in is None
    assert "Nous ne vous reconnaissons pas encore" in text_of(answer)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "reference",
    ["{ECT}16|x|2867253", "{AAF}11|x|2867253", "2867253", "{AAF}|x|2867253", "{AAF}16|x|", "{AAF}16|2867253|x", ""],
)
def test_reference_of_another_source_or_academy_links_nobody(
    federation: Federation, ines: User, reference: str
) -> None:
    federation.idp.people["ines"] = ("nameid-of-ines", {REF_ID: [reference] if reference else [], "sn": ["Delmas"]})

    federation.sign_in()

    assert federation.signed_in is None


def test_provider_of_one_academy_does_not_vouch_for_anothers_people(federation: Federation, ines: User) -> None:
    federation.row.realm = "11"
    federation.row.save()

    federation.sign_in()

    assert federation.signed_in is None


def test_plain_key_is_read_in_the_providers_academy(federation: Federation, ines: User) -> None:
    federation.row.identifier_format, federation.row.realm = "plain", "16"
    federation.row.save()
    federation.idp.people["ines"] = ("nameid-of-ines", {REF_ID: ["2867253"]})

    federation.sign_in()

    assert federation.signed_in == str(ines.pk)


def test_keys_of_two_accounts_lead_to_a_choice_each_time(cast: Cast, federation: Federation, ines: User) -> None:
    other = known_as(cast.brique.student, "77", realm="11")
    stranger = cast.pastel.teacher
    federation.idp.people["ines"] = ("n", {REF_ID: ["{AAF}16|x|2867253", "{AAF}11|y|77"]})

    answer = federation.sign_in()

    assert "Avec quel compte continuer" in text_of(answer)
    assert cast.brique.establishment.name in text_of(answer)
    assert federation.signed_in is None
    refused = federation.browser.post("/connexion/educonnect/choisir/", {"person": stranger.pk})
    assert refused.status_code == 400
    federation.browser.post("/connexion/educonnect/choisir/", {"person": other.pk})
    assert federation.signed_in == str(other.pk)
    federation.browser.logout()
    federation.sign_in()
    federation.browser.post("/connexion/educonnect/choisir/", {"person": ines.pk})
    assert federation.signed_in == str(ines.pk)


def test_unknown_person_asks_for_help_once(cast: Cast, federation: Federation) -> None:
    answer = federation.sign_in("nobody")
    assert "Educonnect nous dit que vous êtes Paul Inconnu" in text_of(answer)
    school = cast.pastel.establishment
    browser, page = federation.browser, "/connexion/educonnect/inconnu/"
    assert school.name in text_of(browser.get(page, {"q": school.name}))

    wrong = browser.post(page, {"q": school.name, "school": school.pk, "contact": ""})
    assert "Dites où vous répondre" in text_of(wrong)
    for _ in range(2):
        answer = browser.post(page, {"q": school.name, "school": school.pk, "contact": "05 61 00 00 00"}, follow=True)
        assert "Le pôle d’appui a votre demande" in text_of(answer)

    with tenant_scope([school]):
        case = Case.objects.get(kind="unknown", claimed_name="Paul Inconnu")
    assert (case.contact, case.data["provider"], case.person) == ("05 61 00 00 00", "educonnect", None)
    assert federation.signed_in is None


def test_help_is_not_asked_of_a_school_that_the_provider_does_not_serve(cast: Cast, federation: Federation) -> None:
    ProviderFor.objects.create(provider=federation.row, establishment=cast.pastel.establishment)
    other = cast.brique.establishment
    federation.sign_in("nobody")

    answer = federation.browser.post(
        "/connexion/educonnect/inconnu/", {"q": other.name, "school": other.pk, "contact": "x@example.org"}
    )

    assert answer.status_code == 200
    assert "Aucun établissement sous ce nom" in text_of(answer)
    with tenant_scope([other]):
        assert not Case.objects.filter(claimed_name="Paul Inconnu").exists()


@pytest.mark.parametrize("page", ["inconnu", "choisir", "quitter"])
def test_page_between_two_steps_opened_directly_leads_to_the_sign_in_page(
    federation: Federation, client: Browser, page: str
) -> None:
    answer = client.get(f"/connexion/educonnect/{page}/")

    assert (answer.status_code, answer["Location"]) == (302, "/connexion/")


def test_provider_of_another_school_signs_nobody_in(cast: Cast, federation: Federation, ines: User) -> None:
    ProviderFor.objects.create(provider=federation.row, establishment=cast.brique.establishment)

    answer = federation.sign_in()

    assert federation.signed_in is None
    assert answer.status_code == 403
    assert "ne connecte pas les personnes de votre établissement" in text_of(answer)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("by", ["establishment", "authority"])
def test_provider_of_the_school_or_of_its_academy_signs_in(
    cast: Cast, federation: Federation, ines: User, by: str
) -> None:
    school = cast.pastel.establishment
    ProviderFor.objects.create(provider=federation.row, **{by: school if by == "establishment" else school.academy})

    federation.sign_in()

    assert federation.signed_in == str(ines.pk)


def test_disabled_account_is_told_so_and_stays_out(federation: Federation, ines: User) -> None:
    ines.is_active = False
    ines.save(update_fields=["is_active"])

    answer = federation.sign_in()

    assert federation.signed_in is None
    assert (answer.status_code, "Ce compte est fermé" in text_of(answer)) == (403, True)


def test_other_provider_that_claims_the_same_name_opens_nothing(
    cast: Cast, federation: Federation, ines: User, keys: dict[str, Keys]
) -> None:
    federation.sign_in()
    other = add_provider("autre", keys["second"], Browser())
    other.idp.people["ines"] = ("nameid-of-ines", {"sn": ["Delmas"]})

    answer = other.sign_in()

    assert other.signed_in is None
    assert "Nous ne vous reconnaissons pas encore" in text_of(answer)


def test_provider_whose_entity_changed_opens_none_of_the_old_links(federation: Federation, ines: User) -> None:
    federation.sign_in()
    federation.browser.logout()
    federation.idp.__dict__.pop("server")
    federation.idp.name = "elsewhere"
    federation.row.entity_id = federation.idp.entity_id
    federation.row.save()
    federation.idp.people["ines"] = ("nameid-of-ines", {"sn": ["Delmas"]})

    federation.sign_in()

    assert federation.signed_in is None


def test_transient_name_is_no_link(federation: Federation, ines: User) -> None:
    def transient(root: Any) -> None:
        name = root.find(".//{*}NameID")
        name.set("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient")

    federation.sign_in(before=transient)
    assert federation.signed_in == str(ines.pk)
    federation.browser.logout()
    federation.idp.people["ines"] = ("nameid-of-ines", {"sn": ["Delmas"]})

    federation.sign_in(before=transient)

    assert federation.signed_in is None


def test_strong_context_of_the_provider_is_noted_for_the_second_factor(
    federation: Federation, ines: User, settings: Any
) -> None:
    settings.ENT_STRONG_AUTHN_CONTEXTS = frozenset(
        {"urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"}
    )

    federation.sign_in()

    assert federation.browser.session["second_factor_vouched"] == ines.pk


def test_provider_out_of_service_has_no_page(federation: Federation, client: Browser) -> None:
    federation.row.is_active = False
    federation.row.save()

    for page in ("", "acs/", "retour/", "sls/"):
        assert client.generic("POST" if page == "acs/" else "GET", f"/connexion/educonnect/{page}").status_code == 404
