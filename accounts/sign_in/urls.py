from allauth.account.views import logout
from django.urls import path

from accounts.sign_in import views

urlpatterns = [
    path("connexion/", views.sign_in, name="account_login"),
    path("deconnexion/", logout, name="account_logout"),
]
