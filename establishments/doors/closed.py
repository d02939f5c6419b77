"""What somebody reads who may not come in yet, or for now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from ent.portal.templatetags.portal import day as day_name
from ent.tenancy.scope import tenant_scope
from establishments.doors.models import Block
from establishments.people.models import Group, Guardianship, Membership, Role
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User


def why_closed(user: User) -> list[str]:
    """A sentence for each of the person's places whose door is closed. Their own rows are all that they can see:
    the reason of a block is looked up in the schools where they have one."""
    with scopes_disabled():
        mine = Membership.objects.current().filter(user=user).select_related("establishment").order_by("pk")
        closed = list(mine)
    if not closed:
        return []
    with tenant_scope({membership.establishment_id for membership in closed}):
        sentences = dict.fromkeys(_sentence(membership) for membership in closed)
    return [sentence for sentence in sentences if sentence]


def _sentence(membership: Membership) -> str:
    if not membership.establishment.lets_in(membership.role):
        return _not_open(membership.establishment)
    if membership.is_blocked:
        return _blocked(membership)
    school, day = membership.establishment.name, membership.opens_on
    if day is None or day <= timezone.localdate():
        return ""
    when = day_name(day, "full")
    if membership.role == Role.STUDENT:
        return _("Ton accès ouvre le %(day)s (%(school)s).") % {"day": when, "school": school}
    return _("Votre accès ouvre le %(day)s (%(school)s).") % {"day": when, "school": school}


def _not_open(school: Establishment) -> str:
    day = school.opens_on
    if day and day > timezone.localdate():
        when = day_name(day, "full")
        return _("Le portail ouvre le %(day)s (%(school)s).") % {"day": when, "school": school.name}
    return _("Le portail n’est pas encore ouvert dans cet établissement (%(school)s).") % {"school": school.name}


def _blocked(membership: Membership) -> str:
    found = _block_of(membership)
    data = {"school": membership.establishment.name, "reason": found.reason if found else _("voyez l’établissement.")}
    if found and found.group_id:
        text = (
            _("L’accès de ta classe est suspendu (%(school)s) : %(reason)s")
            if membership.role == Role.STUDENT
            else _("L’accès de la classe est suspendu (%(school)s) : %(reason)s")
        )
    elif membership.role == Role.STUDENT:
        text = _("Ton accès est suspendu (%(school)s) : %(reason)s")
    else:
        text = _("Votre accès est suspendu (%(school)s) : %(reason)s")
    return text % data


def _block_of(membership: Membership) -> Block | None:
    students = [membership.pk]
    if membership.role == Role.GUARDIAN:
        students = list(Guardianship.objects.filter(guardian=membership).values_list("student", flat=True))
    groups = {None, *Group.objects.followed_by(students).values_list("pk", flat=True)}
    blocks = Block.objects.filter(establishment=membership.establishment_id, role__in=[membership.role, ""])
    return next((found for found in blocks.order_by("-since") if found.group_id in groups), None)
