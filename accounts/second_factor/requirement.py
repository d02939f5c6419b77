"""Who must prove who they are twice, and whether they have."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.module_loading import import_string

from accounts.second_factor.forms import AuthenticateForm

if TYPE_CHECKING:
    from accounts.models import User

VOUCHED = "second_factor_vouched"
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]  # recovery codes alone are none


def needs_second_factor(user: User) -> bool:
    """By what the person is in the schools: the floor above says so. In the person's own scope only."""
    decide: Callable[[User], bool] = import_string(settings.ENT_NEEDS_SECOND_FACTOR)
    return decide(user)


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def proved_twice(request: Any) -> bool:
    """In this session: by a second factor, or by a provider that vouches for one."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records) or request.session.get(VOUCHED) == request.user.pk


def proves_again(user: User, code: str) -> bool:
    """For a door without pages: the code of the application or a recovery code, of those who have a second factor.

    A key has no code: who has nothing else asks for tokens with a recovery code.
    """
    return not has_second_factor(user) or AuthenticateForm({"code": code}, user=user).is_valid()


def note_provider_strength(request: Any, user: User, contexts: Collection[str]) -> None:
    """For the sign-in by provider, once it is done: exempt the person whom the provider has asked twice.

    `contexts` are the assertion's AuthnContextClassRef; `settings.ENT_STRONG_AUTHN_CONTEXTS` names those that count.
    """
    if not settings.ENT_STRONG_AUTHN_CONTEXTS.isdisjoint(contexts):
        request.session[VOUCHED] = user.pk
