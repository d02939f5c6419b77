"""Accounts that a school makes itself, until a day: made, prolonged, ended. Each act is in the trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit.actions import record
from accounts.identity.models import User as Person
from accounts.identity.models import plain
from ent.portal.rights import require
from establishments.directory.usernames import Usernames, username_base
from establishments.hand_made.models import HandMade
from establishments.people.models import Group, Membership, Role, Subject, Teaching
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User

ROLES = (Role.TEACHER, Role.STAFF)
LONGEST = timedelta(days=366)
MORE = timedelta(days=31)  # by one tap


@transaction.atomic
def make(
    *,
    school: Establishment,
    by: User,
    first_name: str,
    last_name: str,
    role: str,
    ends_on: date,
    reason: str,
    civility: str = "",
    birth_date: date | None = None,
    groups: Sequence[Group] = (),
    subject: Subject | None = None,
    is_another: bool = False,
) -> HandMade:
    """Make an account and what the person is in the school; they come in by a slip.

    Somebody of that name in the school is the same person, unless `is_another` says otherwise.
    """
    require(by, "establishments.hand_made.make", school)
    first_name, last_name = " ".join(first_name.split()), " ".join(last_name.split())
    _check(role, ends_on, groups, subject)
    if not is_another and _is_known(school, first_name, last_name):
        raise ValidationError(
            {"is_another": _("Quelqu’un de ce nom est déjà dans l’établissement. Cochez si c’est une autre personne.")}
        )
    (username,) = Usernames().allot([username_base(first_name, last_name)])
    person = Person(
        username=username, first_name=first_name, last_name=last_name, civility=civility, birth_date=birth_date
    )
    person.set_unusable_password()
    person.save()
    membership = Membership.objects.create(
        establishment=school, user=person, role=role, starts_on=timezone.localdate(), ends_on=ends_on
    )
    row: HandMade = HandMade.objects.create(establishment=school, membership=membership, reason=reason, made_by=by)
    Teaching.objects.bulk_create(
        Teaching(establishment=school, group=group, membership=membership, subject=subject) for group in groups
    )
    classes = [group.name for group in groups]
    _record("hand_made.make", row, by, reason=reason, role=str(role), ends_on=ends_on.isoformat(), classes=classes)
    return row


@transaction.atomic
def prolong(*, row: HandMade, by: User, ends_on: date | None = None) -> date:
    """Until that day, or a month more than it was: from today, when it has ended already. Returns the last day."""
    require(by, "establishments.hand_made.manage", row)
    _refuse_of_feed(row)
    membership, today = row.membership, timezone.localdate()
    last = ends_on or max(membership.ends_on or today, today) + MORE
    _check_end(last)
    membership.ends_on = last
    membership.save(update_fields=["ends_on"])
    _record("hand_made.prolong", row, by, ends_on=last.isoformat())
    return last


@transaction.atomic
def end(*, row: HandMade, by: User) -> None:
    """Yesterday was their last day: at the next page they are out."""
    require(by, "establishments.hand_made.manage", row)
    _refuse_of_feed(row)
    membership, yesterday = row.membership, timezone.localdate() - timedelta(days=1)
    membership.ends_on = yesterday
    membership.save(update_fields=["ends_on"])
    # Who was appointed to help with the accounts meanwhile would come in by that still.
    helping = Membership.objects.not_ended().filter(user=membership.user_id, role=Role.LOCAL_ADMIN)
    helping.filter(establishment=row.establishment_id).update(ends_on=yesterday)
    _record("hand_made.end", row, by)


def _refuse_of_feed(row: HandMade) -> None:
    """Also whoever the feed has given and gives no longer: of another school by then, they would be one's colleague
    again, and one's code would open what they have there."""
    if row.is_of_feed or row.membership.user.identifiers.exists():
        raise ValidationError(_("L’annuaire connaît cette personne maintenant : c’est lui qui dit jusqu’à quand."))


def _check(role: str, ends_on: date, groups: Sequence[Group], subject: Subject | None) -> None:
    if role not in ROLES:
        raise ValidationError({"role": _("On crée un enseignant ou un personnel.")})
    _check_end(ends_on)
    if groups and role != Role.TEACHER:
        raise ValidationError({"groups": _("Seul un enseignant a des classes.")})
    if groups and subject is None:
        raise ValidationError({"subject": _("Choisissez la matière enseignée.")})


def _check_end(day: date) -> None:
    today = timezone.localdate()
    if day < today:
        raise ValidationError({"ends_on": _("Ce jour est passé.")})
    if day > today + LONGEST:
        raise ValidationError({"ends_on": _("Un an au plus : vous pourrez prolonger.")})


def _is_known(school: Establishment, first_name: str, last_name: str) -> bool:
    here = Membership.objects.not_ended().filter(establishment=school)
    return bool(here.filter(user__sort_name=plain(f"{last_name} {first_name}".lower())).exists())


def _record(verb: str, row: HandMade, by: User, *, reason: str = "", **data: Any) -> None:
    person = row.membership.user
    record(verb=verb, by=by, establishment_id=row.establishment_id, person=person, reason=reason, **data)
