from django.urls import include, path

urlpatterns = [
    path("", include("pedagogy.courses.urls")),
    path("", include("pedagogy.timetable.urls")),
    path("", include("pedagogy.homework.urls")),
    path("", include("pedagogy.lessons.urls")),
]
