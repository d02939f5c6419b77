from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import MEGABYTE, FileInput
from establishments.files.actions import MAX_BYTES, Examined
from establishments.photos.picture import ACCEPT, redraw


class PhotoForm(forms.Form):
    """The photo as it will be kept: `cleaned_data["photo"]` is an Examined."""

    photo = forms.FileField(
        label=_("Photo"),
        help_text=_("De face, sur fond clair. Elle est recadrée, et ses autres données sont effacées."),
        widget=FileInput(accept=ACCEPT, max_bytes=min(MAX_BYTES, 20 * MEGABYTE)),
        error_messages={"required": _("Choisissez la photo.")},
    )

    def clean_photo(self) -> Examined:
        upload: Any = self.cleaned_data["photo"]
        return redraw(upload)
