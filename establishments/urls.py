from django.urls import include, path

urlpatterns = [
    path("", include("establishments.territory.urls")),
    path("", include("establishments.people.urls")),
]
