from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.utils.safestring import mark_safe

from ent.portal.templatetags.portal import (
    HUES,
    clock,
    count,
    day,
    euros,
    filesize,
    hue,
    icon,
    initials,
    minutes,
    moment,
    nbsp,
    number,
    of,
)

PARIS = ZoneInfo("Europe/Paris")
TUESDAY_EVENING = dt.datetime(2026, 11, 24, 18, 0, tzinfo=PARIS)


def plain(text: str) -> str:
    """Non-breaking spaces made visible: ~ and, for the narrow one, _."""
    return text.replace("\u00a0", "~").replace("\u202f", "_")


def test_icon_is_decorative_and_drawn_by_the_stylesheet() -> None:
    svg = icon("house", "big")

    assert svg.startswith('<svg viewBox="0 0 24 24" class="i big" aria-hidden="true"><path d=')
    assert svg.endswith("</svg>")
    assert "stroke" not in svg
    assert "style" not in svg


def test_icon_in_a_template_is_not_escaped() -> None:
    assert Template('{% icon "house" %}').render(Context()) == icon("house")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Inès Delmas", "ID"),
        ("Jean-Pierre de La Tour", "JT"),
        ("Émile Nguyễn-Baudry", "ÉN"),
        ("Histoire-géo", "HG"),
        ("Anglais LV1", "AN"),
        ("3e A", "3A"),
        ("Mathématiques", "MA"),
        ("Élodie", "ÉL"),
        ("É", "É"),
        ("", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_hue_is_stable_and_among_the_eight() -> None:
    assert hue("Mathématiques") == hue("Mathématiques")
    assert {hue(number) for number in range(8)} == set(HUES)
    assert hue("Histoire-géographie") in HUES


@time_machine.travel(TUESDAY_EVENING, tick=False)
@pytest.mark.parametrize(
    ("date", "style", "words"),
    [
        (dt.date(2026, 11, 24), "", "aujourd’hui"),
        (dt.date(2026, 11, 25), "", "demain"),
        (dt.date(2026, 11, 23), "", "hier"),
        (dt.date(2026, 11, 26), "", "jeudi 26~novembre"),
        (dt.date(2026, 11, 25), "full", "mercredi 25~novembre"),
        (dt.date(2026, 11, 26), "short", "jeudi 26"),
        (dt.date(2026, 12, 1), "", "mardi 1er~décembre"),
        (dt.date(2025, 9, 1), "", "lundi 1er~septembre~2025"),
        (dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC), "", "demain"),  # it is already the 25th in Paris
        (None, "", ""),
    ],
)
def test_day(date: dt.date | None, style: str, words: str) -> None:
    assert plain(day(date, style)) == words


@time_machine.travel(TUESDAY_EVENING, tick=False)
@pytest.mark.parametrize(
    ("when", "words"),
    [
        (TUESDAY_EVENING - dt.timedelta(seconds=20), "à l’instant"),
        (TUESDAY_EVENING - dt.timedelta(minutes=20), "il y a 20 min"),
        (TUESDAY_EVENING.replace(hour=9, minute=30), "aujourd’hui à 9 h 30"),
        (TUESDAY_EVENING.replace(day=23, hour=8), "hier à 8 h"),
        (TUESDAY_EVENING.replace(day=26, hour=17), "jeudi 26 novembre à 17 h"),
    ],
)
def test_moment(when: dt.datetime, words: str) -> None:
    assert moment(when).replace("\u00a0", " ") == words


def test_clock_shows_the_hour_of_paris() -> None:
    assert plain(clock(dt.time(9, 30))) == "9~h~30"
    assert plain(clock(dt.time(14, 5))) == "14~h~05"
    assert plain(clock(dt.time(8))) == "8~h"
    assert plain(clock(dt.datetime(2026, 11, 24, 7, 30, tzinfo=dt.UTC))) == "8~h~30"


@pytest.mark.parametrize(
    ("value", "words"),
    [(35, "35~min"), (60, "1~h"), (70, "1~h~10"), (125, "2~h~05"), (0, "0~min"), (dt.timedelta(minutes=90), "1~h~30")],
)
def test_minutes(value: int | dt.timedelta, words: str) -> None:
    assert plain(minutes(value)) == words


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (1, "1 octet"),
        (950, "950 octets"),
        (1000, "1~ko"),
        (999_499, "999~ko"),
        (999_600, "1~Mo"),
        (1_400_000, "1,4~Mo"),
        (10_000_000, "10~Mo"),
        (2_500_000_000, "2,5~Go"),
    ],
)
def test_filesize(octets: int, words: str) -> None:
    assert plain(filesize(octets)) == words


def test_numbers_and_euros() -> None:
    assert plain(number(17940)) == "17_940"
    assert plain(number(-1993)) == "−1_993"
    assert plain(euros(732)) == "732~€"
    assert plain(euros("3.80")) == "3,80~€"
    assert plain(euros(17940.5)) == "17_940,50~€"


def test_count_is_singular_below_two() -> None:
    assert plain(count(0, "devoir,devoirs")) == "0~devoir"
    assert plain(count(1, "devoir,devoirs")) == "1~devoir"
    assert plain(count(2, "devoir,devoirs")) == "2~devoirs"
    assert count(0, "devoir,devoirs,aucun devoir") == "aucun devoir"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Lire « Le Roman de Renart » page 87", "Lire «~Le Roman de Renart~» page~87"),
        ("Contrôle : la respiration", "Contrôle~: la respiration"),
        ("Fini ?", "Fini_?"),
        ("à 9 h 30, 35 min", "à 9~h~30, 35~min"),
        ("17 940 €", "17_940~€"),
        ("Mme Vidal, salle 104", "Mme~Vidal, salle~104"),
        ("rien à lier", "rien à lier"),
    ],
)
def test_nbsp(text: str, written: str) -> None:
    assert plain(nbsp(text)) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Émile", "d’Émile"), ("Inès", "d’Inès"), ("Œdipe", "d’Œdipe"), ("Hélène", "d’Hélène"), ("Hugo", "d’Hugo"),
        ("Yves", "d’Yves"), ("Nina", "de Nina"), ("Hamza", "de Hamza"), ("Yann", "de Yann"), ("5e B", "de 5e B"),
        ("EduConnect", "d’EduConnect"), ("", "de "),
    ],
)  # fmt: skip
def test_of_elides_before_a_vowel(name: str, written: str) -> None:
    assert of(name) == written


def test_of_escapes_what_people_type() -> None:
    page = Template("{% blocktranslate with of=name|of %}Devoirs {{ of }}{% endblocktranslate %}")
    assert page.render(Context({"name": "<b>Émile"})) == "Devoirs de &lt;b&gt;Émile"


def test_nbsp_escapes_what_people_type() -> None:
    template = Template("{{ text|nbsp }}")

    assert template.render(Context({"text": "<b>page 3</b>"})) == "&lt;b&gt;page\u00a03&lt;/b&gt;"
    assert template.render(Context({"text": mark_safe("<b>page 3</b>")})) == "<b>page\u00a03</b>"
