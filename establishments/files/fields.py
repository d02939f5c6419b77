"""The form field and the API field of uploads: both give `Examined` uploads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ent.portal.forms import FileInput
from establishments.files.actions import ACCEPT, MAX_BYTES, MAX_FILES, Examined, examine


class UploadsField(forms.FileField):
    """Any number of files, up to MAX_FILES; cleans to a list of `Examined`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Fichiers"))
        kwargs.setdefault("widget", FileInput(multiple=True, accept=ACCEPT, max_bytes=MAX_BYTES))
        super().__init__(required=False, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Examined]:  # type: ignore[override]
        uploads = [upload for upload in (data or []) if upload]
        if len(uploads) > MAX_FILES:
            raise ValidationError(
                _("%(count)d fichiers au plus à la fois : envoyez les autres ensuite."), params={"count": MAX_FILES}
            )
        examined, errors = [], []
        for upload in uploads:
            try:
                examined.append(examine(upload))
            except ValidationError as error:
                errors.append(error)
        if errors:
            raise ValidationError(errors)
        return examined


@extend_schema_field(OpenApiTypes.BINARY)
class UploadField(serializers.FileField):
    """One file of a multipart request; validates to an `Examined`."""

    def to_internal_value(self, data: Any) -> Examined:
        return examine(super().to_internal_value(data))
