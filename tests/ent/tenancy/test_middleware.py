"""The scope around a request, over a real transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import InternalError, connection
from django.test import Client

from ent.tenancy.scope import tenant_scope
from establishments.models import Group
from tests.cast import Cast, make_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.ent.tenancy.urls")]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def teacher(cast: Cast, client_of: Any) -> Client:
    client: Client = client_of(cast.pastel.teacher)
    return client


def group_name(cast: Cast) -> str:
    with tenant_scope([cast.pastel.establishment]):
        return str(Group.objects.classes().get().name)


def test_write_in_a_view_is_committed_for_the_persons_school_only(cast: Cast, teacher: Client) -> None:
    assert teacher.post("/write/").content == b"1"
    assert group_name(cast) == "changed"
    with tenant_scope([cast.brique.establishment]):
        assert Group.objects.classes().get().name == "5E B"


def test_exception_in_a_view_rolls_its_writes_back(cast: Cast, teacher: Client) -> None:
    with pytest.raises(RuntimeError):
        teacher.post("/write-then-fail/")
    assert group_name(cast) == "5E B"


def test_404_in_a_view_rolls_its_writes_back(cast: Cast, teacher: Client) -> None:
    assert teacher.post("/write-then-404/").status_code == 404
    assert group_name(cast) == "5E B"


def test_refusal_of_the_api_rolls_its_writes_back(cast: Cast, teacher: Client) -> None:
    response = teacher.post("/api/refuse/", content_type="application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["errors"] == {"name": ["no"]}
    assert group_name(cast) == "5E B"


def test_get_that_writes_is_refused_by_postgresql(cast: Cast, teacher: Client) -> None:
    with pytest.raises(InternalError, match="read-only"):
        teacher.get("/write/")
    assert group_name(cast) == "5E B"


def test_lazy_response_is_rendered_inside_the_scope(teacher: Client) -> None:
    assert teacher.get("/lazy/").content == b"5E B"


def test_next_request_on_the_same_connection_sees_nothing_of_the_last(
    cast: Cast, teacher: Client, client_of: Any
) -> None:
    outsider = client_of(cast.outsider)
    first, second, third = (client.get("/backend/").json() for client in (teacher, outsider, teacher))
    assert first["pid"] == second["pid"] == third["pid"]
    assert (first["groups"], second["groups"], third["groups"]) == (1, 0, 1)


def test_connection_after_a_request_has_no_scope_and_may_write(cast: Cast, teacher: Client) -> None:
    teacher.get("/lazy/")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('ent.scope', true), ''), current_setting('transaction_read_only')"
        )
        assert cursor.fetchone() == ("", "off")
