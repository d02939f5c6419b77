from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import Checkboxes, Chips, ChipsMultiple, DateInput, FileInput, Textarea, TimeInput, UnitInput
from ent.portal.templatetags.portal import day as day_name
from ent.portal.versions import VersionedForm
from establishments.files.actions import MAX_BYTES
from establishments.files.fields import UploadsField
from establishments.people.models import Teaching
from pedagogy.homework.actions import Target
from pedagogy.homework.composer import Choice, draft_of
from pedagogy.homework.days import check_due
from pedagogy.homework.marks import points, quarters_in
from pedagogy.homework.models import LONGEST, CorrectionFile, HandIn, Homework, HomeworkFile, Level, Marking, Progress
from pedagogy.homework.sheets import Sheet

MINUTES = [10, 20, 30, 45, 60]
OTHER_DAY = "autre"
MORNING = time(7)  # when the day's pause ends
TOO_MUCH = _("Le seuil va de 1 minute à 10 heures.")
TOO_LONG = _("Ce texte est trop long : %(limit_value)d caractères au plus. Un fichier convient mieux.")


class HomeworkForm(forms.ModelForm):
    """What a teacher fills in; `files` are added to those already there."""

    files = UploadsField(label=_("Documents"))

    class Meta:
        model = Homework
        fields = [
            "title",
            "instructions",
            "due_on",
            "expected_minutes",
            "to_hand_in",
            "hand_in_kind",
            "late_policy",
            "late_until",
            "marking",
            "scale",
        ]
        widgets = {
            "instructions": Textarea(attrs={"rows": 4}),
            "due_on": DateInput,
            "expected_minutes": Chips(choices=[(m, _("%d min") % m) for m in MINUTES]),
            "hand_in_kind": Chips,
            "late_policy": Chips,
            "late_until": DateInput,
            "marking": Chips,
            "scale": UnitInput(unit=_("points"), attrs={"inputmode": "numeric"}),
        }
        labels = {
            "title": _("Que doivent faire les élèves ?"),
            "instructions": _("Consigne"),
            "due_on": _("Pour quel jour ?"),
            "expected_minutes": _("Durée prévue"),
            "to_hand_in": _("Les élèves rendent leur travail ici"),
            "hand_in_kind": _("Ce qu’ils rendent"),
            "late_policy": _("En retard"),
            "late_until": _("Dernier délai"),
            "marking": _("Évaluation"),
            "scale": _("Noté sur"),
        }
        help_texts = {"title": _("Exemple : Exercices 12 et 14 page 87.")}
        error_messages = {"title": {"required": _("Dites ce que les élèves doivent faire.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].widget.attrs["autocomplete"] = "off"
        self._offer_minutes(self.instance.expected_minutes)
        for name in ("hand_in_kind", "late_policy", "marking", "scale"):
            self.fields[name].required = False  # not said: as it is

    def _offer_minutes(self, minutes: Any) -> None:
        if str(minutes or "").isdigit() and int(minutes) not in MINUTES:
            chips = self.fields["expected_minutes"].widget
            chips.choices = [*chips.choices, (int(minutes), _("%d min") % int(minutes))]

    def clean(self) -> None:
        super().clean()
        for name in ("hand_in_kind", "late_policy", "marking", "scale"):
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.cleaned_data[name] = getattr(self.instance, name)
        due_on = self.cleaned_data.get("due_on")
        if due_on and due_on != self.instance.due_on:
            check_due(due_on, timezone.localdate())


class GiveForm(HomeworkForm):
    """To one of the classes that the teacher teaches, or several; the nearest lesson's first."""

    teaching = forms.TypedChoiceField(
        label=_("Pour quelle classe ?"),
        widget=Chips,
        coerce=int,
        error_messages={"required": _("Choisissez la classe.")},
    )
    due = forms.ChoiceField(label=_("Pour quel cours ?"), widget=Chips, required=False)
    also = forms.TypedMultipleChoiceField(
        label=_("Aussi à"), widget=ChipsMultiple, coerce=int, required=False,
        help_text=_("Chaque classe le reçoit pour son propre prochain cours."),
    )  # fmt: skip
    for_some = forms.BooleanField(
        label=_("Pour quelques élèves seulement"), required=False,
        help_text=_("Vous les choisirez juste après ; personne d’autre ne le verra."),
    )  # fmt: skip
    published_on = forms.DateField(label=_("Visible à partir du"), required=False, widget=DateInput)
    published_time = forms.TimeField(label=_("à"), required=False, widget=TimeInput)

    def __init__(self, *args: Any, choices: list[Choice], group: str = "", subject: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_pk = {choice.pk: choice for choice in choices}
        self.fields["due_on"].required = False
        several = len({choice.teaching.subject_id for choice in choices}) > 1
        names = {pk: _name_of(choice.teaching, several=several) for pk, choice in self.by_pk.items()}
        self.fields["teaching"].choices = list(names.items())
        if not self.is_bound:
            self.initial |= {
                name: value for name, value in draft_of(choices).items() if name in self.fields and name != "files"
            }
        self.choice = self._chosen(choices, group, subject)
        if self.choice is None:
            return
        self.initial["teaching"] = self.choice.pk
        days = [
            (day.isoformat(), day_name(day, "short") if rank else day_name(day))
            for rank, day in enumerate(self.choice.days)
        ]
        self.fields["due"].choices = [*days, (OTHER_DAY, _("Autre date"))]
        if not self.choice.has_lessons:
            self.fields["due"].label = _("Pour quel jour ?")
        if self.initial.get("due") not in dict(self.fields["due"].choices):
            self.initial["due"] = days[0][0]
        self.initial.setdefault("expected_minutes", self.choice.teaching.usual_minutes)
        self._offer_minutes(self.initial["expected_minutes"])
        same = [
            c for c in choices if c.pk != self.choice.pk and c.teaching.subject_id == self.choice.teaching.subject_id
        ]
        self.fields["also"].choices = [(c.pk, f"{c.teaching.group} · {day_name(c.days[0], 'short')}") for c in same]
        if not same:
            del self.fields["also"]

    @property
    def shows_more(self) -> bool:
        """Is something said, or wrong, in the part that is folded?"""
        names = ("instructions", "files", "late_until", "scale", "published_on", "published_time")
        typed = ("instructions", "late_until", "published_on", "for_some")
        return any(name in self.errors for name in names) or any(self[name].value() for name in typed)

    @property
    def is_restored(self) -> bool:
        return not self.is_bound and bool(self.initial.get("title") or self.initial.get("instructions"))

    def _chosen(self, choices: list[Choice], group: str, subject: str) -> Choice | None:
        """The class that was chosen, on the page or by its address; else the one whose lesson is nearest."""
        asked = self.data.get("teaching") if self.is_bound else None
        if asked is not None:
            return next((choice for choice in choices if str(choice.pk) == str(asked)), choices[0] if choices else None)
        if group:
            of_group = [c for c in choices if str(c.teaching.group_id) == group]
            of_subject = [c for c in of_group if str(c.teaching.subject_id) == subject]
            return next(iter(of_subject or of_group), None) or (choices[0] if choices else None)
        drafted = str(self.initial.get("teaching", ""))
        return next((c for c in choices if str(c.pk) == drafted), choices[0] if choices else None)

    def clean(self) -> None:
        data = self.cleaned_data
        due = data.get("due")
        if due and due != OTHER_DAY:
            data["due_on"] = date.fromisoformat(due)
        elif not data.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", _("Choisissez le jour."))
        super().clean()
        published = data.get("published_on")
        if published:
            moment = datetime.combine(published, data.get("published_time") or MORNING)
            data["published_at"] = timezone.make_aware(moment)

    def targets(self) -> tuple[Choice, list[Target]]:
        """The first class, and the others with their own days."""
        data = self.cleaned_data
        others: list[Target] = []
        for pk in data.get("also") or ():
            choice = self.by_pk[pk]
            own_day = choice.days[0] if choice.has_lessons else data["due_on"]
            others.append({"group": choice.teaching.group, "subject": choice.teaching.subject, "due_on": own_day})
        return self.by_pk[data["teaching"]], others

    def said(self) -> dict[str, Any]:
        """What the action is given beside the classes."""
        of_the_page = {"teaching", "due", "also", "published_on", "published_time"}
        return {name: value for name, value in self.cleaned_data.items() if name not in of_the_page}


def _name_of(teaching: Teaching, *, several: bool) -> str:
    """“5e B”, with the subject for whoever teaches several."""
    return f"{teaching.group} · {teaching.subject}" if several else str(teaching.group)


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


class LoadForm(forms.Form):
    """What the composer asks of a day, while it is being filled in: nonsense is answered by nothing."""

    teaching = forms.IntegerField(min_value=1, max_value=10**15)
    due = forms.CharField(required=False)
    due_on = forms.DateField(required=False)
    expected_minutes = forms.IntegerField(required=False, min_value=0, max_value=10**4)

    def clean(self) -> None:
        due = self.cleaned_data.get("due") or OTHER_DAY
        try:
            self.cleaned_data["day"] = self.cleaned_data.get("due_on") if due == OTHER_DAY else date.fromisoformat(due)
        except ValueError:
            self.cleaned_data["day"] = None


class AddressForm(forms.Form):
    """For whom homework is: everybody or some, and a later day for some of these."""

    for_some = forms.TypedChoiceField(
        label=_("Pour qui ?"), widget=Chips, coerce=lambda value: value == "oui",
        choices=[("non", _("Toute la classe")), ("oui", _("Quelques élèves"))],
    )  # fmt: skip
    students = forms.TypedMultipleChoiceField(label=_("Ces élèves"), widget=Checkboxes, coerce=int, required=False)
    delayed = forms.TypedMultipleChoiceField(
        label=_("Avec un délai en plus"), widget=Checkboxes, coerce=int, required=False
    )
    own_day = forms.DateField(label=_("Leur jour"), required=False, widget=DateInput)

    def __init__(self, *args: Any, homework: Homework, students: list[Any], **kwargs: Any) -> None:
        there = [student for student in students if not student.has_left]
        later = [student.own_due_on for student in there if student.own_due_on]
        initial = {
            "for_some": "oui" if homework.for_some else "non",
            "students": [student.pk for student in there if student.is_named],
            "delayed": [student.pk for student in there if student.own_due_on],
            "own_day": max(later, default=None),
        }
        super().__init__(*args, initial=initial, **kwargs)
        names = [(student.pk, f"{student.user.last_name} {student.user.first_name}") for student in there]
        self.fields["students"].choices = self.fields["delayed"].choices = names

    def clean(self) -> None:
        if self.cleaned_data.get("delayed") and not self.cleaned_data.get("own_day") and "own_day" not in self.errors:
            self.add_error("own_day", _("Dites jusqu’à quel jour ces élèves ont un délai."))

    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "for_some": data["for_some"],
            "students": data["students"],
            "own_days": dict.fromkeys(data["delayed"], data["own_day"]),
        }


class DailyLoadForm(forms.Form):
    minutes = forms.IntegerField(
        label=_("Prévenir à partir de"), min_value=1, max_value=LONGEST, required=False, widget=UnitInput(unit="min"),
        help_text=_("Par élève et par jour. Vide : la valeur habituelle."),
        error_messages={"min_value": TOO_MUCH, "max_value": TOO_MUCH},
    )  # fmt: skip
