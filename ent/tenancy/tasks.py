"""The base of tasks that touch tenant rows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from celery.contrib.django.task import DjangoTask
from django.db import transaction

from ent.tenancy.scope import tenant_scope


class TenantTask(DjangoTask):  # type: ignore[misc]
    """A Celery task that runs in the scope named in its message::

        @shared_task(base=TenantTask)
        def remind(*, homework: int) -> None: ...

        remind.delay_on_commit(establishments=[homework.establishment_id], homework=homework.pk)

    A message without `establishments` is a TypeError: no task ever runs with a scope that nobody chose.
    """

    typing = False  # Celery would check the message against a signature that lacks `establishments`

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        if "establishments" not in (kwargs or {}):
            raise TypeError(f"{self.name} needs the establishments of its scope.")
        return super().apply_async(args, kwargs, **options)

    def apply_async_on_commit(self, *args: Any, **kwargs: Any) -> None:
        # The work is done and committed: a broker that is away must not turn its page into an error. What is not
        # sent is found by the sweeps over the rows.
        transaction.on_commit(partial(self.apply_async, *args, **kwargs), robust=True)

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        self.apply_async_on_commit(args=args, kwargs=kwargs)

    def __call__(self, *args: Any, establishments: Iterable[int], **kwargs: Any) -> Any:
        with tenant_scope(establishments):
            return super().__call__(*args, **kwargs)
