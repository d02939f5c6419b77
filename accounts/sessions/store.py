"""The engine of `settings.SESSION_ENGINE`: rows in PostgreSQL, read from Redis, and without Redis from PostgreSQL."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from redis.exceptions import RedisError

from accounts.sessions.presence import Presence

logger = logging.getLogger(__name__)


class SessionStore(CachedStore):
    cache_key_prefix = "ent.session."

    @classmethod
    def get_model_class(cls) -> Any:
        from accounts.sessions.models import BrowserSession  # the store is imported before the apps are ready

        return BrowserSession

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        if presence := Presence.read(data):
            row.handle, row.device = presence.handle, presence.device
            row.since, row.seen = presence.since, presence.seen
        return row

    def get_session_cookie_age(self) -> int:
        """How long it lasts unused: shorter for those who hold the keys of others."""
        presence = Presence.read(self)
        return presence.idle if presence else settings.SESSION_COOKIE_AGE

    def load(self) -> dict[str, Any]:
        """Django's own asks PostgreSQL when Redis is away, but then fails to put the answer into Redis."""
        try:
            data: dict[str, Any] = super().load()
        except RedisError:
            logger.warning("Redis is away: a session was read from PostgreSQL.")
            data = DatabaseStore.load(self)
        return data

    def cycle_key(self) -> None:
        """The old row goes first: the new one bears its handle, and Django would try other keys for ever."""
        data, key = self._session, self.session_key
        if key:
            self.delete(key)
        self.create()
        self._session_cache = data

    def exists(self, session_key: str) -> bool:
        return bool(DatabaseStore.exists(self, session_key))

    def delete(self, session_key: str | None = None) -> None:
        """Signing out works without Redis: the row is gone, and the cookie with it."""
        try:
            super().delete(session_key)
        except RedisError:
            logger.warning("Redis is away: an ended session may stay in it for its time.")
