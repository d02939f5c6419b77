"""Reads a timetable from a table or an iCalendar file into plain rows. See docs/emploi-du-temps.md.

Rows are dictionaries, so that an import keeps them as they were read until it is applied.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from icalendar import Calendar as ICalendar

from establishments.tables.reading import key_of, separator_of, text_of
from pedagogy.timetable.calendar import monday_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "jour": ("jour de la semaine",),
    "début": ("debut", "de", "heure debut", "heure de debut", "h debut"),
    "fin": ("a", "heure fin", "heure de fin", "h fin"),
    "semaine": ("semaines", "frequence", "quinzaine"),
    "matière": ("matieres", "discipline", "cours"),
    "classe": ("classes", "division", "groupe", "groupes", "classe ou groupe"),
    "enseignant": ("enseignants", "professeur", "professeurs", "prof"),
    "salle": ("salles", "lieu"),
    "du": ("premier jour", "date debut", "debut le"),
    "au": ("dernier jour", "date fin", "fin le"),
    "identifiant": ("id", "cle"),
}
NEEDED = ("jour", "début", "fin", "matière", "classe")
TEMPLATE = (
    tuple(COLUMNS),
    ("lundi", "8:00", "8:55", "", "Mathématiques", "5e B", "Costes", "12", "", "", ""),
    ("mardi", "10:10", "11:05", "A", "SVT", "5e B", "", "Labo 2", "", "", ""),
    ("jeudi", "13:30", "15:25", "", "Espagnol LV2", "5ESP1 | 5ESP2", "", "104", "01/09/2026", "18/12/2026", ""),
)
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")
LETTERS = {
    **dict.fromkeys(("", "h", "hebdomadaire"), ""),
    **dict.fromkeys(("a", "semaine a", "q1"), "A"),
    **dict.fromkeys(("b", "semaine b", "q2"), "B"),
}
MOST_ROWS = 20_000
MOST_BYTES = 3_000_000
MOST_LESSONS = 200_000  # that the series of one file make
FREQUENCIES = frozenset({"WEEKLY", "DAILY"})
# Other parts make series that are never, or of every second.
PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"})
PARIS = ZoneInfo("Europe/Paris")
BEFORE = timedelta(days=400)  # how long before the year a series may begin

Row = dict[str, Any]


@dataclass
class Read:
    rows: list[Row] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def template() -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(TEMPLATE)
    return text.getvalue().encode("utf-8-sig")


# --- The table ------------------------------------------------------------------------------------------------


def read_table(content: bytes, first: date, last: date) -> Read:
    """One row a lesson of the week; from `first` to `last` where the row says no days."""
    text, read = text_of(content), Read()
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text))
    try:
        places = _places(next(rows, []))
        for number, row in enumerate(rows, 2):
            if not any(cell.strip() for cell in row):
                continue
            if number > MOST_ROWS:
                raise ValidationError(_("Ce tableau a plus de %(limit)d lignes.") % {"limit": MOST_ROWS})
            cells = {column: row[place].strip() if place < len(row) else "" for column, place in places.items()}
            try:
                read.rows.append({"line": number, **_row_of(cells, first, last)})
            except ValueError as error:
                read.errors.append((number, str(error)))
    except csv.Error as error:
        line = {"line": rows.line_num}
        raise ValidationError(_("Ce fichier n’est pas un tableau CSV (ligne %(line)d).") % line) from error
    return read


def _places(head: list[str]) -> dict[str, int]:
    known = {key_of(name): place for place, name in reversed(list(enumerate(head)))}
    places = {}
    for column, others in COLUMNS.items():
        found = next((known[key] for key in map(key_of, (column, *others)) if key in known), None)
        if found is not None:
            places[column] = found
    if missing := [column for column in NEEDED if column not in places]:
        names = ", ".join(f"« {name} »" for name in missing)
        raise ValidationError(_("Colonne non reconnue : %(names)s. Partez du modèle.") % {"names": names})
    return places


def _row_of(cells: Mapping[str, str], first: date, last: date) -> Row:
    day = key_of(cells["jour"])
    if day not in WEEKDAYS:
        raise ValueError(_("Jour « %(value)s » : écrivez lundi, mardi…") % {"value": cells["jour"]})
    letter = key_of(cells.get("semaine", ""))
    if letter not in LETTERS:
        raise ValueError(_("Semaine « %(value)s » : écrivez A, B, ou rien.") % {"value": cells["semaine"]})
    starts_at, ends_at = _hour(cells["début"]), _hour(cells["fin"])
    if ends_at <= starts_at:
        raise ValueError(_("Le cours finit après avoir commencé."))
    begins, ends = _day(cells.get("du", "")) or first, _day(cells.get("au", "")) or last
    if ends < begins:
        raise ValueError(_("Le dernier jour vient après le premier."))
    return {
        "weekday": WEEKDAYS.index(day), "starts_at": f"{starts_at:%H:%M}", "ends_at": f"{ends_at:%H:%M}",
        "letter": LETTERS[letter], "subject": cells["matière"], "groups": _names(cells["classe"]),
        "teacher": cells.get("enseignant", ""), "room": cells.get("salle", "")[:40],
        "first_on": max(begins, first).isoformat(), "last_on": min(ends, last).isoformat(),
        "key": cells.get("identifiant", "")[:60],
    }  # fmt: skip


def _names(text: str) -> list[str]:
    return [name.strip() for name in re.split(r"[|,]", text) if name.strip()][:30]


def _hour(text: str) -> time:
    found = re.fullmatch(r"(\d{1,2})\s*[:hH.]\s*(\d{2})?", text.strip())
    try:
        return time(int(found[1]), int(found[2] or 0))  # type: ignore[index]
    except (TypeError, ValueError) as error:
        raise ValueError(_("Heure « %(value)s » : écrivez 8:00 ou 8 h.") % {"value": text}) from error


def _day(text: str) -> date | None:
    for pattern in ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 — a day
        except ValueError:
            continue
    if text:
        raise ValueError(_("Date « %(value)s » : écrivez 01/09/2026.") % {"value": text})
    return None


# --- iCalendar ------------------------------------------------------------------------------------------------


def read_icalendar(
    content: bytes, first: date, last: date, letters: Mapping[date, str], school_weeks: Collection[date], group: str
) -> Read:
    """The lessons of one class. Events are brought together: one slot for each run of weeks without a gap.

    Whatever a series says, it is read within the school year and no further.
    """
    try:
        events = ICalendar.from_ical(content).walk("VEVENT")
    except (ValueError, IndexError, KeyError) as error:
        raise ValidationError(_("Ce fichier n’est pas un calendrier iCalendar.")) from error
    if len(events) > MOST_ROWS:
        raise ValidationError(_("Ce calendrier a plus de %(limit)d cours.") % {"limit": MOST_ROWS})
    read, days = Read(), defaultdict(set)
    endless = lessons = 0
    for number, event in enumerate(events, 1):
        try:
            starts, ends = _moment(event, "dtstart"), _moment(event, "dtend")
            if starts.date() != ends.date() or ends <= starts:
                raise ValueError(_("Le cours finit un autre jour, ou avant d’avoir commencé."))
            found, beyond = _occurrences(event, starts, first, last)
            endless += beyond
            lessons += len(found)
        except ValueError as error:
            read.errors.append((number, str(error)))
            continue
        if lessons > MOST_LESSONS:
            raise ValidationError(_("Ce calendrier a bien plus de cours qu’une classe."))
        subject = str(event.get("summary", "")).strip()[:120]
        place = str(event.get("location", "")).strip()[:40]
        key = (subject, place, starts.time().replace(tzinfo=None), ends.time().replace(tzinfo=None))
        for day in found:
            days[*key, day.weekday()].add(day)
    if endless:
        read.notes.append(_("Des cours se répètent au-delà de l’année scolaire : ils s’arrêtent avec elle."))
    for number, ((subject, place, starts_at, ends_at, weekday), on) in enumerate(sorted(days.items()), 1):
        for letter, begins, finishes in _runs(on, letters, school_weeks):
            read.rows.append(
                {
                    "line": number, "weekday": weekday, "letter": letter,
                    "starts_at": f"{starts_at:%H:%M}", "ends_at": f"{ends_at:%H:%M}",
                    "subject": subject, "groups": [group], "teacher": "", "room": place,
                    "first_on": begins.isoformat(), "last_on": finishes.isoformat(), "key": "",
                }
            )  # fmt: skip
    return read


def _moment(event: Any, name: str) -> datetime:
    value = event.decoded(name, None)
    if not isinstance(value, datetime):
        raise ValueError(_("Sans heure de début et de fin, ce n’est pas un cours."))
    return value.astimezone(PARIS) if value.tzinfo else value.replace(tzinfo=PARIS)


def _occurrences(event: Any, starts: datetime, first: date, last: date) -> tuple[set[date], bool]:
    """Its days within the year, and whether it would have gone on beyond."""
    rule = event.get("rrule")
    if isinstance(rule, list):
        raise ValueError(_("Cette répétition n’est pas lue."))
    if rule is None:
        return ({starts.date()} if first <= starts.date() <= last else set()), False
    parts = {name.upper() for name in rule}
    if str(rule.get("freq", [""])[0]).upper() not in FREQUENCIES or not parts <= PARTS:
        raise ValueError(_("Cette répétition n’est pas lue : seulement celles de chaque jour ou de chaque semaine."))
    if int(rule.get("interval", [1])[0]) < 1:
        raise ValueError(_("Cette répétition n’est pas lue."))
    if starts.date() < first - BEFORE:
        raise ValueError(_("Cette répétition commence bien avant l’année scolaire."))
    # By days of the wall clock: an hour put forward moves no lesson. Until is dealt with here, whatever its zone.
    until = rule.get("until", [None])[0]
    end = (until.date() if isinstance(until, datetime) else until) or date.max
    text = re.sub(r";?UNTIL=[^;]*", "", rule.to_ical().decode())
    naive = starts.replace(tzinfo=None)
    stop = datetime.combine(min(end, last), time.max)
    found: set[date] = set()
    for moment in takewhile(lambda moment: moment <= stop, rrulestr(text, dtstart=naive)):
        if moment.date() >= first:
            found.add(moment.date())
    beyond = "COUNT" not in parts and end > last + timedelta(days=366)
    return found - _excluded(event), beyond


def _excluded(event: Any) -> set[date]:
    told = event.get("exdate") or []
    values = [one.dt for dates in (told if isinstance(told, list) else [told]) for one in dates.dts]
    return {
        value.astimezone(PARIS).date() if isinstance(value, datetime) and value.tzinfo
        else value.date() if isinstance(value, datetime) else value
        for value in values
    }  # fmt: skip


def _runs(days: Iterable[date], letters: Mapping[date, str], school_weeks: Collection[date]) -> Iterator[Any]:
    """Letter, first and last day of each run: all the weeks of a letter, or else weeks that follow each other."""
    on = sorted(days)
    told = {letters.get(monday_of(day), "") for day in on}
    letter = told.pop() if len(told) == 1 and len(on) > 1 else ""
    weeks = sorted(monday for monday in school_weeks if not letter or letters.get(monday) == letter)
    rank = {monday: place for place, monday in enumerate(weeks)}
    known = [day for day in on if monday_of(day) in rank]
    for _gap, run in groupby(enumerate(known), key=lambda pair: rank[monday_of(pair[1])] - pair[0]):
        found = [day for _place, day in run]
        yield letter, found[0], found[-1]
