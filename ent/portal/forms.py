"""How a form looks and speaks: the renderer that every form uses, and widgets and fields beyond Django's own.

`{{ form }}` draws the summary of errors, then each field with its label, help and error tied together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

from ent.portal.templatetags.portal import filesize

MEGABYTE = 10**6
PHOTO_OR_PDF = "image/*,application/pdf"


class PortalBoundField(BoundField):
    @property
    def is_optional(self) -> bool:
        """Said in the label, since most fields are required. Forms of filters say `mark_optional = False`."""
        return not self.field.required and getattr(self.form, "mark_optional", True)

    @property
    def is_box(self) -> bool:
        """A single box to tick: its label stands after it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def first_id(self) -> str:
        """Where a link of the error summary goes: a group of choices has no control of its own."""
        return f"{self.auto_id}_0" if self.use_fieldset else self.id_for_label

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        if isinstance(widget or self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            attrs.pop("aria-invalid", None)  # the group is wrong, not each of its choices
        return attrs


class PortalRenderer(TemplatesSetting):
    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    bound_field_class = PortalBoundField


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")  # what browsers exchange; they show it in French


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class UnitInput(forms.NumberInput):
    """A number followed by its unit: `UnitInput(unit="min")`."""

    template_name = "forms/unit.html"

    def __init__(self, *, unit: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", **(attrs or {})})
        self.unit = unit

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "unit": self.unit}


class Textarea(forms.Textarea):
    """Grows with what is typed."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 3, "data-ent-autosize": True, **(attrs or {})})


class PasswordInput(forms.PasswordInput):
    """With a button that shows what is typed; without JavaScript, a plain password field."""

    template_name = "forms/password.html"


class Chips(forms.RadioSelect):
    """Few short choices, of which one: durations, classes."""

    template_name = "forms/chips.html"


class ChipsMultiple(forms.CheckboxSelectMultiple):
    template_name = "forms/chips.html"


class Radios(forms.RadioSelect):
    """Choices that are sentences, one a line."""

    template_name = "forms/choices.html"


class Checkboxes(forms.CheckboxSelectMultiple):
    template_name = "forms/choices.html"


class FileInput(forms.ClearableFileInput):
    """A file or a photo. Says its limit before, and with JavaScript refuses what is too big before sending it."""

    template_name = "forms/file.html"

    def __init__(
        self,
        *,
        accept: str = PHOTO_OR_PDF,
        max_bytes: int = 10 * MEGABYTE,
        multiple: bool = False,
        capture: str = "",
        attrs: dict[str, Any] | None = None,
    ) -> None:
        self.max_bytes = max_bytes
        self.allow_multiple_selected = multiple
        own: dict[str, Any] = {"accept": accept, "data-ent-max-bytes": max_bytes}
        if multiple:
            own["multiple"] = True
        if capture:
            own["capture"] = capture
        super().__init__({**own, **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        widget_attrs = context["widget"]["attrs"]
        if hint := f"{widget_attrs['id']}_hint" if widget_attrs.get("id") else "":
            widget_attrs["aria-describedby"] = " ".join(filter(None, [widget_attrs.get("aria-describedby"), hint]))
        photo_or_pdf = widget_attrs["accept"] == PHOTO_OR_PDF
        return {**context, "hint_id": hint, "limit": filesize(self.max_bytes), "photo_or_pdf": photo_or_pdf}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if self.allow_multiple_selected:
            return files.getlist(name) if hasattr(files, "getlist") else files.get(name)
        return super().value_from_datadict(data, files, name)


def done_without_error(form: Any, act: Callable[[], Any]) -> bool:
    """Run the action; what it refuses is said in the form, with what was typed still there."""
    try:
        with transaction.atomic():
            act()
    except ValidationError as refusal:
        say_refusal(form, refusal)
        return False
    return True


def say_refusal(form: Any, refusal: ValidationError) -> None:
    """Beside the field that it is about, or above the form when it has no such field."""
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for name, errors in refusal.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)
