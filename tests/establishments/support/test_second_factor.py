"""Who lost their phone: an agent takes the second factor away, and the person is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from knox.models import AuthToken

from accounts.models import AuditEvent, User
from accounts.second_factor.tasks import tell_second_factor_removed
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Membership
from establishments.support import actions
from tests.accounts.second_factor.codes import add_application, add_recovery_codes
from tests.browser import Browser, text_of
from tests.cast import Cast, make_person

SignIn = Callable[[User], Browser]
CHECKED = ["name", "duty", "called_back"]


def has_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user).exists()


def page_of(cast: Cast, who: str) -> str:
    return f"/territoire/comptes/{cast.pastel.memberships[who].pk}/"


def test_agent_takes_the_lost_factor_of_a_head_away(cast: Cast, desk_of: SignIn, mailoutbox: list[Any]) -> None:
    head = cast.pastel.head
    User.objects.filter(pk=head.pk).update(email="direction@example.org")
    add_application(head)
    add_recovery_codes(head)
    session = desk_of(head)
    AuthToken.objects.create(head)
    with tenant_scope([cast.brique.establishment]):
        Membership.objects.create(establishment=cast.brique.establishment, user=head, role="guardian")
    browser = desk_of(cast.rectorate_admin)
    assert "Retirer le second facteur perdu" in text_of(browser.get(page_of(cast, "head")))

    browser.post(f"{page_of(cast, 'head')}second-facteur/", {"identity": CHECKED, "reason": "Téléphone volé"})
    tell_second_factor_removed(user=head.pk)

    assert not has_factor(head)
    assert session.get("/")["Location"].startswith("/connexion/")
    assert not AuthToken.objects.filter(user=head).exists()
    assert mailoutbox[-1].to == ["direction@example.org"]
    with tenant_scope([cast.pastel.establishment]):
        event = AuditEvent.objects.get(verb="accounts.second_factor_removed")
    assert (event.person, event.reason, event.data["identity"]) == (head, "Téléphone volé", CHECKED)
    with tenant_scope([cast.brique.establishment]):
        assert AuditEvent.objects.get(verb="accounts.second_factor_removed").reason == ""
    assert "Second facteur retiré" in text_of(browser.get(page_of(cast, "head")))


def test_without_the_three_answers_it_stays(cast: Cast, desk_of: SignIn) -> None:
    add_application(cast.pastel.head)

    answer = desk_of(cast.hub_agent).post(
        f"{page_of(cast, 'head')}second-facteur/", {"identity": ["name"], "reason": "Perdu"}
    )

    assert "Posez les trois questions" in text_of(answer)
    assert has_factor(cast.pastel.head)


@pytest.mark.parametrize("who", ["teacher", "local_admin", "head", "authority_agent"])
def test_school_takes_nobodys_away(cast: Cast, who: str) -> None:
    by = getattr(cast.pastel, who, None) or getattr(cast, who)
    add_application(cast.pastel.staff)

    with person_scope(by), pytest.raises(PermissionDenied):
        actions.remove_second_factor(
            membership=cast.pastel.memberships["staff"], by=by, reason="Perdu", identity_checked=CHECKED
        )
    assert has_factor(cast.pastel.staff)


def test_head_of_a_school_that_the_agent_does_not_serve_keeps_theirs(cast: Cast) -> None:
    with tenant_scope([cast.pastel.establishment]):
        here = Membership.objects.create(establishment=cast.pastel.establishment, user=cast.brique.head, role="staff")
    add_application(cast.brique.head)

    with person_scope(cast.hub_agent), pytest.raises(ValidationError, match="des droits que vous n’avez pas"):
        actions.remove_second_factor(membership=here, by=cast.hub_agent, reason="Perdu", identity_checked=CHECKED)
    assert has_factor(cast.brique.head)


def test_administration_takes_one_away_for_superusers_only(cast: Cast, desk_of: SignIn) -> None:
    root = make_person("Rose", "Racine", is_staff=True, is_superuser=True)
    cast.rectorate_admin.user_permissions.set(Permission.objects.all())
    add_application(root)
    add_application(cast.rectorate_admin)
    factors = {factor.user_id: factor.pk for factor in Authenticator.objects.all()}

    answer = desk_of(cast.rectorate_admin).post(f"/admin/mfa/authenticator/{factors[root.pk]}/delete/", {"post": "yes"})
    assert answer.status_code == 403
    assert has_factor(root)

    session = desk_of(cast.rectorate_admin)
    desk_of(root).post(f"/admin/mfa/authenticator/{factors[cast.rectorate_admin.pk]}/delete/", {"post": "yes"})
    assert not has_factor(cast.rectorate_admin)
    assert session.get("/")["Location"].startswith("/connexion/")
