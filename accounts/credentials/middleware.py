"""The person behind an API token is known before the scope opens."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.exceptions import AuthenticationFailed

from ent.portal.requests import PortalRequest

API_PREFIX = "/api/"


class TokenMiddleware:
    """Authenticates `Authorization: Token …` under /api/.

    Django REST framework would authenticate inside the view, when the scope is already open for nobody.
    """

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        request.auth_token = None
        if request.path.startswith(API_PREFIX) and "Authorization" in request.headers:
            try:
                authenticated = KnoxAuthentication().authenticate(request)
            except (AuthenticationFailed, ValueError):  # ValueError: bytes that are no text
                authenticated = None
            if authenticated:
                request.user, request.auth_token = authenticated
            else:
                # A wrong token never falls back to the session of the same browser.
                request.user = AnonymousUser()
        return self.get_response(request)
