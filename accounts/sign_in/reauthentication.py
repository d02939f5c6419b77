"""Step-up: what touches others' accounts, or one's own second factor, asks for a proof less than 15 minutes old."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from ent.portal.requests import PortalRequest

RECENT = 15 * 60  # seconds

CODES = {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}

View = Callable[..., HttpResponse]


def authenticated_recently(request: Any) -> bool:
    """By password, second factor or identity provider: allauth notes each in the session, with its time.

    A token is the proof that it was given for, and as old as that: it lasts a year, the proof a quarter of an hour.
    """
    if request.auth_token is not None:
        return bool(request.auth_token.created > timezone.now() - timedelta(seconds=RECENT))
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < RECENT for record in records)


def recently_authenticated(view: View) -> View:
    """Put it on the page that asks and on what it sends: who is asked again comes back to the page, not to the act."""

    @wraps(view)
    def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if authenticated_recently(request) else ask_again(request)

    return guarded


def ask_again(request: PortalRequest) -> HttpResponse:
    method = get_adapter().get_reauthentication_methods(request.user)[0]
    return HttpResponseRedirect(f"{method['url']}?{urlencode({REDIRECT_FIELD_NAME: _page_of(request)})}")


def ways_to_prove(user: Any) -> Iterator[dict[str, Any]]:
    """The pages that ask for a proof, the first one first; who has nothing here signs in again at their provider."""
    types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    found = False
    for name, words, has_it in [
        ("account_reauthenticate", _("Avec votre mot de passe"), user.has_usable_password()),
        ("mfa_reauthenticate", _("Avec un code"), bool(types & CODES)),
        ("mfa_reauthenticate_webauthn", _("Avec votre clé d’accès"), Authenticator.Type.WEBAUTHN in types),
    ]:
        if has_it:
            found = True
            yield {"id": name, "description": words, "url": reverse(name)}
    if not found:
        yield {"id": "sign-in-again", "description": _("Se connecter de nouveau"), "url": reverse("sign-in-again")}


def _page_of(request: PortalRequest) -> str:
    """Where to come back to: the page itself, or the one whose form was sent."""
    if request.method == "GET":
        return request.get_full_path()
    sent_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(sent_from, allowed_hosts={request.get_host()}):
        page = urlsplit(sent_from)
        return f"{page.path}?{page.query}" if page.query else page.path
    return reverse("home")


def require_recent_proof(request: Any) -> None:
    """For the API, as `ask_again` for pages: it says what to do, since it cannot ask. Raises `PermissionDenied`."""
    if not authenticated_recently(request):
        raise PermissionDenied(_("Confirmez d’abord votre identité, ou demandez un nouveau jeton."))
