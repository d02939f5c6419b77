"""The API describes itself: completely, validly, and to those who are signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from tests.browser import Browser
from tests.routes import all_routes


@pytest.fixture(scope="module")
def schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def test_description_is_valid_and_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True)

    assert "openapi: 3." in capsys.readouterr().out


def test_description_names_every_route_of_the_api(schema: Any) -> None:
    described = {path.lstrip("/").replace("{", "<").replace("}", ">") for path in schema["paths"]}
    routes = {route.pattern for route in all_routes() if route.is_api} - {"api/", "api/v1/schema/"}

    plain = {route.replace("<int:", "<").replace("<uuid:", "<").replace("<slug:", "<") for route in routes}
    assert {path.replace("<id>", "<pk>") for path in described} == plain


def test_description_says_that_all_but_the_token_needs_one(schema: Any) -> None:
    open_operations = {
        (method, path)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        if not operation.get("security")
    }

    assert open_operations == {("post", "/api/v1/token/")}


def test_description_is_not_given_to_strangers(client: Browser, db: None) -> None:
    assert client.get("/api/v1/schema/").status_code == 401
