"""`/composants/`: every component in every state, to choose from and to look at when the stylesheet changes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ent.portal.forms import (
    Checkboxes,
    Chips,
    ChipsMultiple,
    DateInput,
    FileInput,
    PasswordInput,
    PortalRenderer,
    Radios,
    Textarea,
    TimeInput,
    UnitInput,
)
from ent.portal.templatetags.portal import HUES

MINUTES = [("10", "10 min"), ("20", "20 min"), ("30", "30 min"), ("45", "45 min")]
CLASSES = [("5b", "5e B"), ("5d", "5e D"), ("3c", "3e C")]
REASONS = [("ill", "Malade"), ("transport", "Transport en panne"), ("other", "Autre raison, à préciser")]
SUBJECTS = [("", "Choisir une matière"), ("en", "Anglais"), ("hg", "Histoire-géographie"), ("ma", "Mathématiques")]


class SpecimenForm(forms.Form):
    """One field of each kind; the texts are the ones a person would read."""

    default_renderer = PortalRenderer

    what = forms.CharField(
        label="Travail à faire",
        widget=Textarea(),
        help_text="Une consigne par ligne, comme au tableau.",
        error_messages={"required": "Dites ce que les élèves doivent faire."},
    )
    subject = forms.ChoiceField(
        label="Matière", choices=SUBJECTS, error_messages={"required": "Choisissez une matière."}
    )
    day = forms.DateField(
        label="Pour le",
        widget=DateInput(),
        help_text="Le prochain cours est jeudi 26 novembre.",
        error_messages={"required": "Choisissez le jour où le travail est à rendre."},
    )
    hour = forms.TimeField(label="Heure limite", widget=TimeInput(), required=False)
    length = forms.IntegerField(label="Durée estimée", widget=UnitInput(unit="min"), min_value=5, max_value=240)
    minutes = forms.ChoiceField(
        label="Durée", choices=MINUTES, widget=Chips(), error_messages={"required": "Choisissez une durée."}
    )
    groups = forms.MultipleChoiceField(label="Donner aussi à", choices=CLASSES, widget=ChipsMultiple(), required=False)
    reason = forms.ChoiceField(
        label="Motif", choices=REASONS, widget=Radios(), error_messages={"required": "Choisissez un motif."}
    )
    tell = forms.MultipleChoiceField(
        label="Prévenir", choices=[("s", "Les élèves"), ("f", "Les familles")], widget=Checkboxes(), required=False
    )
    document = forms.FileField(label="Document", required=False, widget=FileInput)
    secret = forms.CharField(label="Mot de passe", widget=PasswordInput(attrs={"autocomplete": "off"}))
    hand_in = forms.BooleanField(
        label="À rendre sur le portail",
        required=False,
        help_text="Chaque élève dépose une photo ou un fichier.",
    )


class SpecimenFormWithErrors(SpecimenForm):
    def clean(self) -> dict[str, Any]:
        raise ValidationError("Ce travail existe déjà : il a été donné mardi à la 5e B.")


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    initial = {"what": "Exercices 12 et 14 page 87.", "minutes": "20", "reason": "ill", "groups": ["5d"]}
    wrong = SpecimenFormWithErrors({"length": "3", "groups": ["5b"]}, {}, auto_id="wrong_%s", prefix="wrong")
    wrong.data = {f"wrong-{name}": value for name, value in wrong.data.items()}
    return render(
        request,
        "portal/gallery.html",
        {
            "good": SpecimenForm(initial=initial, auto_id="good_%s"),
            "wrong": wrong,
            "hues": HUES,
            "page": {"number": 2, "has_previous": True, "has_next": True, "previous_url": "?", "next_url": "?"},
        },
    )
