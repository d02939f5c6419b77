from django.urls import path

from establishments.teaching import views

urlpatterns = [path("etablissement/enseignements/", views.teaching, name="school-teaching")]
