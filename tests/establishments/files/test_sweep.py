"""Files that no row speaks of any more are taken away, a day later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from ent.celery import app
from ent.tenancy.scope import tenant_scope
from establishments.files.actions import attach_again
from establishments.files.models import StoredFile
from establishments.files.tasks import sweep, sweep_all
from pedagogy.models import ProgressFile, ResourceFile
from tests.cast import Cast, School


@pytest.fixture
def tasks_run_at_once() -> Iterator[None]:
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def stray(school: School, *, days: int) -> str:
    """A file that was written that long ago, and whose row never came."""
    path = default_storage.save(f"{school.establishment.pk}/progressfile/stray-{days}", ContentFile(b"?"))
    age(path, days)
    return path


def age(path: str, days: int) -> None:
    then = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(default_storage.path(path), (then, then))


def test_file_without_a_row_is_removed_after_a_day(cast: Cast) -> None:
    old, new = stray(cast.pastel, days=2), stray(cast.pastel, days=0)

    sweep(establishments=[cast.pastel.establishment.pk])

    assert not default_storage.exists(old)
    assert default_storage.exists(new)


def test_file_with_a_row_is_kept_however_old(cast: Cast) -> None:
    path = cast.pastel.progress_file.file.name
    age(path, 400)

    sweep(establishments=[cast.pastel.establishment.pk])

    assert default_storage.exists(path)


def test_file_taken_back_by_its_student_is_removed(cast: Cast) -> None:
    path = cast.pastel.progress_file.file.name
    age(path, 2)
    with tenant_scope([cast.pastel.establishment]):
        ProgressFile.objects.all().delete()

    sweep(establishments=[cast.pastel.establishment.pk])

    assert not default_storage.exists(path)


def test_sweep_of_one_school_leaves_the_other_alone(cast: Cast) -> None:
    neighbours = stray(cast.brique, days=2)

    sweep(establishments=[cast.pastel.establishment.pk])

    assert default_storage.exists(neighbours)


def test_sweep_without_a_school_in_the_message_is_refused(db: None) -> None:
    with pytest.raises(TypeError, match="establishments"):
        sweep()


def test_sweep_of_the_night_takes_every_school_in_turn(cast: Cast, tasks_run_at_once: None) -> None:
    strays = [stray(school, days=2) for school in (cast.pastel, cast.brique)]

    sweep_all()

    assert [default_storage.exists(path) for path in strays] == [False, False]
    assert default_storage.exists(cast.pastel.progress_file.file.name)
    assert default_storage.exists(cast.brique.progress_file.file.name)


def test_content_whose_rows_went_in_cascade_is_removed_and_one_with_a_row_left_is_kept(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    pastel = cast.pastel
    path = pastel.resource_file.file.name
    with tenant_scope([pastel.establishment]):
        again = attach_again(ResourceFile, of=pastel.resource_file, resource=pastel.resource)
        StoredFile.objects.update(created_at=timezone.now() - timedelta(days=2))
        again.resource.delete()

        sweep(establishments=[pastel.establishment.pk])
        assert default_storage.exists(path)

        pastel.resource_file.resource.delete()
        with django_capture_on_commit_callbacks(execute=True):
            sweep(establishments=[pastel.establishment.pk])
        assert not StoredFile.objects.exists()
    assert not default_storage.exists(path)
