"""Slips by a real worker, which is killed half-way: each person has one good code, and it is on the paper."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import OneTimeCode, User
from ent.tenancy.scope import tenant_scope
from establishments.models import GroupMembership, Membership, SlipBatch
from establishments.slips import actions, tasks
from tests.cast import Cast, make_cast, make_person
from tests.establishments.slips.reading import pages_of
from tests.worker import Worker

STUDENTS = 20  # with the two of the cast, three steps


def enlarge(cast: Cast) -> list[User]:
    school, people = cast.pastel, []
    with tenant_scope([school.establishment]):
        for number in range(STUDENTS):
            user = make_person(f"Élève{number:02}", "Fournier", birth_date="2013-01-01")
            member = Membership.objects.create(establishment=school.establishment, user=user, role="student")
            GroupMembership.objects.create(establishment=school.establishment, group=school.group, membership=member)
            people.append(user)
    return people


def request(cast: Cast) -> SlipBatch:
    school = cast.pastel
    with transaction.atomic(), tenant_scope([school.establishment]):
        return actions.request_slips(group=school.group, by=school.local_admin, roles=["student"])


def again(batch: SlipBatch) -> SlipBatch:
    with tenant_scope([batch.establishment_id]):
        return SlipBatch.objects.get(pk=batch.pk)


def is_ready(batch: SlipBatch) -> bool:
    return again(batch).state == SlipBatch.State.READY


def paper_of(cast: Cast, batch: SlipBatch) -> str:
    with tenant_scope([batch.establishment_id]):
        return " ".join(pages_of(actions.collect(batch=batch, by=cast.pastel.local_admin)))


@pytest.mark.django_db(transaction=True)
def test_worker_makes_the_slips_of_a_class(worker: Worker) -> None:
    cast = make_cast()
    enlarge(cast)
    worker.start()

    batch = request(cast)
    worker.until(lambda: is_ready(batch))

    assert again(batch).done == STUDENTS + 2
    assert OneTimeCode.objects.count() == STUDENTS + 2
    assert paper_of(cast, batch).count("Fournier") >= STUDENTS


@pytest.mark.django_db(transaction=True)
def test_worker_killed_in_the_middle_leaves_no_code_without_paper_and_another_ends_it(worker: Worker) -> None:
    cast = make_cast()
    people = enlarge(cast)
    batch = request(cast)
    with transaction.atomic():  # holds up the second step
        User.objects.select_for_update().get(pk=people[actions.STEP + 3].pk)
        worker.start()
        worker.until(lambda: again(batch).done)
        worker.until_it_waits_for_a_lock()
        worker.kill()
    assert again(batch).done == actions.STEP == OneTimeCode.objects.count()

    with tenant_scope([batch.establishment_id]):
        SlipBatch.objects.filter(pk=batch.pk).update(
            requested_at=timezone.now() - actions.OVERDUE - timedelta(seconds=1)
        )
    worker.start()
    tasks.sweep_all.delay()
    worker.until(lambda: is_ready(batch))

    assert again(batch).done == STUDENTS + 2
    assert OneTimeCode.objects.values("user").distinct().count() == OneTimeCode.objects.count() == STUDENTS + 2
    assert paper_of(cast, batch).count("Fournier") >= STUDENTS
