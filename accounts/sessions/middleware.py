from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpResponse
from django.utils import timezone

from accounts.sessions.presence import Presence
from ent.portal.requests import PortalRequest


class PresenceMiddleware:
    """A session that is used lasts; written now and then only, since each time is a write in PostgreSQL."""

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.auth_token is None and request.user.is_authenticated:
            presence = Presence.read(request.session)
            if presence and presence.is_due:
                replace(presence, seen=timezone.now()).write(request.session)
        return response
