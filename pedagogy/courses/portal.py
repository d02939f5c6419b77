from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy

from ent.portal import registry
from ent.portal.api import FileView
from ent.portal.registry import Entry
from ent.portal.requests import PortalRequest
from establishments.people.models import Role
from establishments.people.reach import reach_of
from pedagogy.courses import actions, views  # courses are made as the directory changes: see `make_courses`
from pedagogy.courses.api import CourseViewSet, FolderViewSet, ResourceViewSet

__all__ = ["actions"]


def _heads_somewhere(request: PortalRequest) -> bool:
    return bool(reach_of(request.user).where(Role.HEAD))


registry.entry(Entry(gettext_lazy("Mes cours"), "library", "class-courses", "classe", 20))
registry.entry(Entry(gettext_lazy("Mes cours"), "library", "student-courses", "eleve", 20))
registry.entry(
    Entry(gettext_lazy("Cours"), "library", "school-courses", "etablissement", 22, in_bar=False, shown=_heads_somewhere)
)

registry.api("courses", CourseViewSet, "course")
registry.api("folders", FolderViewSet, "folder")
registry.api("resources", ResourceViewSet, "resource")
registry.api_path(
    path("resource-files/<uuid:key>/", FileView.as_view(give=views.resource_file), name="api-resource-file")
)
