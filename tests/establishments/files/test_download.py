"""Files that go out: saved, never run as a page of ours."""

from __future__ import annotations

from contextlib import closing

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from ent.tenancy.scope import tenant_scope
from establishments.files.actions import ACCEPTED, SHOWN_IN_PLACE, download, examine
from pedagogy.models import HomeworkFile
from tests.cast import Cast
from tests.establishments.files.zoo import PAGE, PNG


def made(cast: Cast, name: str, content_type: str) -> HomeworkFile:
    with tenant_scope([cast.pastel.establishment]):
        file = HomeworkFile(
            establishment=cast.pastel.establishment,
            homework=cast.pastel.homework,
            name=name,
            content_type=content_type,
            size=2,
        )
        file.file.save(name, ContentFile(b"ok"), save=True)
    return file


@pytest.mark.parametrize("content_type", sorted({kind for kind, _shown in ACCEPTED.values()}))
def test_file_that_is_no_picture_is_an_attachment(cast: Cast, content_type: str) -> None:
    with closing(download(made(cast, "fichier", content_type))) as answer:
        disposition = "inline" if content_type in SHOWN_IN_PLACE else "attachment"
        assert answer["Content-Disposition"] == f'{disposition}; filename="fichier"'
        assert answer["Content-Type"] == content_type


def test_pictures_that_browsers_only_draw_are_the_only_ones_shown_in_place() -> None:
    assert {"image/png", "image/jpeg", "image/gif", "image/webp"} == SHOWN_IN_PLACE


def test_file_is_in_a_sandbox_its_type_is_not_guessed_and_no_cache_keeps_it(cast: Cast) -> None:
    with closing(download(cast.pastel.progress_file)) as answer:
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, no-store"


def test_picture_that_is_a_page_too_is_only_ever_a_picture(cast: Cast) -> None:
    """It begins as a PNG: nothing at the door can tell it apart from one with a comment."""
    polyglot = SimpleUploadedFile("photo.png", PNG + PAGE)

    examined = examine(polyglot)

    assert examined.content_type == "image/png"
    with closing(download(made(cast, examined.name, examined.content_type))) as answer:
        assert answer["Content-Type"] == "image/png"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("fiche.pdf", 'filename="fiche.pdf"'),
        ("énoncé.pdf", "filename*=utf-8''%C3%A9nonc%C3%A9.pdf"),
        ("deux mots.pdf", 'filename="deux mots.pdf"'),
        ("€ ; 'x'.pdf", "filename*=utf-8''%E2%82%AC%20%3B%20%27x%27.pdf"),
    ],
)
def test_name_goes_out_as_rfc_6266_writes_it(cast: Cast, name: str, written: str) -> None:
    with closing(download(made(cast, name, "application/pdf"))) as answer:
        assert answer["Content-Disposition"] == f"attachment; {written}"
