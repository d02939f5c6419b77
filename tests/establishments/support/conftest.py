from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from accounts.models import User
from tests.browser import Browser


@pytest.fixture
def desk_of() -> Callable[[User], Browser]:
    """A browser of somebody who has just proved twice who they are: what a desk asks for."""

    def sign_in(user: User) -> Browser:
        browser = Browser()
        browser.force_login(user, backend="accounts.sessions.backend.SessionBackend")
        session = browser.session
        session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
        session.save()
        return browser

    return sign_in
