from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import Radios
from establishments.doors.rules import PROFILES
from establishments.territory.models import Establishment

RESET, BLOCK = "reset", "block"
PLURALS = {
    "student": _("Les élèves"),
    "guardian": _("Les responsables"),
    "teacher": _("Les enseignants"),
    "staff": _("Les autres personnels"),
}


class EmergencyForm(forms.Form):
    what = forms.ChoiceField(
        label=_("Que faire ?"),
        widget=Radios,
        choices=[
            (RESET, _("Remettre à zéro les mots de passe : chacun en choisit un nouveau")),
            (BLOCK, _("Bloquer l’accès, jusqu’à ce qu’il soit rétabli")),
        ],
        error_messages={"required": _("Choisissez que faire.")},
    )
    role = forms.ChoiceField(
        label=_("Pour qui ?"),
        widget=Radios,
        choices=[(role.value, PLURALS[role.value]) for role in PROFILES],
        error_messages={"required": _("Choisissez un profil.")},
    )
    school = forms.ModelChoiceField(
        label=_("Où ?"), queryset=Establishment.objects.none(), required=False, empty_label=_("Tous les établissements")
    )
    reason = forms.CharField(
        label=_("Motif"),
        max_length=300,
        help_text=_("Il est gardé dans le journal des actes. Les personnes bloquées le lisent."),
        error_messages={"required": _("Dites pourquoi.")},
    )

    mark_optional = False

    def __init__(self, *args: Any, schools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schools: Sequence[Establishment] = list(schools)
        self.fields["school"].queryset = schools
        if len(self.schools) == 1:
            del self.fields["school"]

    @property
    def chosen(self) -> Sequence[Establishment]:
        """After validation: the school, or all of them."""
        school = self.cleaned_data.get("school")
        return [school] if school else self.schools
