"""What every test stands on: the database made by its owner and used by the application's role; the cast."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client

from tests.cast import Cast, make_cast


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


@pytest.fixture(scope="session", autouse=True)
def scratch() -> Iterator[None]:
    yield
    shutil.rmtree(settings.SCRATCH, ignore_errors=True)


@pytest.fixture(autouse=True)
def empty_cache(worker_id: str) -> None:
    """Throttles and sessions of one test are not another's; parallel workers have a prefix each."""
    settings.CACHES["default"]["KEY_PREFIX"] = worker_id
    cache.key_prefix = worker_id
    cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """Two neighbouring schools with the same roles in each, and an outsider."""
    return make_cast()


@pytest.fixture
def client_of() -> Any:
    """A signed-in browser: `client_of(cast.pastel.teacher)`."""

    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
