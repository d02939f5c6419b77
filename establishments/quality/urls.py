from django.urls import path

from establishments.quality import views

urlpatterns = [
    *(
        path(f"{space}/annuaire/qualite/", views.schools, {"space": space}, name=f"{space}-quality")
        for space in views.SPACES
    ),
    *(
        path(f"{space}/annuaire/qualite/<int:pk>/", views.school, {"space": space}, name=f"{space}-quality-of")
        for space in views.SPACES
    ),
]
