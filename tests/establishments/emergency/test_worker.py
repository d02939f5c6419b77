"""The emergency by a real worker, which is killed half-way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.emergency import actions, tasks
from establishments.models import EmergencyReset, Membership
from tests.cast import Cast, make_cast
from tests.worker import Worker

PEOPLE = 450  # three steps


def crowd(cast: Cast) -> list[User]:
    """So many students more, who alone have a password; the last has an address."""
    User.objects.update(password=make_password(None))
    password = make_password("une-phrase-de-passe")
    people = User.objects.bulk_create(
        User(username=f"eleve.{number}", first_name="Élève", last_name=f"Numéro{number}", password=password)
        for number in range(PEOPLE)
    )
    User.objects.filter(pk=people[-1].pk).update(email="famille@example.org")
    school = cast.pastel.establishment
    with tenant_scope([school]):
        Membership.objects.bulk_create(Membership(establishment=school, user=user, role="student") for user in people)
    return people


def start(cast: Cast) -> None:
    with transaction.atomic(), person_scope(cast.pastel.head):
        actions.reset_passwords(
            schools=[cast.pastel.establishment], by=cast.pastel.head, role="student", reason="Menaces reçues"
        )


def reset_of(cast: Cast) -> EmergencyReset:
    with tenant_scope([cast.pastel.establishment]):
        return EmergencyReset.objects.latest("pk")


def with_a_password(people: list[User]) -> int:
    return User.objects.filter(pk__in=[user.pk for user in people]).exclude(password__startswith="!").count()


@pytest.mark.django_db(transaction=True)
def test_worker_takes_all_passwords_and_writes_to_who_has_an_address(worker: Worker) -> None:
    cast = make_cast()
    people = crowd(cast)
    worker.start()

    start(cast)
    worker.until(lambda: reset_of(cast).finished_at)

    assert with_a_password(people) == 0
    reset = reset_of(cast)
    assert (reset.total, reset.done, reset.left_out) == (PEOPLE, PEOPLE, 0)
    (mail,) = worker.until(lambda: list(worker.mail.glob("*")) if worker.mail.exists() else [])
    assert "famille@example.org" in mail.read_text()


@pytest.mark.django_db(transaction=True)
def test_worker_killed_in_the_middle_has_done_whole_steps_and_another_ends_them(worker: Worker) -> None:
    cast = make_cast()
    people = crowd(cast)
    start(cast)
    with transaction.atomic():  # holds up the second step
        User.objects.select_for_update().get(pk=people[actions.STEP + 50].pk)
        worker.start()
        worker.until(lambda: reset_of(cast).done)
        worker.until_it_waits_for_a_lock()
        worker.kill()
    done = reset_of(cast).done
    assert 0 < done <= actions.STEP
    assert with_a_password(people) == PEOPLE - done
    assert not reset_of(cast).finished_at

    with tenant_scope([cast.pastel.establishment]):
        EmergencyReset.objects.update(moved_at=timezone.now() - actions.STALLED - timedelta(seconds=1))
    worker.start()
    tasks.sweep_resets.delay()
    worker.until(lambda: reset_of(cast).finished_at)

    assert with_a_password(people) == 0
    assert reset_of(cast).done == PEOPLE
