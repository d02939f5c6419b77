from typing import Any

from django.urls import path

from establishments.support.desks import HUB, SCHOOL, Desk
from establishments.support.views import accounts, cases, duplicates, form_teacher, help, team


def pages_of(desk: Desk) -> list[Any]:
    """The same pages at each desk, under the space that it belongs to."""
    space, kwargs = desk.space, {"desk": desk}
    return [
        path(f"{space}/comptes/", accounts.accounts, kwargs, name=f"{space}-accounts"),
        path(f"{space}/comptes/doublons/", duplicates.duplicates, kwargs, name=f"{space}-duplicates"),
        path(f"{space}/comptes/<int:pk>/", accounts.account, kwargs, name=f"{space}-account"),
        path(f"{space}/comptes/<int:pk>/code/", accounts.account_code, kwargs, name=f"{space}-account-code"),
        path(
            f"{space}/comptes/<int:pk>/deverrouiller/", accounts.account_unlock, kwargs, name=f"{space}-account-unlock"
        ),
        path(f"{space}/comptes/<int:pk>/bloquer/", accounts.account_block, kwargs, name=f"{space}-account-block"),
        path(f"{space}/comptes/<int:pk>/aide/", accounts.account_case, kwargs, name=f"{space}-account-case"),
        path(
            f"{space}/comptes/<int:pk>/doublon/<int:other>/",
            duplicates.account_merge,
            kwargs,
            name=f"{space}-account-merge",
        ),
        path(f"{space}/demandes/", cases.cases, kwargs, name=f"{space}-cases"),
        path(f"{space}/demandes/chiffres/", cases.figures, kwargs, name=f"{space}-cases-figures"),
        path(f"{space}/demandes/chiffres.csv", cases.figures_csv, kwargs, name=f"{space}-cases-figures-csv"),
        path(f"{space}/demandes/<int:pk>/", cases.case, kwargs, name=f"{space}-case"),
    ]


urlpatterns = [
    *pages_of(HUB),
    *pages_of(SCHOOL),
    path("territoire/comptes/<int:pk>/fermer/", accounts.account_close, {"desk": HUB}, name="territoire-account-close"),
    path(
        "territoire/comptes/<int:pk>/second-facteur/",
        accounts.account_second_factor,
        {"desk": HUB},
        name="territoire-account-second-factor",
    ),
    path("etablissement/comptes/jamais/", team.never_came, name="never-came"),
    path("etablissement/comptes/equipe/", team.deputies, name="deputies"),
    path("etablissement/comptes/equipe/<int:pk>/retirer/", team.dismiss, name="deputy-dismiss"),
    path("classe/comptes/", form_teacher.form_classes, name="form-classes"),
    path("classe/groupes/<int:pk>/comptes/", form_teacher.class_accounts, name="class-accounts"),
    path("classe/groupes/<int:pk>/comptes/<int:student>/code/", form_teacher.class_code, name="class-code"),
    path("classe/groupes/<int:pk>/comptes/<int:student>/aide/", form_teacher.class_case, name="class-case"),
    path("aide/", help.help_page, name="help"),
]
