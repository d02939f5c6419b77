from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ent.portal.forms import DateInput
from establishments.doors.levels import by_year, level_of
from establishments.doors.rules import PROFILES
from establishments.people.models import Group

LEVEL, CLASS = "niveau:", "classe:"
BOTH = _("Élèves et responsables")


def profile_choices(*, everybody: Any) -> list[tuple[str, Any]]:
    return [("", everybody), *((role.value, str(role.label).capitalize()) for role in PROFILES)]


class PlaceForm(forms.Form):
    """The whole school, or one of its levels or classes; and whom there."""

    place = forms.ChoiceField(label=_("Où ?"), required=False)
    role = forms.ChoiceField(label=_("Pour qui ?"), required=False)

    mark_optional = False

    def __init__(self, *args: Any, classes: Sequence[Group], levels: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.classes = {f"{CLASS}{group.pk}": group for group in classes}
        places: list[tuple[Any, Any]] = [("", _("Tout l’établissement"))]
        found = sorted({level for group in classes if (level := level_of(group))}, key=by_year)
        if levels and found:
            places.append((_("Un niveau"), [(f"{LEVEL}{level}", level) for level in found]))
        if classes:
            places.append((_("Une classe"), [(key, group.name) for key, group in self.classes.items()]))
        self.fields["place"].choices = places
        self.fields["role"].choices = profile_choices(everybody=BOTH)

    def clean(self) -> dict[str, Any]:
        """With `group`, and where there are levels `level`, instead of the place."""
        cleaned: dict[str, Any] = super().clean() or {}
        place = cleaned.pop("place", "")
        cleaned["group"] = self.classes.get(place)
        cleaned["level"] = place.removeprefix(LEVEL) if place.startswith(LEVEL) else ""
        if (cleaned["group"] or cleaned["level"]) and cleaned.get("role") not in ("", "student", "guardian"):
            self.add_error("role", _("D’une classe ou d’un niveau : les élèves, les responsables, ou les deux."))
        return cleaned


class OpeningForm(PlaceForm):
    opens_on = forms.DateField(
        label=_("Ouvre le"), widget=DateInput, error_messages={"required": _("Choisissez le jour.")}
    )


class BlockForm(PlaceForm):
    reason = forms.CharField(
        label=_("Motif"),
        max_length=300,
        help_text=_("Les personnes bloquées le lisent."),
        error_messages={"required": _("Dites pourquoi.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned.pop("level")
        if not cleaned["group"] and not cleaned.get("role"):
            self.add_error("role", _("Choisissez une classe, ou un profil."))
        return cleaned
