"""The log by the API: the same actions and refusals as the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from tests.browser import Browser
from tests.cast import Cast
from tests.pedagogy.lessons.log import entry_of, past

SignIn = Callable[[User], Browser]
URL = "/api/v1/lesson-entries/"


@pytest.fixture
def teacher(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.teacher)


def sent(browser: Browser, method: str, url: str, data: dict[str, Any]) -> Any:
    return getattr(browser, method)(url, data, content_type="application/json")


def test_entry_is_written_kept_as_a_draft_published_and_then_closed(cast: Cast, teacher: Browser) -> None:
    there = past(cast.pastel)

    draft = sent(teacher, "post", URL, {"lesson": there.pk, "title": "Thalès", "draft": True}).json()
    assert (draft["state"], draft["visible_at"], draft["version"]) == ("draft", None, 1)
    published = sent(teacher, "put", f"{URL}{draft['id']}/", {"version": 1, "title": "Pythagore"}).json()
    assert (published["state"], published["title"]) == ("published", "Pythagore")

    refused = sent(teacher, "put", f"{URL}{draft['id']}/", {"version": 2, "title": "Autre"})
    assert refused.status_code == 400
    assert teacher.delete(f"{URL}{draft['id']}/").status_code == 400
    entry = entry_of(there)
    assert entry is not None
    assert entry.title == "Pythagore"


def test_entry_of_a_slot_keeps_its_lesson(cast: Cast, teacher: Browser) -> None:
    day = cast.pastel.lesson.on + timedelta(days=7)

    answer = sent(teacher, "post", URL, {"slot": cast.pastel.slot.pk, "on": str(day), "title": "Thalès"})

    assert answer.status_code == 201
    assert answer.json()["on"] == str(day)


@pytest.mark.parametrize("data", [{}, {"slot": 10**9, "on": "2026-11-24"}, {"lesson": 10**9}])
def test_entry_of_no_lesson_is_refused(cast: Cast, teacher: Browser, data: dict[str, Any]) -> None:
    assert sent(teacher, "post", URL, {**data, "title": "Thalès"}).status_code == 400


def test_lesson_of_the_other_school_is_refused_as_one_that_never_was(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.brique.teacher)
    answers = [sent(browser, "post", URL, {"lesson": pk, "title": "T"}) for pk in (cast.pastel.lesson.pk, 10**9)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json()["errors"].keys() == answers[1].json()["errors"].keys() == {"lesson"}


def test_second_of_two_who_change_a_draft_is_told(cast: Cast, teacher: Browser) -> None:
    draft = sent(teacher, "post", URL, {"lesson": past(cast.pastel).pk, "title": "Un", "draft": True}).json()
    sent(teacher, "put", f"{URL}{draft['id']}/", {"version": 1, "title": "Deux", "draft": True})

    late = sent(teacher, "put", f"{URL}{draft['id']}/", {"version": 1, "title": "Trois", "draft": True})

    assert late.status_code == 409


def test_correction_comes_with_its_author(cast: Cast, teacher: Browser, client_of: SignIn) -> None:
    sent(teacher, "post", f"{URL}{cast.pastel.entry.pk}/corrections/", {"text": "Page 113."})

    seen = client_of(cast.pastel.student).get(f"{URL}{cast.pastel.entry.pk}/").json()

    assert [c["text"] for c in seen["corrections"]] == ["Lire page 112 à pastel.", "Page 113."]
    assert seen["corrections"][0]["teacher"] == "Teacher Pastel"
    assert seen["files"][0]["url"].endswith(f"/api/v1/lesson-files/{cast.pastel.lesson_file.key}/")


def test_list_is_filtered_by_course_group_and_day(cast: Cast, client_of: SignIn) -> None:
    browser, pastel = client_of(cast.pastel.student), cast.pastel
    day = pastel.lesson.on - timedelta(days=2)  # yesterday: of the entry

    def found(query: str) -> list[int]:
        return [row["id"] for row in browser.get(f"{URL}?{query}").json()["results"]]

    assert found(f"course={pastel.course.pk}&group={pastel.group.pk}&on_from={day}") == [pastel.entry.pk]
    assert found(f"on_from={day + timedelta(days=1)}") == []
    assert found(f"course={cast.brique.course.pk}") == []


def test_note_is_ones_own(cast: Cast, teacher: Browser) -> None:
    url = f"{URL}{cast.pastel.entry.pk}/note/"

    assert teacher.get(url).json() == {"text": "Note pour moi à pastel"}
    assert sent(teacher, "put", url, {"text": ""}).json() == {"text": ""}
