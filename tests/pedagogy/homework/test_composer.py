"""The composer knows the lessons, the load of the day, and what was half typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from zeal import zeal_ignore

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Holiday
from pedagogy.homework import actions
from pedagogy.models import Course, CourseGroup, DailyLoad, Draft, Homework, Lesson, Slot
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.homework.rows import in_days, make_class, make_homework, teaching_of

SignIn = Callable[[User], Browser]
URL = "/classe/donner/"
MONDAY = datetime(2026, 11, 23, 11, 30, tzinfo=ZoneInfo("Europe/Paris"))
PERIOD = {"first_on": date(2026, 9, 1), "last_on": date(2027, 7, 3)}


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(MONDAY) as clock:
        yield clock


@pytest.fixture
def cast(db: None, clock: Any) -> Cast:
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture
def teacher(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.teacher)


def add_slot(school: School, group: Any, weekday: int, hour: int = 9) -> Slot:
    own = {"establishment": school.establishment}
    with tenant_scope([school.establishment]):
        course = Course.objects.filter(groups__group=group).first()
        if course is None:
            course = Course.objects.create(**own, school_year=group.school_year, subject=school.subject)
            CourseGroup.objects.create(**own, course=course, group=group)
        return Slot.objects.create(
            **own, course=course, weekday=weekday, starts_at=time(hour), ends_at=time(hour + 1), **PERIOD
        )


def filled(school: School, **changes: Any) -> dict[str, Any]:
    return {"teaching": teaching_of(school).pk, "title": "Exercices 12 et 14", "due": "2026-11-27", **changes}


def given(school: School, **having: Any) -> Homework:
    with tenant_scope([school.establishment]):
        return Homework.objects.select_related("lesson").get(**{"title": "Exercices 12 et 14", **having})


def test_next_lesson_of_the_class_is_chosen_and_two_more_are_offered(cast: Cast, teacher: Browser) -> None:
    add_slot(cast.pastel, cast.pastel.group, 4)  # the cast's own is on Tuesdays, and tomorrow's is called off

    form = teacher.get(URL).context["form"]

    assert form["due"].value() == "2026-11-27"
    assert [value for value, _label in form.fields["due"].choices] == [
        "2026-11-27",
        "2026-12-01",
        "2026-12-04",
        "autre",
    ]


def test_classes_come_by_their_nearest_lesson(cast: Cast, teacher: Browser) -> None:
    other = make_class(cast.pastel, "6E Z", cast.pastel.memberships["teacher"])
    add_slot(cast.pastel, cast.pastel.group, 4)
    add_slot(cast.pastel, other, 0, 11)  # going on now

    assert [label for _pk, label in teacher.get(URL).context["form"].fields["teaching"].choices] == ["6E Z", "5E B"]


def test_class_without_a_timetable_is_offered_school_days(cast: Cast, teacher: Browser) -> None:
    other = make_class(cast.pastel, "6E Z", cast.pastel.memberships["teacher"])

    form = teacher.get(f"{URL}?groupe={other.pk}").context["form"]

    assert [value for value, _label in form.fields["due"].choices] == [
        "2026-11-24",
        "2026-11-25",
        "2026-11-26",
        "autre",
    ]
    assert form["due"].label == "Pour quel jour\u00a0?"


def test_usual_minutes_are_chosen(cast: Cast, teacher: Browser) -> None:
    make_homework(cast.pastel, expected_minutes=45)

    assert teacher.get(URL).context["form"]["expected_minutes"].value() == 45


def test_homework_is_due_at_the_lesson_and_follows_it(cast: Cast, teacher: Browser, client_of: SignIn) -> None:
    slot = add_slot(cast.pastel, cast.pastel.group, 4)
    teacher.post(URL, filled(cast.pastel))
    homework = given(cast.pastel)
    assert (homework.lesson.slot_id, homework.lesson.on) == (slot.pk, date(2026, 11, 27))

    with tenant_scope([cast.pastel.establishment]):
        Lesson.objects.filter(pk=homework.lesson_id).update(on=date(2026, 11, 30))
        actions.follow_lesson(lesson=Lesson.objects.get(pk=homework.lesson_id))

    assert given(cast.pastel).due_on == date(2026, 11, 30)
    assert "lundi 30 novembre" in text_of(client_of(cast.pastel.student).get(f"/eleve/devoirs/{homework.pk}/"))


def test_same_work_for_another_class_is_due_at_its_own_next_lesson(cast: Cast, teacher: Browser) -> None:
    other = make_class(cast.pastel, "5E D", cast.pastel.memberships["teacher"])
    add_slot(cast.pastel, cast.pastel.group, 4)
    add_slot(cast.pastel, other, 2)
    with tenant_scope([cast.pastel.establishment]):
        also = other.teachings.get().pk

    with zeal_ignore():  # a row for each of the few classes that were ticked
        answer = teacher.post(URL, filled(cast.pastel, also=[also]), follow=True)

    assert "Donné aux classes 5E B et 5E D." in text_of(answer)
    assert given(cast.pastel, group=cast.pastel.group).due_on == date(2026, 11, 27)
    assert given(cast.pastel, group=other).due_on == date(2026, 11, 25)


def test_days_of_another_class_are_given_to_the_composer(cast: Cast, teacher: Browser) -> None:
    other = make_class(cast.pastel, "5E D", cast.pastel.memberships["teacher"])
    add_slot(cast.pastel, other, 2)
    with tenant_scope([cast.pastel.establishment]):
        teaching = other.teachings.get().pk

    page = teacher.get(f"{URL}jours/?teaching={teaching}").content.decode()

    assert 'value="2026-11-25"' in page
    assert teacher.get(f"{URL}jours/?teaching={teaching + 999}").status_code == 404


# --- The load -------------------------------------------------------------------------------------------------


def load(teacher: Browser, school: School, **asked: Any) -> str:
    query = {"teaching": teaching_of(school).pk, "due": "autre", "due_on": "2026-11-26", **asked}
    return " ".join(teacher.get(f"{URL}charge/", query).content.decode().replace("\xa0", " ").split())


def test_load_of_the_day_and_the_week_is_said(cast: Cast, teacher: Browser) -> None:
    for day, minutes in ((26, 25), (27, 30), (30, 60)):
        make_homework(cast.pastel, due_on=date(2026, 11, day), expected_minutes=minutes)

    page = load(teacher, cast.pastel, expected_minutes=20)

    assert "la classe a déjà 25 min" in page
    assert "avec ce travail, 45 min" in page
    assert "Cette semaine-là : 1 h 15." in page  # with the cast's own
    assert "conseille" not in page


def test_load_past_the_threshold_of_the_school_warns_and_does_not_forbid(cast: Cast, teacher: Browser) -> None:
    make_homework(cast.pastel, due_on=date(2026, 11, 27), expected_minutes=50)

    assert "1 h au plus" in load(teacher, cast.pastel, due_on="2026-11-27", expected_minutes=20)
    answer = teacher.post(URL, filled(cast.pastel, due="", due_on="2026-11-27", expected_minutes=20), follow=True)

    assert "1 h 10 de travail" in text_of(answer)
    assert given(cast.pastel).expected_minutes == 20


def test_threshold_is_the_heads_to_set(cast: Cast, teacher: Browser, client_of: SignIn) -> None:
    url = f"/etablissement/devoirs/seuil/{cast.pastel.establishment.pk}/"
    head = client_of(cast.pastel.head)

    assert "Le seuil va de 1 minute à 10 heures." in text_of(head.post(url, {"minutes": "0"}))
    head.post(url, {"minutes": "30"})

    assert "30 min au plus" in load(teacher, cast.pastel, expected_minutes=45)
    head.post(url, {"minutes": ""})
    with tenant_scope([cast.pastel.establishment]):
        assert not DailyLoad.objects.exists()


def test_day_in_the_holidays_is_said_and_not_forbidden(cast: Cast, teacher: Browser) -> None:
    Holiday.objects.filter(starts_on__lte=date(2026, 12, 28), ends_on__gte=date(2026, 12, 28)).delete()
    cast.pastel.establishment.academy.holiday_zone = "C"
    cast.pastel.establishment.academy.save(update_fields=["holiday_zone"])
    Holiday.objects.create(
        school_year=cast.pastel.group.school_year, name="Vacances de Noël", zone="C",
        starts_on=date(2026, 12, 19), ends_on=date(2027, 1, 3), source="essai",
    )  # fmt: skip

    assert "Vacances de Noël" in load(teacher, cast.pastel, due_on="2026-12-28")
    page = text_of(teacher.post(URL, filled(cast.pastel, due="autre", due_on="2026-12-28"), follow=True))

    assert "Donné à la classe 5E B." in page
    assert "Vacances de Noël" in page


@pytest.mark.parametrize("asked", [{"due_on": "abc"}, {"due": "2026-02-30"}, {"due": "\0"}, {"expected_minutes": "-3"}])
def test_load_of_nonsense_is_nothing(cast: Cast, teacher: Browser, asked: dict[str, str]) -> None:
    assert load(teacher, cast.pastel, **asked) == ""


def test_load_of_the_other_school_is_not_found(cast: Cast, teacher: Browser) -> None:
    query = {"teaching": teaching_of(cast.brique).pk, "due": "2026-11-26"}

    assert teacher.get(f"{URL}charge/", query).status_code == 404


# --- Drafts ---------------------------------------------------------------------------------------------------


def test_work_half_typed_is_there_again_and_gone_once_it_is_given(cast: Cast, teacher: Browser) -> None:
    answer = teacher.post(f"{URL}brouillon/", {"teaching": teaching_of(cast.pastel).pk, "title": "Exercices 12 e"})
    assert "Brouillon gardé à 11 h 30" in answer.content.decode().replace("\xa0", " ")
    assert "Brouillon retrouvé." in text_of(teacher.get(URL))
    assert teacher.get(URL).context["form"]["title"].value() == "Exercices 12 e"

    teacher.post(URL, filled(cast.pastel, due="", due_on=in_days(4)))

    with tenant_scope([cast.pastel.establishment]):
        assert not Draft.objects.filter(homework=None, progress=None).exists()


def test_draft_emptied_is_thrown_away(cast: Cast, teacher: Browser) -> None:
    teacher.post(f"{URL}brouillon/", {"title": ""})

    with tenant_scope([cast.pastel.establishment]):
        assert not Draft.objects.filter(membership=cast.pastel.memberships["teacher"]).exists()


# --- For some, planned ----------------------------------------------------------------------------------------


def test_work_for_some_is_seen_by_nobody_until_they_are_chosen(cast: Cast, teacher: Browser, client_of: SignIn) -> None:
    student, classmate = client_of(cast.pastel.student), client_of(cast.pastel.classmate)
    answer = teacher.post(URL, filled(cast.pastel, due="", due_on=in_days(4), for_some="on"))
    assert "Exercices 12 et 14" not in text_of(student.get("/eleve/devoirs/"))
    chosen = {"for_some": "oui", "students": [cast.pastel.memberships["student"].pk]}

    teacher.post(answer["Location"], chosen | {"delayed": chosen["students"], "own_day": in_days(7)})

    page = text_of(student.get("/eleve/devoirs/"))
    assert "Exercices 12 et 14" in page
    assert "délai en plus" in page
    assert "Exercices 12 et 14" not in text_of(classmate.get("/eleve/devoirs/"))


def test_work_for_some_without_anybody_is_refused_in_words(cast: Cast, teacher: Browser) -> None:
    page = text_of(teacher.post(f"/classe/devoirs/{cast.pastel.homework.pk}/pour-qui/", {"for_some": "oui"}))

    assert "Choisissez au moins un élève." in page


def test_work_planned_for_a_later_day_is_not_seen_today(cast: Cast, teacher: Browser, client_of: SignIn) -> None:
    sent = filled(cast.pastel, due="", due_on=in_days(4), published_on=in_days(1), published_time="08:00")

    teacher.post(URL, sent)

    assert given(cast.pastel).published_at == (MONDAY + timedelta(days=1)).replace(hour=8, minute=0)
    assert "Exercices 12 et 14" not in text_of(client_of(cast.pastel.student).get("/eleve/devoirs/"))
    assert given(cast.pastel).published_at > timezone.now()


# --- Bad input ------------------------------------------------------------------------------------------------


def test_title_longer_than_it_may_be_is_refused_and_stays(cast: Cast, teacher: Browser) -> None:
    page = text_of(teacher.post(URL, filled(cast.pastel, due="", due_on=in_days(4), instructions="x" * 10_001)))

    assert "Un point à corriger" in page
    assert (
        "Exercices 12 et 14"
        in teacher.post(URL, filled(cast.pastel, title="Exercices 12 et 14", due_on="")).content.decode()
    )
