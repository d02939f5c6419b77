"""Who may help whom: nobody helps themself, nor somebody as high as they are, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Establishment, FormTeacher, Mandate, Membership, SupportHub
from establishments.support import actions
from tests.browser import Browser, text_of
from tests.cast import Cast, make_person

SignIn = Callable[[User], Browser]

# Who × whom, at the Collège du Pastel: yes is a code.
TABLE = """
            student guardian teacher staff head local_admin
student     no      no       no      no    no   no
guardian    no      no       no      no    no   no
teacher     yes     no       no      no    no   no
colleague   no      no       no      no    no   no
staff       no      no       no      no    no   no
local_admin yes     yes      yes     yes   no   no
head        yes     yes      yes     yes   no   yes
hub_agent   yes     yes      yes     yes   yes  yes
authority_agent no  no       no      no    no   no
rectorate_admin yes yes      yes     yes   yes  yes
"""


def cells() -> list[tuple[str, str, bool]]:
    (columns, *rows) = [line.split() for line in TABLE.strip().splitlines()]
    return [(who, whom, cell == "yes") for who, *row in rows for whom, cell in zip(columns, row, strict=True)]


def give_code(by: User, membership: Membership) -> str:
    with person_scope(by):
        return actions.reset(membership=membership, by=by, reason="Oubli", identity_checked=["seen"])


@pytest.mark.parametrize(("who", "whom", "allowed"), cells())
def test_code_is_given_by_whoever_stands_above_only(cast: Cast, who: str, whom: str, allowed: bool) -> None:
    by = getattr(cast.pastel, who, None) or getattr(cast, who)

    if allowed:
        assert len(give_code(by, cast.pastel.memberships[whom])) == 12
    else:
        with pytest.raises(PermissionDenied):
            give_code(by, cast.pastel.memberships[whom])


def test_head_of_another_school_who_is_a_parent_here_is_reset_by_nobody_of_here(cast: Cast) -> None:
    """The code would open the other school to whoever gave it."""
    with tenant_scope([cast.brique.establishment]):
        Membership.objects.create(establishment=cast.brique.establishment, user=cast.pastel.guardian, role="head")

    for by in (cast.pastel.head, cast.pastel.local_admin, cast.hub_agent):
        with pytest.raises(ValidationError, match="des droits que vous n’avez pas"):
            give_code(by, cast.pastel.memberships["guardian"])
    assert give_code(cast.rectorate_admin, cast.pastel.memberships["guardian"])


def test_teacher_who_has_left_and_teaches_elsewhere_is_no_colleague_any_more(cast: Cast) -> None:
    """Still a parent here: the code would open the classes of the other school."""
    here, there, guardian = cast.pastel.establishment, cast.brique.establishment, cast.pastel.guardian
    with tenant_scope([here, there]):
        Membership.objects.create(establishment=there, user=guardian, role="teacher")
        former = Membership.objects.create(
            establishment=here, user=guardian, role="teacher", ends_on=timezone.localdate() - timedelta(days=1)
        )

    for membership in (cast.pastel.memberships["guardian"], former):
        with pytest.raises(ValidationError, match="des droits que vous n’avez pas"):
            give_code(cast.pastel.local_admin, membership)
    with person_scope(cast.hub_agent), pytest.raises(ValidationError, match="des droits que vous n’avez pas"):
        actions.remove_second_factor(membership=former, by=cast.hub_agent, reason="Perdu", identity_checked=["seen"])


def test_agent_who_is_a_parent_here_is_reset_by_nobody_of_here(cast: Cast) -> None:
    Mandate.objects.create(user=cast.pastel.guardian, hub=SupportHub.objects.get())

    for by in (cast.pastel.head, cast.hub_agent):
        with pytest.raises(PermissionDenied):
            give_code(by, cast.pastel.memberships["guardian"])


def test_form_teacher_of_another_class_gives_no_code(cast: Cast) -> None:
    school = cast.pastel
    with tenant_scope([school.establishment]):
        FormTeacher.objects.all().delete()

    with pytest.raises(PermissionDenied):
        give_code(school.teacher, school.memberships["student"])


def test_form_teacher_gives_none_to_a_student_who_is_also_staff(cast: Cast) -> None:
    school = cast.pastel
    with tenant_scope([school.establishment]):
        Membership.objects.create(establishment=school.establishment, user=school.student, role="local_admin")

    with pytest.raises(PermissionDenied):
        give_code(school.teacher, school.memberships["student"])


@pytest.fixture
def other_agent(cast: Cast) -> User:
    """Of the hub next door, which has the Lycée de la Brique."""
    hub = SupportHub.objects.create(name="Pôle de Toulouse")
    Establishment.objects.filter(pk=cast.brique.establishment.pk).update(hub=hub)
    agent = make_person("Octave", "Autrepôle")
    Mandate.objects.create(user=agent, hub=hub)
    return agent


@pytest.mark.parametrize("page", ["", "code/", "bloquer/", "aide/", "doublon/{classmate}/"])
def test_agent_of_another_hub_is_told_that_there_is_no_such_person(
    cast: Cast, desk_of: SignIn, other_agent: User, page: str
) -> None:
    members = cast.pastel.memberships
    path = f"/territoire/comptes/{members['student'].pk}/{page.format(classmate=members['classmate'].pk)}"
    browser = desk_of(other_agent)

    assert browser.get(path).status_code == 404
    assert browser.get(f"/territoire/demandes/{cast.pastel.case.pk}/").status_code == 404
    assert browser.post(f"/territoire/demandes/{cast.pastel.case.pk}/", {"what": "take"}).status_code == 404
    assert "Pastel" not in text_of(browser.get("/territoire/demandes/?voir=tout"))


@pytest.mark.parametrize("url", ["/etablissement/devoirs/", "/eleve/devoirs/", "/classe/donner/"])
def test_agent_opens_no_page_of_what_people_do(cast: Cast, desk_of: SignIn, url: str) -> None:
    assert desk_of(cast.hub_agent).get(url).status_code == 403


def test_agent_sees_neither_homework_nor_files(cast: Cast, desk_of: SignIn) -> None:
    browser, school = desk_of(cast.hub_agent), cast.pastel

    for url in (f"/api/v1/homework/{school.homework.pk}/", f"/fichiers/copies/{school.progress_file.key}/"):
        assert browser.get(url).status_code == 403
    page = text_of(browser.get(f"/territoire/comptes/{school.memberships['student'].pk}/"))
    assert school.homework.title not in page
    assert school.progress.text not in page


def test_without_a_recent_proof_one_is_asked_again_before_a_code(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.pastel.local_admin)
    session = browser.session
    session["account_authentication_methods"] = []
    session.save()

    answer = browser.get(f"/etablissement/comptes/{cast.pastel.memberships['student'].pk}/code/")

    assert answer.status_code == 302
    assert "next=" in answer["Location"]
