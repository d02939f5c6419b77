"""Opening dates and blocks: the most precise wins, and what follows is on the memberships at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import AuditEvent, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.doors import actions
from establishments.doors.levels import level_of
from establishments.models import Block, Group, GroupMembership, Guardianship, Membership, Opening
from tests.browser import Browser, text_of
from tests.cast import Cast, School

SignIn = Callable[[User], Browser]
LATER = timezone.localdate() + timedelta(days=30)


def day(number: int) -> date:
    return LATER + timedelta(days=number)


@pytest.fixture
def school(cast: Cast) -> School:
    with tenant_scope([cast.pastel.establishment]):
        Opening.objects.all().delete()
        Block.objects.all().delete()
    return cast.pastel


def opens_on(school: School, key: str) -> date | None:
    with tenant_scope([school.establishment]):
        return Membership.objects.get(pk=school.memberships[key].pk).opens_on


def is_blocked(school: School, key: str) -> bool:
    with tenant_scope([school.establishment]):
        return Membership.objects.get(pk=school.memberships[key].pk).is_blocked


def by_head(place: School, act: Any, **said: Any) -> Any:
    with person_scope(place.head):
        return act(by=place.head, **said)


def test_school_date_is_about_students_and_guardians_only(school: School) -> None:
    by_head(school, actions.set_opening, school=school.establishment, opens_on=day(1))

    assert [opens_on(school, key) for key in ("student", "guardian")] == [day(1), day(1)]
    assert [opens_on(school, key) for key in ("teacher", "staff", "head", "local_admin")] == [None] * 4


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_class_passes_before_level_and_level_before_school(school: School, order: list[int]) -> None:
    says = [{}, {"level": "5e"}, {"group": school.group}]
    for number in order:
        by_head(school, actions.set_opening, school=school.establishment, opens_on=day(number), **says[number])

    assert opens_on(school, "student") == day(2)


def test_date_of_a_profile_passes_before_that_of_all_in_the_same_place(school: School) -> None:
    by_head(school, actions.set_opening, school=school.establishment, opens_on=day(1), role="guardian")
    by_head(school, actions.set_opening, school=school.establishment, opens_on=day(2))

    assert (opens_on(school, "student"), opens_on(school, "guardian")) == (day(2), day(1))


def test_class_date_passes_before_the_schools_for_a_profile(school: School) -> None:
    by_head(school, actions.set_opening, school=school.establishment, opens_on=day(1), role="student")
    by_head(school, actions.set_opening, school=school.establishment, opens_on=day(2), group=school.group)

    assert opens_on(school, "student") == day(2)


def test_guardian_enters_with_the_first_of_the_children(school: School) -> None:
    with tenant_scope([school.establishment]):
        other = Group.objects.create(
            establishment=school.establishment, school_year=school.group.school_year, name="6E A"
        )
        GroupMembership.objects.filter(membership=school.memberships["classmate"]).update(group=other)
        Guardianship.objects.create(
            establishment=school.establishment,
            student=school.memberships["classmate"],
            guardian=school.memberships["guardian"],
        )
    by_head(school, actions.set_opening, school=school.establishment, opens_on=day(5), group=school.group)
    by_head(school, actions.set_opening, school=school.establishment, opens_on=day(3), level="6e")
    by_head(school, actions.block, school=school.establishment, reason="Essai", group=school.group)

    assert opens_on(school, "guardian") == day(3)
    assert is_blocked(school, "student")
    assert not is_blocked(school, "guardian")
    assert not is_blocked(school, "classmate")


def test_taking_a_date_back_opens(school: School) -> None:
    opening = by_head(school, actions.set_opening, school=school.establishment, opens_on=day(1))

    by_head(school, actions.remove_opening, opening=opening)

    assert opens_on(school, "student") is None


def test_applying_again_changes_nothing(school: School) -> None:
    by_head(school, actions.set_opening, school=school.establishment, opens_on=day(1))
    with tenant_scope([school.establishment]):
        assert actions.apply_doors(establishment_id=school.establishment.pk) == 0


def test_block_of_a_profile_and_its_end_are_audited_with_the_reason(school: School) -> None:
    blocked = by_head(school, actions.block, school=school.establishment, reason="Menaces reçues", role="teacher")
    assert is_blocked(school, "teacher")
    assert not is_blocked(school, "student")

    by_head(school, actions.unblock, blocked=blocked)

    assert not is_blocked(school, "teacher")
    with tenant_scope([school.establishment]):
        events = AuditEvent.objects.filter(verb__startswith="doors.").order_by("pk")
        assert [(e.verb, e.actor_id, e.reason) for e in events] == [
            ("doors.block", school.head.pk, "Menaces reçues"),
            ("doors.unblock", school.head.pk, "Menaces reçues"),
        ]


@pytest.mark.parametrize("role", ["head", "local_admin", ""])
def test_those_who_hold_the_doors_are_never_shut_out(school: School, role: str) -> None:
    with pytest.raises(ValidationError):
        by_head(school, actions.block, school=school.establishment, reason="Essai", role=role)


@pytest.mark.parametrize("who", ["student", "guardian", "teacher", "staff"])
def test_nobody_else_in_the_school_opens_or_shuts(school: School, who: str) -> None:
    user = school.person(who)
    with person_scope(user), pytest.raises(PermissionDenied):
        actions.block(school=school.establishment, by=user, reason="Essai", role="student")


def test_head_of_the_other_school_neither(cast: Cast) -> None:
    with person_scope(cast.brique.head), pytest.raises(PermissionDenied):
        actions.set_opening(school=cast.pastel.establishment, by=cast.brique.head, opens_on=day(1))


@pytest.mark.parametrize(
    ("name", "level"),
    [("6E A", "6e"), ("5eB", "5e"), ("2DE 3", "2de"), ("1RE STMG", "1re"), ("TLE G2", "Tle"), ("ULIS", "")],
)
def test_level_is_read_from_the_name_of_the_class(name: str, level: str) -> None:
    assert level_of(Group(name=name)) == level


def test_level_of_the_feed_passes_before_the_name() -> None:
    assert level_of(Group(name="6E A", level="5e")) == "5e"


# --- What people read ------------------------------------------------------------------------------------------


def test_student_before_the_day_reads_when_and_enters_on_it(school: School, client_of: SignIn) -> None:
    by_head(school, actions.set_opening, school=school.establishment, opens_on=date(2027, 9, 2))
    with time_machine.travel(date(2027, 9, 1), tick=False):
        page = text_of(client_of(school.student).get("/"))
        assert "Ton accès ouvre le jeudi 2 septembre (Collège du Pastel)." in page
        assert client_of(school.student).get("/eleve/devoirs/").status_code == 403
    with time_machine.travel(date(2027, 9, 2), tick=False):
        assert client_of(school.student).get("/eleve/devoirs/").status_code == 200


def test_guardian_of_a_blocked_class_reads_why(school: School, client_of: SignIn) -> None:
    browser = client_of(school.guardian)
    assert browser.get("/famille/").status_code == 200

    by_head(school, actions.block, school=school.establishment, reason="enquête en cours.", group=school.group)

    assert browser.get("/famille/").status_code == 403
    assert "L’accès de la classe est suspendu (Collège du Pastel) : enquête en cours." in text_of(browser.get("/"))


def test_outsider_still_reads_that_no_school_knows_them(cast: Cast, client_of: SignIn) -> None:
    assert "n’est rattaché à aucun établissement" in text_of(client_of(cast.outsider).get("/"))


# --- The page --------------------------------------------------------------------------------------------------


def test_head_sets_a_date_and_sees_what_follows(school: School, client_of: SignIn) -> None:
    browser, url = client_of(school.head), f"/etablissement/acces/{school.establishment.pk}/"
    sent = {"what": "opening", "opening-place": "niveau:5e", "opening-role": "", "opening-opens_on": day(1)}

    assert browser.post(url, sent)["Location"] == url

    page = text_of(browser.get(url))
    assert "Niveau 5e · Élèves et responsables" in page
    assert "5E B 2 élèves ouvre" in page
    assert opens_on(school, "student") == day(1)


@pytest.mark.parametrize(
    "sent",
    [
        {"what": "opening", "opening-opens_on": "demain"},
        {"what": "opening", "opening-place": "classe:999999", "opening-opens_on": "2027-09-01"},
        {"what": "opening", "opening-place": "niveau:5e", "opening-role": "teacher", "opening-opens_on": "2027-09-01"},
        {"what": "block", "block-role": "student"},
        {"what": "block", "block-reason": "Essai"},
        {"what": "block", "block-reason": "Essai", "block-role": "head"},
        {"what": "sing"},
    ],
)
def test_wrong_form_changes_nothing(school: School, client_of: SignIn, sent: dict[str, str]) -> None:
    answer = client_of(school.head).post(f"/etablissement/acces/{school.establishment.pk}/", sent)

    assert answer.status_code == 200
    with tenant_scope([school.establishment]):
        assert not Opening.objects.exists()
        assert not Block.objects.exists()


def test_class_of_the_other_school_is_no_choice(cast: Cast, school: School, client_of: SignIn) -> None:
    sent = {"what": "block", "block-reason": "Essai", "block-place": f"classe:{cast.brique.group.pk}"}

    client_of(school.head).post(f"/etablissement/acces/{school.establishment.pk}/", sent)

    with tenant_scope([cast.pastel.establishment, cast.brique.establishment]):
        assert not Block.objects.filter(group=cast.brique.group).exists()


def test_hub_agent_does_the_same_from_the_territory(cast: Cast, school: School, client_of: SignIn) -> None:
    url = f"/territoire/acces/{school.establishment.pk}/"
    sent = {"what": "block", "block-place": f"classe:{school.group.pk}", "block-role": "", "block-reason": "Essai"}

    assert client_of(cast.hub_agent).post(url, sent)["Location"] == url
    assert is_blocked(school, "student")


def test_what_shuts_people_out_asks_for_a_fresh_proof(school: School, client_of: SignIn) -> None:
    browser, url = client_of(school.head), f"/etablissement/acces/{school.establishment.pk}/"
    browser.prove(school.head, ago=16 * 60)
    sent = {"what": "block", "block-role": "student", "block-reason": "Essai"}

    answer = browser.post(url, sent, headers={"Referer": f"http://testserver{url}"})

    assert answer["Location"] == f"/compte/confirmer/?next={url.replace('/', '%2F')}"
    assert not is_blocked(school, "student")


@pytest.mark.parametrize(("days", "said"), [(-1, "Ce jour est déjà passé"), (0, "Date enregistrée."), (1, "Date")])
def test_opening_day_that_has_passed_is_said(cast: Cast, client_of: SignIn, days: int, said: str) -> None:
    url = f"/etablissement/acces/{cast.pastel.establishment.pk}/"
    on = timezone.localdate() + timedelta(days=days)
    sent = {"what": "opening", "opening-place": "", "opening-role": "", "opening-opens_on": on.isoformat()}

    page = text_of(client_of(cast.pastel.head).post(url, sent, follow=True))

    assert said in page
    assert ("déjà passé" in page) == (days < 0)
