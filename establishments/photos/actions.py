"""What a school does with its students' photos. Each act is in the trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.audit.actions import record
from ent.portal.rights import require
from establishments.files.actions import Examined, attach, detach
from establishments.people.models import Membership
from establishments.photos.models import Portrait
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def decide(*, school: Establishment, shows: bool, by: User) -> None:
    """Say whether the school shows its students' photos. When it does no more, those that it has are erased."""
    require(by, "establishments.photos.decide", school)
    if school.shows_photos == shows:
        return
    school.shows_photos = shows
    school.save(update_fields=["shows_photos"])
    erased = 0 if shows else detach(Portrait.objects.filter(establishment=school))
    verb = "photos.allow" if shows else "photos.forbid"
    record(verb=verb, by=by, establishment_id=school.pk, erased=erased)


@transaction.atomic
def set_portrait(*, student: Membership, picture: Examined, by: User) -> Portrait:
    """Put a student's photo in the place of the one before; `picture` was drawn by `redraw`."""
    require(by, "establishments.photos.manage", student)
    Membership.objects.select_for_update(no_key=True).get(pk=student.pk)  # two at once: the second replaces the first
    detach(Portrait.objects.filter(membership=student))
    portrait = attach(Portrait, examined=picture, establishment_id=student.establishment_id, membership=student)
    record(verb="photos.set", by=by, establishment_id=student.establishment_id, person=student.user)
    return portrait


@transaction.atomic
def remove_portrait(*, student: Membership, by: User) -> None:
    require(by, "establishments.photos.manage", student)
    if detach(Portrait.objects.filter(membership=student)):
        record(verb="photos.remove", by=by, establishment_id=student.establishment_id, person=student.user)
