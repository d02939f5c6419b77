from django.urls import path

from establishments.territory import views

urlpatterns = [
    path("territoire/etablissements/", views.territory_list, name="territory-list"),
]
