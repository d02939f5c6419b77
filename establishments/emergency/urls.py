from django.urls import path

from establishments.emergency import views

urlpatterns = [
    *(path(f"{space}/urgence/", views.switch, {"space": space}, name=f"{space}-emergency") for space in views.SPACES),
    *(
        path(
            f"{space}/urgence/blocages/<uuid:key>/lever/",
            views.lift,
            {"space": space},
            name=f"{space}-emergency-lift",
        )
        for space in views.SPACES
    ),
]
