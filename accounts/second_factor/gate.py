"""Between the scope and the view: who must have a second factor, and has none, reaches only what sets one up."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.second_factor.requirement import has_second_factor, needs_second_factor, proved_twice
from ent.portal.requests import PortalRequest

# Names of the pages that set one up, of those that these need, and of what is everybody's.
OPEN = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "sign-in-again",
        "account_login",
        "account_logout",
        "saml_sls",
        "theme",
        "health",
    }
)


def ask_for_second_factor(request: PortalRequest) -> HttpResponse | None:
    """One of `settings.ENT_GATES`: the answer that stands in for the page, or None to let it be."""
    if not settings.ENT_REQUIRE_SECOND_FACTOR or not needs_second_factor(request.user):
        return None
    if request.resolver_match.url_name in OPEN or _has_one(request):
        return None
    if request.path.startswith("/api/"):
        problem = {
            "type": "about:blank",
            "title": HTTPStatus.FORBIDDEN.phrase,
            "status": HTTPStatus.FORBIDDEN,
            "detail": _("Ajoutez d’abord un second facteur à votre compte."),
        }
        return JsonResponse(problem, status=HTTPStatus.FORBIDDEN, content_type="application/problem+json")
    return redirect("mfa_index")


def _has_one(request: PortalRequest) -> bool:
    """A token was given against the second factor; a session has proved it, or began before there was one."""
    in_session = request.auth_token is None and proved_twice(request)
    return in_session or has_second_factor(request.user)
