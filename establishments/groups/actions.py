"""Groups made by hand: a club, a trip, a project across classes. No feed ever touches them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit.actions import record
from ent.portal.rights import require
from establishments.people.models import Group, GroupMembership, Membership, Role, Teaching
from establishments.territory.models import Establishment, SchoolYear

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def create(*, school: Establishment, name: str, by: User, label: str = "") -> Group:
    """Make an empty group, for this school year."""
    require(by, "establishments.groups.make", school)
    group = Group(
        establishment=school,
        school_year=SchoolYear.containing(timezone.localdate()),
        kind=Group.Kind.PROJECT,
        name=" ".join(name.split()),
        label=label.strip(),
    )
    same = Group.objects.hand_made().filter(establishment=school, school_year=group.school_year)
    if same.filter(name__iexact=group.name).exists():
        raise ValidationError({"name": _("Un groupe porte déjà ce nom cette année.")})
    group.full_clean(validate_unique=False)
    group.save()
    _record("groups.create", group, by)
    return group


@transaction.atomic
def add(*, group: Group, membership: Membership, by: User) -> None:
    """Add a student; or a teacher, who may then give the group homework in the subject that they teach here.

    Saying it twice is once.
    """
    require(by, "establishments.groups.manage", group)
    if not Membership.objects.not_ended().filter(pk=membership.pk).exists():
        raise ValidationError(_("%(person)s n’est plus de l’établissement.") % {"person": membership.user}, code="left")
    if membership.role == Role.STUDENT:
        _row, is_new = GroupMembership.objects.get_or_create(
            establishment_id=group.establishment_id, group=group, membership=membership
        )
    elif membership.role == Role.TEACHER:
        is_new = _add_teacher(group, membership)
    else:
        raise ValidationError(_("On ajoute des élèves et des enseignants."), code="role")
    if is_new:
        _record("groups.add", group, by, person=membership.user, role=membership.role)


def _add_teacher(group: Group, membership: Membership) -> bool:
    taught = Teaching.objects.filter(membership=membership).exclude(group=group)
    this_year = taught.filter(group__in=Group.objects.of_year().values("pk"))
    # What they teach most; of two as frequent, always the same one.
    subjects = list(this_year.values_list("subject", flat=True)) or list(taught.values_list("subject", flat=True))
    if not subjects:
        raise ValidationError(
            _("%(person)s n’enseigne encore aucune matière ici : donnez-lui d’abord une classe.")
            % {"person": membership.user},
            code="no_subject",
        )
    if Teaching.objects.filter(group=group, membership=membership).exists():
        return False
    Teaching.objects.create(
        establishment_id=group.establishment_id,
        group=group,
        membership=membership,
        subject_id=max(sorted(set(subjects)), key=subjects.count),
    )
    return True


@transaction.atomic
def remove(*, group: Group, membership: Membership, by: User) -> None:
    """Take somebody out; what they did in the group stays."""
    require(by, "establishments.groups.manage", group)
    taken, _by_model = GroupMembership.objects.filter(group=group, membership=membership).delete()
    taught, _by_model = Teaching.objects.filter(group=group, membership=membership).delete()
    if taken or taught:
        _record("groups.remove", group, by, person=membership.user, role=membership.role)


@transaction.atomic
def end(*, group: Group, by: User) -> None:
    """Yesterday was its last day: nothing more is given to it, and what was given stays to be read."""
    require(by, "establishments.groups.manage", group)
    group.ends_on = timezone.localdate() - timedelta(days=1)
    group.save(update_fields=["ends_on"])
    _record("groups.end", group, by)


def _record(verb: str, group: Group, by: User, **data: Any) -> None:
    record(verb=verb, by=by, establishment_id=group.establishment_id, group=group.pk, name=group.name, **data)
