"""How a request of the API says who it speaks for, apart from the session."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request


class TokenAuthentication(BaseAuthentication):
    """Hands on the person whom TokenMiddleware found."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        token = request._request.auth_token
        # Who asks for a new one may still send the old one along.
        asks = request._request.resolver_match.url_name == "token"
        if token is None and not asks and "Authorization" in request._request.headers:
            raise AuthenticationFailed(_("Ce jeton est inconnu ou périmé : demandez-en un autre."))
        return (request._request.user, token) if token else None

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token …`, from POST /api/v1/token/",
        }
