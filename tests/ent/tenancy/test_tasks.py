"""Tasks reopen the scope of their message, in a real worker, through a real broker."""

from __future__ import annotations

import time
from typing import Any

import pytest
from celery import shared_task
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from django.db import transaction

from ent.celery import app
from ent.tenancy.scope import current_scope, tenant_scope
from ent.tenancy.tasks import TenantTask
from establishments.models import Group
from tests.cast import make_cast


@shared_task(base=TenantTask)
def count_groups(*, key: str) -> None:
    cache.set(key, {"groups": Group.objects.classes().count(), "scope": sorted(current_scope() or [])})


def result_of(key: str, *, within: float = 10) -> Any:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if (found := cache.get(key)) is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(f"no worker answered under {key} within {within} s")


def test_task_without_establishments_is_refused() -> None:
    with pytest.raises(TypeError, match="establishments"):
        count_groups(key="unused")
    with pytest.raises(TypeError, match="establishments"):
        count_groups.delay(key="unused")


@pytest.mark.django_db(transaction=True)
def test_task_in_a_worker_sees_the_rows_of_its_message_after_the_commit(worker_id: str) -> None:
    queue = f"tests-{worker_id}"
    cast = make_cast()
    pastel = cast.pastel.establishment
    with start_worker(app, pool="solo", perform_ping_check=False, queues=[queue]):
        with transaction.atomic(), tenant_scope([pastel]):
            cast.pastel.group.pk = None
            cast.pastel.group.name = "5E C"
            cast.pastel.group.save()
            message = {"establishments": [pastel.pk], "key": "both"}
            count_groups.apply_async_on_commit(kwargs=message, queue=queue)
            assert cache.get("both") is None
        assert result_of("both") == {"groups": 2, "scope": [pastel.pk]}
