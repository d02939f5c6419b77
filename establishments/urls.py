from django.urls import include, path

urlpatterns = [
    path("", include("establishments.territory.urls")),
    path("", include("establishments.people.urls")),
    path("", include("establishments.support.urls")),
    path("", include("establishments.slips.urls")),
    path("", include("establishments.doors.urls")),
    path("", include("establishments.emergency.urls")),
    path("", include("establishments.groups.urls")),
    path("", include("establishments.teaching.urls")),
    path("", include("establishments.hand_made.urls")),
    path("", include("establishments.photos.urls")),
    path("", include("establishments.imports.urls")),
    path("", include("establishments.tables.urls")),
    path("", include("establishments.quality.urls")),
]
