"""A second child: the slip of another school, and one account for both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.credentials.actions import find_code, issue_code
from accounts.models import AuditEvent, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Guardianship, Membership
from tests.accounts.second_factor.codes import add_application
from tests.browser import Browser, text_of
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("births")

SignIn = Callable[[User], Browser]
CHILD_BORN = "24/03/2013"


@pytest.fixture
def code(cast: Cast, births: None) -> str:
    """Of the Brique's guardian, who is the Pastel's too, without the feeds knowing."""
    return code_for(cast, cast.brique.guardian)


def code_for(cast: Cast, user: User) -> str:
    school = cast.brique.establishment
    with tenant_scope([school]):
        return issue_code(user=user, purpose="activation", establishment_id=school.pk, by=cast.brique.head)


def attach(browser: Browser, code: str, birth_date: str = CHILD_BORN, **options: Any) -> Any:
    return browser.post("/compte/rattacher/", {"code": code, "birth_date": birth_date}, **options)


def test_guardian_attaches_the_child_of_another_school(cast: Cast, client_of: SignIn, code: str) -> None:
    browser = client_of(cast.pastel.guardian)

    answer = attach(browser, code, follow=True)

    assert "Rattaché : votre enfant de « Lycée de la Brique »" in text_of(answer)
    assert find_code(typed=code) is None
    dropped = User.objects.get(pk=cast.brique.guardian.pk)
    assert (dropped.is_active, dropped.has_usable_password()) == (False, False)
    with person_scope(User.objects.get(pk=cast.pastel.guardian.pk)) as reach:
        assert reach.establishments == {cast.pastel.establishment.pk, cast.brique.establishment.pk}
        children = Guardianship.objects.held_by(cast.pastel.guardian).values_list("student__user", flat=True)
        assert set(children) == {cast.pastel.student.pk, cast.brique.student.pk}
    with tenant_scope([cast.brique.establishment]):
        event = AuditEvent.objects.get(verb="accounts.attach")
    assert (event.person_id, event.actor_id) == (cast.pastel.guardian.pk, cast.pastel.guardian.pk)


def test_child_of_somebody_else_is_refused_and_counts_against_the_code(
    cast: Cast, client_of: SignIn, code: str
) -> None:
    browser = client_of(cast.pastel.guardian)

    pages = [attach(browser, code, "02/09/2013") for _ in range(5)]

    assert all("Ce n’est pas ce que l’établissement a enregistré." in text_of(page) for page in pages)
    assert "Ce code n’est pas valable." in text_of(attach(browser, code))
    assert User.objects.get(pk=cast.brique.guardian.pk).is_active


@pytest.mark.parametrize("who", ["student", "teacher", "head"])
def test_slip_of_somebody_who_is_no_guardian_is_refused(cast: Cast, client_of: SignIn, who: str) -> None:
    code = code_for(cast, cast.brique.person(who))

    page = attach(client_of(cast.pastel.guardian), code)

    assert "Ce code n’est pas valable." in text_of(page)
    assert find_code(typed=code)


def test_account_of_a_guardian_who_works_somewhere_is_not_joined(cast: Cast, client_of: SignIn, code: str) -> None:
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.create(establishment=cast.pastel.establishment, user=cast.brique.guardian, role="teacher")

    assert "Ce code n’est pas valable." in text_of(attach(client_of(cast.pastel.guardian), code))


def test_account_of_a_guardian_who_will_work_somewhere_is_not_joined(cast: Cast, client_of: SignIn, code: str) -> None:
    school, soon = cast.pastel.establishment, timezone.localdate() + timedelta(days=3)
    with tenant_scope([school]):
        Membership.objects.create(establishment=school, user=cast.brique.guardian, role="staff", starts_on=soon)

    assert "Ce code n’est pas valable." in text_of(attach(client_of(cast.pastel.guardian), code))


def test_account_with_a_second_factor_is_not_joined(cast: Cast, client_of: SignIn, code: str) -> None:
    add_application(cast.brique.guardian)

    assert "Ce code n’est pas valable." in text_of(attach(client_of(cast.pastel.guardian), code))
    assert find_code(typed=code)
    assert User.objects.get(pk=cast.brique.guardian.pk).is_active


@pytest.mark.parametrize("who", ["student", "teacher", "head", "staff"])
def test_page_is_for_guardians(cast: Cast, client_of: SignIn, code: str, who: str) -> None:
    browser = client_of(cast.pastel.person(who))

    assert browser.get("/compte/rattacher/").status_code == 403
    assert attach(browser, code).status_code == 403


def test_slip_of_ones_own_account_is_only_used(cast: Cast, client_of: SignIn, code: str) -> None:
    answer = attach(client_of(cast.brique.guardian), code, follow=True)

    assert "Rattaché" in text_of(answer)
    assert find_code(typed=code) is None
    assert User.objects.get(pk=cast.brique.guardian.pk).is_active
