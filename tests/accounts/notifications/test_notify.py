"""Told once, seen on the home page, opened where it happened; in the pause, at seven."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail

from accounts.models import Notification, User
from accounts.notifications.actions import notify, take_back
from accounts.notifications.kinds import Kind, kind
from accounts.notifications.tasks import mail_waiting
from ent.tenancy.scope import tenant_scope
from tests.browser import Browser, text_of
from tests.cast import Cast, School

pytestmark = pytest.mark.django_db

CHANGED = kind(Kind("test.lesson.changed", "Un changement d’emploi du temps", "clock-alert", is_mailed=True))
TUESDAY_MORNING, TUESDAY_NIGHT, WEDNESDAY = "2026-11-24T09:00Z", "2026-11-24T20:30Z", "2026-11-25T06:00Z"


def tell(school: School, title: str = "Maths annulé mardi", **given: Any) -> None:
    with tenant_scope([school.establishment]):
        notify(
            kind=CHANGED, people=[school.student.pk], establishment_id=school.establishment.pk, key="lesson:1",
            title=title, path="/eleve/devoirs/", **given,
        )  # fmt: skip


@pytest.fixture(autouse=True)
def a_morning(cast: Cast, time_machine: Any) -> None:
    time_machine.move_to(TUESDAY_MORNING)
    with tenant_scope([cast.pastel.establishment]):
        Notification.objects.all().delete()


def test_home_page_tells_it_and_opening_it_marks_it_read(cast: Cast, client_of: Callable[[User], Browser]) -> None:
    tell(cast.pastel)
    student = client_of(cast.pastel.student)
    assert "Maths annulé mardi" in text_of(student.get("/"))
    with tenant_scope([cast.pastel.establishment]):
        told = Notification.objects.get()
    opened = student.post(f"/nouveautes/{told.pk}/")
    assert opened.url == "/eleve/devoirs/"
    assert "Maths annulé mardi" not in text_of(student.get("/"))
    assert "Maths annulé mardi" in text_of(student.get("/nouveautes/"))


def test_said_twice_is_told_once_and_said_otherwise_is_new_again(
    cast: Cast, client_of: Callable[[User], Browser]
) -> None:
    student = client_of(cast.pastel.student)
    tell(cast.pastel)
    student.post("/nouveautes/lues/")
    tell(cast.pastel)
    assert "Maths annulé mardi" not in text_of(student.get("/"))
    tell(cast.pastel, "Maths déplacé à jeudi")
    assert "Maths déplacé à jeudi" in text_of(student.get("/"))
    with tenant_scope([cast.pastel.establishment]):
        assert Notification.objects.count() == 1


def test_told_in_the_evening_is_shown_at_seven(
    cast: Cast, client_of: Callable[[User], Browser], time_machine: Any
) -> None:
    time_machine.move_to(TUESDAY_NIGHT)
    tell(cast.pastel)
    student = client_of(cast.pastel.student)
    assert "Maths annulé" not in text_of(student.get("/")) + text_of(student.get("/nouveautes/"))
    time_machine.move_to(WEDNESDAY)
    assert "Maths annulé mardi" in text_of(client_of(cast.pastel.student).get("/"))


def test_what_cannot_wait_passes_the_pause(cast: Cast, client_of: Callable[[User], Browser], time_machine: Any) -> None:
    time_machine.move_to(TUESDAY_NIGHT)
    tell(cast.pastel, pauses=False)
    assert "Maths annulé mardi" in text_of(client_of(cast.pastel.student).get("/"))


def test_neighbour_reads_and_opens_nothing(cast: Cast, client_of: Callable[[User], Browser]) -> None:
    tell(cast.pastel)
    with tenant_scope([cast.pastel.establishment]):
        told = Notification.objects.get()
    for person in (cast.brique.student, cast.pastel.classmate, cast.pastel.head):
        browser = client_of(person)
        assert "Maths annulé" not in text_of(browser.get("/nouveautes/"))
        assert browser.post(f"/nouveautes/{told.pk}/").status_code == 404


def test_taken_back_is_gone(cast: Cast, client_of: Callable[[User], Browser]) -> None:
    tell(cast.pastel)
    with tenant_scope([cast.pastel.establishment]):
        take_back(kind=CHANGED, establishment_id=cast.pastel.establishment.pk, key="lesson:1")
    assert "Maths annulé" not in text_of(client_of(cast.pastel.student).get("/nouveautes/"))


def test_letter_goes_once_to_a_confirmed_address_and_names_nobody(cast: Cast) -> None:
    student = cast.pastel.student
    student.email = student.verified_email = "famille@example.org"
    student.save()
    tell(cast.pastel)
    for _turn in range(2):
        mail_waiting(establishments=[cast.pastel.establishment.pk])
    (letter,) = mail.outbox
    assert letter.to == ["famille@example.org"]
    assert "Un changement d’emploi du temps" in letter.subject
    assert "Maths" not in letter.body
    assert "/nouveautes/" in letter.body


def test_address_that_nobody_confirmed_gets_nothing(cast: Cast) -> None:
    cast.pastel.student.email = "famille@example.org"
    cast.pastel.student.save()
    tell(cast.pastel)
    mail_waiting(establishments=[cast.pastel.establishment.pk])
    assert mail.outbox == []
