from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ent.portal.forms import Chips, ChipsMultiple, DateInput
from establishments.groups.forms import SchoolForm
from establishments.hand_made.actions import ROLES
from establishments.people.models import Group, Subject


class GroupsChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, group: Group) -> str:  # type: ignore[override]
        return group.name


class HandMadeForm(SchoolForm):
    civility = forms.ChoiceField(label=_("Civilité"), choices=User.Civility.choices, widget=Chips, required=False)
    first_name = forms.CharField(
        label=_("Prénom"), max_length=150, error_messages={"required": _("Écrivez le prénom.")}
    )
    last_name = forms.CharField(label=_("Nom"), max_length=150, error_messages={"required": _("Écrivez le nom.")})
    birth_date = forms.DateField(
        label=_("Date de naissance"),
        widget=DateInput,
        required=False,
        help_text=_("La personne la donne pour activer son compte. Sans elle, on lui demande son nom."),
    )
    role = forms.ChoiceField(
        label=_("Que fait cette personne ?"),
        choices=[(role.value, str(role.label).capitalize()) for role in ROLES],
        widget=Chips,
        error_messages={"required": _("Choisissez.")},
    )
    ends_on = forms.DateField(
        label=_("Jusqu’au"), widget=DateInput, error_messages={"required": _("Donnez le dernier jour.")}
    )
    groups = GroupsChoice(
        label=_("Ses classes"),
        queryset=Group.objects.none(),
        required=False,
        widget=ChipsMultiple,
    )
    subject = forms.ModelChoiceField(
        label=_("Sa matière"), queryset=Subject.objects.none(), required=False, empty_label=_("Choisir…")
    )
    reason = forms.CharField(
        label=_("Motif"),
        max_length=200,
        help_text=_("Exemple : remplace M. Roux, congé de maladie."),
        error_messages={"required": _("Dites pourquoi.")},
    )
    is_another = forms.BooleanField(label=_("C’est une autre personne que celle de ce nom"), required=False)

    def __init__(self, *args: Any, groups: Any, subjects: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].queryset = groups
        self.fields["subject"].queryset = subjects
        if not self.is_bound:  # asked only when there is somebody of that name
            del self.fields["is_another"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        school = cleaned.get("school")
        if school and any(group.establishment_id != school.pk for group in cleaned.get("groups") or ()):
            self.add_error("groups", _("Ces classes sont d’un autre établissement."))
        return cleaned
