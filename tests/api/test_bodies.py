"""Bodies that no honest client sends are refused in a sentence; they break nothing and fill nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.cast import Cast

Script = Callable[[User], APIClient]
JSON = "application/json"


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 50_000 + "1" + "}" * 50_000,
        '{"username": 1e400, "password": "x"}',
        '{"a": NaN}',
        '{"a"',
    ],
    ids=["lists in lists", "objects in objects", "infinite", "no number", "broken"],
)
def test_body_that_is_no_sound_json_is_refused_to_strangers_too(db: None, body: str) -> None:
    answer = APIClient().post("/api/v1/token/", body, content_type=JSON)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert "JSON" in answer.json()["detail"]


def test_body_that_is_too_large_is_not_read(db: None) -> None:
    body = '{"username": "a", "password": "%s"}' % ("x" * 6_000_000)

    assert APIClient().post("/api/v1/token/", body, content_type=JSON).status_code == 413


def test_infinite_key_is_refused(cast: Cast, script_of: Script) -> None:
    body = '{"group": 1e400, "subject": "061300", "title": "x", "due_on": "2026-12-01"}'

    assert script_of(cast.pastel.teacher).post("/api/v1/homework/", body, content_type=JSON).status_code == 400
