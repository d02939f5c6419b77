from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.http import HttpRequest

from accounts.federation.models import IdentityProvider


def app_of(provider: IdentityProvider) -> SocialApp:
    """The provider as allauth knows one; it is never saved, since the rectorate's row is the only truth."""
    return SocialApp(
        provider=SAMLProvider.id,
        provider_id=provider.slug,
        client_id=provider.slug,
        name=provider.name[:40],
        settings={},
    )


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Providers are the rows of IdentityProvider. Nobody signs up by one, and no e-mail opens an account."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        rows = IdentityProvider.objects.open()
        if client_id:
            rows = rows.filter(slug=client_id)
        if provider and provider != SAMLProvider.id:
            rows = rows.filter(slug=provider)
        return [app_of(row) for row in rows]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        return False
