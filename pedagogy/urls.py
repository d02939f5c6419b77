from django.urls import include, path

urlpatterns = [
    path("", include("pedagogy.homework.urls")),
]
