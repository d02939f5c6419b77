"""A teacher writes what was done in a lesson."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from lxml import html

from accounts.models import User
from ent.portal.versions import StaleError
from ent.tenancy.scope import person_scope, tenant_scope
from pedagogy.lessons import actions
from pedagogy.models import Course, Lesson, LessonFile, PrivateNote
from tests.browser import Browser, text_of
from tests.cast import Cast
from tests.pedagogy.lessons.log import end_the_year, entry_of, lesson, past, take_the_course_away, url_of
from tests.pedagogy.timetable.weeks import course

SignIn = Callable[[User], Browser]
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def teacher(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.teacher)


def typed(**changes: Any) -> dict[str, Any]:
    return {"version": 0, "title": "Théorème de Thalès", "content": "Activité 2.\nExercice 4.", **changes}


def test_entry_of_a_lesson_that_is_over_is_read_at_once_by_its_students(
    cast: Cast, teacher: Browser, client_of: SignIn
) -> None:
    answer = teacher.post(url_of(past(cast.pastel)), typed(), follow=True)

    assert "les élèves et les familles le voient" in text_of(answer)
    page = text_of(client_of(cast.pastel.classmate).get("/eleve/cahier/"))
    assert "Théorème de Thalès" in page
    assert "Exercice 4." in page


def test_entry_of_a_lesson_to_come_is_read_from_its_end_on(cast: Cast, teacher: Browser, client_of: SignIn) -> None:
    to_come = lesson(cast.pastel, days=3)

    answer = teacher.post(url_of(to_come), typed(), follow=True)

    assert "le verront" in text_of(answer)
    entry = entry_of(to_come)
    assert entry is not None
    assert entry.visible_at is not None
    assert timezone.localtime(entry.visible_at).strftime("%H:%M") == "08:01"
    assert "Théorème de Thalès" not in text_of(client_of(cast.pastel.student).get("/eleve/cahier/"))


def test_entry_is_visible_from_the_chosen_moment(cast: Cast, teacher: Browser) -> None:
    there, day = past(cast.pastel), timezone.localdate() + timedelta(days=4)

    teacher.post(url_of(there), typed(visible_on=day, visible_from="18:30"))

    entry = entry_of(there)
    assert entry is not None
    assert entry.visible_at is not None
    assert timezone.localtime(entry.visible_at).isoformat().startswith(f"{day}T18:30")


def test_draft_is_seen_by_nobody_but_those_who_teach_the_lesson(
    cast: Cast, teacher: Browser, client_of: SignIn
) -> None:
    there = past(cast.pastel)

    teacher.post(url_of(there), typed(draft="1"))

    assert "Théorème de Thalès" in teacher.get(url_of(there)).content.decode()
    entry = entry_of(there)
    assert entry is not None
    for who in ("student", "guardian", "head"):
        assert client_of(cast.pastel.person(who)).get(f"/api/v1/lesson-entries/{entry.pk}/").status_code == 403
        assert "Théorème" not in client_of(cast.pastel.person(who)).get("/api/v1/lesson-entries/").content.decode()


def test_document_of_a_lesson_is_downloaded_by_a_student(cast: Cast, teacher: Browser, client_of: SignIn) -> None:
    there = past(cast.pastel)
    teacher.post(url_of(there), typed(files=[SimpleUploadedFile("fiche.pdf", PDF)]))
    with tenant_scope([cast.pastel.establishment]):
        file = LessonFile.objects.get(entry__lesson=there)

    assert client_of(cast.pastel.student).get(f"/fichiers/cahier/{file.key}/").getvalue() == PDF


def test_slot_of_the_timetable_opens_the_page_and_keeps_the_lesson_when_something_is_written(
    cast: Cast, teacher: Browser
) -> None:
    day = cast.pastel.lesson.on + timedelta(days=7)
    url = f"/classe/cahier/creneaux/{cast.pastel.slot.pk}/{day}/"
    with tenant_scope([cast.pastel.establishment]):
        before = Lesson.objects.count()

    assert "Mathématiques, 5E B" in text_of(teacher.get(url), "h1")
    with tenant_scope([cast.pastel.establishment]):
        assert Lesson.objects.count() == before
    teacher.post(url, typed())

    with tenant_scope([cast.pastel.establishment]):
        kept = Lesson.objects.get(slot=cast.pastel.slot, slot_on=day)
    assert entry_of(kept) is not None
    assert teacher.get(url)["Location"] == url_of(kept)


@pytest.mark.parametrize("day", ["2026-02-30", "hier", "9999-12-31", "1"])
def test_slot_on_a_day_that_is_none_is_not_found(cast: Cast, teacher: Browser, day: str) -> None:
    assert teacher.get(f"/classe/cahier/creneaux/{cast.pastel.slot.pk}/{day}/").status_code == 404


def test_slot_on_another_day_of_the_week_is_refused_and_keeps_what_was_typed(cast: Cast, teacher: Browser) -> None:
    day = cast.pastel.lesson.on + timedelta(days=1)

    page = text_of(teacher.post(f"/classe/cahier/creneaux/{cast.pastel.slot.pk}/{day}/", typed()))

    assert "Il n’y a pas de cours ce jour-là" in page
    assert "Exercice 4." in page


def test_what_was_done_last_time_is_beside_the_form(cast: Cast, teacher: Browser) -> None:
    page = text_of(teacher.get(url_of(lesson(cast.pastel))))

    assert "La dernière fois, hier" in page
    assert "Thalès à pastel" in page


def test_cancelled_lesson_says_so_and_refuses_what_is_written_in_it(cast: Cast, teacher: Browser) -> None:
    url = url_of(cast.pastel.lesson)

    assert "Ce cours est annulé" in text_of(teacher.get(url))
    page = text_of(teacher.post(url, typed()))

    assert "Ce cours est annulé" in page
    assert "Exercice 4." in page
    assert entry_of(cast.pastel.lesson) is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"title": ""}, "Dites ce que vous avez fait, en une ligne."),
        ({"content": "a" * 2_000_000}, "Ce texte est trop long : 100000 caractères au plus, et il en a 2000000."),
        ({"visible_from": "18:00"}, "Dites aussi le jour."),
        ({"visible_on": "2099-01-01"}, "Ce jour est à plus d’un an."),
        ({"files": [SimpleUploadedFile("vers.pdf", b"MZ\x90\x00")]}, "est un programme"),
    ],
    ids=["no title", "two megabytes", "no day", "far away", "not a PDF"],
)
def test_what_cannot_be_kept_is_refused_in_words_and_what_was_typed_stays(
    cast: Cast, teacher: Browser, wrong: dict[str, Any], message: str
) -> None:
    there = past(cast.pastel)

    answer = teacher.post(url_of(there), typed(note="Revoir la figure.", **wrong))

    page = text_of(answer)
    assert message in page
    assert "Revoir la figure." in page
    (content,) = html.document_fromstring(answer.content.decode()).xpath("//textarea[@name='content']")
    assert content.text.strip() == typed(**wrong)["content"]
    assert entry_of(there) is None


def test_teacher_who_has_lost_the_course_while_writing_is_told_and_keeps_the_text(cast: Cast, teacher: Browser) -> None:
    there = past(cast.pastel)
    take_the_course_away(cast.pastel)

    answer = teacher.post(url_of(there), typed(note="Revoir la figure."))

    assert answer.status_code == 403
    page = text_of(answer)
    assert "Ce cours n’est plus le vôtre" in page
    assert "Exercice 4." in page
    assert "Revoir la figure." in page
    assert entry_of(there) is None


def test_second_of_two_teachers_who_begin_an_entry_at_once_sees_the_firsts_beside_their_own(
    cast: Cast, teacher: Browser
) -> None:
    there = past(cast.pastel)
    teacher.post(url_of(there), typed(title="Celle de Mme Costes", draft="1"))

    answer = teacher.post(url_of(there), typed(title="La mienne", draft="1"))

    page = answer.content.decode()
    assert "Ce qui est enregistré maintenant" in page
    assert "Celle de Mme Costes" in page
    assert "La mienne" in page
    entry = entry_of(there)
    assert entry is not None
    assert entry.title == "Celle de Mme Costes"


def test_draft_saved_from_an_older_page_is_refused(cast: Cast) -> None:
    there = past(cast.pastel)
    with person_scope(cast.pastel.teacher):
        actions.write(lesson=there, by=cast.pastel.teacher, version=0, title="Un")
        actions.write(lesson=there, by=cast.pastel.teacher, version=1, title="Deux")
        with pytest.raises(StaleError):
            actions.write(lesson=there, by=cast.pastel.teacher, version=1, title="Trois")


def test_year_that_is_over_is_read_and_not_written(cast: Cast, teacher: Browser) -> None:
    end_the_year(cast.pastel)

    assert "Tout s’y lit encore" in text_of(teacher.get(url_of(past(cast.pastel))))
    with person_scope(cast.pastel.teacher), pytest.raises(ValidationError, match="terminée"):
        actions.write(lesson=past(cast.pastel, hour=11), by=cast.pastel.teacher, version=0, title="Un")


def test_substitute_to_whom_the_lesson_was_given_writes_it_and_no_other(cast: Cast, client_of: SignIn) -> None:
    given = past(cast.pastel, teacher=cast.pastel.memberships["colleague"])
    other = past(cast.pastel, hour=11)

    client_of(cast.pastel.colleague).post(url_of(given), typed())

    entry = entry_of(given)
    assert entry is not None
    assert entry.author_id == cast.pastel.memberships["colleague"].pk
    assert client_of(cast.pastel.colleague).get(url_of(other)).status_code == 403


# --- Private notes --------------------------------------------------------------------------------------------


def test_private_note_is_read_by_whoever_wrote_it_and_by_nobody_else(
    cast: Cast, teacher: Browser, client_of: SignIn
) -> None:
    url = f"/classe/cahier/seances/{cast.pastel.entry.lesson_id}/"
    assert "Note pour moi à pastel" in teacher.get(url).content.decode()

    with tenant_scope([cast.pastel.establishment]):
        Lesson.objects.filter(pk=cast.pastel.entry.lesson_id).update(teacher=cast.pastel.memberships["colleague"])
    substitute = client_of(cast.pastel.colleague).get(url).content.decode()
    head = client_of(cast.pastel.head)

    assert "Thalès à pastel" in substitute
    assert "Note pour moi" not in substitute
    for page in (f"/etablissement/classes/{cast.pastel.group.pk}/cahier/", "/api/v1/lesson-entries/"):
        assert "Note pour moi" not in head.get(page).content.decode()


def test_note_is_written_and_emptied_after_the_entry_is_closed(cast: Cast, teacher: Browser) -> None:
    url = f"/classe/cahier/seances/{cast.pastel.entry.lesson_id}/"

    teacher.post(f"{url}notes/", {"note": "Moins vite."})
    assert "Moins vite." in teacher.get(url).content.decode()
    teacher.post(f"{url}notes/", {"note": " "})

    with tenant_scope([cast.pastel.establishment]):
        assert not PrivateNote.objects.filter(lesson=cast.pastel.entry.lesson_id).exists()


# --- Taking up ------------------------------------------------------------------------------------------------


def test_entry_of_another_class_is_taken_up_as_a_draft_with_its_documents(cast: Cast, teacher: Browser) -> None:
    there = past(cast.pastel, hour=11)

    teacher.post(f"/classe/cahier/contenus/{cast.pastel.entry.pk}/reprendre/", {"lesson": there.pk})

    entry = entry_of(there)
    assert entry is not None
    assert (entry.title, entry.content, entry.visible_at) == ("Thalès à pastel", "<p>Activité 2.</p>", None)
    with tenant_scope([cast.pastel.establishment]):
        copy = LessonFile.objects.get(entry=entry)
        assert copy.name == "activite.pdf"
        with copy.file.open("rb") as file:
            assert file.read() == b"%PDF-1.4\n"


def test_entry_is_not_taken_up_where_there_is_one_already(cast: Cast) -> None:
    with person_scope(cast.pastel.teacher), pytest.raises(ValidationError, match="déjà son contenu"):
        actions.copy(entry=cast.pastel.entry, to=cast.pastel.entry.lesson, by=cast.pastel.teacher)


def test_entry_is_taken_up_into_ones_own_lessons_only(cast: Cast) -> None:
    there = past(cast.pastel, hour=11)
    with person_scope(cast.pastel.colleague), pytest.raises(PermissionDenied):
        actions.copy(entry=cast.pastel.entry, to=there, by=cast.pastel.colleague)


# --- What is still to be written ------------------------------------------------------------------------------


def test_lessons_without_an_entry_are_listed_until_they_have_one(cast: Cast, teacher: Browser) -> None:
    there = past(cast.pastel)
    assert url_of(there) in teacher.get("/classe/cahier/").content.decode()

    teacher.post(url_of(there), typed(draft="1"))
    assert "brouillon" in text_of(teacher.get("/classe/cahier/"))
    teacher.post(url_of(there), typed(version=1))

    assert url_of(there) not in teacher.get("/classe/cahier/").content.decode()
    assert url_of(there) in teacher.get("/classe/cahier/?voir=ecrit").content.decode()


def test_lesson_to_come_is_among_those_to_prepare(cast: Cast, teacher: Browser) -> None:
    to_come = lesson(cast.pastel, days=3)

    assert url_of(to_come) in teacher.get("/classe/cahier/?voir=preparer").content.decode()
    assert url_of(to_come) not in teacher.get("/classe/cahier/").content.decode()


@pytest.mark.parametrize("query", ["jusqu=hier", "jusqu=9999-99-99", "cours=%00", "voir=tout", "cours=" + "9" * 40])
def test_list_asked_with_nonsense_is_the_usual_one(cast: Cast, teacher: Browser, query: str) -> None:
    assert teacher.get(f"/classe/cahier/?{query}").status_code == 200


# --- A sequence -----------------------------------------------------------------------------------------------


def test_sequence_of_a_course_becomes_drafts_of_the_coming_lessons_in_order(cast: Cast, teacher: Browser) -> None:
    pastel = cast.pastel
    first = past(pastel, course=pastel.course)
    teacher.post(url_of(first), typed(title="Avant Thalès"))
    with tenant_scope([pastel.establishment]):
        target = course(pastel, "Géométrie", pastel.memberships["teacher"])
    coming = [lesson(pastel, days=days, course=target) for days in (2, 5, 9)]

    page = text_of(teacher.post(f"/classe/cours/{pastel.course.pk}/progression/", {"target": target.pk}, follow=True))

    assert "2 séances reprises en brouillon." in page
    entries = [entry_of(there) for there in coming]
    assert [entry and entry.title for entry in entries] == ["Avant Thalès", "Thalès à pastel", None]
    assert {entry.visible_at for entry in entries if entry} == {None}
    with tenant_scope([pastel.establishment]):
        assert LessonFile.objects.get(entry=entries[1]).name == "activite.pdf"


def test_sequence_is_not_taken_up_in_a_course_without_a_lesson_to_come(cast: Cast, teacher: Browser) -> None:
    with tenant_scope([cast.pastel.establishment]):
        target = course(cast.pastel, "Géométrie", cast.pastel.memberships["teacher"])

    answer = teacher.post(f"/classe/cours/{cast.pastel.course.pk}/progression/", {"target": target.pk})

    assert "n’a pas de séance libre à venir" in text_of(answer)


def test_sequence_of_a_colleague_is_taken_up_when_the_course_is_shared(cast: Cast, client_of: SignIn) -> None:
    pastel = cast.pastel
    url = f"/classe/cours/{pastel.course.pk}/progression/"
    with tenant_scope([pastel.establishment]):
        target = course(pastel, "Géométrie", pastel.memberships["colleague"])
    there, browser = lesson(pastel, days=2, course=target), client_of(pastel.colleague)
    assert browser.post(url, {"target": target.pk}).status_code == 403

    with tenant_scope([pastel.establishment]):
        Course.objects.filter(pk=pastel.course.pk).update(is_shared=True)
    browser.post(url, {"target": target.pk})

    entry = entry_of(there)
    assert entry is not None
    assert entry.author_id == pastel.memberships["colleague"].pk
