from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import Checkboxes, Chips, Radios, Textarea
from establishments.people.models import Membership, Role
from establishments.support.models import Case

OTHER = "other"
REASONS = {
    "forgotten": _("Mot de passe oublié"),
    "first": _("Première connexion"),
    "stolen": _("Compte utilisé par un autre"),
    OTHER: _("Autre raison"),
}

# Three questions by what somebody is; a desk ticks what was answered right.
QUESTIONS = {
    Role.STUDENT: {
        "birth_date": _("L’élève dit sa date de naissance"),
        "class": _("L’élève dit sa classe et un de ses enseignants"),
        "vouched": _("Un adulte de l’établissement le reconnaît, ou un responsable connu appelle"),
    },
    Role.GUARDIAN: {
        "child_name": _("La personne dit le nom et le prénom de l’enfant"),
        "child_class": _("La personne dit la classe de l’enfant"),
        "child_birth_date": _("La personne dit la date de naissance de l’enfant"),
    },
}
STAFF_QUESTIONS = {
    "name": _("La personne dit son nom, son prénom et sa date de naissance"),
    "duty": _("La personne dit ce qu’elle fait dans l’établissement"),
    "called_back": _("Vous l’avez rappelée par le numéro de l’établissement, ou elle est devant vous"),
}


def questions_for(role: str) -> dict[str, Any]:
    return QUESTIONS.get(Role(role), STAFF_QUESTIONS)


class ReasonForm(forms.Form):
    """Why: it goes into the trail."""

    reason = forms.CharField(
        label=_("Pour quelle raison ?"),
        max_length=300,
        widget=Textarea,
        error_messages={"required": _("Dites pour quelle raison.")},
    )


class AfterForm(forms.Form):
    """The latest code that the page knew of: sent twice, the form gives no second one."""

    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class IdentityForm(forms.Form):
    """Who it is was checked."""

    identity = forms.MultipleChoiceField(
        label=_("Vérifier l’identité"),
        help_text=_("Cochez ce que la personne vient de répondre juste. Les trois sont nécessaires."),
        widget=Checkboxes,
        error_messages={"required": _("Posez les trois questions, et cochez les réponses justes.")},
    )

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identity"].choices = list(questions_for(role).items())

    def clean_identity(self) -> list[str]:
        checked: list[str] = self.cleaned_data["identity"]
        if len(checked) < len(self.fields["identity"].choices):
            raise ValidationError(_("Posez les trois questions. S’il en manque une, ouvrez une demande d’aide."))
        return checked


class FactorForm(IdentityForm, ReasonForm):
    field_order = ["identity", "reason"]


class ResetForm(IdentityForm, AfterForm):
    """And why they need a code."""

    why = forms.ChoiceField(
        label=_("Pour quelle raison ?"),
        choices=list(REASONS.items()),
        widget=Chips,
        error_messages={"required": _("Choisissez une raison.")},
    )
    details = forms.CharField(label=_("Précision"), max_length=200, required=False)
    field_order = ["identity", "why", "details", "after"]

    def clean(self) -> None:
        if self.cleaned_data.get("why") == OTHER and not self.cleaned_data.get("details"):
            self.add_error("details", _("Dites la raison en quelques mots."))

    @property
    def reason(self) -> str:
        words, details = str(REASONS[self.cleaned_data["why"]]), self.cleaned_data["details"]
        return f"{words} : {details}" if details else words


class MergeForm(ReasonForm):
    keep = forms.ChoiceField(
        label=_("Quel compte garder ?"),
        help_text=_("Tout ce que l’autre a et a fait lui revient. L’autre ne pourra plus servir."),
        widget=Radios,
        error_messages={"required": _("Choisissez le compte à garder.")},
    )
    field_order = ["keep", "reason"]

    def __init__(self, *args: Any, people: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keep"].choices = [(str(user.pk), f"{user} · {user.username}") for user in people]


class CaseForm(forms.Form):
    """What a desk is asked."""

    kind = forms.ChoiceField(
        label=_("De quoi s’agit-il ?"),
        choices=Case.Kind.choices,
        widget=Radios,
        error_messages={"required": _("Dites de quoi il s’agit.")},
    )
    description = forms.CharField(
        label=_("Que se passe-t-il ?"),
        help_text=_("N’écrivez aucun mot de passe."),
        max_length=2_000,
        widget=Textarea,
        error_messages={"required": _("Dites ce qui se passe, en quelques mots.")},
    )
    contact = forms.CharField(
        label=_("Où répondre"), help_text=_("Téléphone ou adresse."), max_length=200, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [
            (Case.Kind.CANNOT_SIGN_IN, _("Ne peut pas se connecter")),
            (Case.Kind.WRONG_DATA, _("Nom, classe ou lien de famille faux")),
            (Case.Kind.OTHER, _("Autre chose")),
        ]


class AskForm(CaseForm):
    """The same, where the person says who it is for."""

    membership = forms.ChoiceField(
        label=_("Pour qui ?"), widget=Radios, error_messages={"required": _("Dites pour qui.")}
    )
    field_order = ["membership", "kind", "description", "contact"]

    def __init__(self, *args: Any, people: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(row.pk): row for row in people}
        choices = [(pk, f"{row.user} · {row.establishment.name}") for pk, row in self.people.items()]
        self.fields["membership"].choices = choices
        if len(choices) == 1:
            self.initial["membership"] = choices[0][0]

    def clean_membership(self) -> Membership:
        return self.people[self.cleaned_data["membership"]]


class AppointForm(ReasonForm):
    person = forms.ChoiceField(label=_("Qui nommer ?"), error_messages={"required": _("Choisissez qui nommer.")})
    field_order = ["person", "reason"]

    def __init__(self, *args: Any, people: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(row.pk): row for row in people}
        self.fields["person"].choices = [("", _("Choisir…"))] + [
            (pk, f"{row.user.last_name} {row.user.first_name} · {row.get_role_display()}")
            for pk, row in self.people.items()
        ]

    def clean_person(self) -> Membership:
        return self.people[self.cleaned_data["person"]]
