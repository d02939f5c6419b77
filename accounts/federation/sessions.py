"""What a browser's session holds of a sign-in by a provider, from the provider's answer to the single logout."""

from __future__ import annotations

import secrets
import time
from typing import Any

from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from redis.exceptions import RedisError

from accounts.federation.adapter import app_of
from accounts.federation.models import IdentityProvider
from accounts.federation.problems import Problem, RefusedError
from accounts.federation.saml import Vouched

TICKET = "ent_saml"
TICKET_LASTS = 120  # seconds, from the provider's post to the redirection that follows
PENDING_LASTS = 15 * 60  # seconds: to choose an account, or to ask for help
SIGNED_IN_BY, LEAVING, PENDING, LOGOUT_REQUEST = "federation", "federation_leaving", "federation_pending", "saml_logout"


# --- What we asked --------------------------------------------------------------------------------------------


def remember_request(request: HttpRequest, provider: IdentityProvider, *, asked: str, next_url: str | None) -> None:
    _allauth(request, provider).stash_redirect_state(request, AuthProcess.LOGIN, next_url, state_id=asked)


def what_was_asked(request: HttpRequest, provider: IdentityProvider, vouched: Vouched) -> str:
    """The page to go to. Raises RefusedError unless this browser asked, once, or the provider may speak first."""
    if vouched.in_response_to:
        try:
            state = _allauth(request, provider).unstash_redirect_state(request, vouched.in_response_to)
        except PermissionDenied as error:
            raise RefusedError(Problem.UNSOLICITED, "a request that this browser has not made") from error
        return str(state.get("next") or "")
    if not provider.allows_unsolicited:
        raise RefusedError(Problem.UNSOLICITED)
    return own_page(request, vouched.relay_state)


def own_page(request: HttpRequest, url: str) -> str:
    """The URL when it is a path of ours, else nothing."""
    is_ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours else ""


def _allauth(request: HttpRequest, provider: IdentityProvider) -> SAMLProvider:
    return SAMLProvider(request, app=app_of(provider))


# --- From the provider's post to our own page -----------------------------------------------------------------


def hand_over(response: HttpResponse, vouched: Vouched) -> None:
    """The provider's post is cross-site, so it comes without our session: what it said waits under a ticket."""
    ticket = secrets.token_urlsafe(32)
    try:
        cache.set(f"saml:ticket:{ticket}", vouched.as_dict(), timeout=TICKET_LASTS)
    except RedisError as error:
        raise RefusedError(Problem.UNAVAILABLE, "no shared memory") from error
    response.set_cookie(
        TICKET,
        ticket,
        max_age=TICKET_LASTS,
        path=reverse("saml_finish", args=[vouched.provider]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def take_over(request: HttpRequest, provider: IdentityProvider) -> Vouched:
    """What was handed over to this browser by that provider, once."""
    key = f"saml:ticket:{request.COOKIES.get(TICKET, '')}"
    try:
        said = cache.get(key)
        is_first = cache.delete(key)
    except RedisError as error:
        raise RefusedError(Problem.UNAVAILABLE, "no shared memory") from error
    if not said or not is_first or said["provider"] != provider.slug or said["entity_id"] != provider.entity_id:
        raise RefusedError(Problem.UNSOLICITED, "no ticket")
    return Vouched.from_dict(said)


# --- Between two pages ----------------------------------------------------------------------------------------


def keep_pending(request: HttpRequest, vouched: Vouched, **more: Any) -> None:
    request.session[PENDING] = {"vouched": vouched.as_dict(), "at": time.time(), **more}


def pending(request: HttpRequest, provider: IdentityProvider) -> dict[str, Any] | None:
    """What is kept for that provider, while it is fresh; the session is the server's, so nobody wrote it but us."""
    kept: dict[str, Any] | None = request.session.get(PENDING)
    if kept is None or kept["vouched"]["provider"] != provider.slug or time.time() - kept["at"] > PENDING_LASTS:
        return None
    return kept


# --- Single logout --------------------------------------------------------------------------------------------


def note_signed_in(request: HttpRequest, vouched: Vouched) -> None:
    request.session[SIGNED_IN_BY] = {
        "provider": vouched.provider,
        "name_id": vouched.name_id,
        "name_id_format": vouched.name_id_format,
        "session_index": vouched.session_index,
    }


def provider_to_leave(request: HttpRequest) -> str:
    """The slug of the provider that opened this session, when it can be told that the session ends."""
    slug = (request.session.get(SIGNED_IN_BY) or {}).get("provider", "")
    return slug if IdentityProvider.objects.open().filter(slug=slug).exclude(slo_url="").exists() else ""
