from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.credentials.forms import CodeField, WrittenDateField
from ent.portal.forms import Checkboxes
from establishments.people.models import Group, Role

ROLES = [(Role.STUDENT, _("Les élèves")), (Role.GUARDIAN, _("Leurs responsables"))]


class GroupChoice(forms.ModelChoiceField):
    """“5e B”, with the school for whoever has several."""

    several = False

    def label_from_instance(self, group: Group) -> str:  # type: ignore[override]
        return f"{group} · {group.establishment}" if self.several else str(group)


class RequestSlipsForm(forms.Form):
    group = GroupChoice(
        label=_("Quelle classe ?"),
        queryset=Group.objects.none(),
        empty_label=_("Choisir…"),
        error_messages={"required": _("Choisissez la classe."), "invalid_choice": _("Choisissez la classe.")},
    )
    roles = forms.MultipleChoiceField(
        label=_("Pour qui ?"),
        choices=ROLES,
        initial=[Role.STUDENT, Role.GUARDIAN],
        widget=Checkboxes,
        error_messages={"required": _("Dites pour qui : les élèves, leurs responsables.")},
    )
    includes_active = forms.BooleanField(
        label=_("Aussi pour ceux qui ont déjà un mot de passe"),
        required=False,
        help_text=_("Leur code sert trois jours ; leur mot de passe vaut tant qu’ils n’en choisissent pas un autre."),
    )

    def __init__(self, *args: Any, groups: Any, several: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = groups
        self.fields["group"].several = several


class PrintSlipForm(forms.Form):
    reason = forms.CharField(
        label=_("Motif"),
        max_length=300,
        help_text=_("Gardé au journal. Exemple : fiche perdue, pièce d’identité vue."),
        error_messages={"required": _("Écrivez le motif.")},
    )


class AttachForm(forms.Form):
    code = CodeField(
        label=_("Code de la fiche"),
        help_text=_("Dix lettres et chiffres. Exemple : K7QF\u20113MXD\u20119T."),
        error_messages={"required": _("Écrivez le code de la fiche.")},
    )
    birth_date = WrittenDateField(label=_("Date de naissance de cet enfant"))
