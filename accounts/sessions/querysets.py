from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils import timezone

from accounts.sessions.models import BrowserSession

if TYPE_CHECKING:
    from accounts.models import User

AT_MOST = 50  # on a page: nobody has as many browsers


def of_person(user: User) -> QuerySet[BrowserSession]:
    """The sessions in which somebody is signed in now, the last used first."""
    sessions = BrowserSession.objects.filter(user=user, expire_date__gt=timezone.now(), seen__isnull=False)
    return sessions.defer("session_data").order_by("-seen", "session_key")[:AT_MOST]
