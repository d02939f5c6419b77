from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import MEGABYTE, FileInput
from establishments.groups.forms import SchoolForm
from establishments.tables.reading import COLUMNS, NEEDED

MAX_BYTES = 5 * MEGABYTE
HEADERS = 200


class TableForm(SchoolForm):
    """The table, and where its head was not understood, which header is which column."""

    file = forms.FileField(
        label=_("Votre tableau"),
        widget=FileInput(accept=".csv,.txt,text/csv", max_bytes=MAX_BYTES),
        help_text=_("Au format CSV : Excel et LibreOffice savent l’enregistrer."),
        error_messages={"required": _("Choisissez le tableau."), "empty": _("Ce fichier est vide.")},
    )

    def __init__(self, *args: Any, head: Sequence[str] = (), asked: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.head = list(head)[:HEADERS]
        self.asked = [name for name in COLUMNS if name in asked] if head else []
        choices = [("", _("aucune"))] + [(name, name) for name in self.head]
        for name in self.asked:
            self.fields[name] = forms.ChoiceField(
                label=_("La colonne « %(name)s » est") % {"name": name},
                choices=choices,
                required=name in NEEDED,
                error_messages={"required": _("Choisissez.")},
            )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("Ce fichier dépasse %(limit)d Mo.") % {"limit": MAX_BYTES // MEGABYTE})
        return file

    @property
    def chosen(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.asked if self.cleaned_data.get(name)}
