from django.urls import include, path

urlpatterns = [
    path("", include("accounts.sign_in.urls")),
    path("", include("accounts.credentials.urls")),
    path("", include("accounts.second_factor.urls")),
    path("", include("accounts.sessions.urls")),
    path("", include("accounts.notifications.urls")),
    path("", include("accounts.federation.urls")),  # last: connexion/<slug>/ would hide others'
]
