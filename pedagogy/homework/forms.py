from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import Chips, DateInput, FileInput, Textarea, UnitInput
from ent.portal.versions import VersionedForm
from establishments.files.actions import MAX_BYTES
from establishments.files.fields import UploadsField
from establishments.people.models import Teaching
from pedagogy.homework.days import check_due
from pedagogy.homework.marks import points, quarters_in
from pedagogy.homework.models import CorrectionFile, HandIn, Homework, HomeworkFile, Level, Marking, Progress
from pedagogy.homework.sheets import Sheet
from pedagogy.timetable.calendar import calendar_of

if TYPE_CHECKING:
    from accounts.models import User

MINUTES = [10, 20, 30, 45, 60]
TOO_LONG = _("Ce texte est trop long : %(limit_value)d caractères au plus. Un fichier convient mieux.")


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


class ReviseForm(VersionedForm, HomeworkForm):
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
    """What is handed in, of the kind that is asked for; `seen` is when the copy on the page was."""

    text = forms.CharField(
        label=_("Ta réponse"), required=False, max_length=50_000, strip=False, widget=Textarea(attrs={"rows": 6}),
        error_messages={"max_length": TOO_LONG},
    )  # fmt: skip
    files = UploadsField(label=_("Tes fichiers ou photos"))
    seen = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any) -> None:
        initial = {"text": sheet.typed or sheet.handed_in_text}
        initial["seen"] = sheet.handed_in_at.isoformat() if sheet.handed_in_at else ""
        super().__init__(*args, initial=initial, **kwargs)
        if sheet.hand_in_kind == HandIn.TEXT:
            del self.fields["files"]
        if sheet.hand_in_kind in {HandIn.FILES, HandIn.PHOTO}:
            del self.fields["text"]
        if sheet.hand_in_kind == HandIn.PHOTO:
            self.fields["files"] = UploadsField(
                label=_("Tes photos"),
                widget=FileInput(multiple=True, accept="image/*", max_bytes=MAX_BYTES, capture="environment"),
            )


class CorrectionForm(VersionedForm, forms.Form):
    """A comment, a mark or a level as the homework has it, and a copy with notes on it."""

    result = ""  # the field that says how good it is, if one does

    comment = forms.CharField(
        label=_("Appréciation"), required=False, max_length=10_000, strip=False, widget=Textarea(attrs={"rows": 5}),
        error_messages={"max_length": TOO_LONG},
    )  # fmt: skip
    files = UploadsField(label=_("Copie annotée"))
    remove_files = forms.ModelMultipleChoiceField(
        label=_("Fichiers à retirer"),
        queryset=CorrectionFile.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ["mark", "level", "comment", "files", "remove_files", "version"]

    def __init__(self, *args: Any, progress: Progress, draft: dict[str, str] | None = None, **kwargs: Any) -> None:
        initial = {"comment": progress.comment, "mark": points(progress.mark), "level": progress.level}
        initial |= {"version": progress.version} | (draft or {})
        super().__init__(*args, initial=initial, **kwargs)
        homework = progress.homework
        if homework.marking == Marking.MARK:
            unit = UnitInput(unit=_("sur %(scale)d") % {"scale": homework.scale}, attrs={"autocomplete": "off"})
            unit.input_type = "text"  # a comma is a decimal point here
            self.fields["mark"] = MarkField(label=_("Note"), required=False, widget=unit)
        elif homework.marking == Marking.LEVEL:
            self.fields["level"] = forms.TypedChoiceField(
                label=_("Niveau"), required=False, choices=Level.choices, coerce=int, empty_value=None, widget=Chips
            )
        self.order_fields(self.field_order)
        kept = progress.correction_files.all()
        if kept:
            self.fields["remove_files"].queryset = CorrectionFile.objects.filter(progress=progress)
            self.fields["remove_files"].choices = [(file.pk, file.name) for file in kept]
        else:
            del self.fields["remove_files"]

    def saved_text(self, name: str, value: Any) -> str:
        return points(value) if name == "mark" else super().saved_text(name, value)


class MarkField(forms.CharField):
    """Cleans to quarters of a point, or None."""

    def clean(self, value: Any) -> int | None:
        return quarters_in(super().clean(value))
