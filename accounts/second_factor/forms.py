"""allauth's forms, with a code that serves once and labels in the portal's words."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

LAST_COUNTER = "last_counter"


def code_field() -> forms.CharField:
    return forms.CharField(
        label=_("Code à six chiffres"),
        max_length=20,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Le code manque.")},
    )


@transaction.atomic
def use_once(authenticator: Authenticator, code: str) -> None:
    """Refuse a code of a moment that already served, or of an earlier one.

    allauth remembers used codes in the cache for 30 seconds; a code is good for 90 here, and the cache may be emptied.
    """
    held = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    counter = _counter_of(decrypt(held.data["secret"]), code)
    if counter is None or counter <= held.data.get(LAST_COUNTER, 0):
        raise get_adapter().validation_error("incorrect_code")
    held.data[LAST_COUNTER] = counter
    held.save(update_fields=["data"])


def note_used_now(authenticator: Authenticator) -> None:
    """The code that proved a new application has served: it opens no session any more."""
    authenticator.data[LAST_COUNTER] = int(time.time()) // app_settings.TOTP_PERIOD
    authenticator.save(update_fields=["data"])


def _counter_of(secret: str, code: str) -> int | None:
    digits = "".join(character for character in code if character.isdigit())
    return next(
        (c for c in yield_hotp_counters_from_time() if format_hotp_value(hotp_value(secret, c)) == digits), None
    )


class CodeForm:
    """A mixin: the code of the application, or a recovery code."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        authenticator = self.authenticator  # type: ignore[attr-defined]
        if authenticator.type == Authenticator.Type.TOTP:
            use_once(authenticator, code)
        return code


class AuthenticateForm(CodeForm, base_forms.AuthenticateForm):
    pass


class ReauthenticateForm(CodeForm, base_forms.ReauthenticateForm):
    pass


class ActivateForm(totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()


class AddKeyForm(webauthn_forms.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            label=_("Nom de la clé"), required=False, max_length=60, help_text=_("Exemple : mon téléphone.")
        )

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except (ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:  # anything may be sent
            raise ValidationError(_("La clé n’a pas été acceptée. Il faut recommencer.")) from error


class KeyForm:
    """A mixin: what the browser made of the key; anything may come instead."""

    def clean_credential(self) -> Authenticator:
        try:
            found: Authenticator = super().clean_credential()  # type: ignore[misc]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return found


class AuthenticateKeyForm(KeyForm, webauthn_forms.AuthenticateWebAuthnForm):
    pass


class ReauthenticateKeyForm(KeyForm, webauthn_forms.ReauthenticateWebAuthnForm):
    pass
