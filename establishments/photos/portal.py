from __future__ import annotations

from django.urls import path

from ent.portal import registry
from ent.portal.api import FileView
from establishments.photos.api import StudentPhotoViewSet, TrombinoscopeViewSet
from establishments.photos.views import photo_file

registry.api("class-photos", TrombinoscopeViewSet, "class-photos")
registry.api("student-photos", StudentPhotoViewSet, "student-photo")
registry.api_path(path("photo-files/<uuid:key>/", FileView.as_view(give=photo_file), name="api-photo-file"))
