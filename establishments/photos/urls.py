from django.urls import path

from establishments.photos import views

urlpatterns = [
    path("etablissement/classes/<int:pk>/trombinoscope/", views.trombinoscope, name="trombinoscope"),
    path("etablissement/classes/<int:pk>/trombinoscope.pdf", views.trombinoscope_pdf, name="trombinoscope-pdf"),
    path("etablissement/photos/", views.decide, name="photos"),
    path("etablissement/photos/<int:pk>/", views.photo, name="photo"),
    path("etablissement/photos/<int:pk>/retirer/", views.remove, name="photo-remove"),
    path("fichiers/photos/<uuid:key>/", views.photo_file, name="photo-file"),
]
