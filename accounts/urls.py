from django.urls import include, path

urlpatterns = [
    path("", include("accounts.sign_in.urls")),
]
