"""The national school calendar, as facts.

Sources: arrêté du 7 décembre 2022 (NOR MENE2229099A, JORF du 8 décembre 2022) for the zones and for 2025-2026; the
arrêté that follows it for 2026-2027. The rectorate corrects them in the administration; each row names its text.
"""

from __future__ import annotations

from datetime import date

from establishments.territory.models import Authority, Holiday, SchoolYear, Zone

# By the code of the academy; Corse and the overseas academies set their own dates.
ZONES = {
    **dict.fromkeys(["03", "04", "06", "07", "08", "10", "13", "22"], Zone.A),
    **dict.fromkeys(["02", "09", "12", "14", "15", "17", "18", "19", "20", "23", "70"], Zone.B),
    **dict.fromkeys(["01", "11", "16", "24", "25"], Zone.C),
}
ALL = ""
AUTUMN, CHRISTMAS, WINTER, SPRING, ASCENSION, SUMMER = (
    "Toussaint",
    "Noël",
    "Hiver",
    "Printemps",
    "Pont de l’Ascension",
    "Été",
)
FIRST_TEXT = "Arrêté du 7 décembre 2022 (MENE2229099A)"
SECOND_TEXT = "Arrêté fixant le calendrier scolaire de l’année 2026-2027"

# From the first day without lessons to the last one, both included.
HOLIDAYS = {
    ("2025-2026", FIRST_TEXT): [
        (AUTUMN, ALL, date(2025, 10, 18), date(2025, 11, 2)),
        (CHRISTMAS, ALL, date(2025, 12, 20), date(2026, 1, 4)),
        (WINTER, Zone.A, date(2026, 2, 7), date(2026, 2, 22)),
        (WINTER, Zone.B, date(2026, 2, 14), date(2026, 3, 1)),
        (WINTER, Zone.C, date(2026, 2, 21), date(2026, 3, 8)),
        (SPRING, Zone.A, date(2026, 4, 4), date(2026, 4, 19)),
        (SPRING, Zone.B, date(2026, 4, 11), date(2026, 4, 26)),
        (SPRING, Zone.C, date(2026, 4, 18), date(2026, 5, 3)),
        (ASCENSION, ALL, date(2026, 5, 14), date(2026, 5, 17)),
        (SUMMER, ALL, date(2026, 7, 4), date(2026, 8, 31)),
    ],
    ("2026-2027", SECOND_TEXT): [
        (AUTUMN, ALL, date(2026, 10, 17), date(2026, 11, 1)),
        (CHRISTMAS, ALL, date(2026, 12, 19), date(2027, 1, 3)),
        (WINTER, Zone.A, date(2027, 2, 13), date(2027, 2, 28)),
        (WINTER, Zone.B, date(2027, 2, 20), date(2027, 3, 7)),
        (WINTER, Zone.C, date(2027, 2, 6), date(2027, 2, 21)),
        (SPRING, Zone.A, date(2027, 4, 10), date(2027, 4, 25)),
        (SPRING, Zone.B, date(2027, 4, 17), date(2027, 5, 2)),
        (SPRING, Zone.C, date(2027, 4, 3), date(2027, 4, 18)),
        (ASCENSION, ALL, date(2027, 5, 6), date(2027, 5, 9)),
        # Until the year's own end: the day on which the next one begins is not set yet.
        (SUMMER, ALL, date(2027, 7, 3), date(2027, 7, 31)),
    ],
}


def write_the_calendar() -> int:
    """Make the holidays and the academies' zones that are not there; how many holidays are new.

    What is there stays as it is: somebody may have corrected it.
    """
    for zone in Zone:
        codes = [code for code, of in ZONES.items() if of == zone]
        Authority.objects.filter(kind=Authority.Kind.ACADEMY, code__in=codes, holiday_zone="").update(holiday_zone=zone)
    years = {year.name: year for year in SchoolYear.objects.filter(name__in=[name for name, _source in HOLIDAYS])}
    for (name, _source), holidays in HOLIDAYS.items():
        if name not in years:
            years[name] = SchoolYear.containing(holidays[0][2])
    there = set(Holiday.objects.values_list("school_year__name", "name", "zone"))
    missing = [
        Holiday(school_year=years[year], name=name, zone=zone, starts_on=starts_on, ends_on=ends_on, source=source)
        for (year, source), holidays in HOLIDAYS.items()
        for name, zone, starts_on, ends_on in holidays
        if (year, name, zone) not in there
    ]
    return len(Holiday.objects.bulk_create(missing))
