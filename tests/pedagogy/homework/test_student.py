"""A student's home and list: what is left, by when, and what is ticked off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from pedagogy.homework.models import Homework
from tests.browser import Browser, element_of, text_of
from tests.cast import Cast, make_cast
from tests.pedagogy.homework.rows import make_homework, progress_of, teaching_of

SignIn = Callable[[User], Browser]

PARIS = ZoneInfo("Europe/Paris")
THURSDAY_EVENING = datetime(2026, 11, 26, 18, 0, tzinfo=PARIS)
FRIDAY_MORNING = datetime(2026, 11, 27, 7, 30, tzinfo=PARIS)
FRIDAY_EVENING = datetime(2026, 11, 27, 18, 0, tzinfo=PARIS)
SATURDAY = datetime(2026, 11, 28, 10, 0, tzinfo=PARIS)
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 1)

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/eleve/devoirs/"}


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(THURSDAY_EVENING) as clock:
        yield clock


@pytest.fixture
def cast(db: None, clock: time_machine.Coordinates) -> Cast:
    """The cast on that evening: one piece of homework for Friday, which `classmate` has not done."""
    return make_cast()


@pytest.fixture
def student(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.classmate)


def tick(browser: Browser, pk: int, done: str = "1", **extra: Any) -> Any:
    return browser.post(f"/eleve/devoirs/{pk}/fait/", {"done": done, "next": "/eleve/devoirs/"}, **extra)


# --- The headline ---------------------------------------------------------------------------------------------


def test_home_in_the_evening_says_what_is_left_for_tomorrow(cast: Cast, student: Browser) -> None:
    make_homework(cast.pastel, due_on=FRIDAY, expected_minutes=45)

    home = student.get("/eleve/")

    assert text_of(home, "h1") == "Pour demain, il te reste 2 devoirs"
    assert "Vendredi 27 novembre · environ 1 h 05" in text_of(home)


@pytest.mark.parametrize("now", [FRIDAY_EVENING, SATURDAY], ids=["Friday evening", "Saturday"])
def test_home_before_the_week_end_says_what_is_left_for_monday(
    cast: Cast, student: Browser, clock: time_machine.Coordinates, now: datetime
) -> None:
    tick(student, cast.pastel.homework.pk)
    make_homework(cast.pastel, due_on=MONDAY)
    clock.move_to(now)

    assert text_of(student.get("/eleve/"), "h1") == "Pour lundi 30 novembre, il te reste 1 devoir"


def test_home_when_all_is_done_says_so(cast: Cast, student: Browser) -> None:
    with tenant_scope([cast.pastel.establishment]):
        Homework.objects.filter(pk=cast.pastel.homework.pk).update(to_hand_in=False)
    tick(student, cast.pastel.homework.pk)

    assert text_of(student.get("/eleve/"), "h1") == "Pour demain, tout est fait"


def test_home_when_all_is_ticked_and_one_was_not_handed_in_asks_for_it(cast: Cast, student: Browser) -> None:
    tick(student, cast.pastel.homework.pk)
    tick(student, make_homework(cast.pastel, due_on=FRIDAY).pk)

    assert text_of(student.get("/eleve/"), "h1") == "Pour demain, il te reste 1 travail à rendre"


def test_home_with_nothing_for_tomorrow_says_what_comes_next(
    cast: Cast, student: Browser, clock: time_machine.Coordinates
) -> None:
    tick(student, cast.pastel.homework.pk)
    make_homework(cast.pastel, due_on=TUESDAY)
    clock.move_to(FRIDAY_EVENING)

    home = student.get("/eleve/")

    assert text_of(home, "h1") == "Rien pour lundi 30 novembre"
    assert "Prochain devoir : mardi 1er, Mathématiques." in text_of(home)


def test_home_in_the_morning_still_asks_for_what_is_due_today(
    cast: Cast, student: Browser, clock: time_machine.Coordinates
) -> None:
    clock.move_to(FRIDAY_MORNING)

    home = student.get("/eleve/")

    assert text_of(home, "h1") == "D’ici lundi 30 novembre, il te reste 1 devoir"
    assert "pour aujourd’hui" in text_of(home)


def test_home_shows_first_what_is_late_and_since_when(
    cast: Cast, student: Browser, clock: time_machine.Coordinates
) -> None:
    clock.move_to(SATURDAY)

    home = student.get("/eleve/")

    assert text_of(home, "h1") == "Rien pour lundi 30 novembre"
    assert text_of(home).index("En retard") < text_of(home).index("depuis vendredi 27")


# --- The list -------------------------------------------------------------------------------------------------


def test_list_has_what_is_late_then_each_day_in_order(
    cast: Cast, student: Browser, clock: time_machine.Coordinates
) -> None:
    make_homework(cast.pastel, "Pour mardi", due_on=TUESDAY)
    make_homework(cast.pastel, "Pour lundi", due_on=MONDAY)
    clock.move_to(SATURDAY)

    page = text_of(student.get("/eleve/devoirs/"))

    places = [page.index(words) for words in ("En retard", "Exercices de pastel", "Pour lundi", "Pour mardi")]
    assert places == sorted(places)


def test_list_of_the_past_has_what_was_due_latest_first(
    cast: Cast, student: Browser, clock: time_machine.Coordinates
) -> None:
    make_homework(cast.pastel, "Avant-hier", due_on=date(2026, 11, 24))
    clock.move_to(SATURDAY)

    page = text_of(student.get("/eleve/devoirs/?passe=1"))

    assert page.index("Exercices de pastel") < page.index("Avant-hier")


def test_list_longer_than_a_page_goes_on_on_the_next(cast: Cast, student: Browser) -> None:
    for n in range(51):
        make_homework(cast.pastel, f"Devoir {n:02}", due_on=TUESDAY)

    first, second = student.get("/eleve/devoirs/"), student.get("/eleve/devoirs/?page=2")

    assert "Devoir 50" not in text_of(first)
    assert "Suivants" in text_of(first)
    assert "Devoir 50" in text_of(second)


@pytest.mark.parametrize("page", ["0", "-1", "abc", "99999999", "%00", "²"])
def test_list_asked_for_a_page_that_is_none_shows_the_first(cast: Cast, student: Browser, page: str) -> None:
    assert "Exercices de pastel" in text_of(student.get(f"/eleve/devoirs/?page={page}"))


# --- Ticking off ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/eleve/", "/eleve/devoirs/"])
@pytest.mark.parametrize("done", ["1", "0"])
def test_row_ticked_by_htmx_is_that_of_the_page_loaded_anew(cast: Cast, student: Browser, page: str, done: str) -> None:
    pk = cast.pastel.homework.pk
    tick(student, pk, "0" if done == "1" else "1")

    answer = tick(student, pk, done, headers={**HTMX, "HX-Current-URL": f"http://testserver{page}"})

    assert element_of(answer, f"homework-{pk}") == element_of(student.get(page), f"homework-{pk}")


@pytest.mark.parametrize("page", ["/", "/eleve/"])
def test_title_of_the_home_page_follows_a_tick(cast: Cast, student: Browser, page: str) -> None:
    make_homework(cast.pastel, due_on=FRIDAY, expected_minutes=45)
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{page}"}

    answer = tick(student, cast.pastel.homework.pk, headers=headers)

    home = student.get("/eleve/")
    assert text_of(home, "h1") == "Pour demain, il te reste 1 devoir"
    assert text_of(home, "h1") in text_of(answer)
    assert "environ 45 min" in text_of(answer)


def test_title_of_the_list_stays_when_a_row_is_ticked(cast: Cast, student: Browser) -> None:
    assert "hx-swap-oob" not in tick(student, cast.pastel.homework.pk, headers=HTMX).content.decode()


def test_row_ticked_without_javascript_goes_back_to_the_page(cast: Cast, student: Browser) -> None:
    answer = tick(student, cast.pastel.homework.pk)

    assert (answer.status_code, answer["Location"]) == (302, "/eleve/devoirs/")
    row = element_of(student.get("/eleve/devoirs/"), f"homework-{cast.pastel.homework.pk}")
    assert 'aria-pressed="true"' in row


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_row_ticked_from_a_page_that_is_not_ours_goes_to_the_list(cast: Cast, student: Browser, elsewhere: str) -> None:
    url = f"/eleve/devoirs/{cast.pastel.homework.pk}/fait/"

    answer = student.post(url, {"done": "1", "next": elsewhere})

    assert answer["Location"] == "/eleve/devoirs/"


def test_row_ticked_twice_keeps_the_moment_of_the_first(
    cast: Cast, student: Browser, clock: time_machine.Coordinates
) -> None:
    homework, classmate = cast.pastel.homework, cast.pastel.memberships["classmate"]
    tick(student, homework.pk)
    first = progress_of(homework, classmate)
    clock.move_to(FRIDAY_EVENING)

    tick(student, homework.pk)

    assert progress_of(homework, classmate).done_at == first.done_at


def test_row_ticked_off_again_is_to_do_again(cast: Cast, student: Browser) -> None:
    tick(student, cast.pastel.homework.pk)

    tick(student, cast.pastel.homework.pk, "0")

    assert text_of(student.get("/eleve/"), "h1") == "Pour demain, il te reste 1 devoir"


# --- Midnight -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 11, 25, 23, 30, tzinfo=PARIS), "Rien pour demain"),
        (datetime(2026, 11, 26, 0, 30, tzinfo=PARIS), "Pour demain, il te reste 1 devoir"),  # still the 25th in UTC
    ],
    ids=["before", "after"],
)
def test_day_begins_at_midnight_in_paris(
    cast: Cast, student: Browser, clock: time_machine.Coordinates, now: datetime, words: str
) -> None:
    clock.move_to(now)

    assert text_of(student.get("/eleve/"), "h1") == words


@pytest.mark.parametrize("hour", [0, 23])
def test_homework_given_near_midnight_is_for_the_day_that_was_chosen(
    cast: Cast, client_of: SignIn, student: Browser, clock: time_machine.Coordinates, hour: int
) -> None:
    clock.move_to(datetime(2026, 11, 27, hour, 30, tzinfo=PARIS))

    client_of(cast.pastel.teacher).post(
        "/classe/donner/", {"teaching": teaching_of(cast.pastel).pk, "title": "Dessiner", "due_on": "2026-11-27"}
    )

    page = student.get("/eleve/devoirs/")
    assert '<time datetime="2026-11-27">Pour aujourd’hui</time>' in page.content.decode()
    assert "Dessiner" in text_of(page)


def test_number_longer_than_any_key_is_no_homework(student: Browser) -> None:
    assert student.get(f"/eleve/devoirs/{10**20}/").status_code == 404
    assert student.get(f"/eleve/devoirs/{2**63}/").status_code == 404


def test_pages_after_the_first_stay_in_no_memory_of_postgresql(student: Browser) -> None:
    """Or whoever asks for one page after another would fill it, statement by statement."""

    def prepared() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            return int(cursor.fetchone()[0])

    for past in ("", "&passe=1"):
        student.get(f"/eleve/devoirs/?page=1{past}")
    before = prepared()
    for number in range(2, 12):
        assert student.get(f"/eleve/devoirs/?page={number}").status_code == 404  # beyond the last
        assert student.get(f"/eleve/devoirs/?page={number}&passe=1").status_code == 404

    assert prepared() == before
