"""The API fuzzed from its own description: whatever is sent, the answer is never an error of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from knox.models import AuthToken
from schemathesis import GenerationMode

from tests.cast import Cast, School
from tests.routes import all_routes

# Of each operation, as its description allows and as it does not, for any object and for one that is there.
FEW = settings(
    max_examples=3,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def operations(db: None) -> Iterator[list[Any]]:
    """Of the whole application over WSGI, inside the test's transaction: as Django's own client, we keep it open."""
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = read_at_once(get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield [result.ok() for result in schema.get_all_operations()]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def read_at_once(application: Any) -> Any:
    """A file that nobody reads to the end would stay open."""

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        with closing(application(environ, start_response)) as body:
            return [b"".join(body)]

    return answer


def objects_of(school: School) -> dict[str, dict[str, Any]]:
    """By the path as the description writes it, the arguments of an object that is there."""
    found = {}
    for route in all_routes():
        if route.is_api and route.arguments:
            arguments = {"id" if name == "pk" else name: value for name, value in route.objects_in(school).items()}
            path = route.url(**{name: f"{{{'id' if name == 'pk' else name}}}" for name in route.arguments})
            found[path] = {name: str(value) for name, value in arguments.items()}
    return found


@pytest.mark.parametrize("who", ["student", "teacher", "local_admin"])
def test_whatever_is_sent_to_the_api_is_answered(cast: Cast, operations: list[Any], who: str) -> None:
    _instance, token = AuthToken.objects.create(cast.pastel.person(who))
    objects, answers = objects_of(cast.pastel), Counter()

    def send(operation: Any, mode: GenerationMode, arguments: dict[str, Any] | None) -> None:
        @FEW
        @given(case=operation.as_strategy(generation_mode=mode, path_parameters=arguments))
        def sent(case: Any) -> None:
            answer = case.call(headers={"Authorization": f"Token {token}"})
            answers[answer.status_code] += 1
            assert answer.status_code < 500, case.as_curl_command()

        sent()

    for operation in operations:
        send(operation, GenerationMode.POSITIVE, None)
        send(operation, GenerationMode.POSITIVE, objects.get(operation.path))
        if [*operation.query, *operation.body]:
            send(operation, GenerationMode.NEGATIVE, objects.get(operation.path))
        elif [*operation.path_parameters]:
            send(operation, GenerationMode.NEGATIVE, None)

    assert {200, 400, 404} <= answers.keys()
