"""What a session says of itself: which device, since when, last seen when, and how long it lasts unused."""

from __future__ import annotations

import uuid
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.utils import timezone

from accounts.second_factor.requirement import needs_second_factor
from accounts.sessions.devices import device_of
from ent.tenancy.scope import person_scope

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User

KEY = "presence"
GRAIN = 12  # a session is written again once a twelfth of its idle time has passed, not at each page


class Facts(Protocol):
    def get(self, key: str, default: Any = None) -> Any: ...


@dataclass(frozen=True)
class Presence:
    handle: uuid.UUID
    device: str
    since: datetime
    seen: datetime
    idle: int  # seconds

    @classmethod
    def read(cls, session: Facts) -> Presence | None:
        facts = session.get(KEY)
        if facts is None:
            return None
        since, seen = (datetime.fromisoformat(facts[name]) for name in ("since", "seen"))
        return cls(uuid.UUID(facts["handle"]), facts["device"], since, seen, facts["idle"])

    def write(self, session: Any) -> None:
        session[KEY] = {
            "handle": str(self.handle),
            "device": self.device,
            "since": self.since.isoformat(),
            "seen": self.seen.isoformat(),
            "idle": self.idle,
        }

    @property
    def is_due(self) -> bool:
        return timezone.now() - self.seen > timedelta(seconds=self.idle / GRAIN)


def begin(*, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """On Django's `user_logged_in`, whichever door it was."""
    now = timezone.now()
    device = device_of(request.headers.get("User-Agent", ""))
    Presence(uuid.uuid4(), device, now, now, idle_time(user)).write(request.session)


def idle_time(user: User) -> int:
    """In seconds; short for those who hold the keys of others."""
    person = copy(user)  # what they may touch is remembered on the object: the caller's must not keep it
    with person_scope(person):
        return settings.ENT_SHORT_SESSION if needs_second_factor(person) else settings.SESSION_COOKIE_AGE
