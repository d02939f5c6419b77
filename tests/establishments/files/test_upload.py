"""Files that come in by a form: the cap, and what the disk holds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.files.actions import MAX_BYTES
from establishments.files.handlers import CappedUploadHandler
from establishments.files.models import StoredFile
from pedagogy.models import ProgressFile
from tests.browser import Browser, text_of
from tests.cast import Cast

SignIn = Callable[[User], Browser]
TOO_BIG = MAX_BYTES + 10**6


@pytest.fixture
def student(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.classmate)


def url_of(cast: Cast) -> str:
    return f"/eleve/devoirs/{cast.pastel.homework.pk}/"


def test_file_over_the_limit_is_said_so_and_what_was_typed_is_kept(cast: Cast, student: Browser) -> None:
    film = SimpleUploadedFile("film.mp4", bytes(TOO_BIG))

    page = text_of(student.post(url_of(cast), {"text": "Ma réponse", "files": [film]}))

    assert "« film.mp4 » dépasse 20 Mo." in page
    assert "Ma réponse" in page


def test_file_over_the_limit_does_not_fill_the_disk() -> None:
    handler, chunk = CappedUploadHandler(), bytes(CappedUploadHandler.chunk_size)
    handler.new_file("files", "film.mp4", "video/mp4", None)

    for start in range(0, 3 * MAX_BYTES, len(chunk)):
        handler.receive_data_chunk(chunk, start)

    kept = handler.file_complete(3 * MAX_BYTES)
    assert kept.size == 3 * MAX_BYTES
    assert Path(kept.temporary_file_path()).stat().st_size <= MAX_BYTES + len(chunk)
    kept.close()


def test_more_files_than_any_form_takes_is_a_bad_request(cast: Cast, student: Browser) -> None:
    files = [SimpleUploadedFile(f"{n}.png", b"\x89PNG\r\n\x1a\n") for n in range(21)]

    assert student.post(url_of(cast), {"files": files}).status_code == 400


def test_file_is_stored_under_a_name_of_ours_in_its_schools_folder(cast: Cast, student: Browser) -> None:
    picture = SimpleUploadedFile("../../ma copie.png", b"\x89PNG\r\n\x1a\n")

    student.post(url_of(cast), {"files": [picture]})

    with tenant_scope([cast.pastel.establishment]):
        file = ProgressFile.objects.get(progress__student=cast.pastel.memberships["classmate"])
        stored = StoredFile.objects.get(size=8)
    assert file.file.name == stored.file.name == f"{cast.pastel.establishment.pk}/storedfile/{stored.key}"
    assert file.name == "ma copie.png"
    assert Path(file.file.path).stat().st_mode & 0o077 == 0
