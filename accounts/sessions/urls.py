from django.urls import path

from accounts.sessions import views

urlpatterns = [
    path("compte/securite/sessions/fermer/", views.end, name="session-end"),
]
