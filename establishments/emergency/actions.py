"""The emergency switch: passwords that may be in others' hands stop working, or a profile is kept out.

March 2024 taught the field that: hundreds of threats came by pupils' stolen accounts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit.actions import record
from accounts.models import User as Person
from accounts.sessions.actions import end_everywhere
from ent.portal.rights import require
from establishments.doors.actions import apply_doors
from establishments.doors.models import Block
from establishments.doors.rules import PROFILES
from establishments.emergency.models import EmergencyReset
from establishments.emergency.permissions import ABOVE, AT_SCHOOL
from establishments.emergency.spared import spared
from establishments.emergency.tasks import advance_reset, tell_reset
from establishments.people.models import Membership
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User

STEP = 200  # people in one transaction: a second of work
STALLED = timedelta(minutes=5)


def concerned(*, schools: Sequence[Establishment], role: str) -> Any:
    """The memberships of that profile whose person has a password of ours."""
    return (
        Membership.objects.filter(establishment__in=[school.pk for school in schools], role=role)
        .current()
        .exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    )


@transaction.atomic
def reset_passwords(*, schools: Sequence[Establishment], by: User, role: str, reason: str) -> uuid.UUID:
    """Take their passwords, sessions and API tokens from the people of a profile; they come back in by a slip, a code
    from their school or an e-mail. Who comes by an identity provider keeps that way in.

    Whoever has powers elsewhere keeps theirs (see `spared`): a school's switch is no hold on those above it.
    Returns what names the request. A school where the same is under way already goes on with that.
    """
    _check(schools, by, role)
    batch = uuid.uuid4()
    people = concerned(schools=schools, role=role)
    counts = dict(
        people.exclude(user__in=spared(people=people.values("user"), by=by))
        .values_list("establishment")
        .annotate(Count("pk"))
        .order_by("establishment")
    )
    EmergencyReset.objects.bulk_create(
        [
            EmergencyReset(
                establishment=school,
                batch=batch,
                role=role,
                reason=reason,
                requested_by=by,
                total=counts.get(school.pk, 0),
            )
            for school in schools
        ],
        ignore_conflicts=True,
    )
    for reset in EmergencyReset.objects.filter(batch=batch):
        _record("emergency.reset_passwords", reset.establishment_id, by, reason, role=role, people=reset.total)
        _go_on(reset)
    return batch


@transaction.atomic
def block_profile(*, schools: Sequence[Establishment], by: User, role: str, reason: str) -> int:
    """Keep a profile out of these schools, from the next page on; how many memberships.

    It is one decision, lifted by `lift_block`; a school may lift its own part. Where a school has decided the same
    already, its decision stays its own, and outlives this one.
    """
    _check(schools, by, role)
    batch = uuid.uuid4()
    Block.objects.bulk_create(
        [Block(establishment=school, group=None, role=role, batch=batch, reason=reason, by=by) for school in schools],
        ignore_conflicts=True,
    )
    for school in schools:
        _record("doors.block", school.pk, by, reason, whom=role, batch=str(batch))
    blocked = Membership.objects.filter(establishment__in=[school.pk for school in schools], role=role)
    return int(blocked.update(is_blocked=True))


@transaction.atomic
def lift_block(*, batch: uuid.UUID, by: User) -> int:
    """Let in again whom one decision kept out, in all its schools that `by` answers for; in how many schools.

    Who is kept out for another reason, alone or with their class, stays so.
    """
    held = reach_of(by).where(*AT_SCHOOL, *ABOVE)
    blocks = list(Block.objects.select_for_update(of=("self",)).filter(batch=batch, establishment__in=held))
    if not blocks:
        return 0
    schools, role = [block.establishment_id for block in blocks], blocks[0].role
    Block.objects.filter(pk__in=[block.pk for block in blocks]).delete()
    # Where nothing else keeps that profile out there is nothing to work out, whatever the number of people.
    others = set(
        Block.objects.filter(establishment__in=schools, role__in=[role, ""]).values_list("establishment", flat=True)
    )
    free = Membership.objects.filter(establishment__in=set(schools) - others, role=role)
    free.exclude(is_blocked=F("is_suspended")).update(is_blocked=F("is_suspended"))
    for school in sorted(others):
        apply_doors(establishment_id=school)
    for block in blocks:
        _record("doors.unblock", block.establishment_id, by, block.reason, whom=role, batch=str(batch))
    return len(blocks)


def _check(schools: Sequence[Establishment], by: User, role: str) -> None:
    for school in schools:
        require(by, "establishments.emergency.pull", school)
    if role not in PROFILES:
        raise ValidationError({"role": _("Choisissez un profil.")})


# --- Step by step ---------------------------------------------------------------------------------------------


@transaction.atomic
def advance(*, reset_id: int, after: int) -> None:
    """Take the passwords of the next people of a request, and ask for what follows.

    A message that comes twice, or late, finds another `after` than its own, and does nothing.
    """
    reset = EmergencyReset.objects.select_for_update().filter(pk=reset_id, after=after, finished_at=None).first()
    if reset is None:
        return
    members = (
        Membership.objects.filter(establishment=reset.establishment_id, role=reset.role, pk__gt=after)
        .current()
        .order_by("pk")
        .values_list("pk", "user")[:STEP]
    )
    step = list(members)
    people = [user for _pk, user in step]
    kept = spared(people=people, by=reset.requested_by)
    taken = _take_passwords([user for user in people if user not in kept])
    reset.done += len(taken)
    reset.left_out += len(kept.intersection(people))
    reset.moved_at = timezone.now()
    if len(step) < STEP:
        reset.finished_at = reset.moved_at
    reset.after = step[-1][0] if step else after
    reset.save(update_fields=["done", "left_out", "after", "moved_at", "finished_at"])
    if reset.finished_at is None:
        _go_on(reset)
    for person in taken:
        if person.email:
            tell = partial(tell_reset.delay, user=person.pk, school=reset.establishment_id)
            transaction.on_commit(tell, robust=True)


def _take_passwords(pks: list[int]) -> list[Person]:
    """In the order of their keys: another school's step may hold some of the same people."""
    people = list(
        Person.objects.select_for_update()
        .filter(pk__in=pks)
        .exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        .order_by("pk")
    )
    for person in people:
        person.password = make_password(None)
    Person.objects.bulk_update(people, ["password"])
    end_everywhere(users=people)
    return people


def go_on_where_stalled() -> int:
    """What a lost broker left behind; in a scope of all schools."""
    stalled = EmergencyReset.objects.filter(finished_at=None, moved_at__lt=timezone.now() - STALLED)
    for reset in stalled:
        _go_on(reset)
    return len(stalled)


def _go_on(reset: EmergencyReset) -> None:
    advance_reset.delay_on_commit(establishments=[reset.establishment_id], reset=reset.pk, after=reset.after)


def _record(verb: str, establishment_id: int, by: User, reason: str, **data: Any) -> None:
    record(verb=verb, by=by, establishment_id=establishment_id, reason=reason, **data)
