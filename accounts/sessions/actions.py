"""Ending sessions: one's own from the security page, somebody's everywhere when their password may be known."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.db.models import QuerySet
from knox.models import AuthToken
from redis.exceptions import RedisError

from accounts.sessions.models import BrowserSession
from accounts.sessions.store import SessionStore

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger(__name__)


@transaction.atomic
def end_session(*, handle: UUID, by: User) -> bool:
    """End one of one's own; False when it is over already. Fails without Redis, which would go on knowing it."""
    return bool(_end(BrowserSession.objects.filter(user=by, handle=handle)))


@transaction.atomic
def end_other_sessions(*, by: User, kept: str | None) -> int:
    """End all of one's own but the one of that key."""
    return _end(BrowserSession.objects.filter(user=by).exclude(session_key=kept))


@transaction.atomic
def end_everywhere(*, users: Iterable[User | int], kept: str | None = None) -> int:
    """End the sessions of these people, but the one of that key, and all their API tokens.

    For who has just been given another password, or none, or whose account was closed: what Redis may still hold
    is refused by Django then, so that this goes on without it.
    """
    pks = [user if isinstance(user, int) else user.pk for user in users]
    AuthToken.objects.filter(user__in=pks).delete()
    sessions = BrowserSession.objects.filter(user__in=pks).exclude(session_key=kept)
    return _end(sessions, without_redis=True)


def _end(sessions: QuerySet[BrowserSession], *, without_redis: bool = False) -> int:
    keys = list(sessions.values_list("session_key", flat=True))
    if not keys:
        return 0
    BrowserSession.objects.filter(session_key__in=keys).delete()
    try:
        caches[settings.SESSION_CACHE_ALIAS].delete_many([SessionStore.cache_key_prefix + key for key in keys])
    except RedisError:
        if not without_redis:
            raise
        logger.warning("Redis is away: %d ended sessions may stay in it for their time.", len(keys))
    return len(keys)
