from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import DateInput, Textarea, TimeInput
from ent.portal.prose import ProseField, ProseInput, plain
from ent.portal.versions import VersionedForm
from establishments.files.fields import UploadsField
from pedagogy.lessons.models import LONGEST, LONGEST_CORRECTION, LONGEST_NOTE, LessonEntry, LessonFile, State

TOO_LONG = _("Ce texte est trop long : %(limit_value)d caractères au plus, et il en a %(show_value)d.")
MORNING = time(7)


class EntryForm(VersionedForm, forms.ModelForm):
    """What a teacher writes of a lesson; `files` are added to those already there."""

    content = ProseField(
        label=_("Détail"),
        required=False,
        max_length=LONGEST,
        widget=ProseInput(attrs={"rows": 6}),
        error_messages={"max_length": TOO_LONG},
    )
    # 0: there was no entry when the page was opened.
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    files = UploadsField(label=_("Documents"))
    remove_files = forms.ModelMultipleChoiceField(
        label=_("Documents à retirer"),
        queryset=LessonFile.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    visible_on = forms.DateField(label=_("Visible le"), required=False, widget=DateInput)
    visible_from = forms.TimeField(label=_("à partir de"), required=False, widget=TimeInput)
    note = forms.CharField(
        label=_("Notes pour vous"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=Textarea(attrs={"rows": 2}),
        help_text=_("Personne d’autre ne les lit, ni la direction."),
        error_messages={"max_length": TOO_LONG},
    )

    class Meta:
        model = LessonEntry
        fields = ["title", "content"]
        labels = {"title": _("Qu’avez-vous fait ?")}
        help_texts = {"title": _("Exemple : Théorème de Thalès, activité 2 page 112.")}
        error_messages = {
            "title": {"required": _("Dites ce que vous avez fait, en une ligne."), "max_length": TOO_LONG},
        }

    field_order = ["title", "content", "files", "remove_files", "note", "visible_on", "visible_from"]

    def __init__(self, *args: Any, ends: datetime, note: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ends = ends
        self.initial["version"] = self.instance.version if self.instance.pk else 0
        self.initial["note"] = note
        self.fields["title"].widget.attrs["autocomplete"] = "off"
        if self.instance.pk and self.instance.file_rows:  # type: ignore[attr-defined]
            self.fields["remove_files"].queryset = LessonFile.objects.filter(entry=self.instance, correction=None)
        else:
            del self.fields["remove_files"]
        if self.instance.state == State.PLANNED and self.instance.visible_at != ends:
            chosen = timezone.localtime(self.instance.visible_at)
            self.initial |= {"visible_on": chosen.date(), "visible_from": chosen.time().replace(second=0)}

    def saved_text(self, name: str, value: Any) -> str:
        return plain(value) if name == "content" else super().saved_text(name, value)

    def visible_at(self) -> datetime:
        """The chosen moment, else the lesson's end."""
        day = self.cleaned_data.get("visible_on")
        if day is None:
            return self.ends
        return timezone.make_aware(datetime.combine(day, self.cleaned_data.get("visible_from") or MORNING))

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("visible_from") and not self.cleaned_data.get("visible_on"):
            self.add_error("visible_on", _("Dites aussi le jour."))


class CorrectionForm(forms.Form):
    text = forms.CharField(
        label=_("Votre correction"),
        max_length=LONGEST_CORRECTION,
        widget=Textarea(attrs={"rows": 4}),
        help_text=_("Elle se lit à côté du contenu, avec votre nom et la date. Elle ne se modifie pas non plus."),
        error_messages={"required": _("Dites ce qui est à lire autrement."), "max_length": TOO_LONG},
    )
    files = UploadsField(label=_("Documents"))


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Notes pour vous"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=Textarea(attrs={"rows": 3}),
        help_text=_("Personne d’autre ne les lit, ni la direction."),
        error_messages={"max_length": TOO_LONG},
    )
