from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy

from ent.portal import registry
from ent.portal.api import FileView
from ent.portal.registry import Entry
from ent.portal.requests import PortalRequest
from establishments.people.models import Role
from establishments.people.reach import reach_of
from pedagogy.lessons import copying, views  # its part of a course is copied with the others
from pedagogy.lessons.api import EntryViewSet

__all__ = ["copying"]


def _heads_somewhere(request: PortalRequest) -> bool:
    return bool(reach_of(request.user).where(Role.HEAD))


registry.entry(Entry(gettext_lazy("Cahier de textes"), "book-open-text", "student-log", "eleve", 30, in_bar=False))
registry.entry(Entry(gettext_lazy("Cahier de textes"), "book-open-text", "teacher-log", "classe", 30, in_bar=False))
registry.entry(
    Entry(
        gettext_lazy("Cahiers de textes"), "book-open-text", "school-logs", "etablissement", 22, in_bar=False,
        shown=_heads_somewhere,
    )
)  # fmt: skip

registry.api("lesson-entries", EntryViewSet, "lesson-entry")
registry.api_path(path("lesson-files/<uuid:key>/", FileView.as_view(give=views.lesson_file), name="api-lesson-file"))
