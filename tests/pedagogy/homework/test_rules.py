"""For whom homework is, until when it may be handed in, from when it is seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import person_scope, tenant_scope
from pedagogy.homework import actions
from pedagogy.models import Homework, Progress
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.homework.rows import in_days, make_homework, progress_of

SignIn = Callable[[User], Browser]
LIST = "/eleve/devoirs/"


def given(school: School, **fields: Any) -> Homework:
    usual = {"title": "Fiche adaptée", "due_on": in_days(2), "to_hand_in": True}
    with person_scope(school.teacher):
        return actions.give(group=school.group, subject=school.subject, by=school.teacher, **(usual | fields))


def revised(homework: Homework, by: User, **changes: Any) -> Homework:
    fields = ("title", "due_on", "instructions", "expected_minutes", "to_hand_in")
    with person_scope(by):
        row = Homework.objects.get(pk=homework.pk)
        return actions.revise(homework=row, by=by, **({name: getattr(row, name) for name in fields} | changes))


def aged(homework: Homework, **fields: Any) -> None:
    with tenant_scope([homework.establishment_id]):
        Homework.objects.filter(pk=homework.pk).update(**fields)


# --- For some -------------------------------------------------------------------------------------------------


def test_homework_for_one_student_is_seen_by_them_and_not_by_the_classmate(cast: Cast, client_of: SignIn) -> None:
    school = cast.pastel
    homework = given(school, students=[school.memberships["student"].pk])

    assert "Fiche adaptée" in text_of(client_of(school.student).get(LIST))
    child = school.memberships["student"].pk
    assert "Fiche adaptée" in text_of(client_of(school.guardian).get(f"/famille/enfants/{child}/devoirs/"))
    classmate = client_of(school.classmate)
    assert "Fiche adaptée" not in text_of(classmate.get(LIST))
    assert classmate.get(f"{LIST}{homework.pk}/").status_code == 404
    assert classmate.post(f"{LIST}{homework.pk}/fait/", {"done": "1"}).status_code == 403
    assert homework.pk not in [row["id"] for row in classmate.get("/api/v1/homework/").json()["results"]]
    assert classmate.get(f"/api/v1/homework/{homework.pk}/").status_code == 403


def test_homework_for_another_child_is_not_seen_by_a_guardian(cast: Cast, client_of: SignIn) -> None:
    school = cast.pastel
    homework = given(school, students=[school.memberships["classmate"].pk])
    guardian = client_of(school.guardian)

    assert "Fiche adaptée" not in text_of(guardian.get("/famille/"))
    child = school.memberships["student"].pk
    assert guardian.get(f"/famille/enfants/{child}/devoirs/{homework.pk}/").status_code == 404
    assert guardian.get(f"/api/v1/homework/{homework.pk}/").status_code == 403


def test_homework_for_one_student_waits_for_one(cast: Cast, client_of: SignIn) -> None:
    homework = given(cast.pastel, students=[cast.pastel.memberships["student"].pk])

    page = text_of(client_of(cast.pastel.teacher).get(f"/classe/devoirs/{homework.pk}/"))

    assert "0 sur 1" in page
    assert "Pastel Classmate" not in page


def test_student_of_another_school_cannot_be_named(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="n’est pas dans cette classe"):
        given(cast.pastel, students=[cast.brique.memberships["student"].pk])


# --- Extra time -----------------------------------------------------------------------------------------------


def test_student_with_extra_time_reads_their_own_day_and_the_others_theirs(cast: Cast, client_of: SignIn) -> None:
    school = cast.pastel
    homework = given(school, own_days={school.memberships["student"].pk: in_days(6)}, late_policy="closed")

    page = text_of(client_of(school.student).get(f"{LIST}{homework.pk}/"))
    assert "Un délai a été donné" in page
    assert "délai en plus" in text_of(client_of(school.student).get(LIST))
    assert "Un délai a été donné" not in text_of(client_of(school.classmate).get(f"{LIST}{homework.pk}/"))


def test_work_that_is_closed_is_still_handed_in_by_who_has_extra_time(cast: Cast, client_of: SignIn) -> None:
    school = cast.pastel
    homework = given(school, own_days={school.memberships["student"].pk: in_days(6)}, late_policy="closed")
    aged(homework, due_on=in_days(-1), published_at=timezone.now() - timedelta(days=3))

    answer = client_of(school.student).post(f"{LIST}{homework.pk}/", {"text": "Voici."}, follow=True)

    assert "Rendu." in text_of(answer)
    assert "en retard" not in text_of(answer)


@pytest.mark.parametrize("days", [2, 17], ids=["no later", "more than two weeks later"])
def test_extra_time_that_is_none_or_too_long_is_refused(cast: Cast, days: int) -> None:
    with pytest.raises(ValidationError, match="Un délai va"):
        given(cast.pastel, own_days={cast.pastel.memberships["student"].pk: in_days(days)})


# --- Late -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "until", "is_taken"),
    [("accepted", None, True), ("until", 0, True), ("until", -1, False), ("closed", None, False)],
)
def test_late_copy_is_taken_or_refused_as_was_said_and_what_was_typed_stays(
    cast: Cast, client_of: SignIn, policy: str, until: int | None, *, is_taken: bool
) -> None:
    day = None if until is None else in_days(until)
    homework = make_homework(
        cast.pastel, to_hand_in=True, due_on=in_days(-2), late_policy=policy, late_until=day,
        published_at=timezone.now() - timedelta(days=9),
    )  # fmt: skip

    page = text_of(client_of(cast.pastel.student).post(f"{LIST}{homework.pk}/", {"text": "Ma réponse."}, follow=True))

    assert "Ma réponse." in page
    assert ("ce n’est plus possible" in page) is not is_taken
    progress = progress_of(homework, cast.pastel.memberships["student"])
    assert bool(progress and progress.handed_in_at) is is_taken
    assert ("en retard" in page) is is_taken or not is_taken


def test_accepted_until_a_day_before_that_of_the_homework_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="Le dernier délai vient après"):
        given(cast.pastel, late_policy="until", late_until=in_days(1))


# --- Planned --------------------------------------------------------------------------------------------------


def test_planned_homework_is_seen_by_its_author_only(cast: Cast, client_of: SignIn) -> None:
    school = cast.pastel
    homework = given(school, published_at=timezone.now() + timedelta(hours=5))

    assert "prévu" in text_of(client_of(school.teacher).get(f"/classe/groupes/{school.group.pk}/"))
    for who, url in (
        ("student", LIST),
        ("student", "/eleve/"),
        ("guardian", "/famille/"),
        ("head", "/etablissement/devoirs/"),
    ):
        assert "Fiche adaptée" not in text_of(client_of(school.person(who)).get(url)), url
    for who in ("student", "guardian", "head"):
        assert client_of(school.person(who)).get(f"/api/v1/homework/{homework.pk}/").status_code == 403


def test_planned_homework_is_seen_when_its_hour_has_come(cast: Cast, client_of: SignIn) -> None:
    homework = given(cast.pastel, published_at=timezone.now() + timedelta(hours=5))

    aged(homework, published_at=timezone.now() - timedelta(seconds=1))

    assert "Fiche adaptée" in text_of(client_of(cast.pastel.student).get(LIST))


def test_homework_due_before_it_is_seen_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="avant d’être donné"):
        given(cast.pastel, due_on=in_days(1), published_at=timezone.now() + timedelta(days=3))


# --- What is handed in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sent", "message"),
    [
        ("text", {"files": "a.png"}, "sans fichier"),
        ("photo", {"files": "a.pdf"}, "n’est pas une photo"),
        ("files", {"text": "Voici."}, "sous forme de fichiers"),
    ],
)
def test_what_is_not_of_the_kind_that_is_asked_for_is_refused(
    cast: Cast, client_of: SignIn, kind: str, sent: dict[str, str], message: str
) -> None:
    homework = given(cast.pastel, hand_in_kind=kind)
    contents = {"a.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "a.pdf": b"%PDF-1.4\n%%EOF\n"}
    body: dict[str, Any] = dict(sent)
    if "files" in sent:
        body["files"] = [SimpleUploadedFile(sent["files"], contents[sent["files"]])]

    answer = client_of(cast.pastel.student).post(f"/api/v1/homework/{homework.pk}/hand-in/", body)

    assert answer.status_code == 400
    assert message in str(answer.json())


# --- What changed ---------------------------------------------------------------------------------------------


def test_student_who_had_handed_in_is_told_that_the_instructions_changed(cast: Cast, client_of: SignIn) -> None:
    revised(cast.pastel.homework, cast.pastel.teacher, instructions="Seulement l’exercice 12.")

    student = client_of(cast.pastel.student)
    assert "La consigne a changé depuis." in text_of(student.get(f"{LIST}{cast.pastel.homework.pk}/"))
    assert "modifié" in text_of(student.get(LIST))
    assert "La consigne a changé" not in text_of(
        client_of(cast.pastel.classmate).get(f"{LIST}{cast.pastel.homework.pk}/")
    )


def test_slip_mended_at_once_is_nobodys_news(cast: Cast) -> None:
    homework = given(cast.pastel)

    assert revised(homework, cast.pastel.teacher, title="Fiche corrigée").revised_at is None


def test_minutes_changed_are_nobodys_news(cast: Cast) -> None:
    assert revised(cast.pastel.homework, cast.pastel.teacher, expected_minutes=30).revised_at is None


# --- Two at once ----------------------------------------------------------------------------------------------


def test_text_handed_in_meanwhile_on_another_device_is_kept(cast: Cast, client_of: SignIn) -> None:
    url = f"{LIST}{cast.pastel.homework.pk}/"
    student = client_of(cast.pastel.student)
    seen = student.get(url).context["form"]["seen"].value()
    student.post(url, {"text": "Depuis le téléphone.", "seen": seen})

    student.post(url, {"text": "Depuis l’ordinateur.", "seen": seen})

    progress = progress_of(cast.pastel.homework, cast.pastel.memberships["student"])
    assert progress.text == "Depuis l’ordinateur.\n\nDepuis le téléphone."


def test_homework_given_to_several_classes_is_one_series_each_with_its_day(cast: Cast) -> None:
    from tests.pedagogy.homework.rows import make_class

    other = make_class(cast.pastel, "5E D", cast.pastel.memberships["teacher"])
    document = actions_examined()

    given(cast.pastel, files=[document], also=[{"group": other, "subject": cast.pastel.subject, "due_on": in_days(4)}])

    with tenant_scope([cast.pastel.establishment]):
        rows = list(Homework.objects.filter(title="Fiche adaptée").order_by("due_on"))
        assert [row.due_on for row in rows] == [in_days(2), in_days(4)]
        assert len({row.series for row in rows}) == 1
        for row in rows:
            with row.files.get().file.open("rb") as kept:
                assert kept.read() == b"%PDF-1.4\n%%EOF\n"


def actions_examined() -> Any:
    from establishments.files.actions import examine

    return examine(SimpleUploadedFile("fiche.pdf", b"%PDF-1.4\n%%EOF\n"))


def test_progress_of_an_unnamed_student_has_no_day_of_its_own(cast: Cast) -> None:
    school = cast.pastel
    homework = given(school, own_days={school.memberships["student"].pk: in_days(6)})

    revised(homework, school.teacher, due_on=date.fromordinal(in_days(7).toordinal()))

    with tenant_scope([school.establishment]):
        assert Progress.objects.get(homework=homework).due_on is None
