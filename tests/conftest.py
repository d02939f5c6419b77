"""What every test stands on: the database made by its owner and used by the application's role; the cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections

from tests.browser import Browser
from tests.cast import Cast, make_cast
from tests.worker import Worker, worker_at

if TYPE_CHECKING:
    from pathlib import Path

    from accounts.models import User


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """The owner makes and migrates the database; the tests run as the application does, held by the policies."""
    owner, application = connections["owner"], connections["default"]
    before = application.settings_dict["NAME"]
    with django_db_blocker.unblock():
        name = owner.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        application.close()
        application.settings_dict["NAME"] = name
        with owner.cursor() as cursor:
            # Tests with real commits empty the tables behind them; the application never may.
            cursor.execute("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO ent_app")
        owner.close()
    yield
    with django_db_blocker.unblock():
        application.close()
        owner.creation.destroy_test_db(before, verbosity=0)


@pytest.fixture(autouse=True)
def own_cache() -> None:
    """Throttles and sessions of one test are not another's. clear() would take those of the parallel worker away."""
    cache.key_prefix = settings.CACHES["default"]["KEY_PREFIX"] = uuid4().hex


@pytest.fixture
def cast(db: None) -> Cast:
    """Two neighbouring schools with the same roles in each, and an outsider."""
    return make_cast()


@pytest.fixture
def client() -> Browser:
    """A browser that nobody has signed in with."""
    return Browser()


@pytest.fixture
def client_of() -> Callable[[User], Browser]:
    """A signed-in browser: `client_of(cast.pastel.teacher)`."""

    def sign_in(user: User) -> Browser:
        browser = Browser()
        browser.force_login(user, backend="accounts.sessions.backend.SessionBackend")
        return browser

    return sign_in


@pytest.fixture
def worker(tmp_path: Path, transactional_db: None) -> Iterator[Worker]:
    """A Celery worker that the test starts, and may kill."""
    with worker_at(tmp_path) as found:
        yield found
