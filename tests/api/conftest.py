"""The API as a script calls it: a token, and JSON both ways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import User


@pytest.fixture
def script_of() -> Callable[[User], APIClient]:
    """A script with a token: `script_of(cast.pastel.teacher)`."""

    def call(user: User) -> APIClient:
        _instance, token = AuthToken.objects.create(user)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    return call
