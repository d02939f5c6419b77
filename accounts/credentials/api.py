"""Tokens: `POST /api/v1/token/` gives one, `DELETE` takes it back."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from knox.settings import knox_settings
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.second_factor.requirement import proves_again

TOO_MANY = _("Trop d’essais. Attendez quelques minutes, puis recommencez.")


class SignInSerializer(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    code = serializers.CharField(
        max_length=20, required=False, default="", help_text="Of the second factor, where the account has one."
    )


class TokenSerializer(serializers.Serializer):
    token = serializers.CharField()


class TokenView(APIView):
    """A token for one's own scripts; it is shown once, and stored only as a hash."""

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "POST" else super().get_permissions()

    @extend_schema(request=SignInSerializer, responses={201: TokenSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        form = SignInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        code = form.validated_data.pop("code")
        user = self._user(request._request, **form.validated_data)
        if not proves_again(user, code):
            raise AuthenticationFailed(_("Le second facteur manque ou n’est pas le bon : envoyez son code."))
        # A script that asks for one every night would fill the table: the oldest goes.
        newest = user.auth_token_set.order_by("-created")[: knox_settings.TOKEN_LIMIT_PER_USER - 1]
        user.auth_token_set.exclude(pk__in=[token.pk for token in newest]).delete()
        _instance, token = AuthToken.objects.create(user)
        return Response({"token": token}, status=201)

    def _user(self, request: Any, **credentials: str) -> Any:
        """By the same door as the sign-in page, with the same throttles."""
        try:
            if not ratelimit.consume(request, action="login"):
                raise Throttled(detail=TOO_MANY)
            user = get_adapter().authenticate(request, **credentials)
        except DjangoValidationError as error:
            raise Throttled(detail=TOO_MANY) from error
        if user is None or not user.is_active:
            raise AuthenticationFailed(_("Identifiant ou mot de passe incorrect."))
        return user

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        if request.auth is not None:
            request.auth.delete()
        return Response(status=204)
