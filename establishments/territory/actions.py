"""What the rectorate does with schools, one or a thousand at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.audit.actions import record
from ent.portal.rights import require
from ent.tenancy.scope import tenant_scope
from establishments.territory.competences import Competences
from establishments.territory.models import Authority, Establishment, SupportHub

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def set_state(*, schools: Iterable[Establishment], state: str, by: User) -> list[Establishment]:
    """Say that these schools are planned, tried out or open; returns those that were not."""
    changed = []
    for school in schools:
        require(by, "establishments.territory.manage", school)
        if school.state != state:
            _set_state(school, state, by)
            changed.append(school)
    return changed


@transaction.atomic
def set_hub(*, schools: Iterable[Establishment], hub: SupportHub, by: User) -> list[Establishment]:
    """Entrust these schools to a hub of one's own territory; returns those that were not its own."""
    if not SupportHub.objects.administered_by(by).filter(pk=hub.pk).exists():
        raise PermissionDenied
    changed = []
    for school in schools:
        require(by, "establishments.territory.manage", school)
        if school.hub_id != hub.pk:
            school.hub = hub
            changed.append(school)
    Establishment.objects.bulk_update(changed, ["hub"], batch_size=500)
    return changed


@dataclass
class Assigned:
    """What giving schools their local authority came to."""

    changed: list[Establishment] = field(default_factory=list)
    without: list[Establishment] = field(default_factory=list)  # nobody is said to be competent
    elsewhere: Counter[Authority] = field(default_factory=Counter)  # of authorities that have another portal


@transaction.atomic
def assign_local_authority(*, schools: Iterable[Establishment], by: User) -> Assigned:
    """Give each of these schools the local authority that is competent for it."""
    competences, done = Competences(), Assigned()
    for school in schools:
        require(by, "establishments.territory.manage", school)
        authority = competences.local_authority(school)
        if authority is None:
            done.without.append(school)
            continue
        if not authority.is_partner:
            done.elsewhere[authority] += 1
        if school.local_authority_id != authority.pk:
            school.local_authority = authority
            done.changed.append(school)
    Establishment.objects.bulk_update(done.changed, ["local_authority"], batch_size=500)
    return done


@transaction.atomic
def open_those_due(*, day: date) -> int:
    """Move on the schools whose day has come; how many."""
    due = list(Establishment.objects.due(day).select_for_update().order_by("pk"))
    for school in due:
        opens = school.opens_on is not None and school.opens_on <= day
        _set_state(school, Establishment.State.OPEN if opens else Establishment.State.PILOTING, None)
    return len(due)


def _set_state(school: Establishment, state: str, by: User | None) -> None:
    before, school.state = school.state, state
    school.save(update_fields=["state"])
    with tenant_scope([school]):
        record(verb="territory.state", by=by, establishment_id=school.pk, before=before, after=str(state))
