from django.urls import path

from establishments.hand_made import views

urlpatterns = [
    path("etablissement/comptes-a-la-main/", views.accounts, name="hand-made-accounts"),
    path("etablissement/comptes-a-la-main/creer/", views.make, name="hand-made-make"),
    path("etablissement/comptes-a-la-main/<int:pk>/prolonger/", views.prolong, name="hand-made-prolong"),
    path("etablissement/comptes-a-la-main/<int:pk>/terminer/", views.end, name="hand-made-end"),
]
