"""What follows from Django's and allauth's own signals."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.contrib.auth.signals import user_logged_in

from accounts.second_factor.forms import note_used_now
from accounts.sessions.actions import end_everywhere
from accounts.sessions.presence import begin


def end_what_began_without_it(*, sender: Any, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    """A first second factor says that a password was not enough: what was opened with it alone is closed."""
    if authenticator.type == Authenticator.Type.TOTP:
        note_used_now(authenticator)
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        end_everywhere(users=[user], kept=request.session.session_key)


def connect() -> None:
    user_logged_in.connect(begin, dispatch_uid="accounts.sessions.begin")
    authenticator_added.connect(end_what_began_without_it, dispatch_uid="accounts.second_factor.added")
