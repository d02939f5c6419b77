from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from establishments.files.actions import MAX_BYTES, MEGABYTE
from establishments.register.reading import Reading, read


class RegisterForm(forms.Form):
    """The file, read as it is checked: `cleaned_data["file"]` is a Reading."""

    file = forms.FileField(
        label=_("Fichier de l’annuaire de l’éducation (CSV)"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": _("Choisissez le fichier.")},
    )
    create = forms.BooleanField(
        label=_("Créer en « prévu » les établissements de mon académie qui ne sont pas encore ici"), required=False
    )

    def clean_file(self) -> Reading:
        upload: Any = self.cleaned_data["file"]
        if upload.size > MAX_BYTES:
            said = _("Ce fichier dépasse %(limit)d Mo. Gardez les lignes de votre académie, ou passez par la commande.")
            raise ValidationError(said, params={"limit": MAX_BYTES // MEGABYTE})
        return read(upload.read())
