from django.urls import path

from accounts.federation import views

urlpatterns = [
    path("connexion/<slug:slug>/", views.start, name="saml_login"),
    path("connexion/<slug:slug>/acs/", views.acs, name="saml_acs"),
    path("connexion/<slug:slug>/retour/", views.finish, name="saml_finish"),
    path("connexion/<slug:slug>/choisir/", views.choose, name="federation_choose"),
    path("connexion/<slug:slug>/inconnu/", views.unknown, name="federation_unknown"),
    path("connexion/<slug:slug>/quitter/", views.leave, name="federation_leave"),
    path("connexion/<slug:slug>/sls/", views.sls, name="saml_sls"),
    path("connexion/<slug:slug>/metadata/", views.metadata, name="saml_metadata"),
]
