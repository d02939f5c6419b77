"""Who teaches what, by class and by teacher."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Group, Subject, Teaching
from tests.browser import Browser, text_of
from tests.cast import Cast

SignIn = Callable[[User], Browser]
URL = "/etablissement/enseignements/"


def test_class_shows_its_teachers_by_subject(cast: Cast, client_of: SignIn) -> None:
    school, music = cast.pastel, Subject.objects.create(code="081300", name="Éducation musicale")
    with tenant_scope([school.establishment]):
        for who in ("teacher", "colleague"):
            Teaching.objects.create(
                establishment=school.establishment, group=school.group, membership=school.memberships[who],
                subject=music,
            )  # fmt: skip

    page = text_of(client_of(school.staff).get(URL))

    assert "Classe Mathématiques Éducation musicale 5E B Teacher Pastel" in page.replace("Teacher Pastel,", "")
    assert "Brique" not in page


def test_teacher_shows_their_classes_by_subject_and_who_has_none_is_said(cast: Cast, client_of: SignIn) -> None:
    page = text_of(client_of(cast.pastel.head).get(URL, {"par": "enseignant"}))

    assert "Pastel Teacher Mathématiques : 5E B" in page
    assert "Pastel Colleague Aucune classe cette année" in page
    assert "Brique" not in page


def test_class_of_another_year_is_not_shown(cast: Cast, client_of: SignIn) -> None:
    with tenant_scope([cast.pastel.establishment]):
        year = cast.pastel.group.school_year
        old = type(year).objects.create(name="2001-2002", starts_on="2001-08-01", ends_on="2002-07-31")
        Group.objects.filter(pk=cast.pastel.group.pk).update(school_year=old)

    browser = client_of(cast.pastel.head)

    assert "5E B" not in text_of(browser.get(URL))
    assert "5E B" not in text_of(browser.get(URL, {"par": "enseignant"}))
