from django.urls import path

from establishments.slips import views

# A batch and a person's slip are of no space: the desks of the schools and of the hubs both lead there.
urlpatterns = [
    path("etablissement/comptes/fiches/", views.choose, name="slips"),
    path("fiches/classes/<int:pk>/", views.batch, name="slip-batch"),
    path("fiches/classes/<int:pk>/telecharger/", views.download, name="slip-batch-download"),
    path("fiches/personnes/<int:pk>/", views.person, name="slip-person"),
    path("compte/rattacher/", views.attach, name="attach"),
]
