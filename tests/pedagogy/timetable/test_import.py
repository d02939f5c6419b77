"""A timetable brought by a file."""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from ent.tenancy.scope import person_scope
from establishments.models import Group
from pedagogy.models import LetteredWeek, Room, Slot, TimetableImport
from pedagogy.timetable import importing
from pedagogy.timetable.agenda import meetings
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.timetable.weeks import FRIDAY, MONDAY, bare, course, slot, zone_c

pytestmark = pytest.mark.django_db

Clients = Callable[[User], Browser]
HEAD = "jour;début;fin;semaine;matière;classe;enseignant;salle\n"
TABLE = HEAD + "lundi;8:00;8:55;;Mathématiques;5E B;;12\nmardi;10h10;11h05;A;Mathématiques;5e b;Pastel Teacher;Labo\n"


@pytest.fixture
def pastel(cast: Cast) -> Iterator[School]:
    zone_c()
    with time_machine.travel("2026-11-23T06:00Z", tick=False), person_scope(cast.pastel.head):
        bare(cast.pastel)
        yield cast.pastel


def read(school: School, text: str | bytes, group: Group | None = None) -> TimetableImport:
    content = text.encode() if isinstance(text, str) else text
    return importing.read_file(
        establishment=school.establishment, name="edt.csv", content=content, by=school.head, group=group
    )


def brought(school: School, text: str | bytes, group: Group | None = None) -> dict[str, object]:
    report = importing.apply(timetable_import=read(school, text, group), by=school.head)
    return {key: report[key] for key in ("new", "changed", "unchanged", "gone", "refused")}


def counted(**values: int) -> dict[str, int]:
    return {"new": 0, "changed": 0, "unchanged": 0, "gone": 0, "refused": 0} | values


def event(*lines: str, summary: str = "Mathématiques - 5e B") -> str:
    body = "\r\n".join(["BEGIN:VEVENT", f"SUMMARY:{summary}", "LOCATION:12", *lines, "END:VEVENT"])
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}\r\nEND:VCALENDAR\r\n"


EIGHT = ("DTSTART;TZID=Europe/Paris:20260907T080000", "DTEND;TZID=Europe/Paris:20260907T085500")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_table_in_any_encoding_makes_the_slots_and_the_rooms(pastel: School, encoding: str) -> None:
    assert brought(pastel, TABLE.encode(encoding)) == counted(new=2)
    (monday,) = meetings(courses=[pastel.course.pk], first=MONDAY, last=MONDAY)
    assert (monday.starts_at, monday.room) == (time(8), "12")
    assert Slot.objects.get(weekday=1).letter == "A"
    assert Room.objects.filter(name="Labo").exists()


def test_reading_changes_nothing_and_the_same_file_again_neither(pastel: School) -> None:
    read(pastel, TABLE)
    assert not Slot.objects.exists()
    brought(pastel, TABLE)
    before = list(Slot.objects.order_by("pk").values())
    assert brought(pastel, TABLE) == counted(unchanged=2)
    assert list(Slot.objects.order_by("pk").values()) == before


def test_applied_twice_it_is_applied_once(pastel: School) -> None:
    row = read(pastel, TABLE)
    importing.apply(timetable_import=row, by=pastel.head)
    importing.apply(timetable_import=row, by=pastel.head)
    assert Slot.objects.count() == 2


def test_slot_that_is_gone_ends_and_its_past_stays(pastel: School) -> None:
    brought(pastel, TABLE)
    by_hand = slot(pastel, 3)
    with time_machine.travel("2026-12-02T06:00Z", tick=False):
        only_tuesday = HEAD + TABLE.splitlines()[2] + "\n"
        assert brought(pastel, only_tuesday) == counted(unchanged=1, gone=1)
    found = meetings(courses=[pastel.course.pk], first=MONDAY, last=date(2026, 12, 8))
    assert [m.on for m in found if m.on.weekday() == 0] == [MONDAY, date(2026, 11, 30)]
    assert by_hand.pk in {m.slot for m in found}


def test_slot_that_changes_does_so_from_that_day_on_and_the_file_again_changes_nothing(pastel: School) -> None:
    brought(pastel, TABLE)
    changed = TABLE.replace("8:55", "9:25")
    with time_machine.travel("2026-12-02T06:00Z", tick=False):
        assert brought(pastel, changed) == counted(changed=1, unchanged=1)
        assert brought(pastel, changed) == counted(unchanged=2)
    with time_machine.travel("2026-12-09T06:00Z", tick=False):
        assert brought(pastel, changed) == counted(unchanged=2)
    found = meetings(courses=[pastel.course.pk], first=MONDAY, last=date(2026, 12, 7))
    ends = {m.on: m.ends_at for m in found if m.on.weekday() == 0}
    assert ends == {
        MONDAY: time(8, 55), date(2026, 11, 30): time(8, 55), date(2026, 12, 7): time(9, 25),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("dimanche;8:00;9:00;;Mathématiques;5E B;;", "Jour « dimanche »"),
        ("lundi;25:00;9:00;;Mathématiques;5E B;;", "Heure « 25:00 »"),
        ("lundi;9:00;8:00;;Mathématiques;5E B;;", "Le cours finit après avoir commencé."),
        ("lundi;8:00;9:00;C;Mathématiques;5E B;;", "Semaine « C »"),
        ("lundi;8:00;9:00;;Alchimie;5E B;;", "Matière « Alchimie » inconnue"),
        ("lundi;8:00;9:00;;Mathématiques;9E Z;;", "Classe ou groupe « 9E Z » inconnu"),
        ("lundi;8:00;9:00;;Mathématiques;5E B;Merlin;", "Enseignant « Merlin » inconnu"),
        ("lundi;8:00;9:00;;Mathématiques;;;", "Sans classe ni groupe."),
    ],
)
def test_row_that_cannot_be_taken_is_told_with_its_line_and_the_others_are_taken(
    pastel: School, row: str, said: str
) -> None:
    found = read(pastel, TABLE + row + "\n")
    ((line, text),) = found.report["errors"]
    assert (line, found.report["new"]) == (4, 2)
    assert said in text


@pytest.mark.parametrize(
    ("content", "said"),
    [("a;b\n1;2\n", "Colonne non reconnue"), (HEAD, "aucun cours"), (b"\x00" * 3_000_001, "trop gros")],
)
def test_file_of_which_nothing_can_be_used_is_refused_in_words(pastel: School, content: str | bytes, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        read(pastel, content)


def test_calendar_of_a_class_is_read_within_the_school_year_whatever_it_says(pastel: School) -> None:
    endless = event(*EIGHT, "RRULE:FREQ=WEEKLY;UNTIL=30260907T060000Z")
    row = read(pastel, endless, pastel.group)
    assert row.report["notes"] == ["Des cours se répètent au-delà de l’année scolaire : ils s’arrêtent avec elle."]
    importing.apply(timetable_import=row, by=pastel.head)
    assert Slot.objects.latest("last_on").last_on <= date(2027, 7, 31)
    (found,) = meetings(courses=[pastel.course.pk], first=MONDAY, last=FRIDAY)
    assert (found.starts_at, found.room) == (time(8), "12")
    assert brought(pastel, endless, pastel.group)["new"] == 0


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=DAILY;BYHOUR=1,2;BYSECOND=1,2", "FREQ=YEARLY;COUNT=1000", "FREQ=WEEKLY;INTERVAL=0"]
)
def test_series_without_measure_is_told_and_costs_nothing(pastel: School, rule: str) -> None:
    begun = clock.perf_counter()
    row = read(pastel, event(*EIGHT, f"RRULE:{rule}"), pastel.group)
    assert row.report["refused"] == 1
    assert row.report["new"] == 0
    assert clock.perf_counter() - begun < 5


def test_calendar_of_single_events_makes_slots_of_weeks_that_follow_each_other(pastel: School) -> None:
    for rank in range(6):
        LetteredWeek.objects.update_or_create(
            establishment=pastel.establishment, monday=MONDAY + timedelta(days=7 * rank),
            defaults={"letter": "AB"[rank % 2]},
        )  # fmt: skip
    days = [MONDAY, MONDAY + timedelta(days=14)]  # both are weeks A
    one = event()
    events = "".join(
        one[one.index("BEGIN:VEVENT") : one.index("END:VEVENT")]
        + f"DTSTART:{day:%Y%m%d}T090000\r\nDTEND:{day:%Y%m%d}T095500\r\nEND:VEVENT\r\n"
        for day in days
    )
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n"
    assert brought(pastel, text, pastel.group) == counted(new=1)
    assert Slot.objects.get().letter == "A"
    assert [m.on for m in meetings(courses=[pastel.course.pk], first=MONDAY, last=date(2026, 12, 18))] == days


def test_calendar_without_its_class_or_that_is_none_is_refused(pastel: School) -> None:
    with pytest.raises(ValidationError, match="de quelle classe"):
        read(pastel, event(*EIGHT))
    with pytest.raises(ValidationError, match="iCalendar"):
        read(pastel, "BEGIN:VCALENDAR\r\nnonsense\r\n", pastel.group)


def test_file_of_one_class_leaves_the_others_alone(pastel: School) -> None:
    other = Group.objects.create(establishment=pastel.establishment, school_year=pastel.group.school_year, name="5E C")
    course(pastel, "SVT", group=other)
    brought(pastel, TABLE + "jeudi;9:00;9:55;;SVT;5E C;;\n")
    assert brought(pastel, TABLE) == counted(unchanged=2)


def test_head_sends_a_file_reads_what_it_would_do_and_applies_it(pastel: School, client_of: Clients) -> None:
    browser = client_of(pastel.head)
    file = SimpleUploadedFile("edt.csv", TABLE.encode())
    sent = browser.post("/etablissement/agenda/import/", {"file": file})
    report = browser.get(sent["Location"])
    assert "Ce que ce fichier changerait" in text_of(report)
    browser.post(f"{sent['Location']}appliquer/")
    assert "Emploi du temps importé" in text_of(browser.get(sent["Location"]))
    assert Slot.objects.count() == 2
    template = browser.get("/etablissement/agenda/import/modele/")
    assert template.content.decode("utf-8-sig").startswith("jour;début;fin;semaine;matière;classe")
