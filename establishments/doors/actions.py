"""Opening dates and blocks of a school. Each change is audited, and at once written on the memberships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.audit.actions import record
from ent.portal.rights import require
from establishments.doors.models import Block, Opening
from establishments.doors.rules import PROFILES, Door, Rules
from establishments.people.models import Group, GroupMembership, Guardianship, Membership, Role
from establishments.territory.models import Establishment

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def set_opening(
    *, school: Establishment, by: User, opens_on: date, group: Group | None = None, level: str = "", role: str = ""
) -> Opening:
    """Open a class, a level or, with neither, the whole school on that day; saying it again moves the day."""
    require(by, "establishments.doors.manage", school)
    opening: Opening
    opening, _created = Opening.objects.update_or_create(
        establishment=school, group=group, level=level, role=role, defaults={"opens_on": opens_on}
    )
    _record("doors.open_on", school, by, _whom(group, level, role), opens_on=opens_on.isoformat())
    apply_doors(establishment_id=school.pk)
    return opening


@transaction.atomic
def remove_opening(*, opening: Opening, by: User) -> None:
    require(by, "establishments.doors.manage", opening.establishment)
    _record("doors.no_date", opening.establishment, by, _whom(opening.group, opening.level, opening.role))
    opening.delete()
    apply_doors(establishment_id=opening.establishment_id)


@transaction.atomic
def block(*, school: Establishment, by: User, reason: str, group: Group | None = None, role: str = "") -> Block:
    """Keep a class, a profile, or a profile of a class out for now. Twice is once, with the last reason."""
    require(by, "establishments.doors.manage", school)
    if group is None and role not in PROFILES:
        raise ValidationError(_("Choisissez une classe ou un profil."))
    blocked: Block
    blocked, _created = Block.objects.update_or_create(
        establishment=school, group=group, role=role, defaults={"reason": reason, "by": by}
    )
    _record("doors.block", school, by, _whom(group, "", role), reason=reason)
    apply_doors(establishment_id=school.pk)
    return blocked


@transaction.atomic
def unblock(*, blocked: Block, by: User) -> None:
    require(by, "establishments.doors.manage", blocked.establishment)
    _record("doors.unblock", blocked.establishment, by, _whom(blocked.group, "", blocked.role), reason=blocked.reason)
    blocked.delete()
    apply_doors(establishment_id=blocked.establishment_id)


def _whom(group: Group | None, level: str, role: str) -> str:
    return " · ".join(str(part) for part in (group, level, role) if part) or "*"


def _record(verb: str, school: Establishment, by: User, whom: str, *, reason: str = "", **data: Any) -> None:
    record(verb=verb, by=by, establishment_id=school.pk, reason=reason, whom=whom, **data)


# --- What follows ---------------------------------------------------------------------------------------------


@transaction.atomic
def apply_doors(*, establishment_id: int) -> int:
    """Write on the school's memberships what follows from its dates and blocks; how many changed.

    After each change of theirs, and after an import: students change classes, guardians gain children. In a scope
    that holds the school.
    """
    rules = Rules.of(
        Opening.objects.filter(establishment=establishment_id), Block.objects.filter(establishment=establishment_id)
    )
    memberships = Membership.objects.filter(establishment=establishment_id)
    if not rules.openings and not rules.blocks:
        settled = memberships.exclude(opens_on=None, is_blocked=F("is_suspended"))
        # Asked first: an import of which nothing changed writes nothing at all.
        return int(settled.update(opens_on=None, is_blocked=F("is_suspended"))) if settled.exists() else 0
    classes = _classes_of_memberships(establishment_id)
    changed: defaultdict[Door, list[int]] = defaultdict(list)
    rows = memberships.values_list("pk", "role", "opens_on", "is_blocked", "is_suspended")
    for pk, role, opens_on, is_blocked, is_suspended in rows:
        door = rules.door(role, classes[pk])
        door = replace(door, is_blocked=door.is_blocked or is_suspended)
        if door != Door(opens_on, is_blocked):
            changed[door].append(pk)
    return sum(
        Membership.objects.filter(pk__in=pks).update(opens_on=door.opens_on, is_blocked=door.is_blocked)
        for door, pks in changed.items()
    )


def _classes_of_memberships(establishment_id: int) -> defaultdict[int, list[Group]]:
    """This year's classes: a student's own, a guardian's children's."""
    groups = {g.pk: g for g in Group.objects.filter(establishment=establishment_id).of_year().classes()}
    classes: defaultdict[int, list[Group]] = defaultdict(list)
    in_groups = GroupMembership.objects.filter(establishment=establishment_id, group__in=groups)
    for student, group in in_groups.values_list("membership", "group").order_by("pk"):
        classes[student].append(groups[group])
    for student, guardian in _wards(establishment_id):
        classes[guardian] += classes.get(student, [])
    return classes


def _wards(establishment_id: int) -> Iterable[tuple[int, int]]:
    held = Guardianship.objects.filter(establishment=establishment_id, is_legal=True, guardian__role=Role.GUARDIAN)
    pairs: Iterable[tuple[int, int]] = held.values_list("student", "guardian").order_by("pk")
    return pairs
