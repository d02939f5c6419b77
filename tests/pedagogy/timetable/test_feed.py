"""The private feed, read as calendars read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import time_machine
import vobject

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Membership
from pedagogy.models import AgendaFeed, Homework, Lesson
from pedagogy.timetable.agenda import lesson_of
from tests.browser import Browser
from tests.cast import Cast, School
from tests.crowd import guard
from tests.pedagogy.timetable.weeks import MONDAY, bare, room, slot, zone_c

pytestmark = pytest.mark.django_db

Clients = Callable[[User], Browser]
NOW = "2026-11-23T06:00Z"


@pytest.fixture
def pastel(cast: Cast) -> Iterator[School]:
    zone_c()
    for school in (cast.pastel, cast.brique):
        with tenant_scope([school.establishment]):
            bare(school)
            slot(school, 0, 8, room=room(school, "12"))
            Homework.objects.update(due_on=date(2026, 11, 26))
    with time_machine.travel(NOW, tick=False):
        yield cast.pastel


def address_of(user: User, client_of: Clients) -> str:
    page = client_of(user).post("/compte/agenda/").content.decode()
    (address,) = re.findall(r"/agenda/[\w-]{43}\.ics", page)
    return str(address)


def events(client: Browser, address: str) -> list[Any]:
    answer = client.get(address)
    assert answer.status_code == 200
    return icalendar.Calendar.from_ical(answer.content).walk("VEVENT")


def test_student_reads_lessons_and_homework_without_signing_in(
    pastel: School, client_of: Clients, client: Browser
) -> None:
    found = events(client, address_of(pastel.student, client_of))
    first = min((e for e in found if "s" in e["uid"][:1]), key=lambda e: e.decoded("dtstart"))
    assert first.decoded("dtstart").astimezone(UTC) == datetime(2026, 11, 9, 7, tzinfo=UTC)
    assert (str(first["summary"]), str(first["location"])) == ("Mathématiques", "salle 12")
    (homework,) = [e for e in found if str(e["summary"]).startswith("À faire")]
    assert homework.decoded("dtstart") == date(2026, 11, 26)
    assert not any(e.decoded("dtstart") == datetime(2026, 12, 21, 7, tzinfo=UTC) for e in found)  # holidays


def test_another_parser_reads_the_hours_of_winter_and_summer(
    pastel: School, client_of: Clients, client: Browser
) -> None:
    address = address_of(pastel.student, client_of)
    with time_machine.travel("2027-03-15T06:00Z", tick=False):
        found = vobject.readOne(client.get(address).content.decode())
    hours = {e.dtstart.value.astimezone(UTC) for e in found.vevent_list if isinstance(e.dtstart.value, datetime)}
    assert datetime(2027, 3, 15, 7, tzinfo=UTC) in hours
    assert datetime(2027, 4, 26, 6, tzinfo=UTC) in hours
    assert {tz.tzid.value for tz in found.vtimezone_list} == {"Europe/Paris"}


def test_event_keeps_its_uid_when_the_lesson_is_moved(pastel: School, client_of: Clients, client: Browser) -> None:
    address = address_of(pastel.student, client_of)

    def of_monday() -> Any:
        (found,) = [e for e in events(client, address) if "20261130" in e["uid"]]
        return found

    before = of_monday()
    with tenant_scope([pastel.establishment]):
        lesson = lesson_of(slot=pastel.course.slots.get(), on=MONDAY + timedelta(days=7))
        Lesson.objects.filter(pk=lesson.pk).update(on=date(2026, 12, 3), is_changed=True)
    after = of_monday()
    assert after["uid"] == before["uid"]
    assert after.decoded("dtstart").date() == date(2026, 12, 3)


@pytest.mark.parametrize("injected", ["\r\nATTACH:http://mal.example/", "\nEND:VEVENT", "a;b,c\\n", "\x1b[0m\u2028"])
def test_text_with_ends_of_lines_makes_no_line_of_the_feed(
    pastel: School, client_of: Clients, client: Browser, injected: str
) -> None:
    with tenant_scope([pastel.establishment]):
        lesson = lesson_of(slot=pastel.course.slots.get(), on=MONDAY)
        Lesson.objects.filter(pk=lesson.pk).update(state="cancelled", is_changed=True, reason=f"Sortie{injected}")
    address = address_of(pastel.student, client_of)
    raw = client.get(address).content.decode()
    assert not re.search(r"^(ATTACH|\x1b)", raw, re.MULTILINE)
    (called_off,) = [e for e in events(client, address) if e.get("status") == "CANCELLED"]
    assert "Sortie" in str(called_off["description"])
    assert raw.count("\nBEGIN:VEVENT") == raw.count("\nEND:VEVENT") == len(events(client, address))


def test_feed_of_a_guardian_covers_the_children_of_two_schools(
    cast: Cast, pastel: School, client_of: Clients, client: Browser
) -> None:
    with tenant_scope([cast.brique.establishment]):
        guard(cast.brique, pastel.guardian, cast.brique.memberships["student"])
    found = events(client, address_of(pastel.guardian, client_of))
    lessons = [e for e in found if e["uid"].startswith("s")]
    assert len(lessons) == 2 * len({e.decoded("dtstart") for e in lessons})
    assert {str(e["summary"]) for e in lessons} == {"Student : Mathématiques"}
    assert len({e["uid"] for e in found}) == len(found)


def test_secret_is_kept_as_a_digest_and_a_new_one_replaces_it(
    pastel: School, client_of: Clients, client: Browser
) -> None:
    first = address_of(pastel.teacher, client_of)
    assert AgendaFeed.objects.get().digest not in first
    assert first not in client_of(pastel.teacher).get("/compte/agenda/").content.decode()
    second = address_of(pastel.teacher, client_of)
    assert [client.get(first).status_code, client.get(second).status_code] == [404, 200]
    client_of(pastel.teacher).post("/compte/agenda/", {"retirer": "1"})
    assert client.get(second).status_code == 404


@pytest.mark.parametrize("change", [{"is_blocked": True}, {"ends_on": date(2026, 11, 22)}])
def test_feed_of_whoever_is_blocked_or_has_left_gives_nothing(
    pastel: School, client_of: Clients, client: Browser, change: dict[str, Any]
) -> None:
    address = address_of(pastel.student, client_of)
    with tenant_scope([pastel.establishment]):
        Membership.objects.filter(pk=pastel.memberships["student"].pk).update(**change)
    assert client.get(address).status_code == 404


def test_feed_of_a_closed_account_gives_nothing(pastel: School, client_of: Clients, client: Browser) -> None:
    address = address_of(pastel.student, client_of)
    User.objects.filter(pk=pastel.student.pk).update(is_active=False)
    assert client.get(address).status_code == 404


def test_feed_is_only_read_and_not_without_end(pastel: School, client_of: Clients, client: Browser) -> None:
    address = address_of(pastel.student, client_of)
    assert client.post(address).status_code == 405
    answers = [client.get("/agenda/rien.ics").status_code for _ in range(122)]
    assert answers[0] == 404
    assert answers[-1] == 429
