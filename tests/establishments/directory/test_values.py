"""What stands between the `$`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from establishments.directory import values
from establishments.directory.values import Function, GroupRef, ParentLink, Taught
from establishments.models import Establishment, Guardianship

Link = Guardianship.Link
Kind = Establishment.Kind


def refuses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l&apos;école", "l'école"),
        ("R&amp;D", "R&D"),
        ("&amp;amp;eacute;", "é"),
        ("&#39;&#x27;", "''"),
        ("STRUCTUR. & MECANIQUE", "STRUCTUR. & MECANIQUE"),
        ("A&B;C", "A&B;C"),
        ("e\u0301", "é"),
        ("  deux \n mots\u00a0", "deux mots"),
        ("&#0;", "\ufffd"),
        ("", ""),
    ],
)
def test_clean_decodes_doubled_entities_and_spaces(text: str, expected: str) -> None:
    assert values.clean(text) == expected


@given(st.text())
def test_clean_gives_text_that_a_column_can_hold(text: str) -> None:
    cleaned = values.clean(text.replace("\0", ""))
    assert "\0" not in cleaned
    assert cleaned == cleaned.strip()
    assert unicodedata.is_normalized("NFC", cleaned)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_parse_date_reads_what_feeds_write(day: date) -> None:
    assert values.parse_date(f"{day.day:02}/{day.month:02}/{day.year:04}") == day


@pytest.mark.parametrize(
    "value", ["", "2013-08-06", "6/8/2013", "31/02/2013", "06/08/13", "06/08/2013 00:00", "٠٦/٠٨/٢٠١٣x"]
)
def test_parse_date_refuses_anything_else(value: str) -> None:
    assert refuses(values.parse_date, value)


@pytest.mark.parametrize(
    ("value", "link", "pays"),
    [
        ("2867253$2$1$1$0$0", Link.MOTHER, True),
        ("2867253$1$0$1$0$0", Link.FATHER, False),
        ("2867253$10$1$1$1$1", Link.MOTHER, True),
        ("2867253$20$0$1$1$0", Link.FATHER, False),
        ("2867253$38$0$1$1$0", Link.RELATIVE, False),
        ("2867253$51$0$1", Link.CHILD_WELFARE, False),
        ("2867253$70$0$1$1$0", Link.SELF, False),
        ("2867253$99$0$1$1$0", Link.OTHER, False),
        ("2867253$$0$1$1$0", Link.OTHER, False),
    ],
)
def test_parse_link_reads_both_code_sets(value: str, link: str, pays: bool) -> None:
    assert values.parse_link(value) == ParentLink("2867253", link, pays, "1")


@pytest.mark.parametrize("value", ["", "2867253", "2867253$2$1", "$2$1$1$0$0", "2867253$2$1$X$0$0", "2867253$2$1$$0$0"])
def test_parse_link_refuses_what_does_not_say_the_authority(value: str) -> None:
    assert refuses(values.parse_link, value)


@pytest.mark.parametrize(
    ("legal", "second", "expected"),
    [("1", False, True), ("1", True, True), ("2", True, True), ("2", False, False), ("0", True, False)],
)
def test_is_legal_counts_the_second_guardian_of_old_files_only(legal: str, second: bool, expected: bool) -> None:
    assert values.parse_link(f"1$2$0${legal}$0$0").is_legal(second=second) is expected


def test_parse_group_keeps_spaces_inside_the_name() -> None:
    assert values.parse_group(" 52003$ 1L1 GRA ") == GroupRef("52003", "1L1 GRA")


@pytest.mark.parametrize("value", ["", "52003", "52003$", "$3A", "$", " $ "])
def test_parse_group_refuses_half_a_value(value: str) -> None:
    assert refuses(values.parse_group, value)


def test_parse_taught_reads_the_subject_last() -> None:
    assert values.parse_taught("50187$3A$081300") == Taught(GroupRef("50187", "3A"), "081300")


@pytest.mark.parametrize("value", ["", "50187$081300", "50187$$081300", "$3A$081300", "50187$3A$"])
def test_parse_taught_refuses_two_parts(value: str) -> None:
    assert refuses(values.parse_taught, value)


plain = (
    st.text(st.characters(exclude_characters="$", exclude_categories=["Cs"]), min_size=1).map(values.clean).filter(bool)
)


@given(plain, plain, plain)
def test_parse_taught_is_the_inverse_of_writing(structure: str, group: str, subject: str) -> None:
    taught = values.parse_taught(f"{structure}${group}${subject}")
    assert taught == Taught(GroupRef(structure, group), subject)


@given(st.text())
def test_parsers_raise_nothing_but_value_error(value: str) -> None:
    for parse in (
        values.parse_date,
        values.parse_link,
        values.parse_group,
        values.parse_taught,
        values.parse_function,
        values.parse_declared_group,
    ):
        refuses(parse, value)


def test_parse_function_keeps_structure_and_code() -> None:
    assert values.parse_function("50220$ENS$ENSEIGNEMENT$L6510$ARCHI") == Function("50220", "ENS")
    assert values.parse_function("50220$-") == Function("50220", "-")


def test_parse_declared_group_drops_courses() -> None:
    assert values.parse_declared_group("5A$5e A bilangue$10110001110$1011") == ("5A", "5e A bilangue")
    assert values.parse_declared_group("5A") == ("5A", "")


@pytest.mark.parametrize(
    ("category", "presence", "code", "expected"),
    [
        ("O", "N", "ADF", True),
        ("N", "O", "ENS", False),
        ("", "O", "ADF", True),
        ("", "N", "ENS", True),  # the replacement pools
        ("", "", "DOC", True),
        ("", "N", "EDU", False),
        ("", "", "DIR", False),
    ],
)
def test_is_teacher_asks_the_attributes_in_order(category: str, presence: str, code: str, expected: bool) -> None:
    functions = [Function("50220", code)]
    assert values.is_teacher(category=category, presence=presence, functions=functions) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("CLG$JEAN MOULIN$RODEZ", "Collège Jean Moulin"),
        ("LP$Alexis Monteil$RODEZ", "Lycée professionnel Alexis Monteil"),
        ("EREA$LA PLANE$ALBI", "EREA La Plane"),
        ("Collège Jean Moulin-ac-TOULOUSE", "Collège Jean Moulin"),
        ("Z.REMP-DIGNE-AIX_MARS.", "Z.REMP-DIGNE-AIX_MARS."),
        ("", ""),
    ],
)
def test_school_name_reads_both_shapes(value: str, expected: str) -> None:
    assert values.school_name(value) == expected


@pytest.mark.parametrize(
    ("code", "label", "agricultural", "expected"),
    [
        ("340", "", False, Kind.COLLEGE),
        ("306", "", False, Kind.LYCEE),
        ("320", "", False, Kind.LYCEE_PRO),
        ("300", "", True, Kind.LYCEE_AGRI),
        ("320", "LYCEE PROFESSIONNEL", True, Kind.LYCEE_AGRI),
        ("340", "", True, Kind.COLLEGE),
        ("370", "", False, Kind.EREA),
        ("", "LYCEE PROFESSIONNEL", False, Kind.LYCEE_PRO),
        ("", "COLLEGE", False, Kind.COLLEGE),
        ("", "LYCEE POLYVALENT", False, Kind.LYCEE),
        ("", "ETABLISSEMENT REGIONAL D'ENSEIGNT ADAPTE", False, Kind.EREA),
        ("", "SANS OBJET", False, Kind.OTHER),
        ("380", "", True, Kind.OTHER),
    ],
)
def test_school_kind_reads_the_code_then_the_label(code: str, label: str, agricultural: bool, expected: str) -> None:
    assert values.school_kind(code=code, label=label, agricultural=agricultural) == expected
