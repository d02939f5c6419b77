"""A code is given once, seen once, and leaves a trace; attempts are forgotten; doors close and open."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.credentials.actions import find_code, redeem
from accounts.models import AuditEvent, OneTimeCode, User
from accounts.sign_in.throttle import locked_since
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.doors.actions import apply_doors
from establishments.models import Block, Membership, Opening
from establishments.support import actions
from establishments.support.notifications import send
from tests.browser import Browser, text_of
from tests.cast import Cast

SignIn = Callable[[User], Browser]
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}\b")
CHECKED = ["birth_date", "class", "vouched"]


def page_of(cast: Cast, who: str = "student", page: str = "", space: str = "territoire") -> str:
    return f"/{space}/comptes/{cast.pastel.memberships[who].pk}/{page}"


def acts(cast: Cast, verb: str) -> list[AuditEvent]:
    with tenant_scope([cast.pastel.establishment]):
        return list(AuditEvent.objects.filter(verb=verb, data__has_key="role").order_by("pk"))


def filled(**changed: Any) -> dict[str, Any]:
    return {"identity": CHECKED, "why": "forgotten", "details": "", "after": 0, **changed}


def test_code_is_shown_once_and_a_reload_gives_no_second_one(cast: Cast, desk_of: SignIn) -> None:
    browser, url = desk_of(cast.hub_agent), page_of(cast, page="code/")

    first = browser.post(url, filled())
    again = browser.post(url, filled(), follow=True)

    (code,) = CODE.findall(text_of(first))
    assert code not in again.content.decode()
    assert "Un code vient d’être donné" in text_of(again)
    assert OneTimeCode.objects.filter(user=cast.pastel.student).count() == 1
    assert code not in browser.get(page_of(cast)).content.decode()
    assert first["Cache-Control"] == "private, no-store"


def test_reset_is_in_the_trail_with_its_reason_and_how_identity_was_checked(cast: Cast, desk_of: SignIn) -> None:
    answer = desk_of(cast.hub_agent).post(page_of(cast, page="code/"), filled(why="stolen", details="vu au CDI"))

    (event,) = acts(cast, "credentials.reset")
    assert event.actor == cast.hub_agent
    assert event.person == cast.pastel.student
    assert event.reason == "Compte utilisé par un autre : vu au CDI"
    assert event.data["identity"] == CHECKED
    assert CODE.findall(text_of(answer))[0] not in str(event.data)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"identity": []}, "Posez les trois questions"),
        ({"identity": ["birth_date"]}, "S’il en manque une"),
        ({"why": ""}, "Choisissez une raison."),
        ({"why": "other"}, "Dites la raison en quelques mots."),
    ],
)
def test_code_without_the_checks_or_the_reason_is_not_given(
    cast: Cast, desk_of: SignIn, changed: dict[str, Any], words: str
) -> None:
    answer = desk_of(cast.hub_agent).post(page_of(cast, page="code/"), filled(**changed))

    assert words in text_of(answer)
    assert not CODE.search(text_of(answer))
    assert not OneTimeCode.objects.exists()


def test_guardian_is_asked_about_the_child(cast: Cast, desk_of: SignIn) -> None:
    page = text_of(desk_of(cast.hub_agent).get(page_of(cast, "guardian", "code/")))

    assert "La personne dit la date de naissance de l’enfant" in page


def test_form_teacher_gives_a_code_to_the_student_who_stands_there(cast: Cast, desk_of: SignIn) -> None:
    browser, school = desk_of(cast.pastel.teacher), cast.pastel
    list_url = f"/classe/groupes/{school.group.pk}/comptes/"
    url = f"{list_url}{school.memberships['student'].pk}/code/"

    listed = text_of(browser.get(list_url))
    first, again = browser.post(url, {"after": 0}), browser.post(url, {"after": 0}, follow=True)

    assert "Pastel Student" in listed
    assert "Pastel Guardian" not in listed
    assert CODE.search(text_of(first))
    assert not CODE.search(text_of(again))
    (event,) = acts(cast, "credentials.reset")
    assert (event.reason, event.data["identity"]) == ("Élève devant moi", ["seen"])


def test_form_teacher_is_led_there_from_home_and_from_the_class(cast: Cast, desk_of: SignIn) -> None:
    url = f"/classe/groupes/{cast.pastel.group.pk}/comptes/"
    browser, colleague = desk_of(cast.pastel.teacher), desk_of(cast.pastel.colleague)

    assert url in browser.get("/classe/").content.decode()
    assert url in browser.get(f"/classe/groupes/{cast.pastel.group.pk}/").content.decode()
    assert url not in colleague.get("/classe/").content.decode()


def test_attempts_that_closed_the_door_are_said_and_forgotten(cast: Cast, desk_of: SignIn, client: Browser) -> None:
    user, password = cast.pastel.student, "une-phrase-de-passe"
    user.set_password(password)
    user.save(update_fields=["password"])
    for _ in range(5):
        client.post("/connexion/", {"login": user.username, "password": "faux"})
    assert locked_since(user.username)
    browser = desk_of(cast.hub_agent)

    page = text_of(browser.get(page_of(cast)))
    browser.post(page_of(cast, page="deverrouiller/"))

    assert "Bloqué : 5 essais, le dernier" in page
    assert locked_since(user.username) is None
    assert "Bloqué : 5 essais" not in text_of(browser.get(page_of(cast)))
    answer = client.post("/connexion/", {"login": user.username, "password": password})
    assert answer.status_code == 302
    assert len(acts(cast, "accounts.unlock")) == 1


def test_account_unlocked_three_times_in_an_hour_is_not_unlocked_again(cast: Cast, desk_of: SignIn) -> None:
    """Each time gives whoever guesses the password five more tries."""
    user = cast.pastel.student
    for by in (cast.hub_agent, cast.pastel.head, cast.pastel.local_admin):
        space = "territoire" if by == cast.hub_agent else "etablissement"
        desk_of(by).post(page_of(cast, page="deverrouiller/", space=space))
    for _ in range(5):
        Browser().post("/connexion/", {"login": user.username, "password": "faux"})
    browser = desk_of(cast.hub_agent)

    refused = text_of(browser.post(page_of(cast, page="deverrouiller/"), follow=True))

    assert "Déverrouillé plusieurs fois en une heure" in refused
    assert locked_since(user.username)
    answer = browser.post(f"/api/v1/accounts/{cast.pastel.memberships['student'].pk}/unlock/")
    assert answer.status_code == 400
    browser.post(page_of(cast, page="code/"), filled())
    assert locked_since(user.username)
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=True):
        with person_scope(cast.pastel.head):
            actions.unlock(membership=cast.pastel.memberships["student"], by=cast.pastel.head)
        assert locked_since(user.username) is None


@pytest.fixture
def shared(cast: Cast) -> User:
    """The Pastel's teacher, who works at the Brique too."""
    with tenant_scope([cast.brique.establishment]):
        Membership.objects.create(establishment=cast.brique.establishment, user=cast.pastel.teacher, role="teacher")
    return cast.pastel.teacher


def trail_of(school: Any, person: User) -> list[tuple[str, str]]:
    with tenant_scope([school.establishment]):
        return list(AuditEvent.objects.filter(person=person).order_by("pk").values_list("verb", "reason"))


def test_acts_on_an_account_of_two_schools_are_in_both_trails(cast: Cast, shared: User) -> None:
    membership = cast.pastel.memberships["teacher"]
    with person_scope(cast.rectorate_admin):
        by = {"membership": membership, "by": cast.rectorate_admin}
        code = actions.reset(**by, reason="Oubli", identity_checked=["seen"])
        actions.unlock(**by)
        actions.set_blocked(**by, blocked=True, reason="Ici seulement")
        actions.set_blocked(**by, blocked=False, reason="Ici seulement")
        actions.set_closed(**by, closed=True, reason="Départ")
        actions.set_closed(**by, closed=False, reason="Retour")
    ticket = find_code(typed=code)
    assert ticket
    redeem(code_id=ticket.code.pk, password="une-phrase-de-passe")

    of_the_account = ["credentials.code_issued", "credentials.reset", "accounts.unlock", "accounts.close",
                      "accounts.reopen", "credentials.password_set"]  # fmt: skip
    here = [verb for verb, _reason in trail_of(cast.pastel, shared)]
    assert [verb for verb in here if verb not in ("accounts.block", "accounts.unblock")] == of_the_account
    assert "accounts.block" in here
    # The other school knows what was done, not in which words.
    assert trail_of(cast.brique, shared) == [(verb, "") for verb in of_the_account]


@pytest.mark.parametrize(("what", "changed"), [("ends_on", "yesterday"), ("is_blocked", True)])
def test_code_that_could_not_serve_is_not_given_and_the_one_before_stays_good(
    cast: Cast, shared: User, what: str, changed: Any
) -> None:
    with person_scope(cast.brique.head):
        there = Membership.objects.get(user=shared, establishment=cast.brique.establishment)
        code = actions.reset(membership=there, by=cast.brique.head, reason="Oubli", identity_checked=["seen"])
    membership = cast.pastel.memberships["teacher"]
    setattr(membership, what, timezone.localdate() - timedelta(days=1) if changed == "yesterday" else changed)
    with tenant_scope([cast.pastel.establishment]):
        membership.save(update_fields=[what])

    # Whoever has left for the other school is no colleague any more: that is said first.
    why = "Aucun code ne marcherait" if changed is True else "des droits que vous n’avez pas"
    with person_scope(cast.pastel.head), pytest.raises(ValidationError, match=why):
        actions.reset(membership=membership, by=cast.pastel.head, reason="Oubli", identity_checked=["seen"])

    assert find_code(typed=code)


def test_blocked_membership_shuts_this_school_and_opens_again(cast: Cast, desk_of: SignIn) -> None:
    browser, url = desk_of(cast.pastel.local_admin), page_of(cast, page="bloquer/", space="etablissement")
    student = desk_of(cast.pastel.student)

    browser.post(url, {"reason": "Menaces envoyées"})
    shut = student.get("/eleve/devoirs/").status_code
    browser.post(url, {"reason": "Compte rendu"})

    assert shut == 403
    assert student.get("/eleve/devoirs/").status_code == 200
    assert [event.reason for event in acts(cast, "accounts.block")] == ["Menaces envoyées"]
    assert [event.reason for event in acts(cast, "accounts.unblock")] == ["Compte rendu"]


def test_academy_alone_closes_an_account_everywhere(cast: Cast, desk_of: SignIn) -> None:
    url = page_of(cast, page="fermer/")

    assert desk_of(cast.hub_agent).post(url, {"reason": "Départ"}).status_code == 403
    desk_of(cast.rectorate_admin).post(url, {"reason": "Départ"})

    assert not User.objects.get(pk=cast.pastel.student.pk).is_active
    assert "Compte fermé partout" in text_of(desk_of(cast.hub_agent).get(page_of(cast)))


def test_file_says_who_they_are_in_the_agents_schools_only(cast: Cast, desk_of: SignIn) -> None:
    with tenant_scope([cast.brique.establishment]):
        Membership.objects.create(establishment=cast.brique.establishment, user=cast.pastel.teacher, role="teacher")

    page = text_of(desk_of(cast.hub_agent).get(page_of(cast, "teacher")))

    assert "Collège du Pastel" in page
    assert "Brique" not in page


def test_file_names_guardians_and_children(cast: Cast, desk_of: SignIn) -> None:
    browser = desk_of(cast.hub_agent)

    assert "Responsables Guardian Pastel" in text_of(browser.get(page_of(cast)))
    assert "Enfants Student Pastel" in text_of(browser.get(page_of(cast, "guardian")))


def test_person_is_told_at_the_next_sign_in(cast: Cast, desk_of: SignIn, client: Browser) -> None:
    user, password = cast.pastel.student, "une-phrase-de-passe"
    user.set_password(password)
    user.activated_at = timezone.now()
    user.save(update_fields=["password", "activated_at"])
    desk_of(cast.hub_agent).post(page_of(cast, page="code/"), filled())

    first = client.post("/connexion/", {"login": user.username, "password": password}, follow=True)
    client.post("/deconnexion/")
    second = client.post("/connexion/", {"login": user.username, "password": password}, follow=True)

    assert "a été remis par Hélène Pôle" in text_of(first)
    assert "a été remis par" not in text_of(second)


def test_mail_to_the_person_holds_no_code_and_goes_to_who_has_an_address(cast: Cast, mailoutbox: list[Any]) -> None:
    membership = cast.pastel.memberships["guardian"]
    with tenant_scope([cast.pastel.establishment]):
        send(membership=membership.pk, what="reset")
        User.objects.filter(pk=membership.user_id).update(email="famille@example.org")
        send(membership=membership.pk, what="reset")

    (mail,) = mailoutbox
    assert mail.to == ["famille@example.org"]
    assert "Collège du Pastel" in mail.body
    assert not CODE.search(mail.body)


def test_block_of_one_person_outlives_the_doors_being_set_again(cast: Cast, desk_of: SignIn) -> None:
    """An import, or a block lifted from a whole class, must not let somebody in who was kept out alone."""
    url = page_of(cast, page="bloquer/", space="etablissement")
    desk_of(cast.pastel.local_admin).post(url, {"reason": "Menaces envoyées"})

    with tenant_scope([cast.pastel.establishment]):
        apply_doors(establishment_id=cast.pastel.establishment.pk)
        Block.objects.all().delete()
        Opening.objects.all().delete()
        apply_doors(establishment_id=cast.pastel.establishment.pk)
        assert Membership.objects.get(pk=cast.pastel.memberships["student"].pk).is_blocked
