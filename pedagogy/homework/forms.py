from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import Chips, DateInput, Textarea
from establishments.files.fields import UploadsField
from establishments.people.models import Teaching
from pedagogy.homework.days import check_due
from pedagogy.homework.models import Homework, HomeworkFile
from pedagogy.timetable.calendar import calendar_of

if TYPE_CHECKING:
    from accounts.models import User

MINUTES = [10, 20, 30, 45, 60]


class TeachingChoice(forms.ModelChoiceField):
    """“5e B”, with the subject for whoever teaches several."""

    several = True

    def label_from_instance(self, teaching: Teaching) -> str:  # type: ignore[override]
        return f"{teaching.group} · {teaching.subject}" if self.several else str(teaching.group)


class HomeworkForm(forms.ModelForm):
    """What a teacher fills in; `files` are added to those already there."""

    files = UploadsField(label=_("Documents"))

    class Meta:
        model = Homework
        fields = ["title", "instructions", "due_on", "expected_minutes", "to_hand_in"]
        widgets = {
            "instructions": Textarea(attrs={"rows": 4}),
            "due_on": DateInput,
            "expected_minutes": Chips(choices=[(m, _("%d min") % m) for m in MINUTES]),
        }
        labels = {
            "title": _("Que doivent faire les élèves ?"),
            "instructions": _("Consigne"),
            "due_on": _("Pour quel jour ?"),
            "expected_minutes": _("Durée prévue"),
            "to_hand_in": _("Les élèves rendent leur travail ici"),
        }
        help_texts = {"title": _("Exemple : Exercices 12 et 14 page 87.")}
        error_messages = {"title": {"required": _("Dites ce que les élèves doivent faire.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].widget.attrs["autocomplete"] = "off"
        minutes = self.instance.expected_minutes
        if minutes and minutes not in MINUTES:
            chips = self.fields["expected_minutes"].widget
            chips.choices = [*chips.choices, (minutes, _("%d min") % minutes)]

    def clean(self) -> None:
        super().clean()
        due_on = self.cleaned_data.get("due_on")
        if due_on and due_on != self.instance.due_on:
            check_due(due_on, timezone.localdate())


class GiveForm(HomeworkForm):
    """To one of the classes that the teacher teaches."""

    teaching = TeachingChoice(
        label=_("Pour quelle classe ?"),
        queryset=Teaching.objects.none(),
        widget=Chips,
        empty_label=None,
        error_messages={"required": _("Choisissez la classe.")},
    )
    field_order = ["teaching", "title", "due_on", "expected_minutes", "to_hand_in", "instructions", "files"]

    def __init__(self, *args: Any, teacher: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].initial = calendar_of(teacher).next_school_day(timezone.localdate())
        teachings = Teaching.objects.of(teacher)
        self.fields["teaching"].queryset = teachings
        self.fields["teaching"].several = len({teaching.subject_id for teaching in teachings}) > 1


class ReviseForm(HomeworkForm):
    remove_files = forms.ModelMultipleChoiceField(
        label=_("Documents à retirer"),
        queryset=HomeworkFile.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remove_files"].queryset = HomeworkFile.objects.filter(homework=self.instance)


class HandInForm(forms.Form):
    text = forms.CharField(
        label=_("Ta réponse"), required=False, max_length=50_000, strip=False, widget=Textarea(attrs={"rows": 6})
    )
    files = UploadsField(label=_("Tes fichiers ou photos"))
