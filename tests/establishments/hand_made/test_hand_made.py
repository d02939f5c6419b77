"""Accounts that a school makes itself: a slip to come in, an end that one moves in one tap, and no feed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import AuditEvent, Identifier, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.hand_made import actions
from establishments.models import HandMade, Membership, Teaching
from establishments.support.actions import appoint
from tests.browser import Browser, text_of
from tests.cast import Cast, School

SignIn = Callable[[User], Browser]
LIST = "/etablissement/comptes-a-la-main/"


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def said(school: School, **more: Any) -> dict[str, Any]:
    return {
        "first_name": "Rémi", "last_name": "Plaçant", "role": "teacher", "ends_on": in_days(20),
        "reason": "Remplace M. Roux", "groups": [school.group.pk], "subject": school.subject.pk, **more,
    }  # fmt: skip


def made_by(cast: Cast, **more: Any) -> HandMade:
    school, head = cast.pastel, cast.pastel.head
    how = {"first_name": "Rémi", "last_name": "Plaçant", "role": "staff", "ends_on": in_days(20), "reason": "Renfort"}
    with person_scope(head):
        return actions.make(school=school.establishment, by=head, **{**how, **more})


def last_day_of(row: HandMade) -> date | None:
    with tenant_scope([row.establishment]):
        return Membership.objects.get(pk=row.membership_id).ends_on


def test_substitute_is_made_gets_a_slip_and_teaches(cast: Cast, client_of: SignIn) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.local_admin)

    answer = browser.post(f"{LIST}creer/", said(school), follow=True)

    assert "Imprimer une fiche pour Rémi Plaçant" in text_of(answer)
    pdf = browser.post(answer.redirect_chain[-1][0], {"reason": "Remise en main propre"})
    assert pdf["Content-Type"] == "application/pdf"
    person = User.objects.get(username="remi.placant")
    assert not person.has_usable_password()
    assert "5E B" in text_of(client_of(person).get("/classe/"))
    with tenant_scope([school.establishment]):
        assert Teaching.objects.filter(membership__user=person, subject=school.subject).count() == 1
        event = AuditEvent.objects.get(verb="hand_made.make")
    assert (event.actor, event.person, event.reason) == (school.local_admin, person, "Remplace M. Roux")


def test_account_ends_by_itself(cast: Cast, client_of: SignIn) -> None:
    person = made_by(cast, ends_on=in_days(3)).membership.user

    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert client_of(person).get("/etablissement/classes/").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        assert client_of(person).get("/etablissement/classes/").status_code == 403


def test_list_says_the_end_and_moves_it_in_one_tap(cast: Cast, client_of: SignIn) -> None:
    row, browser = made_by(cast), client_of(cast.pastel.head)
    assert "Plaçant Rémi Personnel · Renfort jusqu’au" in text_of(browser.get(LIST))

    browser.post(f"{LIST}{row.pk}/prolonger/")
    assert last_day_of(row) == in_days(20) + actions.MORE

    browser.post(f"{LIST}{row.pk}/terminer/")
    assert client_of(row.membership.user).get("/etablissement/classes/").status_code == 403
    assert "terminé le" in text_of(browser.get(LIST))

    browser.post(f"{LIST}{row.pk}/prolonger/")
    assert last_day_of(row) == timezone.localdate() + actions.MORE
    with tenant_scope([cast.pastel.establishment]):
        verbs = list(
            AuditEvent.objects.filter(person=row.membership.user).order_by("pk").values_list("verb", flat=True)
        )
    assert verbs == ["hand_made.make", "hand_made.prolong", "hand_made.end", "hand_made.prolong"]


def test_person_whom_the_feed_has_come_to_know_is_the_feeds(cast: Cast, client_of: SignIn) -> None:
    row, browser = made_by(cast), client_of(cast.pastel.head)
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.filter(pk=row.membership_id).update(ends_on=None)

    assert "dans l’annuaire maintenant" in text_of(browser.get(LIST))
    for act in ("prolonger", "terminer"):
        page = text_of(browser.post(f"{LIST}{row.pk}/{act}/", follow=True))
        assert "L’annuaire connaît cette personne maintenant" in page
    assert last_day_of(row) is None


def test_account_is_not_prolonged_for_ever(cast: Cast) -> None:
    row = made_by(cast, ends_on=in_days(360))
    with person_scope(cast.pastel.head), pytest.raises(ValidationError, match="Un an au plus"):
        actions.prolong(row=row, by=cast.pastel.head)


def test_somebody_of_that_name_is_the_same_person_unless_one_says_otherwise(cast: Cast, client_of: SignIn) -> None:
    school, browser = cast.pastel, client_of(cast.pastel.head)
    same = said(school, first_name="TEACHER", last_name="pastel")

    page = text_of(browser.post(f"{LIST}creer/", same))
    assert "Quelqu’un de ce nom est déjà dans l’établissement." in page

    answer = browser.post(f"{LIST}creer/", {**same, "is_another": "on"})
    assert answer.status_code == 302
    assert User.objects.filter(username="teacher.pastel2").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first_name": " "}, "Écrivez le prénom."),
        ({"ends_on": ""}, "Donnez le dernier jour."),
        ({"ends_on": "2001-01-01"}, "Ce jour est passé."),
        ({"ends_on": "2999-01-01"}, "Un an au plus"),
        ({"reason": ""}, "Dites pourquoi."),
        ({"subject": ""}, "Choisissez la matière enseignée."),
        ({"role": "staff"}, "Seul un enseignant a des classes."),
        ({"role": "head"}, "Sélectionnez un choix valide"),
    ],
)
def test_wrong_form_says_what_to_do_and_makes_nobody(
    cast: Cast, client_of: SignIn, wrong: dict[str, str], message: str
) -> None:
    before = User.objects.count()

    page = text_of(client_of(cast.pastel.head).post(f"{LIST}creer/", said(cast.pastel, **wrong)))

    assert message in page
    assert User.objects.count() == before


@pytest.mark.parametrize("who", ["teacher", "staff", "guardian", "hub_agent"])
def test_others_make_nobody(cast: Cast, who: str) -> None:
    by = getattr(cast.pastel, who, None) or getattr(cast, who)
    with person_scope(by), pytest.raises(PermissionDenied):
        actions.make(
            school=cast.pastel.establishment, by=by, first_name="A", last_name="B", role="staff",
            ends_on=in_days(1), reason="Non",
        )  # fmt: skip


@pytest.mark.parametrize("role", ["head", "local_admin", "student", "guardian"])
def test_nobody_is_made_head_or_student_by_hand(cast: Cast, role: str) -> None:
    with pytest.raises(ValidationError):
        made_by(cast, role=role)


def test_classes_of_the_other_school_are_not_offered_nor_taken(cast: Cast, client_of: SignIn) -> None:
    browser, other = client_of(cast.pastel.head), cast.brique.group

    page = browser.post(f"{LIST}creer/", said(cast.pastel, groups=[other.pk]))
    assert page.status_code == 200
    sent = {
        "establishment": cast.pastel.establishment.pk, "first_name": "A", "last_name": "B", "role": "teacher",
        "ends_on": in_days(1), "reason": "Essai", "groups": [other.pk], "subject": cast.pastel.subject.code,
    }  # fmt: skip
    answer = browser.post("/api/v1/hand-made-accounts/", sent, "application/json")

    assert answer.status_code == 400
    with tenant_scope([cast.pastel.establishment, cast.brique.establishment]):
        assert not Membership.objects.filter(user__last_name="Plaçant").exists()


def test_list_of_the_school_holds_nobody_of_the_other(cast: Cast, client_of: SignIn) -> None:
    page = text_of(client_of(cast.pastel.head).get(LIST))

    assert "Remplacement à pastel" in page
    assert "Remplacement à brique" not in page


def test_person_whom_the_feed_knew_and_gives_no_longer_is_not_taken_up_again_by_hand(cast: Cast) -> None:
    """They may be in another school by then, which this one's code would open."""
    row, school = made_by(cast), cast.pastel
    Identifier.objects.create(user=row.membership.user, scheme="aaf", realm="16", value="77")
    gone = in_days(-1)
    with tenant_scope([school.establishment]):
        Membership.objects.filter(pk=row.membership_id).update(ends_on=gone, missing_since=in_days(0))

    with person_scope(school.head):
        row = HandMade.objects.get(pk=row.pk)
        for act in (actions.prolong, actions.end):
            with pytest.raises(ValidationError, match="L’annuaire connaît cette personne"):
                act(row=row, by=school.head)

    assert last_day_of(row) == gone


def test_whoever_helped_with_the_accounts_meanwhile_ends_as_that_too(cast: Cast, client_of: SignIn) -> None:
    row, head = made_by(cast), cast.pastel.head
    person = row.membership.user
    with person_scope(head):
        appoint(membership=row.membership, by=head, reason="Renfort")
    assert client_of(person).get("/etablissement/comptes/").status_code == 200

    with person_scope(head):
        actions.end(row=row, by=head)

    assert client_of(person).get("/etablissement/comptes/").status_code == 403
