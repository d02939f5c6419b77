"""A school keeps each content once, as long as a row has it, within its quota."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from ent.tenancy.scope import tenant_scope
from establishments.files.actions import attach, attach_again, detach, examine, used_by
from establishments.files.models import StoredFile
from pedagogy.models import HomeworkFile, ProgressFile
from tests.cast import Cast, School
from tests.establishments.files.zoo import TRUE

CONTENT = TRUE["fiche.pdf"]


@pytest.fixture
def pastel(cast: Cast) -> Iterator[School]:
    with tenant_scope([cast.pastel.establishment]):
        yield cast.pastel


def given(school: School, content: bytes = CONTENT, name: str = "fiche.pdf") -> HomeworkFile:
    examined = examine(SimpleUploadedFile(name, content))
    return attach(HomeworkFile, examined=examined, establishment_id=school.establishment.pk, homework=school.homework)


def content_of(row: HomeworkFile) -> bytes:
    with row.file.open("rb") as file:
        return file.read()


def test_same_content_under_two_names_and_in_two_tables_is_kept_once(pastel: School) -> None:
    one, two = given(pastel), given(pastel, name="la même.pdf")
    examined = examine(SimpleUploadedFile("copie.pdf", CONTENT))
    three = attach(ProgressFile, examined=examined, establishment_id=pastel.establishment.pk, progress=pastel.progress)

    assert one.file.name == two.file.name == three.file.name
    assert [one.name, two.name, three.name] == ["fiche.pdf", "la même.pdf", "copie.pdf"]
    assert content_of(one) == CONTENT


def test_two_schools_keep_each_their_own(cast: Cast) -> None:
    paths = set()
    for school in (cast.pastel, cast.brique):
        with tenant_scope([school.establishment]):
            paths.add(given(school).file.name)

    assert len(paths) == 2


def test_content_goes_with_the_last_row_that_has_it(pastel: School, django_capture_on_commit_callbacks: Any) -> None:
    one, two = given(pastel), given(pastel)
    path = one.file.name

    with django_capture_on_commit_callbacks(execute=True):
        detach(HomeworkFile.objects.filter(pk=one.pk))
    assert default_storage.exists(path)

    with django_capture_on_commit_callbacks(execute=True):
        detach(HomeworkFile.objects.filter(pk=two.pk))
    assert not default_storage.exists(path)
    assert not StoredFile.objects.filter(file=path).exists()


def test_content_that_comes_again_after_it_went_is_kept_anew(
    pastel: School, django_capture_on_commit_callbacks: Any
) -> None:
    first = given(pastel)
    with django_capture_on_commit_callbacks(execute=True):
        detach(HomeworkFile.objects.filter(pk=first.pk))
        again = given(pastel)

    assert content_of(again) == CONTENT


def test_row_copied_to_another_takes_no_room(pastel: School) -> None:
    one = given(pastel)
    before = used_by(pastel.establishment.pk)

    again = attach_again(HomeworkFile, of=one, homework=pastel.homework)

    assert again.file.name == one.file.name
    assert again.key != one.key
    assert used_by(pastel.establishment.pk) == before


def test_file_beyond_the_quota_is_refused_in_words_and_leaves_nothing(pastel: School) -> None:
    pastel.establishment.files_quota = 0
    pastel.establishment.save(update_fields=["files_quota"])
    before = StoredFile.objects.count()

    refused = pytest.raises(ValidationError, match="ne tient plus dans l’espace de l’établissement")
    with refused, tenant_scope([pastel.establishment]):
        given(pastel, TRUE["notes.txt"], "notes.txt")

    assert StoredFile.objects.count() == before


def test_content_that_is_there_already_passes_a_full_quota(pastel: School) -> None:
    given(pastel)
    pastel.establishment.files_quota = 0
    pastel.establishment.save(update_fields=["files_quota"])

    assert given(pastel, name="encore.pdf").pk
