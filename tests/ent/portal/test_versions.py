"""Two people who edit one thing: the second is told, and shown what the first has saved."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from ent.portal.forms import Chips
from ent.portal.versions import StaleError, VersionedForm, take_version
from ent.tenancy.scope import tenant_scope
from pedagogy.models import Course
from tests.cast import Cast


class CourseForm(VersionedForm, forms.ModelForm):
    files = forms.FileField(required=False)

    class Meta:
        model = Course
        fields = ["name", "is_shared"]


class ColourForm(VersionedForm, forms.Form):
    name = forms.ChoiceField(choices=[("a", "Algèbre"), ("g", "Géométrie")], widget=Chips, label="Partie")


@pytest.fixture
def course(cast: Cast) -> Any:
    with tenant_scope([cast.pastel.establishment]):
        yield cast.pastel.course


def save(course: Course, version: int, name: str) -> None:
    """What an action does."""
    row = Course.objects.get(pk=course.pk)
    take_version(row, version)
    row.name = name
    row.save(update_fields=["name"])


def posted(course: Course, form_class: Any = CourseForm, **typed: Any) -> Any:
    read = form_class(**({"instance": course} if form_class is CourseForm else {"initial": {"version": 1}}))
    return {"version": read["version"].value(), **typed}


def refused(form: Any, course: Course) -> Any:
    """The form after the action has refused it."""
    assert form.is_valid(), form.errors
    with pytest.raises(StaleError) as refusal:
        save(course, form.cleaned_data["version"], form.cleaned_data["name"])
    form.add_error(None, refusal.value)
    return form


def test_second_to_save_is_refused_and_what_the_first_saved_stays(course: Course) -> None:
    save(course, 1, "Des aires")

    with pytest.raises(StaleError):
        save(course, 1, "Des volumes")

    assert Course.objects.get(pk=course.pk).name == "Des aires"


def test_second_to_save_sees_the_newer_text_beside_their_own(course: Course) -> None:
    data = posted(course, name="Des volumes")
    save(course, 1, "Des <b>aires</b>")

    page = str(refused(CourseForm(data, instance=course), course))

    assert "Quelqu’un d’autre a enregistré entre-temps." in page
    assert "Des &lt;b&gt;aires&lt;/b&gt;" in page
    assert 'value="Des volumes"' in page


def test_what_both_have_alike_is_not_shown_again(course: Course) -> None:
    data = posted(course, name="Des volumes")
    save(course, 1, "Des aires")

    form = refused(CourseForm(data, instance=course), course)

    assert [field.text for field in form.newer] == ["Des aires"]


def test_saving_again_knowingly_replaces_the_newer_text(course: Course) -> None:
    data = posted(course, name="Des volumes")
    save(course, 1, "Des aires")
    form = refused(CourseForm(data, instance=course), course)

    save(course, int(form["version"].value()), "Des volumes")

    assert Course.objects.get(pk=course.pk).name == "Des volumes"


def test_third_save_in_between_is_refused_again(course: Course) -> None:
    data = posted(course, name="Des volumes")
    save(course, 1, "Des aires")
    form = refused(CourseForm(data, instance=course), course)
    save(course, 2, "Des périmètres")

    with pytest.raises(StaleError):
        save(course, int(form["version"].value()), "Des volumes")


def test_newer_choice_is_said_by_its_label(course: Course) -> None:
    data = posted(course, ColourForm, name="g")
    save(course, 1, "a")

    form = refused(ColourForm(data), course)

    assert [tuple(field) for field in form.newer] == [("Partie", "Algèbre")]


def test_row_that_was_deleted_meanwhile_is_said_so(course: Course) -> None:
    form = CourseForm(posted(course, name="Des volumes"), instance=course)
    assert form.is_valid()
    read = Course.objects.get(pk=course.pk)
    read.pk = 10**9  # no row has it any more

    with pytest.raises(StaleError) as refusal:
        take_version(read, 1)
    form.add_error(None, refusal.value)

    assert "l’a supprimé entre-temps" in str(form)
    assert "Des volumes" in str(form)


def test_form_without_its_version_is_not_valid(course: Course) -> None:
    assert "Rechargez la page." in str(CourseForm({"name": "Des aires"}, instance=course))
