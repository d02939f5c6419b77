"""Errors are problem details (RFC 9457), and leave nothing half done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from pedagogy.models import Progress
from tests.browser import Browser
from tests.cast import Cast

Script = Callable[[User], APIClient]


def assert_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    return problem


def test_nobody_is_401_and_told_how_to_sign_in(client: Browser, db: None) -> None:
    answer = client.get("/api/v1/homework/")

    assert_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Token"


def test_object_that_is_none_is_404(cast: Cast, script_of: Script) -> None:
    assert_problem(script_of(cast.pastel.teacher).get("/api/v1/homework/999999999/"), 404)


@pytest.mark.parametrize("name", ["homework", "progress", "groups", "establishments"])
def test_number_that_no_database_holds_is_404(cast: Cast, script_of: Script, name: str) -> None:
    assert_problem(script_of(cast.pastel.teacher).get(f"/api/v1/{name}/{10**30}/"), 404)


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v2/homework/", "/api/v1/homework/x/y/"])
def test_address_that_is_none_is_404_and_leads_to_the_root(client: Browser, db: None, path: str) -> None:
    problem = assert_problem(client.get(path), 404)

    assert "/api/v1/" in problem["detail"]


def test_root_names_the_lists_and_the_description(cast: Cast, script_of: Script) -> None:
    script = script_of(cast.pastel.teacher)

    routes = script.get("/api/v1/").json()

    assert {"schema", "me", "homework", "groups", "establishments"} <= set(routes)
    for url in routes.values():
        assert script.get(url).status_code in {200, 403}, url


def test_missing_right_is_403(cast: Cast, script_of: Script) -> None:
    assert_problem(script_of(cast.pastel.colleague).get(f"/api/v1/homework/{cast.pastel.homework.pk}/"), 403)


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH", "TRACE"])
def test_method_that_is_not_offered_is_405(cast: Cast, script_of: Script, method: str) -> None:
    assert_problem(script_of(cast.pastel.teacher).generic(method, f"/api/v1/homework/{cast.pastel.homework.pk}/"), 405)


def test_body_that_is_no_json_is_400(cast: Cast, script_of: Script) -> None:
    answer = script_of(cast.pastel.teacher).generic("POST", "/api/v1/homework/", "{not json", "application/json")

    assert_problem(answer, 400)


def test_body_of_another_type_is_415(cast: Cast, script_of: Script) -> None:
    answer = script_of(cast.pastel.teacher).generic("POST", "/api/v1/homework/", "<a/>", "application/xml")

    assert_problem(answer, 415)


def test_wrong_fields_are_400_each_with_its_reason(cast: Cast, script_of: Script) -> None:
    body = {"group": cast.pastel.group.pk, "subject": "000000", "due_on": "demain", "expected_minutes": 601}

    problem = assert_problem(script_of(cast.pastel.teacher).post("/api/v1/homework/", body), 400)

    assert problem["errors"].keys() == {"subject", "title", "due_on", "expected_minutes"}


def test_refusal_of_the_action_is_400_with_its_field(cast: Cast, script_of: Script) -> None:
    body = {
        "group": cast.pastel.group.pk,
        "subject": cast.pastel.subject.code,
        "title": "Trop tard",
        "due_on": "2001-01-01",
    }

    problem = assert_problem(script_of(cast.pastel.teacher).post("/api/v1/homework/", body), 400)

    assert problem["errors"] == {"due_on": ["Ce jour est passé. Choisissez aujourd’hui ou un jour à venir."]}


def test_refusal_after_a_first_write_leaves_no_row_behind(cast: Cast, script_of: Script) -> None:
    """The row of progress is made, and only then is there found nothing to hand in."""
    answer = script_of(cast.pastel.classmate).post(
        f"/api/v1/homework/{cast.pastel.homework.pk}/hand-in/", {"text": " "}, format="multipart"
    )

    assert_problem(answer, 400)
    with tenant_scope([cast.pastel.establishment]):
        assert not Progress.objects.filter(student=cast.pastel.memberships["classmate"]).exists()


def test_file_of_another_school_is_a_problem_too(cast: Cast, script_of: Script) -> None:
    url = f"/api/v1/homework-files/{cast.pastel.homework_file.key}/"

    assert_problem(script_of(cast.brique.teacher).get(url), 404)
    assert_problem(script_of(cast.pastel.colleague).get(url), 403)
    assert_problem(APIClient().get(url), 401)


def test_file_is_given_whatever_type_the_client_accepts(cast: Cast, script_of: Script) -> None:
    answer = script_of(cast.pastel.student).get(
        f"/api/v1/progress-files/{cast.pastel.progress_file.key}/", headers={"Accept": "image/*"}
    )

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer.getvalue() == b"\x89PNG\r\n\x1a\n"


def test_page_of_the_browsable_api_is_not_served(cast: Cast, client_of: Callable[[User], Browser]) -> None:
    answer = client_of(cast.pastel.teacher).get("/api/v1/homework/", headers={"Accept": "text/html"})

    assert answer["Content-Type"] in {"application/json", "application/problem+json"}


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v2/", "/api/nothing"])
def test_unknown_address_says_in_french_what_there_is(client: Browser, db: None, path: str) -> None:
    problem = assert_problem(client.get(path), 404)

    assert "Rien à cette adresse" in problem["detail"]


def test_api_alone_says_where_it_begins_without_signing_in(client: Browser, db: None) -> None:
    answer = client.get("/api/")

    assert answer.status_code == 200
    assert answer.json()["v1"] == "http://testserver/api/v1/"
    assert answer.json()["schema"] == "http://testserver/api/v1/schema/"
    assert "jeton" in answer.json()["detail"]


def test_object_that_is_none_is_said_in_french(cast: Cast, script_of: Script) -> None:
    problem = assert_problem(script_of(cast.pastel.teacher).get("/api/v1/homework/999999999/"), 404)

    assert problem["detail"] == "Rien de tel ici."


def test_wrong_token_is_said_in_french(client: Browser, db: None) -> None:
    problem = assert_problem(client.get("/api/v1/me/", headers={"Authorization": "Token wrong"}), 401)

    assert problem["detail"] == "Ce jeton est inconnu ou périmé : demandez-en un autre."
