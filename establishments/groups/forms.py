from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from establishments.territory.models import Establishment


class SchoolForm(forms.Form):
    """Asks which school only whoever has several; `school` in what is cleaned is an Establishment."""

    school = forms.ChoiceField(label=_("Établissement"))

    def __init__(self, *args: Any, schools: Sequence[Establishment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schools = {str(school.pk): school for school in schools}
        self.fields["school"].choices = [(pk, str(school)) for pk, school in self.schools.items()]
        if len(self.schools) == 1:
            del self.fields["school"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "school" in self.fields:
            cleaned["school"] = self.schools.get(cleaned.get("school", ""))
        else:
            (cleaned["school"],) = self.schools.values()
        return cleaned


class GroupForm(SchoolForm):
    name = forms.CharField(
        label=_("Nom du groupe"), max_length=60, error_messages={"required": _("Donnez un nom au groupe.")}
    )
    label = forms.CharField(
        label=_("Ce qu’il fait"), max_length=120, required=False, help_text=_("Exemple : Club théâtre, le jeudi midi.")
    )
