from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import Radios, Textarea


class HelpForm(forms.Form):
    """Somebody whom the directory does not know says which school to ask, and where to answer."""

    school = forms.TypedChoiceField(
        label=_("Votre établissement, ou celui de votre enfant"),
        coerce=int,
        widget=Radios,
        error_messages={
            "required": _("Choisissez l’établissement."),
            "invalid_choice": _("Choisissez l’établissement."),
        },
    )
    contact = forms.CharField(
        label=_("Où vous répondre"),
        max_length=200,
        help_text=_("Une adresse e-mail ou un numéro de téléphone."),
        error_messages={"required": _("Dites où vous répondre : e-mail ou téléphone.")},
    )
    description = forms.CharField(
        label=_("Ce qui aidera à vous trouver"),
        max_length=1_000,
        required=False,
        widget=Textarea,
        help_text=_("Par exemple le nom et la classe de votre enfant. Jamais de mot de passe."),
    )

    def __init__(self, *args: Any, schools: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].choices = schools  # type: ignore[attr-defined]
