from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import CharField, Value
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import Chips, DateInput, FileInput, TimeInput
from ent.portal.versions import VersionedForm
from establishments.people.models import Group, Membership, Role
from pedagogy.courses.models import Course
from pedagogy.timetable.models import Lesson, Letter, Room, Slot
from pedagogy.timetable.reading import MOST_BYTES

SCHOOL_DAYS = 6
LETTERS = [("", _("Chaque semaine")), (Letter.A.value, _("Semaines A")), (Letter.B.value, _("Semaines B"))]


def _choose(form: Any, school: int, groups: Any = None) -> None:
    """What is of that school, and nothing else, in the fields that choose; read by one query for them all."""
    rooms = Room.objects.filter(establishment=school)
    teachers = Membership.objects.current().filter(establishment=school, role=Role.TEACHER)
    rows: dict[str, Any] = {"room": rooms, "teacher": teachers.select_related("user"), "group": groups}
    nothing = Value("", CharField())
    parts = {
        "room": rooms.order_by().values_list(Value("room", CharField()), "pk", "name", nothing),
        "teacher": teachers.order_by().values_list(
            Value("teacher", CharField()), "pk", "user__last_name", "user__first_name"
        ),
    }
    if groups is not None:
        parts["group"] = groups.order_by().values_list(Value("group", CharField()), "pk", "name", nothing)
    used = {name: "teacher" if name == "substitute" else name for name in form.fields}
    asked = [part for kind, part in parts.items() if kind in used.values()]
    found = sorted(asked[0].union(*asked[1:]), key=lambda row: (row[2].casefold(), row[3], row[1]))
    for name, kind in used.items():
        if kind not in parts:
            continue
        field = form.fields[name]
        field.queryset = rows[kind]
        own = [(pk, f"{last} {first}".strip()) for which, pk, last, first in found if which == kind]
        field.choices = [("", field.empty_label), *own]


class SlotForm(VersionedForm, forms.ModelForm):
    """A lesson that comes back; a slot that is there already is changed from a day on."""

    weekday = forms.TypedChoiceField(
        label=_("Jour"), coerce=int, choices=[(rank, WEEKDAYS[rank]) for rank in range(SCHOOL_DAYS)], widget=Chips
    )
    letter = forms.ChoiceField(label=_("Quelles semaines ?"), choices=LETTERS, required=False, widget=Chips)
    teacher = forms.ModelChoiceField(
        label=_("Enseignant"), queryset=Membership.objects.none(), required=False,
        empty_label=_("Ceux du cours"), help_text=_("Seulement si tous ceux du cours ne sont pas là."),
    )  # fmt: skip
    from_on = forms.DateField(label=_("À partir du"), widget=DateInput, required=False)

    class Meta:
        model = Slot
        fields = [
            "course",
            "weekday",
            "starts_at",
            "ends_at",
            "letter",
            "room",
            "teacher",
            "group",
            "first_on",
            "last_on",
        ]
        widgets = {"starts_at": TimeInput, "ends_at": TimeInput, "first_on": DateInput, "last_on": DateInput}
        labels = {"course": _("Cours"), "room": _("Salle"), "group": _("Groupe")}
        help_texts = {"group": _("Seulement si une partie de la classe a ce cours.")}

    def __init__(self, *args: Any, school: int, group: Group | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["group"].empty_label = _("Tous ceux du cours")
        self.fields["room"].empty_label = _("Sans salle")
        if self.instance.pk:
            for name in ("course", "first_on", "last_on"):
                del self.fields[name]
            self.fields["from_on"].required = True
            self.fields["from_on"].initial = max(today, self.instance.first_on)
            groups = Group.objects.filter(courses__course=self.instance.course_id)
        else:
            del self.fields["from_on"], self.fields["version"]
            courses = Course.objects.filter(groups__group=group).of_year(today).select_related("subject")
            self.fields["course"].queryset = courses
            groups = Group.objects.filter(courses__course__in=courses)
            self.fields["first_on"].initial = today
        _choose(self, school, groups)

    def _post_clean(self) -> None:
        """The action makes the row, and says what is wrong with it."""


class LessonForm(VersionedForm, forms.ModelForm):
    """One lesson of one day."""

    state = forms.ChoiceField(label=_("Ce cours est"), choices=Lesson.State.choices, widget=Chips)
    teacher = forms.ModelChoiceField(
        label=_("Assuré par"),
        queryset=Membership.objects.none(),
        required=False,
        empty_label=_("L’enseignant du cours"),
    )

    class Meta:
        model = Lesson
        fields = ["state", "on", "starts_at", "ends_at", "room", "teacher", "reason"]
        widgets = {"on": DateInput, "starts_at": TimeInput, "ends_at": TimeInput}
        labels = {"on": _("Jour"), "room": _("Salle")}
        help_texts = {"reason": _("Les élèves et les familles le lisent. Exemple : Sortie au musée.")}

    def __init__(self, *args: Any, school: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].empty_label = _("Sans salle")
        _choose(self, school)

    def _post_clean(self) -> None:
        """As for a slot."""


class ExtraForm(forms.Form):
    """A lesson once, beside the weekly ones."""

    course = forms.ModelChoiceField(label=_("Cours"), queryset=Course.objects.none())
    on = forms.DateField(label=_("Jour"), widget=DateInput)
    starts_at = forms.TimeField(label=_("De"), widget=TimeInput)
    ends_at = forms.TimeField(label=_("À"), widget=TimeInput)
    room = forms.ModelChoiceField(label=_("Salle"), queryset=Room.objects.none(), required=False)
    teacher = forms.ModelChoiceField(label=_("Enseignant"), queryset=Membership.objects.none(), required=False)
    reason = forms.CharField(label=_("Motif"), max_length=200, required=False)

    def __init__(self, *args: Any, school: int, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, school)
        courses = Course.objects.filter(groups__group=group).of_year(timezone.localdate()).select_related("subject")
        self.fields["course"].queryset = courses


class AbsenceForm(forms.Form):
    first = forms.DateField(label=_("Du"), widget=DateInput)
    last = forms.DateField(label=_("Au"), widget=DateInput, help_text=_("Dernier jour compris."))
    substitute = forms.ModelChoiceField(
        label=_("Assurés par"), queryset=Membership.objects.none(), required=False,
        empty_label=_("Personne : les cours sont annulés"),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Motif"), max_length=200, required=False, help_text=_("Les élèves et les familles le lisent.")
    )

    def __init__(self, *args: Any, teacher: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, teacher.establishment_id)
        others = self.fields["substitute"]
        others.choices = [choice for choice in others.choices if choice[0] != teacher.pk]
        self.fields["first"].initial = self.fields["last"].initial = timezone.localdate() + timedelta(days=1)


class WeeksForm(forms.Form):
    monday = forms.DateField(label=_("À partir du lundi"), widget=DateInput)
    letter = forms.ChoiceField(label=_("Cette semaine-là est"), choices=Letter.choices, widget=Chips)
    skips_holidays = forms.BooleanField(
        label=_("Les vacances ne comptent pas"), required=False, initial=True,
        help_text=_("La semaine de la reprise suit alors celle du départ : A, vacances, B."),
    )  # fmt: skip


class RoomForm(forms.Form):
    name = forms.CharField(label=_("Nom de la salle"), max_length=40)


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("Votre fichier"),
        widget=FileInput(accept=".csv,.txt,.ics,text/csv,text/calendar", max_bytes=MOST_BYTES),
        help_text=_("Un tableau CSV comme le modèle, ou le calendrier iCalendar d’une classe."),
        error_messages={"required": _("Choisissez le fichier."), "empty": _("Ce fichier est vide.")},
    )
    group = forms.ModelChoiceField(
        label=_("Classe du calendrier"), queryset=Group.objects.none(), required=False,
        empty_label=_("C’est un tableau"), help_text=_("Pour un calendrier iCalendar seulement."),
    )  # fmt: skip

    def __init__(self, *args: Any, school: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = Group.objects.filter(establishment=school).of_year().from_feed().in_school_order()
        self.fields["group"].queryset = groups

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("Ce fichier est trop gros pour un emploi du temps."))
        return file
