from django.urls import path

from establishments.doors import views

urlpatterns = [
    path(f"{space}/{pattern}", view, {"space": space}, name=f"{space}-{name}")
    for space in views.SPACES
    for pattern, view, name in [
        ("acces/", views.schools, "doors-schools"),
        ("acces/<int:pk>/", views.doors, "doors"),
        ("acces/dates/<int:pk>/retirer/", views.remove_opening, "remove-opening"),
        ("acces/blocages/<int:pk>/lever/", views.unblock, "unblock"),
    ]
]
