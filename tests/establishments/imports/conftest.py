from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from accounts.models import User
from establishments.models import Authority, Mandate
from tests.browser import Browser
from tests.cast import make_person
from tests.establishments.directory.feeds import FABRE, WrittenExport

SignIn = Callable[[User], Browser]


@pytest.fixture
def export(tmp_path: Path) -> WrittenExport:
    """A student of the Collège Fabre with her guardian and her teacher; the Lycée La Roque is empty."""
    export = WrittenExport(tmp_path / "export")
    export.student("1", links=["2$10$1$1$1$0"])
    export.guardian("2")
    export.staff(
        "4",
        ENTPersonCategorieEnseignant="O",
        ENTPersonFonctions=f"{FABRE}$ENS$ENSEIGNEMENT$L1300$MATHEMATIQUES",
        ENTAuxEnsClassesMatieres=f"{FABRE}$5e A$061300",
        ENTAuxEnsClassesPrincipal=f"{FABRE}$5e A",
    )
    return export


@pytest.fixture
def agent(db: None) -> Callable[..., User]:
    """Somebody of the academy that the exports are of; call it once the academy is there."""

    def make(**fields: Any) -> User:
        user = make_person("Rachel", "Rectorat", **{"is_staff": True, **fields})
        academy, _ = Authority.objects.get_or_create(
            kind="academy", code="16", defaults={"name": "Académie de Toulouse"}
        )
        Mandate.objects.create(user=user, authority=academy)
        user.user_permissions.set(Permission.objects.filter(codename__in=["view_importrun", "view_schoolrun"]))
        return user

    return make
