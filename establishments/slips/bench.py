"""The slips of a class of 32: codes issued, pages drawn, document sealed, step by step as the worker does."""

from __future__ import annotations

import random
from threading import Lock

from accounts.models import User
from ent.bench.load import Measure
from ent.bench.pages import BenchPage, BenchWork
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.people.models import Group, Membership, Role
from establishments.slips.actions import advance
from establishments.slips.pile import Pile
from establishments.support.models import SlipBatch
from establishments.territory.models import Establishment

CLASS = 32


HEAD = "direction.banc"


def seed() -> None:
    """A head who asks; the people are the directory's."""
    school = Establishment.objects.filter(kind=Establishment.Kind.COLLEGE).earliest("uai")
    head, _created = User.objects.get_or_create(username=HEAD, defaults={"first_name": "D", "last_name": "Banc"})
    with tenant_scope([school]):
        Membership.objects.get_or_create(establishment=school, user=head, role=Role.HEAD)


def pages() -> list[BenchPage]:
    return []


def works() -> list[BenchWork]:
    return [BenchWork("Fiches d’une classe de 32", print_a_class, _said)]


_ONE_CLASS = Lock()  # one worker makes one class after another


def print_a_class(_port: int) -> None:
    head = User.objects.get(username=HEAD)
    with _ONE_CLASS, person_scope(head):
        students = list(Membership.objects.filter(role=Role.STUDENT).values_list("pk", flat=True)[:1000])
        chosen = sorted(random.sample(students, CLASS))
        group = Group.objects.classes().earliest("pk")
        batch = SlipBatch.objects.create(
            establishment_id=group.establishment_id,
            group=group,
            requested_by=head,
            document=Pile([(pk, Role.STUDENT.label) for pk in chosen]).sealed(),
        )
        while batch.state != SlipBatch.State.READY:
            before = batch.done
            advance(batch_id=batch.pk, done=batch.done)
            batch.refresh_from_db()
            if batch.done == before and batch.state != SlipBatch.State.READY:
                raise RuntimeError("a step of the slips made none")


def _said(found: Measure) -> str:
    return f"une classe prête en {1000 / found.per_second:.0f} ms"
