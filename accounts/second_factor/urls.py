from django.urls import path

from accounts.second_factor import views

# The names are allauth's: its views lead to one another by them.
urlpatterns = [
    path("connexion/second-facteur/", views.authenticate, name="mfa_authenticate"),
    path("compte/securite/", views.security, name="mfa_index"),
    path("compte/securite/application/", views.activate_application, name="mfa_activate_totp"),
    path("compte/securite/application/retirer/", views.remove_application, name="mfa_deactivate_totp"),
    path("compte/securite/cles/ajouter/", views.add_key, name="mfa_add_webauthn"),
    path("compte/securite/cles/<int:pk>/retirer/", views.remove_key, name="mfa_remove_webauthn"),
    path("compte/securite/codes/", views.codes, name="mfa_view_recovery_codes"),
    path("compte/securite/codes/nouveaux/", views.new_codes, name="mfa_generate_recovery_codes"),
    path("compte/confirmer/", views.prove_by_password, name="account_reauthenticate"),
    path("compte/confirmer/code/", views.prove_by_code, name="mfa_reauthenticate"),
    path("compte/confirmer/cle/", views.prove_by_key, name="mfa_reauthenticate_webauthn"),
    path("compte/confirmer/connexion/", views.sign_in_again, name="sign-in-again"),
]
