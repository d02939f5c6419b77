from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import Checkboxes, DateInput, FileInput
from ent.portal.prose import ProseField, plain
from ent.portal.versions import VersionedForm
from establishments.files.actions import ACCEPT, MAX_BYTES, Examined, examine
from establishments.people.models import Group, Membership, Role
from pedagogy.courses.models import Course, Folder, Resource
from pedagogy.courses.shelf import Shelf


class CourseForm(VersionedForm, forms.Form):
    """Those who follow and teach it are unticked to leave; others come in one at a time."""

    name = forms.CharField(
        label=_("Nom du cours"),
        max_length=120,
        required=False,
        help_text=_("Vide : il porte le nom de sa matière."),
    )
    is_shared = forms.BooleanField(
        label=_("Partager avec les collègues"),
        required=False,
        help_text=_("Les enseignants de l’établissement lisent ses ressources et peuvent les copier."),
    )
    groups = forms.TypedMultipleChoiceField(
        label=_("Classes et groupes"), coerce=int, required=False, widget=Checkboxes
    )
    new_group = forms.TypedChoiceField(
        label=_("Ajouter une classe ou un groupe"), coerce=int, required=False, empty_value=None
    )
    teachers = forms.TypedMultipleChoiceField(label=_("Co-enseignants"), coerce=int, required=False, widget=Checkboxes)
    new_teacher = forms.TypedChoiceField(
        label=_("Ajouter un co-enseignant"), coerce=int, required=False, empty_value=None
    )

    def __init__(self, *args: Any, course: Any, **kwargs: Any) -> None:
        groups = [(row["pk"], row["name"]) for row in course.group_rows]
        teachers = [(m.pk, _named(m)) for m in Membership.objects.filter(courses__course=course).by_name()]
        kwargs["initial"] = {
            "version": course.version,
            "name": course.name,
            "is_shared": course.is_shared,
            "groups": [pk for pk, _name in groups],
            "teachers": [pk for pk, _name in teachers],
        }
        super().__init__(*args, **kwargs)
        others = Group.objects.filter(establishment=course.establishment_id, school_year=course.school_year_id)
        others = others.exclude(pk__in=kwargs["initial"]["groups"]).in_school_order()
        colleagues = Membership.objects.current().filter(establishment=course.establishment_id, role=Role.TEACHER)
        colleagues = colleagues.exclude(pk__in=kwargs["initial"]["teachers"]).by_name()
        self.fields["groups"].choices = groups
        self.fields["new_group"].choices = [("", "–"), *others.values_list("pk", "name")]
        self.fields["teachers"].choices = teachers
        self.fields["new_teacher"].choices = [("", "–"), *((m.pk, _named(m)) for m in colleagues)]
        for name in ("groups", "teachers"):
            if not self.fields[name].choices:
                del self.fields[name]

    def changes(self) -> dict[str, Any]:
        """What the action is given."""
        data = self.cleaned_data
        groups = {*data.get("groups", []), data["new_group"]} - {None}
        teachers = {*data.get("teachers", []), data["new_teacher"]} - {None}
        return {
            "version": data["version"],
            "name": data["name"],
            "is_shared": data["is_shared"],
            "groups": list(Group.objects.filter(pk__in=groups)),
            "teachers": list(Membership.objects.filter(pk__in=teachers)),
        }


def _named(membership: Membership) -> str:
    return f"{membership.user.last_name} {membership.user.first_name}"


class PlaceForm(forms.Form):
    """Where it stands in the course, and from when on it is seen."""

    place: str  # the field's name: of a folder, what it is in

    opens_on = forms.DateField(
        label=_("Caché aux élèves jusqu’au"),
        required=False,
        widget=DateInput,
        help_text=_("Ils le voient à partir de ce jour. Vide : tout de suite."),
    )

    def __init__(self, *args: Any, shelf: Shelf, moved: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Le cours")), *shelf.places_for(moved)]
        self.fields[self.place] = forms.TypedChoiceField(
            label=_("Rangé dans"), choices=choices, coerce=int, empty_value=None, required=False
        )
        self.order_fields(self.field_order)

    def clean(self) -> None:
        """The folder itself, for the action."""
        super().clean()
        if chosen := self.cleaned_data.get(self.place):
            self.cleaned_data[self.place] = Folder.objects.filter(pk=chosen).first()


class FolderForm(PlaceForm):
    place = "parent"
    field_order = ["name", "parent", "opens_on"]

    name = forms.CharField(
        label=_("Nom du dossier"), max_length=120, error_messages={"required": _("Donnez-lui un nom.")}
    )


class EditFolderForm(VersionedForm, FolderForm):
    field_order = FolderForm.field_order


class FileField(forms.FileField):
    """One file; cleans to an `Examined`."""

    def clean(self, data: Any, initial: Any = None) -> Examined | None:  # type: ignore[override]
        if not data and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return examine(data) if data else None


class ResourceForm(PlaceForm):
    place = "folder"
    field_order = ["title", "url", "file", "body", "folder", "opens_on"]

    title = forms.CharField(label=_("Titre"), max_length=160, error_messages={"required": _("Donnez-lui un titre.")})


class LinkForm(ResourceForm):
    url = forms.CharField(
        label=_("Adresse"),
        max_length=1000,
        widget=forms.URLInput,
        validators=[URLValidator(["http", "https"], message=_("Écrivez une adresse entière : https://…"))],
        error_messages={"required": _("Écrivez l’adresse du lien.")},
    )


class PageForm(ResourceForm):
    body = ProseField(label=_("Texte"), error_messages={"required": _("Écrivez le texte de la page.")})


class NewFileForm(ResourceForm):
    """Without a title, the file's name is the title."""

    file = FileField(
        label=_("Fichier"),
        widget=FileInput(accept=ACCEPT, max_bytes=MAX_BYTES),
        error_messages={"required": _("Choisissez le fichier.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["title"].help_text = _("Vide : le nom du fichier.")

    def clean(self) -> None:
        super().clean()
        if not self.cleaned_data.get("title") and (file := self.cleaned_data.get("file")):
            self.cleaned_data["title"] = file.name


class EditedMixin(VersionedForm):
    def saved_text(self, name: str, value: Any) -> str:
        if name == "body":
            return plain(value)
        return super().saved_text(name, value)


class EditLinkForm(EditedMixin, LinkForm):
    pass


class EditPageForm(EditedMixin, PageForm):
    pass


class EditFileForm(EditedMixin, ResourceForm):
    file = FileField(label=_("Le remplacer par"), required=False, widget=FileInput(accept=ACCEPT, max_bytes=MAX_BYTES))


NEW_FORMS = {Resource.Kind.FILE: NewFileForm, Resource.Kind.LINK: LinkForm, Resource.Kind.PAGE: PageForm}
EDIT_FORMS = {Resource.Kind.FILE: EditFileForm, Resource.Kind.LINK: EditLinkForm, Resource.Kind.PAGE: EditPageForm}


class SourceForm(forms.Form):
    """Into which of one's own courses to copy another's resources."""

    target = forms.TypedChoiceField(
        label=_("Dans quel cours ?"), coerce=int, error_messages={"required": _("Choisissez le cours.")}
    )

    def __init__(self, *args: Any, targets: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._targets = {course.pk: course for course in targets}
        self.fields["target"].choices = [(pk, course.title) for pk, course in self._targets.items()]

    def clean_target(self) -> Course:
        return self._targets[self.cleaned_data["target"]]
