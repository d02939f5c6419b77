from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import Textarea
from establishments.files.actions import MEGABYTE

MAX_BYTES = 1_000 * MEGABYTE  # of an archive: a whole academy's is a few hundred megabytes


class WhyForm(forms.Form):
    """Why an import is refused or undone: it goes into the trail."""

    reason = forms.CharField(
        label=_("Pour quelle raison ?"),
        max_length=300,
        widget=Textarea,
        error_messages={"required": _("Dites pourquoi, en quelques mots.")},
    )


class ArchiveForm(forms.Form):
    """An archive of exports, in the administration."""

    archive = forms.FileField(
        label=_("Archive de l’annuaire (.zip ou .tgz)"),
        widget=forms.FileInput(attrs={"accept": ".zip,.tgz,.gz"}),
        error_messages={"required": _("Choisissez l’archive.")},
    )
    day = forms.DateField(
        label=_("Jour de l’import"),
        help_text=_("Il décide de l’année scolaire."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )
    is_dry = forms.BooleanField(
        label=_("À blanc : chaque établissement attend un accord"), required=False, initial=True
    )

    def clean_archive(self) -> Any:
        archive: Any = self.cleaned_data["archive"]
        if archive.size > MAX_BYTES:
            said = _("Cette archive dépasse %(limit)d Mo : passez par la commande.")
            raise ValidationError(said, params={"limit": MAX_BYTES // MEGABYTE})
        return archive
