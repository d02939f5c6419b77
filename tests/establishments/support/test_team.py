"""The school's own team: who never came, who may help."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import AuditEvent, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Block, Membership
from establishments.people.reach import reach_of
from establishments.support import actions
from tests.browser import Browser, text_of
from tests.cast import Cast, tomorrow

SignIn = Callable[[User], Browser]


def roles_of(cast: Cast, user: User) -> set[str]:
    fresh = User.objects.get(pk=user.pk)
    with person_scope(fresh):
        return set(reach_of(fresh).roles.get(cast.pastel.establishment.pk, set()))


def test_head_appoints_a_deputy_who_then_helps_and_is_dismissed(cast: Cast, desk_of: SignIn) -> None:
    school, browser = cast.pastel, desk_of(cast.pastel.head)
    with tenant_scope([school.establishment]):
        Block.objects.all().delete()  # the staff's, which the cast wrote down without closing their door

    browser.post("/etablissement/comptes/equipe/", {"person": school.memberships["staff"].pk, "reason": "Vie scolaire"})
    assert roles_of(cast, school.staff) == {"staff", "local_admin"}
    assert desk_of(school.staff).get("/etablissement/comptes/").status_code == 200
    assert "Staff Pastel" in text_of(browser.get("/etablissement/comptes/equipe/"))

    with tenant_scope([school.establishment]):
        deputy = Membership.objects.get(user=school.staff, role="local_admin")
    browser.post(f"/etablissement/comptes/equipe/{deputy.pk}/retirer/", {"reason": "Mutation"})
    assert roles_of(cast, school.staff) == {"staff"}
    assert desk_of(school.staff).get("/etablissement/comptes/").status_code == 403
    with tenant_scope([school.establishment]):
        acts = list(
            AuditEvent.objects.filter(verb__startswith="deputies.").order_by("pk").values_list("verb", "reason")
        )
    assert acts == [("deputies.appoint", "Vie scolaire"), ("deputies.dismiss", "Mutation")]


def test_deputy_dismissed_is_appointed_again(cast: Cast) -> None:
    school = cast.pastel
    with person_scope(school.head):
        for _ in range(2):
            deputy = actions.appoint(membership=school.memberships["staff"], by=school.head, reason="Oui")
            actions.dismiss(membership=deputy, by=school.head, reason="Non")
        actions.appoint(membership=school.memberships["staff"], by=school.head, reason="Oui")

    assert "local_admin" in roles_of(cast, school.staff)


def test_deputy_who_was_suspended_is_so_still_when_appointed_again(cast: Cast) -> None:
    """Or a colleague in the team would lift what the head or the hub decided."""
    school = cast.pastel
    with person_scope(school.head):
        deputy = actions.appoint(membership=school.memberships["staff"], by=school.head, reason="Oui")
        actions.set_blocked(membership=deputy, by=school.head, blocked=True, reason="Menaces")
    with person_scope(school.local_admin):
        actions.dismiss(membership=deputy, by=school.local_admin, reason="Non")
        again = actions.appoint(membership=school.memberships["staff"], by=school.local_admin, reason="Oui")

    assert (again.is_suspended, again.is_blocked) == (True, True)
    assert "local_admin" not in roles_of(cast, school.staff)


def test_deputy_who_is_here_until_a_day_helps_no_longer_than_that(cast: Cast) -> None:
    """A substitute, made by hand until tomorrow."""
    school = cast.pastel
    with person_scope(school.head):
        membership = Membership.objects.get(pk=school.memberships["colleague"].pk)
        deputy = actions.appoint(membership=membership, by=school.head, reason="Renfort")

    assert deputy.ends_on == membership.ends_on == tomorrow()
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        assert roles_of(cast, school.colleague) == set()


def test_whoever_has_left_is_not_appointed(cast: Cast) -> None:
    school = cast.pastel
    with person_scope(school.head):
        Membership.objects.filter(pk=school.memberships["staff"].pk).update(
            ends_on=timezone.localdate() - timedelta(days=1)
        )
        membership = Membership.objects.get(pk=school.memberships["staff"].pk)
        with pytest.raises(ValidationError, match="plus de l’établissement"):
            actions.appoint(membership=membership, by=school.head, reason="Oui")

    assert "local_admin" not in roles_of(cast, school.staff)


@pytest.mark.parametrize("who", ["student", "guardian", "head"])
def test_only_staff_and_teachers_are_appointed(cast: Cast, who: str) -> None:
    with person_scope(cast.pastel.head), pytest.raises(ValidationError):
        actions.appoint(membership=cast.pastel.memberships[who], by=cast.pastel.head, reason="Oui")


@pytest.mark.parametrize("who", ["staff", "teacher", "hub_agent", "rectorate_admin"])
def test_team_is_the_schools_own_affair(cast: Cast, who: str) -> None:
    by = getattr(cast.pastel, who, None) or getattr(cast, who)
    with person_scope(by), pytest.raises(PermissionDenied):
        actions.appoint(membership=cast.pastel.memberships["staff"], by=by, reason="Oui")


def test_nobody_dismisses_themself(cast: Cast) -> None:
    admin = cast.pastel.local_admin
    with person_scope(admin), pytest.raises(ValidationError, match="collègue"):
        actions.dismiss(membership=cast.pastel.memberships["local_admin"], by=admin, reason="Fini")


def test_who_never_came_is_counted_by_class_and_by_role(cast: Cast, desk_of: SignIn) -> None:
    User.objects.filter(pk=cast.pastel.student.pk).update(last_login=timezone.now())

    page = text_of(desk_of(cast.pastel.local_admin).get("/etablissement/comptes/jamais/"))

    assert "5E B 1 élève jamais venu sur 2" in page
    assert "Brique" not in page


def test_class_of_those_who_never_came_leads_to_their_list(cast: Cast, desk_of: SignIn) -> None:
    User.objects.filter(pk=cast.pastel.student.pk).update(last_login=timezone.now())

    page = text_of(desk_of(cast.pastel.local_admin).get("/etablissement/comptes/?q=5E+B&role=student&jamais=1"))

    assert "Pastel Classmate" in page
    assert "Pastel Student" not in page


def test_api_appoints_and_dismisses(cast: Cast, desk_of: SignIn) -> None:
    school, browser = cast.pastel, desk_of(cast.pastel.head)
    with tenant_scope([school.establishment]):
        Block.objects.all().delete()

    def ask(membership: int, what: str) -> int:
        url = f"/api/v1/accounts/{membership}/{what}/"
        return int(browser.post(url, {"reason": "Vie scolaire"}, content_type="application/json").status_code)

    assert ask(school.memberships["staff"].pk, "appoint") == 204
    assert roles_of(cast, school.staff) == {"staff", "local_admin"}
    with tenant_scope([school.establishment]):
        deputy = Membership.objects.get(user=school.staff, role="local_admin")
    assert ask(deputy.pk, "dismiss") == 204
    assert roles_of(cast, school.staff) == {"staff"}
