"""The emergency switch: passwords that may be in others' hands stop working, or a profile is kept out.

March 2024 taught the field that: hundreds of threats came by pupils' stolen accounts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit.actions import record
from accounts.models import User as Person
from accounts.sessions.actions import end_everywhere
from ent.portal.rights import require
from establishments.doors.models import Block
from establishments.doors.rules import PROFILES
from establishments.emergency.models import EmergencyReset
from establishments.emergency.spared import spared
from establishments.emergency.tasks import advance_reset
from establishments.people.models import Membership
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
    """Keep a profile out of these schools, from the next page on; how many memberships. Lifted school by school."""
    _check(schools, by, role)
    for school in schools:
        Block.objects.update_or_create(
            establishment=school, group=None, role=role, defaults={"reason": reason, "by": by}
        )
        _record("doors.block", school.pk, by, reason, whom=role)
    blocked = Membership.objects.filter(establishment__in=[school.pk for school in schools], role=role)
    return int(blocked.update(is_blocked=True))


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
    reset.done += _take_passwords([user for user in people if user not in kept])
    reset.left_out += len(kept.intersection(people))
    reset.moved_at = timezone.now()
    if len(step) < STEP:
        reset.finished_at = reset.moved_at
    reset.after = step[-1][0] if step else after
    reset.save(update_fields=["done", "left_out", "after", "moved_at", "finished_at"])
    if reset.finished_at is None:
        _go_on(reset)


def _take_passwords(pks: list[int]) -> int:
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
    return len(people)


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
