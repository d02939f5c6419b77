"""The security page, and allauth's own views for second factors with the portal's pages around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.views import ReauthenticateView as ReauthenticateByPassword
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_GET, require_http_methods

from accounts.second_factor.requirement import has_second_factor, needs_second_factor, proved_twice
from accounts.sessions.models import BrowserSession
from accounts.sessions.querysets import of_person
from accounts.sign_in.reauthentication import recently_authenticated
from ent.portal.requests import PortalRequest
from ent.tenancy.middleware import writes_on_get

PAGES = "accounts/second_factor"
SECURITY = reverse_lazy("mfa_index")


def page(view: Any, template: str, **options: Any) -> Callable[..., HttpResponse]:
    """One of allauth's views: its rules, our page, and GET and POST only."""
    return require_http_methods(["GET", "POST"])(view.as_view(template_name=f"{PAGES}/{template}.html", **options))


# --- The security page ----------------------------------------------------------------------------------------


@require_GET
def security(request: PortalRequest) -> HttpResponse:
    """Second factors and sessions; the first stop of whoever must add a factor."""
    factors = list(Authenticator.objects.filter(user=request.user).order_by("created_at"))
    by_type = {factor.type: factor for factor in factors}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    sessions: list[BrowserSession] = list(of_person(request.user))
    context = {
        "application": by_type.get(Authenticator.Type.TOTP),
        "keys": [(f, f.wrap().name) for f in factors if f.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "must_add": _must_add(request, factors),
        "is_not_required": settings.ENT_DEMO and not settings.ENT_REQUIRE_SECOND_FACTOR,
        "sessions": sessions,
        "this_key": request.session.session_key,
    }
    return render(request, f"{PAGES}/security.html", context)


def _must_add(request: PortalRequest, factors: list[Authenticator]) -> bool:
    if factors or not settings.ENT_REQUIRE_SECOND_FACTOR or proved_twice(request):
        return False
    return needs_second_factor(request.user) and not has_second_factor(request.user)


# --- An application that computes codes, keys, recovery codes --------------------------------------------------

activate_application = recently_authenticated(page(ActivateTOTPView, "application"))
remove_application = recently_authenticated(page(DeactivateTOTPView, "remove_application"))
add_key = recently_authenticated(page(AddWebAuthnView, "add_key"))
remove_key = recently_authenticated(page(RemoveWebAuthnView, "remove_key", success_url=SECURITY))
new_codes = recently_authenticated(page(GenerateRecoveryCodesView, "new_codes"))
# They are shown once: seeing them is what is written.
codes = writes_on_get(
    recently_authenticated(require_GET(ViewRecoveryCodesView.as_view(template_name=f"{PAGES}/codes.html")))
)

# --- Signing in, and proving it again --------------------------------------------------------------------------

authenticate = page(AuthenticateView, "authenticate")
prove_by_password = page(ReauthenticateByPassword, "prove_by_password")
prove_by_code = page(ReauthenticateView, "prove_by_code")
prove_by_key = page(ReauthenticateWebAuthnView, "prove_by_key")


@require_GET
def sign_in_again(request: PortalRequest) -> HttpResponse:
    """For those with neither a password nor a factor here: its form signs out, at their provider too."""
    back = request.GET.get(REDIRECT_FIELD_NAME, "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("home")
    sign_in = f"{reverse('account_login')}?{urlencode({REDIRECT_FIELD_NAME: back})}"
    return render(request, f"{PAGES}/sign_in_again.html", {"sign_in": sign_in})
