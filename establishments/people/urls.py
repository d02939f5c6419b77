from django.urls import path

from establishments.people import views

urlpatterns = [
    path("etablissement/classes/", views.school_classes, name="school-classes"),
    path("etablissement/classes/<int:pk>/", views.school_class, name="school-class"),
]
