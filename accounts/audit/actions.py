from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from accounts.audit.models import AuditEvent
from ent.tenancy.scope import person_scope

if TYPE_CHECKING:
    from accounts.models import User


def record(
    *,
    verb: str,
    by: User | None,
    establishment_id: int,
    person: User | None = None,
    reason: str = "",
    **data: Any,
) -> AuditEvent:
    """Write an act into the trail, in the transaction of the act itself; `data` is what JSON can hold.

    Nothing secret and no birth date go into it: the trail is read by more people than the act concerns.
    """
    event: AuditEvent = AuditEvent.objects.create(
        establishment_id=establishment_id,
        verb=verb,
        actor=by,
        actor_name=str(by or ""),
        person=person,
        person_name=str(person or ""),
        reason=reason,
        data=data,
    )
    return event


def record_elsewhere(*, verb: str, by: User | None, person: User, known: Collection[int]) -> None:
    """Write an act on an account that several schools share into the trails that do not know of it yet.

    Without its reason and its details: these are the words of the school that acted.
    """
    with person_scope(person) as reach:
        for school in sorted({seat.establishment for seat in reach.seats}.difference(known)):
            record(verb=verb, by=by, establishment_id=school, person=person)
