from django.urls import path

from establishments.imports import views

urlpatterns = [
    *(path(f"{space}/annuaire/", views.runs, {"space": space}, name=f"{space}-imports") for space in views.SPACES),
    *(
        path(f"{space}/annuaire/imports/<int:pk>/", views.run, {"space": space}, name=f"{space}-import")
        for space in views.SPACES
    ),
    *(
        path(f"{space}/comptes/<int:pk>/origine/", views.provenance, {"space": space}, name=f"{space}-provenance")
        for space in views.SPACES
    ),
    path("territoire/annuaire/imports/<int:pk>/accepter/", views.accept, name="import-accept"),
    path("territoire/annuaire/imports/<int:pk>/refuser/", views.reject, name="import-reject"),
    path("territoire/annuaire/imports/<int:pk>/annuler/", views.undo, name="import-undo"),
]
