"""Taking second factors away from somebody who lost theirs. Who may is decided by whoever calls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.audit.actions import record, record_elsewhere
from accounts.second_factor import tasks
from accounts.sessions.actions import end_everywhere

if TYPE_CHECKING:
    from accounts.models import User

REMOVED = "accounts.second_factor_removed"


@transaction.atomic
def remove_second_factor(
    *, user: User, by: User, establishment_id: int | None = None, reason: str = "", identity_checked: Sequence[str] = ()
) -> int:
    """All of them, recovery codes too; how many. Sessions and tokens end: who has the phone may have these.

    Written in the school named, whose scope is open, and in all those of the person, who is told.
    """
    factors = Authenticator.objects.select_for_update().filter(user=user)
    count = len(factors)
    if not count:
        return 0
    Authenticator.objects.filter(user=user).delete()
    end_everywhere(users=[user])
    known = [establishment_id] if establishment_id else []
    for school in known:
        identity = list(identity_checked)
        record(verb=REMOVED, by=by, establishment_id=school, person=user, reason=reason, identity=identity)
    record_elsewhere(verb=REMOVED, by=by, person=user, known=known)
    transaction.on_commit(partial(tasks.tell_second_factor_removed.delay, user=user.pk), robust=True)
    return count
