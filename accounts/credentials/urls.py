from django.urls import path

from accounts.credentials import views

urlpatterns = [
    path("activer/", views.activate, name="activate"),
    path("activer/identite/", views.activate_identity, name="activate-identity"),
    path("activer/mot-de-passe/", views.activate_password, name="activate-password"),
    path("mot-de-passe-oublie/", views.recover, name="recover"),
    path("mot-de-passe-oublie/lien/", views.recover_link, name="recover-link"),
    path("mot-de-passe-oublie/nouveau/", views.recover_password, name="recover-password"),
    path("compte/mot-de-passe/", views.change_password, name="change-password"),
    path("compte/coordonnees/", views.contact, name="contact"),
    path("compte/coordonnees/lien/", views.send_address_link, name="send-address-link"),
    path("compte/coordonnees/confirmer/", views.confirm_address, name="confirm-address"),
]
