"""What students have seen is unalterable; a correction is read beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, transaction
from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import person_scope, tenant_scope
from pedagogy.lessons import actions
from pedagogy.models import Correction, LessonEntry, LessonFile
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.lessons.log import entry_of, lesson, past, url_of

SignIn = Callable[[User], Browser]


@pytest.fixture
def teacher(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.teacher)


def refused_by_postgresql(school: School, act: Callable[[], Any]) -> str:
    """What the database itself says, past every check of ours."""
    with tenant_scope([school.establishment]), pytest.raises(Error) as refusal, transaction.atomic():
        act()
    return str(refusal.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: LessonEntry.objects.filter(pk=entry.pk).update(content="Autre chose."),
        lambda entry: LessonEntry.objects.filter(pk=entry.pk).update(visible_at=None),
        lambda entry: LessonEntry.objects.filter(pk=entry.pk)._raw_delete("default"),
        lambda entry: LessonFile.objects.filter(entry=entry).update(name="autre.pdf"),
        lambda entry: LessonFile.objects.filter(entry=entry)._raw_delete("default"),
        lambda entry: Correction.objects.filter(entry=entry).update(text="Autre chose."),
        lambda entry: Correction.objects.filter(entry=entry)._raw_delete("default"),
    ],
    ids=["content", "visible_at", "delete", "file", "delete file", "correction", "delete correction"],
)
def test_postgresql_refuses_to_change_or_delete_what_was_published(
    cast: Cast, change: Callable[[LessonEntry], Any]
) -> None:
    said = refused_by_postgresql(cast.pastel, lambda: change(cast.pastel.entry))

    assert "was published" in said or "append-only" in said


def test_postgresql_refuses_a_document_that_comes_after_publication_but_with_a_correction(cast: Cast) -> None:
    pastel = cast.pastel
    values = {
        "establishment": pastel.establishment, "entry": pastel.entry, "name": "oubli.pdf", "size": 9,
        "content_type": "application/pdf", "file": ContentFile(b"%PDF-1.4\n", "oubli.pdf"),
    }  # fmt: skip
    assert "was published" in refused_by_postgresql(pastel, lambda: LessonFile.objects.create(**values))

    with tenant_scope([pastel.establishment]):
        added = LessonFile.objects.create(**values, correction=Correction.objects.get(entry=pastel.entry))
    said = refused_by_postgresql(pastel, lambda: LessonFile.objects.filter(pk=added.pk).update(name="autre.pdf"))

    assert "was published" in said


def test_entry_that_nobody_has_seen_yet_is_changed_and_deleted_freely(cast: Cast, teacher: Browser) -> None:
    to_come = lesson(cast.pastel, days=3)
    teacher.post(url_of(to_come), {"version": 0, "title": "Un"})
    teacher.post(url_of(to_come), {"version": 1, "title": "Deux"})
    entry = entry_of(to_come)
    assert entry is not None
    assert entry.title == "Deux"

    teacher.post(f"/classe/cahier/contenus/{entry.pk}/supprimer/")

    assert entry_of(to_come) is None


def test_published_entry_offers_no_form_and_refuses_one_that_was_open(cast: Cast, teacher: Browser) -> None:
    url = f"/classe/cahier/seances/{cast.pastel.entry.lesson_id}/"
    assert "Ajouter une correction" in text_of(teacher.get(url))
    assert 'name="title"' not in teacher.get(url).content.decode()

    page = text_of(teacher.post(url, {"version": 1, "title": "Autre", "content": "Ce que j’écrivais."}))

    assert "il ne se modifie plus" in page
    assert "Ce que j’écrivais." in page
    with tenant_scope([cast.pastel.establishment]):
        assert LessonEntry.objects.get(pk=cast.pastel.entry.pk).title == "Thalès à pastel"


def test_published_entry_is_not_discarded(cast: Cast, teacher: Browser) -> None:
    answer = teacher.post(f"/classe/cahier/contenus/{cast.pastel.entry.pk}/supprimer/", follow=True)

    assert "il ne se modifie plus" in text_of(answer)


def test_correction_is_read_beside_the_entry_with_its_author_and_document(
    cast: Cast, teacher: Browser, client_of: SignIn
) -> None:
    url = f"/classe/cahier/contenus/{cast.pastel.entry.pk}/corriger/"
    document = SimpleUploadedFile("corrige.pdf", b"%PDF-1.4\n%%EOF\n")
    teacher.post(url, {"text": "L’exercice 4, et non le 5.", "files": [document]})

    page = text_of(client_of(cast.pastel.student).get("/eleve/cahier/"))
    assert "Activité 2." in page  # as it was
    assert "L’exercice 4, et non le 5." in page
    assert "Correction de Teacher Pastel" in page
    assert "corrige.pdf" in page


def test_correction_without_words_is_refused(cast: Cast, teacher: Browser) -> None:
    page = text_of(teacher.post(f"/classe/cahier/contenus/{cast.pastel.entry.pk}/corriger/", {"text": " "}))

    assert "Dites ce qui est à lire autrement." in page


def test_draft_is_changed_and_not_corrected(cast: Cast) -> None:
    by = cast.pastel.teacher
    with person_scope(by):
        draft = actions.write(lesson=past(cast.pastel), by=by, version=0, title="Un")
        with pytest.raises(ValidationError, match="Personne ne voit encore"):
            actions.correct(entry=draft, by=by, text="Deux")


def test_entry_written_late_says_since_when_it_is_read(cast: Cast) -> None:
    before = timezone.now()
    with person_scope(cast.pastel.teacher):
        there = past(cast.pastel)
        entry = actions.write(
            lesson=there, by=cast.pastel.teacher, version=0, title="Un",
            visible_at=before - timedelta(days=2),
        )  # fmt: skip

    assert entry.visible_at is not None
    assert entry.visible_at >= before
