"""Lists: what each role finds in them, page by page, and narrowed by the filters."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.cast import Cast
from tests.crowd import fill
from tests.pedagogy.homework.rows import in_days, make_class, make_homework

Script = Callable[[User], APIClient]


def titles(answer: Any) -> list[str]:
    return [row["title"] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("who", "homework", "progress", "groups"),
    [
        ("student", 1, 1, 1),
        ("classmate", 1, 0, 1),
        ("guardian", 1, 1, 1),
        ("teacher", 1, 1, 2),
        ("colleague", 0, 0, 2),
        ("staff", 0, 0, 2),
        ("head", 1, 1, 2),
        ("local_admin", 0, 0, 2),
    ],
)
def test_lists_hold_what_the_role_may_see(
    cast: Cast, script_of: Script, who: str, homework: int, progress: int, groups: int
) -> None:
    script = script_of(cast.pastel.person(who))

    found = {name: len(script.get(f"/api/v1/{name}/").json()["results"]) for name in ("homework", "progress", "groups")}

    assert found == {"homework": homework, "progress": progress, "groups": groups}


@pytest.mark.parametrize("who", ["hub_agent", "authority_agent", "rectorate_admin"])
def test_agents_see_schools_and_nothing_of_their_lessons(cast: Cast, script_of: Script, who: str) -> None:
    script = script_of(getattr(cast, who))

    assert cast.pastel.establishment.pk in {
        row["id"] for row in script.get("/api/v1/establishments/").json()["results"]
    }
    for name in ("homework", "progress", "groups"):
        assert script.get(f"/api/v1/{name}/").json()["results"] == []


def test_pages_follow_each_other_by_cursor_without_loss_or_repetition(cast: Cast, script_of: Script) -> None:
    fill(cast)
    script, url, seen = script_of(cast.pastel.teacher), "/api/v1/homework/?page_size=7", []

    while url:
        page = script.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]

    assert len(seen) == len(set(seen)) == 52  # 26 in each of the teacher's two schools


def test_row_added_meanwhile_does_not_shift_the_next_page(cast: Cast, script_of: Script) -> None:
    for n in range(3):
        make_homework(cast.pastel, f"Devoir {n}")
    script = script_of(cast.pastel.teacher)
    first = script.get("/api/v1/homework/?page_size=2").json()
    make_homework(cast.pastel, "Arrivé entre-temps")

    second = script.get(first["next"])

    assert titles(second) == ["Devoir 1", "Devoir 2"]


def test_page_size_is_capped(cast: Cast, script_of: Script) -> None:
    fill(cast)

    assert len(script_of(cast.pastel.head).get("/api/v1/progress/?page_size=9999").json()["results"]) <= 200


@pytest.mark.parametrize("cursor", ["nonsense", "%00", "cD0xMDAwMDA%3D", "é"])
def test_cursor_that_is_none_of_ours_is_answered(cast: Cast, script_of: Script, cursor: str) -> None:
    assert script_of(cast.pastel.teacher).get(f"/api/v1/homework/?cursor={cursor}").status_code in {200, 404}


def test_filters_narrow_the_list(cast: Cast, script_of: Script) -> None:
    other = make_class(cast.pastel, "6E A", cast.pastel.memberships["teacher"])
    make_homework(cast.pastel, "Des sixièmes", group=other, due_on=in_days(9))
    script = script_of(cast.pastel.teacher)

    def found(**filters: Any) -> list[str]:
        return titles(script.get("/api/v1/homework/", filters))

    assert found(group=other.pk) == ["Des sixièmes"]
    assert found(due_from=in_days(5)) == ["Des sixièmes"]
    assert found(due_to=in_days(5)) == ["Exercices de pastel"]
    assert found(to_hand_in="true") == ["Exercices de pastel"]
    assert found(group=cast.pastel.group.pk, due_from=in_days(5)) == []
    assert found(establishment=cast.brique.establishment.pk) == []


@pytest.mark.parametrize("path", ["groups", "homework", "accounts", "cases"])
def test_school_of_another_answers_as_one_that_never_was(cast: Cast, script_of: Script, path: str) -> None:
    script, url = script_of(cast.pastel.head), f"/api/v1/{path}/"

    answers = [script.get(url, {"establishment": pk}) for pk in (cast.brique.establishment.pk, 10**9)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["results"] for answer in answers] == [[], []]
    assert script.get(url, {"establishment": cast.pastel.establishment.pk}).json()["results"]


def test_progress_is_filtered_by_homework_and_student(cast: Cast, script_of: Script) -> None:
    script = script_of(cast.pastel.teacher)

    def found(**filters: Any) -> int:
        return len(script.get("/api/v1/progress/", filters).json()["results"])

    assert found(homework=cast.pastel.homework.pk, student=cast.pastel.memberships["student"].pk) == 1
    assert found(homework=cast.pastel.homework.pk, student=cast.pastel.memberships["classmate"].pk) == 0
    assert found(homework=cast.brique.homework.pk) == 0


@pytest.mark.parametrize("name", ["group", "homework", "student", "establishment", "due_from", "to_hand_in", "kind"])
def test_filter_by_anything_at_all_is_answered(cast: Cast, script_of: Script, name: str) -> None:
    script = script_of(cast.pastel.teacher)

    for value in (str(10**30), "1e30", "-1", "1.5", "NaN", "%00", "é", "", "1 OR 1=1"):
        for path in ("homework", "progress", "groups", "establishments"):
            assert script.get(f"/api/v1/{path}/?{name}={value}").status_code in {200, 400}


@pytest.mark.parametrize("position", ["abc", "\0", "", "1e3", "-"])
def test_cursor_that_somebody_made_up_is_refused(cast: Cast, script_of: Script, position: str) -> None:
    cursor = b64encode(urlencode({"p": position, "o": 3}).encode()).decode()

    answer = script_of(cast.pastel.student).get("/api/v1/homework/", {"cursor": cursor})

    assert answer.status_code == 404
