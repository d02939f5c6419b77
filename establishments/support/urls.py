from typing import Any

from django.urls import path

from establishments.support import views
from establishments.support.desks import HUB, SCHOOL, Desk


def pages_of(desk: Desk) -> list[Any]:
    """The same pages at each desk, under the space that it belongs to."""
    space, kwargs = desk.space, {"desk": desk}
    return [
        path(f"{space}/comptes/", views.accounts, kwargs, name=f"{space}-accounts"),
        path(f"{space}/comptes/doublons/", views.duplicates, kwargs, name=f"{space}-duplicates"),
        path(f"{space}/comptes/<int:pk>/", views.account, kwargs, name=f"{space}-account"),
        path(f"{space}/comptes/<int:pk>/code/", views.account_code, kwargs, name=f"{space}-account-code"),
        path(f"{space}/comptes/<int:pk>/deverrouiller/", views.account_unlock, kwargs, name=f"{space}-account-unlock"),
        path(f"{space}/comptes/<int:pk>/bloquer/", views.account_block, kwargs, name=f"{space}-account-block"),
        path(f"{space}/comptes/<int:pk>/aide/", views.account_case, kwargs, name=f"{space}-account-case"),
        path(
            f"{space}/comptes/<int:pk>/doublon/<int:other>/", views.account_merge, kwargs, name=f"{space}-account-merge"
        ),
        path(f"{space}/demandes/", views.cases, kwargs, name=f"{space}-cases"),
        path(f"{space}/demandes/chiffres/", views.figures, kwargs, name=f"{space}-cases-figures"),
        path(f"{space}/demandes/chiffres.csv", views.figures_csv, kwargs, name=f"{space}-cases-figures-csv"),
        path(f"{space}/demandes/<int:pk>/", views.case, kwargs, name=f"{space}-case"),
    ]


urlpatterns = [
    *pages_of(HUB),
    *pages_of(SCHOOL),
    path("territoire/comptes/<int:pk>/fermer/", views.account_close, {"desk": HUB}, name="territoire-account-close"),
    path(
        "territoire/comptes/<int:pk>/second-facteur/",
        views.account_second_factor,
        {"desk": HUB},
        name="territoire-account-second-factor",
    ),
    path("etablissement/comptes/jamais/", views.never_came, name="never-came"),
    path("etablissement/comptes/equipe/", views.deputies, name="deputies"),
    path("etablissement/comptes/equipe/<int:pk>/retirer/", views.dismiss, name="deputy-dismiss"),
    path("classe/comptes/", views.form_classes, name="form-classes"),
    path("classe/groupes/<int:pk>/comptes/", views.class_accounts, name="class-accounts"),
    path("classe/groupes/<int:pk>/comptes/<int:student>/code/", views.class_code, name="class-code"),
    path("classe/groupes/<int:pk>/comptes/<int:student>/aide/", views.class_case, name="class-case"),
    path("aide/", views.help_page, name="help"),
]
