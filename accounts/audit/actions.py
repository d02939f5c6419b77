from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.audit.models import AuditEvent

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
