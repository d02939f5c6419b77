"""Two people who edit one thing never overwrite each other without knowing.

A row that people edit is `Versioned`. Its form carries the version that it was read at (`VersionedForm`), and its
action begins with `take_version`. Whoever comes second is told, with the newer text beside their own, which is still
in the fields; saving again, they know what they replace.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.forms.forms import DeclarativeFieldsMetaclass
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

STALE = gettext_lazy(
    "Quelqu’un d’autre a enregistré entre-temps. Comparez avec sa version, ci-dessous : enregistrer la remplace."
)
GONE = gettext_lazy("Quelqu’un d’autre l’a supprimé entre-temps. Copiez votre texte avant de quitter cette page.")


NOT_SAVED = object()  # a field of the form that the row does not have under that name


class Versioned(models.Model):
    """A row that several people may edit at once."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class StaleError(ValidationError):
    """Somebody saved since the row was read; `newer` is what it is now, None when it is no more."""

    def __init__(self, newer: Any) -> None:
        super().__init__(STALE if newer else GONE, code="stale")
        self.newer = newer


def take_version(row: Any, version: int) -> None:
    """Make the row's next version, or raise StaleError when it is not at that version any more.

    The first statement of an action that edits: the second of two who save at once waits here for the first.
    """
    rows = type(row).objects.filter(pk=row.pk)
    if not rows.filter(version=version).update(version=F("version") + 1):
        raise StaleError(rows.first())
    row.version = version + 1


class Newer(NamedTuple):
    """What a field has become, in words."""

    label: str
    text: str


class VersionedForm(forms.BaseForm, metaclass=DeclarativeFieldsMetaclass):
    """With the version in a hidden field, which the view passes to the action.

    As in `class ReviseForm(VersionedForm, forms.ModelForm)`. A plain form is given `initial={"version": …}`.
    """

    version = forms.IntegerField(
        min_value=1, widget=forms.HiddenInput, error_messages={"required": gettext_lazy("Rechargez la page.")}
    )

    #: What somebody else has saved since, where it is not what is typed here: see `components/newer.html`.
    newer: tuple[Newer, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if instance := getattr(self, "instance", None):
            self.initial.setdefault("version", instance.version)

    def add_error(self, field: str | None, error: Any) -> None:
        if isinstance(error, StaleError) and error.newer:
            self._show(error.newer)
        super().add_error(field, error)

    def saved_text(self, name: str, value: Any) -> str:
        """How that is said."""
        field: Any = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return _("oui") if value else _("non")
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            return str(dict(field.choices).get(value, value))
        if isinstance(value, date):
            return date_format(value, "l j F Y")
        return "" if value is None else str(value)

    def _show(self, row: Any) -> None:
        newer = []
        for bound in self.visible_fields():
            value = getattr(row, bound.name, NOT_SAVED)
            if value is NOT_SAVED or hasattr(value, "all") or value == self.cleaned_data.get(bound.name):
                continue
            newer.append(Newer(str(bound.label), self.saved_text(bound.name, value)))
        self.newer = tuple(newer)
        # The next time, they replace what they have seen.
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = str(row.version)
