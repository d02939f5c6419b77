"""In by a slip: the code, the identity check, the password. What is refused is refused in the same words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.credentials.actions import find_code
from accounts.models import OneTimeCode, User
from ent.tenancy.scope import tenant_scope
from establishments.models import Guardianship, Membership
from tests.accounts.credentials.conftest import CLASSMATE_BORN, HEAD_BORN, PASSWORD, STUDENT_BORN, Give
from tests.browser import Browser, text_of
from tests.cast import Cast

REFUSED = "Ce code n’est pas valable."
NOT_THEIRS = "Ce n’est pas ce que l’établissement a enregistré."


def activate(browser: Browser, code: str, answer: str, **chosen: str) -> Any:
    """All three steps; the answer to the last one that was reached."""
    page = browser.post("/activer/", {"code": code})
    if page.status_code == 302:
        page = browser.post("/activer/identite/", {"answer": answer})
    if page.status_code == 302:
        page = browser.post("/activer/mot-de-passe/", {"password": PASSWORD, **chosen})
    return page


def test_guardian_activates_with_the_childs_birth_date_and_is_in(cast: Cast, client: Browser, give_code: Give) -> None:
    code = give_code(cast.pastel, cast.pastel.guardian)

    answer = activate(client, code.lower(), "24/03/2013", email="parent@exemple.fr", phone="06 12 34 56 78")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "Guardian Pastel" in text_of(client.get("/compte/"))
    guardian = User.objects.get(pk=cast.pastel.guardian.pk)
    assert guardian.check_password(PASSWORD)
    assert guardian.activated_at
    assert (guardian.email, guardian.phone) == ("parent@exemple.fr", "06 12 34 56 78")


@pytest.mark.parametrize(
    ("who", "answer"),
    [("student", "24032013"), ("head", f"{HEAD_BORN:%d-%m-%Y}"), ("teacher", "pàstel"), ("guardian", "2013-03-24")],
)
def test_everybody_is_asked_what_they_know(cast: Cast, client: Browser, give_code: Give, who: str, answer: str) -> None:
    user = cast.pastel.person(who)

    assert activate(client, give_code(cast.pastel, user), answer).status_code == 302

    assert client.session["_auth_user_id"] == str(user.pk)


def test_username_to_keep_is_shown_beside_the_password(cast: Cast, client: Browser, give_code: Give) -> None:
    client.post("/activer/", {"code": give_code(cast.pastel, cast.pastel.student)})
    client.post("/activer/identite/", {"answer": "24/03/2013"})

    page = client.get("/activer/mot-de-passe/").content.decode()

    assert cast.pastel.student.username in page
    assert "Douze caractères" in page


def test_step_that_is_reloaded_is_shown_again(cast: Cast, client: Browser, give_code: Give) -> None:
    client.post("/activer/", {"code": give_code(cast.pastel, cast.pastel.student)})

    assert client.get("/activer/identite/").status_code == 200
    assert client.get("/activer/identite/").status_code == 200
    client.post("/activer/identite/", {"answer": "24/03/2013"})
    assert client.get("/activer/mot-de-passe/").status_code == 200


def test_step_that_is_skipped_leads_back(cast: Cast, client: Browser, give_code: Give) -> None:
    assert client.get("/activer/identite/")["Location"] == "/activer/"
    assert client.post("/activer/mot-de-passe/", {"password": PASSWORD})["Location"] == "/activer/"
    client.post("/activer/", {"code": give_code(cast.pastel, cast.pastel.student)})

    answer = client.post("/activer/mot-de-passe/", {"password": PASSWORD})

    assert answer["Location"] == "/activer/identite/"
    assert not User.objects.get(pk=cast.pastel.student.pk).check_password(PASSWORD)


def test_step_is_forgotten_after_half_an_hour(cast: Cast, client: Browser, give_code: Give) -> None:
    client.post("/activer/", {"code": give_code(cast.pastel, cast.pastel.student)})

    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert client.get("/activer/identite/")["Location"] == "/activer/"


# --- What is refused ------------------------------------------------------------------------------------------


def spoil(cast: Cast, how: str, code: str) -> str:
    """Make that code of the student's one that is refused; return what is typed."""
    row = OneTimeCode.objects.get(user=cast.pastel.student)
    membership = cast.pastel.memberships["student"]
    if how == "unknown":
        return "0000-0000-00"
    if how == "nonsense":
        return "😀 ’ OR 1=1"
    if how == "expired":
        row.expires_at = timezone.now() - timedelta(seconds=1)
    elif how == "reused":
        row.used_at = timezone.now()
    elif how == "burnt":
        row.failures = 5
    elif how == "closed account":
        cast.pastel.student.is_active = False
        cast.pastel.student.save(update_fields=["is_active"])
    elif how == "left":
        membership.ends_on = timezone.localdate() - timedelta(days=1)
    elif how == "blocked":
        membership.is_blocked = True
    elif how == "not open yet":
        membership.opens_on = timezone.localdate() + timedelta(days=1)
    elif how == "of another school":
        row.establishment = cast.brique.establishment.pk
    row.save()
    with tenant_scope([cast.pastel.establishment]):
        membership.save()
    return code


WAYS = [
    "unknown", "nonsense", "expired", "reused", "burnt", "closed account", "left", "blocked", "not open yet",
    "of another school",
]  # fmt: skip


@pytest.mark.parametrize("how", WAYS)
def test_code_that_is_not_good_is_refused_in_the_same_words_and_statements(
    cast: Cast, client: Browser, give_code: Give, how: str
) -> None:
    reference, number = refused(client, "7777-7777-77")
    typed = spoil(cast, how, give_code(cast.pastel, cast.pastel.student))

    words, statements = refused(client, typed)

    assert REFUSED in words
    assert words.replace(typed, "") == reference.replace("7777-7777-77", "")
    assert statements == number


def refused(browser: Browser, typed: str) -> tuple[str, int]:
    with CaptureQueriesContext(connection) as captured:
        answer = browser.post("/activer/", {"code": typed})
    assert answer.status_code == 200
    return text_of(answer), len(captured)


def test_code_used_between_two_steps_is_refused_at_the_last(cast: Cast, client: Browser, give_code: Give) -> None:
    code = give_code(cast.pastel, cast.pastel.student)
    client.post("/activer/", {"code": code})
    client.post("/activer/identite/", {"answer": "24/03/2013"})
    activate(Browser(), code, "24/03/2013")

    answer = client.post("/activer/mot-de-passe/", {"password": "une-autre-phrase-longue"}, follow=True)

    assert REFUSED in text_of(answer)
    assert User.objects.get(pk=cast.pastel.student.pk).check_password(PASSWORD)


@pytest.mark.parametrize("answer", [f"{CLASSMATE_BORN:%d/%m/%Y}", "01/01/1900"])
def test_guardian_of_another_child_is_refused(cast: Cast, client: Browser, give_code: Give, answer: str) -> None:
    client.post("/activer/", {"code": give_code(cast.pastel, cast.pastel.guardian)})

    page = client.post("/activer/identite/", {"answer": answer})

    assert NOT_THEIRS in text_of(page)
    assert client.get("/activer/mot-de-passe/")["Location"] == "/activer/identite/"


def test_guardian_without_authority_is_refused(cast: Cast, client: Browser, give_code: Give) -> None:
    code = give_code(cast.pastel, cast.pastel.guardian)
    with tenant_scope([cast.pastel.establishment]):
        Guardianship.objects.update(is_legal=False)

    assert REFUSED in text_of(client.post("/activer/", {"code": code}))


def test_guardian_whose_only_child_has_left_is_refused(cast: Cast, client: Browser, give_code: Give) -> None:
    code = give_code(cast.pastel, cast.pastel.guardian)
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.filter(user=cast.pastel.student).update(ends_on=timezone.localdate() - timedelta(days=1))

    assert REFUSED in text_of(client.post("/activer/", {"code": code}))


def test_fifth_wrong_answer_ends_the_way_and_the_code(cast: Cast, client: Browser, give_code: Give) -> None:
    code = give_code(cast.pastel, cast.pastel.guardian)
    client.post("/activer/", {"code": code})

    pages = [client.post("/activer/identite/", {"answer": "01/01/2001"}, follow=True) for _ in range(5)]

    assert all(NOT_THEIRS in text_of(page) for page in pages[:4])
    assert REFUSED in text_of(pages[4])
    assert REFUSED in text_of(client.post("/activer/", {"code": code}))


def test_code_tried_too_often_is_not_looked_up_any_more(cast: Cast, client: Browser) -> None:
    for _ in range(20):
        client.post("/activer/", {"code": "AAAA-AAAA-AA"})

    assert "Trop d’essais" in text_of(client.post("/activer/", {"code": "aaaaaaaaaa"}))
    assert REFUSED in text_of(client.post("/activer/", {"code": "BBBB-BBBB-BB"}))


def test_code_is_in_no_address(cast: Cast, client: Browser, give_code: Give) -> None:
    code = give_code(cast.pastel, cast.pastel.student)

    answer = client.post("/activer/", {"code": code})

    assert answer["Location"] == "/activer/identite/"
    assert code not in client.get("/activer/identite/").content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_reset_code_lets_its_holder_choose_another_password(
    cast: Cast, client: Browser, client_of: Callable[[User], Browser], give_code: Give
) -> None:
    student = cast.pastel.student
    student.set_password("ancienne-phrase-longue")
    student.save(update_fields=["password"])
    elsewhere = client_of(student)
    code = give_code(cast.pastel, student, "reset")
    assert elsewhere.get("/eleve/devoirs/").status_code == 200  # a code that is given ends nothing

    assert activate(client, code, "24/03/2013").status_code == 302

    assert client.get("/eleve/devoirs/").status_code == 200
    assert elsewhere.get("/eleve/devoirs/")["Location"].startswith("/connexion/")
    assert find_code(typed=code) is None
    assert STUDENT_BORN.isoformat() not in str(dict(client.session))


@pytest.mark.parametrize(("who", "offered"), [("guardian", True), ("teacher", False)])
def test_another_child_is_attached_by_guardians_alone(
    cast: Cast, client_of: Callable[[User], Browser], who: str, offered: bool
) -> None:
    page = client_of(cast.pastel.person(who)).get("/activer/")

    assert ("Rattacher un autre enfant" in text_of(page)) is offered
    assert "Revenir à la connexion" not in text_of(page)
