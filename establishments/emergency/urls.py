from django.urls import path

from establishments.emergency import views

urlpatterns = [
    path(f"{space}/urgence/", views.switch, {"space": space}, name=f"{space}-emergency") for space in views.SPACES
]
