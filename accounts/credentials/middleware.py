"""Who a request speaks for, and whether they must first choose a new password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.exceptions import AuthenticationFailed

from ent.portal.requests import PortalRequest

API_PREFIX = "/api/"
# Where whoever must choose a new password may go meanwhile, by the names of the URLs.
STILL_OPEN = frozenset({"change-password", "account_logout", "theme", "health"})


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


class EndedSessionMiddleware:
    """Tells whoever comes back with a session that a new password, or a closed account, has ended meanwhile."""

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        if (
            not request.path.startswith(API_PREFIX)
            and SESSION_KEY in request.session
            and not request.user.is_authenticated
        ):
            messages.warning(
                request,
                _(
                    "Cette session est terminée : le mot de passe du compte a changé, ou le compte a été fermé."
                    " Si ce n’est pas votre fait, prévenez l’établissement."
                ),
            )
        return self.get_response(request)


class RequireNewPasswordMiddleware:
    """Whoever must choose a new password can do nothing else until it is done."""

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: PortalRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user = request.user
        # Without a password of ours the person comes by an identity provider: theirs is changed there.
        if not user.is_authenticated or not user.must_change_password or not user.has_usable_password():
            return None
        if request.resolver_match is None or request.resolver_match.url_name in STILL_OPEN:
            return None
        if request.path.startswith(API_PREFIX):
            detail = _("Choisissez d’abord un nouveau mot de passe, sur le portail.")
            problem = {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": detail}
            return JsonResponse(problem, status=403, content_type="application/problem+json")
        return redirect("change-password")
