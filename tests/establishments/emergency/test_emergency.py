"""The emergency switch: stolen passwords stop working, of a profile of one school or of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import AuditEvent, User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.doors import actions as doors
from establishments.doors.actions import apply_doors
from establishments.emergency import actions
from establishments.emergency.tasks import tell_reset
from establishments.models import Block, EmergencyReset, Establishment, Membership
from tests.browser import Browser, text_of
from tests.cast import Cast

PASSWORD = "une-phrase-de-passe"
SignIn = Callable[[User], Browser]


@pytest.fixture
def cast_with_passwords(cast: Cast) -> Cast:
    for school in (cast.pastel, cast.brique):
        for user in (school.student, school.classmate, school.teacher, school.guardian):
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
    return cast


@pytest.fixture
def asked() -> Iterator[list[dict[str, Any]]]:
    """The messages that the worker would get: the tests hand them over themselves."""
    messages: list[dict[str, Any]] = []
    with patch.object(actions.advance_reset, "delay_on_commit", side_effect=lambda **said: messages.append(said)):
        yield messages


def start(cast: Cast, by: User, schools: list[Establishment], role: str = "student") -> None:
    with person_scope(by):
        actions.reset_passwords(schools=schools, by=by, role=role, reason="Menaces reçues")


def hand_over(messages: list[dict[str, Any]]) -> int:
    """Run all that was asked for, and what follows from it; how many steps."""
    steps = 0
    while messages:
        message = messages.pop(0)
        with tenant_scope(message["establishments"]):
            actions.advance(reset_id=message["reset"], after=message["after"])
        steps += 1
    return steps


def enters(user: User) -> bool:
    return Browser().post("/connexion/", {"login": user.username, "password": PASSWORD}).status_code == 302


def test_passwords_sessions_and_tokens_of_the_profile_stop_working(
    cast_with_passwords: Cast, client_of: SignIn, asked: list[dict[str, Any]]
) -> None:
    pastel = cast_with_passwords.pastel
    session, (_instance, token) = client_of(pastel.student), AuthToken.objects.create(pastel.student)
    teacher = client_of(pastel.teacher)

    start(cast_with_passwords, pastel.head, [pastel.establishment])
    hand_over(asked)

    assert not enters(pastel.student)
    assert session.get("/")["Location"].startswith("/connexion/")
    assert Browser().get("/api/v1/me/", headers={"Authorization": f"Token {token}"}).status_code == 401
    assert enters(pastel.teacher)
    assert teacher.get("/").status_code == 200
    assert enters(cast_with_passwords.brique.student)


def test_request_goes_by_steps_and_counts_them(
    cast_with_passwords: Cast, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "STEP", 1)
    pastel = cast_with_passwords.pastel
    start(cast_with_passwords, pastel.head, [pastel.establishment])

    assert hand_over(asked) == 3  # two students, and the step that finds no more

    with tenant_scope([pastel.establishment]):
        reset = EmergencyReset.objects.latest("pk")
    assert (reset.total, reset.done) == (2, 2)
    assert reset.finished_at


def test_message_that_comes_twice_does_nothing(cast_with_passwords: Cast, asked: list[dict[str, Any]]) -> None:
    pastel = cast_with_passwords.pastel
    start(cast_with_passwords, pastel.head, [pastel.establishment])
    asked.append(dict(asked[0]))

    hand_over(asked)

    with tenant_scope([pastel.establishment]):
        assert EmergencyReset.objects.latest("pk").done == 2


def test_request_whose_message_was_lost_goes_on(cast_with_passwords: Cast, asked: list[dict[str, Any]]) -> None:
    pastel = cast_with_passwords.pastel
    start(cast_with_passwords, pastel.head, [pastel.establishment])
    asked.clear()
    with tenant_scope([pastel.establishment]):
        assert actions.go_on_where_stalled() == 0
        EmergencyReset.objects.update(moved_at=timezone.now() - timedelta(minutes=6))
        assert actions.go_on_where_stalled() == 1

    hand_over(asked)

    assert not enters(pastel.student)


def test_asked_twice_is_under_way_once(cast_with_passwords: Cast, asked: list[dict[str, Any]]) -> None:
    pastel = cast_with_passwords.pastel

    for _ in range(2):
        start(cast_with_passwords, pastel.head, [pastel.establishment])

    assert len(asked) == 1


def test_who_asks_keeps_their_own_password(cast_with_passwords: Cast, asked: list[dict[str, Any]]) -> None:
    pastel = cast_with_passwords.pastel
    pastel.head.set_password(PASSWORD)
    pastel.head.save(update_fields=["password"])
    with tenant_scope([pastel.establishment]):
        Membership.objects.create(establishment=pastel.establishment, user=pastel.head, role="teacher")

    start(cast_with_passwords, pastel.head, [pastel.establishment], role="teacher")
    hand_over(asked)

    assert enters(pastel.head)
    assert not enters(pastel.teacher)


def test_academy_does_it_for_all_schools_and_each_has_it_in_its_trail(
    cast_with_passwords: Cast, asked: list[dict[str, Any]]
) -> None:
    cast = cast_with_passwords
    schools = [cast.pastel.establishment, cast.brique.establishment]

    start(cast, cast.rectorate_admin, schools)
    hand_over(asked)

    assert not enters(cast.pastel.student)
    assert not enters(cast.brique.student)
    for school in schools:
        with tenant_scope([school]):
            event = AuditEvent.objects.get(verb="emergency.reset_passwords")
            assert (event.actor_id, event.reason, event.data["people"]) == (
                cast.rectorate_admin.pk,
                "Menaces reçues",
                2,
            )


@pytest.mark.parametrize("who", ["teacher", "staff", "student", "hub_agent", "authority_agent"])
def test_others_may_not_pull_it(cast: Cast, who: str) -> None:
    user = getattr(cast.pastel, who, None) or getattr(cast, who)
    with person_scope(user), pytest.raises(PermissionDenied):
        actions.reset_passwords(schools=[cast.pastel.establishment], by=user, role="student", reason="Essai")


def test_head_may_not_pull_it_for_the_other_school(cast: Cast) -> None:
    with person_scope(cast.pastel.head), pytest.raises(PermissionDenied):
        actions.block_profile(
            schools=[cast.pastel.establishment, cast.brique.establishment],
            by=cast.pastel.head,
            role="student",
            reason="Essai",
        )


def test_heads_cannot_be_its_target(cast: Cast) -> None:
    with person_scope(cast.rectorate_admin), pytest.raises(ValidationError):
        actions.reset_passwords(
            schools=[cast.pastel.establishment], by=cast.rectorate_admin, role="head", reason="Essai"
        )


def test_profile_is_blocked_in_all_schools_at_once(cast: Cast, client_of: SignIn) -> None:
    students = [client_of(school.student) for school in (cast.pastel, cast.brique)]
    with person_scope(cast.rectorate_admin):
        blocked = actions.block_profile(
            schools=[cast.pastel.establishment, cast.brique.establishment],
            by=cast.rectorate_admin,
            role="student",
            reason="vérification en cours.",
        )

    assert blocked == 4
    for browser in students:
        assert browser.get("/eleve/devoirs/").status_code == 403
        assert "Ton accès est suspendu" in text_of(browser.get("/"))


def test_regional_block_is_lifted_at_once_and_leaves_the_schools_own(cast: Cast, client_of: SignIn) -> None:
    schools = [cast.pastel.establishment, cast.brique.establishment]
    students = [client_of(school.student) for school in (cast.pastel, cast.brique)]
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.filter(user=cast.pastel.classmate).update(is_suspended=True, is_blocked=True)
        Block.objects.create(establishment=cast.pastel.establishment, group=cast.pastel.group, reason="Bagarre")
    with person_scope(cast.rectorate_admin):
        actions.block_profile(schools=schools, by=cast.rectorate_admin, role="student", reason="Menaces reçues")
    browser = client_of(cast.rectorate_admin)
    page = browser.get("/territoire/urgence/")
    assert "Les élèves · 2 établissements" in text_of(page)
    with tenant_scope(schools):
        batch = Block.objects.filter(role="student").values_list("batch", flat=True).distinct().get()

    done = browser.post(f"/territoire/urgence/blocages/{batch}/lever/", follow=True)

    assert "Accès rétabli dans 2 établissements." in text_of(done)
    assert "Les élèves · 2 établissements" not in text_of(done)
    pastel, brique = [student.get("/eleve/devoirs/").status_code for student in students]
    assert (pastel, brique) == (403, 200)  # the class is kept out by its school
    for school in schools:
        with tenant_scope([school]):
            acts = list(AuditEvent.objects.filter(data__batch=str(batch)).order_by("pk").values_list("verb", "actor"))
            assert acts == [("doors.block", cast.rectorate_admin.pk), ("doors.unblock", cast.rectorate_admin.pk)]
    with tenant_scope([cast.pastel.establishment]):
        Block.objects.all().delete()
        apply_doors(establishment_id=cast.pastel.establishment.pk)
        assert Membership.objects.get(user=cast.pastel.classmate).is_blocked  # suspended alone


def test_block_that_a_school_had_decided_outlives_the_regions(cast: Cast, client_of: SignIn) -> None:
    school = cast.pastel
    with person_scope(school.head):
        doors.block(school=school.establishment, by=school.head, role="student", reason="Grève")
    with person_scope(cast.rectorate_admin):
        everywhere = [school.establishment, cast.brique.establishment]
        actions.block_profile(schools=everywhere, by=cast.rectorate_admin, role="student", reason="Menaces")
    with tenant_scope([cast.brique.establishment]):
        batch = Block.objects.get(role="student").batch

    with person_scope(cast.rectorate_admin):
        assert actions.lift_block(batch=batch, by=cast.rectorate_admin) == 1

    assert client_of(school.student).get("/eleve/devoirs/").status_code == 403
    assert client_of(cast.brique.student).get("/eleve/devoirs/").status_code == 200


def test_school_lifts_its_own_part_only(cast: Cast, client_of: SignIn) -> None:
    with person_scope(cast.rectorate_admin):
        schools = [cast.pastel.establishment, cast.brique.establishment]
        actions.block_profile(schools=schools, by=cast.rectorate_admin, role="student", reason="Menaces")
    with tenant_scope(schools):
        batch = Block.objects.filter(role="student").values_list("batch", flat=True).distinct().get()

    client_of(cast.pastel.head).post(f"/etablissement/urgence/blocages/{batch}/lever/")

    assert client_of(cast.pastel.student).get("/eleve/devoirs/").status_code == 200
    assert client_of(cast.brique.student).get("/eleve/devoirs/").status_code == 403


def test_whoever_has_an_address_is_written_to(
    cast_with_passwords: Cast,
    asked: list[dict[str, Any]],
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cast, sent = cast_with_passwords, []
    User.objects.filter(pk=cast.pastel.student.pk).update(email="famille@example.org")
    monkeypatch.setattr(actions.tell_reset, "delay", lambda **said: sent.append(said))
    start(cast, cast.pastel.head, [cast.pastel.establishment])

    with django_capture_on_commit_callbacks(execute=True):
        hand_over(asked)
    for said in sent:
        tell_reset(**said)

    (mail,) = mailoutbox
    assert mail.to == ["famille@example.org"]
    assert "Collège du Pastel a remis à zéro" in mail.body
    assert "Student" not in mail.body


# --- Whom it leaves alone --------------------------------------------------------------------------------------


def as_guardian(cast: Cast, user: User) -> User:
    """They are a parent of the Pastel besides what they are."""
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    school = cast.pastel.establishment
    with tenant_scope([school]):
        Membership.objects.create(establishment=school, user=user, role="guardian")
    return user


@pytest.mark.parametrize("who", ["hub_agent", "authority_agent", "rectorate_admin"])
@pytest.mark.parametrize("by", ["head", "rectorate_admin"])
def test_agent_who_is_a_parent_there_is_left_alone(
    cast_with_passwords: Cast, asked: list[dict[str, Any]], who: str, by: str
) -> None:
    cast = cast_with_passwords
    agent = as_guardian(cast, getattr(cast, who))

    start(cast, getattr(cast.pastel, by, None) or getattr(cast, by), [cast.pastel.establishment], role="guardian")
    hand_over(asked)

    assert enters(agent)
    assert not enters(cast.pastel.guardian)
    with tenant_scope([cast.pastel.establishment]):
        reset = EmergencyReset.objects.latest("pk")
    assert (reset.total, reset.done, reset.left_out) == (1, 1, 1)


@pytest.mark.parametrize("who", ["head", "local_admin"])
def test_head_of_another_school_is_left_alone_by_a_school_and_not_by_the_academy(
    cast_with_passwords: Cast, asked: list[dict[str, Any]], who: str
) -> None:
    cast = cast_with_passwords
    neighbour = as_guardian(cast, cast.brique.person(who))

    start(cast, cast.pastel.head, [cast.pastel.establishment], role="guardian")
    hand_over(asked)
    assert enters(neighbour)
    assert not enters(cast.pastel.guardian)

    start(cast, cast.rectorate_admin, [cast.pastel.establishment], role="guardian")
    hand_over(asked)
    assert not enters(neighbour)


def test_head_may_reset_their_local_administrators_who_may_not_reset_them(
    cast_with_passwords: Cast, asked: list[dict[str, Any]]
) -> None:
    cast = cast_with_passwords
    head, deputy = as_guardian(cast, cast.pastel.head), as_guardian(cast, cast.pastel.local_admin)

    start(cast, deputy, [cast.pastel.establishment], role="guardian")
    hand_over(asked)
    assert enters(head)
    assert enters(deputy)

    start(cast, head, [cast.pastel.establishment], role="guardian")
    hand_over(asked)
    assert enters(head)
    assert not enters(deputy)


def test_account_of_the_administration_is_left_alone(cast_with_passwords: Cast, asked: list[dict[str, Any]]) -> None:
    cast = cast_with_passwords
    User.objects.filter(pk=cast.pastel.teacher.pk).update(is_staff=True)

    start(cast, cast.rectorate_admin, [cast.pastel.establishment], role="teacher")
    hand_over(asked)

    assert enters(cast.pastel.teacher)


def test_pages_say_how_many_are_left_alone(
    cast_with_passwords: Cast, client_of: SignIn, asked: list[dict[str, Any]]
) -> None:
    cast = cast_with_passwords
    as_guardian(cast, cast.hub_agent)
    browser = client_of(cast.pastel.head)
    sent = {"what": "reset", "role": "guardian", "reason": "Menaces reçues"}

    first = text_of(browser.post("/etablissement/urgence/", sent))
    assert "1 mot de passe ne marchera plus" in first
    assert "Laissés de côté 1 personne" in first
    browser.post("/etablissement/urgence/", {**sent, "confirmed": "1"})
    hand_over(asked)
    assert "1 mot de passe remis à zéro · 1 compte laissé de côté" in text_of(browser.get("/etablissement/urgence/"))


# --- The page --------------------------------------------------------------------------------------------------


def test_page_says_how_many_before_it_acts(
    cast_with_passwords: Cast, client_of: SignIn, asked: list[dict[str, Any]]
) -> None:
    browser = client_of(cast_with_passwords.pastel.head)
    sent = {"what": "reset", "role": "student", "reason": "Menaces reçues"}

    first = browser.post("/etablissement/urgence/", sent)
    assert "2 mots de passe ne marcheront plus" in text_of(first)
    assert asked == []

    browser.post("/etablissement/urgence/", {**sent, "confirmed": "1"})
    assert len(asked) == 1
    page = text_of(browser.get("/etablissement/urgence/"))
    assert "0 sur 2" in page
    hand_over(asked)
    part = browser.get("/etablissement/urgence/", headers={"HX-Request": "true"}).content.decode()
    part = " ".join(part.split())
    assert "2 mots de passe remis à zéro" in part
    assert "hx-trigger" not in part


@pytest.mark.parametrize("missing", ["what", "role", "reason"])
def test_page_without_all_answers_does_nothing(
    cast: Cast, client_of: SignIn, asked: list[dict[str, Any]], missing: str
) -> None:
    sent = {"what": "reset", "role": "student", "reason": "Essai", "confirmed": "1"}
    del sent[missing]

    assert client_of(cast.pastel.head).post("/etablissement/urgence/", sent).status_code == 200
    assert asked == []


def test_page_asks_for_a_fresh_proof(cast: Cast, client_of: SignIn, asked: list[dict[str, Any]]) -> None:
    browser = client_of(cast.pastel.head)
    browser.prove(cast.pastel.head, ago=16 * 60)
    sent = {"what": "reset", "role": "student", "reason": "Essai", "confirmed": "1"}

    assert browser.post("/etablissement/urgence/", sent)["Location"].startswith("/compte/confirmer/")
    assert browser.get("/etablissement/urgence/")["Location"].startswith("/compte/confirmer/")
    assert asked == []
