from django.urls import path

from establishments.groups import views

urlpatterns = [
    path("etablissement/groupes/", views.groups, name="hand-made-groups"),
    path("etablissement/groupes/<int:pk>/", views.group, name="hand-made-group"),
    path("etablissement/groupes/<int:pk>/ajouter/", views.add, name="hand-made-group-add"),
    path("etablissement/groupes/<int:pk>/retirer/", views.remove, name="hand-made-group-remove"),
    path("etablissement/groupes/<int:pk>/terminer/", views.end, name="hand-made-group-end"),
]
