"""The composite values of the feed: what stands between the `$`. Pure functions; `ValueError` on nonsense."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from establishments.people.models import Guardianship
from establishments.territory.models import Establishment

Link = Guardianship.Link
Kind = Establishment.Kind

# Two code sets, nearly reversed: 1 is the father and 10 the mother. They share no number, so that no file can
# be read with the wrong one. The second is N_LIEN_ELEVE_RESPONSABLE of the national nomenclatures.
LINKS = {
    "1": Link.FATHER,
    "2": Link.MOTHER,
    "3": Link.TUTOR,
    "4": Link.RELATIVE,
    "5": Link.CHILD_WELFARE,
    "6": Link.OTHER,
    "7": Link.SELF,
    "10": Link.MOTHER,
    "20": Link.FATHER,
    "37": Link.RELATIVE,  # brother or sister
    "38": Link.RELATIVE,  # grandparent
    "39": Link.RELATIVE,
    "41": Link.OTHER,  # educator
    "42": Link.OTHER,  # foster carer
    "43": Link.OTHER,  # child minder
    "50": Link.TUTOR,
    "51": Link.CHILD_WELFARE,
    "70": Link.SELF,
    "90": Link.OTHER,
}
LEGAL, SECOND_LEGAL = "1", "2"
HEAD_FUNCTION = "DIR"
TEACHING_FUNCTIONS = frozenset({"ENS", "DOC"})

# Codes of the national register of schools (“code nature”).
KINDS = {
    "300": Kind.LYCEE,
    "301": Kind.LYCEE,
    "302": Kind.LYCEE,
    "306": Kind.LYCEE,
    "307": Kind.LYCEE,
    "310": Kind.LYCEE,
    "320": Kind.LYCEE_PRO,
    "340": Kind.COLLEGE,
    "350": Kind.COLLEGE,
    "370": Kind.EREA,
}
SECTIONS = frozenset({"334", "335"})  # SEP and SGT: parts of a school, not schools
SCHOOL_WORDS = {"CLG": "Collège", "LYC": "Lycée", "LP": "Lycée professionnel", "LPO": "Lycée polyvalent"}

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})")


class ParentLink(NamedTuple):
    guardian: str
    link: Link
    pays_fees: bool
    legal: str

    def is_legal(self, *, second: bool) -> bool:
        """Does the link give parental authority? `second`: 2 is the second guardian, as in files before 2018.

        Later files say 2 of whoever has the child in charge, without authority.
        """
        return self.legal == LEGAL or (second and self.legal == SECOND_LEGAL)


class GroupRef(NamedTuple):
    structure: str
    name: str


class Taught(NamedTuple):
    group: GroupRef
    subject: str


class Function(NamedTuple):
    structure: str
    code: str


class DeclaredGroup(NamedTuple):
    name: str
    label: str


def clean(text: str) -> str:
    """The text with its doubled entities (`&amp;apos;`) decoded, composed, and its spaces single."""
    if text.isascii() and "&" not in text:  # most of them, a million times
        return " ".join(text.split())
    for _depth in range(3):
        if "&" not in text:
            break
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def parse_date(value: str) -> date:
    """`dd/mm/yyyy`."""
    match = _DATE.fullmatch(value)
    if match is None:
        raise ValueError(value)
    day, month, year = map(int, match.groups())
    return date(year, month, day)


def parse_link(value: str) -> ParentLink:
    """`guardian$link$pays$legal$contact$payment`; the last two are not kept."""
    guardian, code, pays, legal = _fields(value, 4)[:4]
    if not guardian or legal not in {"0", LEGAL, SECOND_LEGAL}:
        raise ValueError(value)
    return ParentLink(guardian, LINKS.get(code, Link.OTHER), pays == "1", legal)


def parse_group(value: str) -> GroupRef:
    """`structure$name`."""
    structure, name = (part.strip() for part in value.partition("$")[::2])
    if not structure or not name:
        raise ValueError(value)
    return GroupRef(structure, name)


def parse_taught(value: str) -> Taught:
    """`structure$group$subject`."""
    group, _dollar, subject = value.rpartition("$")
    if not subject.strip():
        raise ValueError(value)
    return Taught(parse_group(group), subject.strip())


def parse_function(value: str) -> Function:
    """`structure$code$label$discipline code$discipline`."""
    structure, code = _fields(value, 2)[:2]
    if not structure or not code:
        raise ValueError(value)
    return Function(structure, code)


def parse_declared_group(value: str) -> DeclaredGroup:
    """`name$label$…`: the courses of a class, or the classes of a group, follow and are not kept."""
    name, label = [*_fields(value, 1), ""][:2]
    if not name:
        raise ValueError(value)
    return DeclaredGroup(name, label)


def _fields(value: str, at_least: int) -> list[str]:
    fields = [field.strip() for field in value.split("$")]
    if len(fields) < at_least:
        raise ValueError(value)
    return fields


def is_teacher(*, category: str, presence: str, functions: Iterable[Function]) -> bool:
    """The recent attribute decides; else presence before students; else a teaching function.

    The last counts: whole replacement pools are ENS with presence N.
    """
    if category:
        return category == "O"
    return presence == "O" or any(function.code in TEACHING_FUNCTIONS for function in functions)


def school_name(value: str) -> str:
    """From `CLG$NAME$CITY` or `NAME-ac-ACADEMY`."""
    parts = value.split("$")
    if len(parts) >= 2:
        word = SCHOOL_WORDS.get(parts[0].strip(), parts[0].strip())
        return clean(f"{word} {_capitalised(parts[1])}")
    return value.rpartition("-ac-")[0].strip() or value


def _capitalised(name: str) -> str:
    return name.title() if name.isupper() else name


def school_kind(*, code: str, label: str, agricultural: bool) -> Kind:
    """By the code of the national register, else by the label of older files."""
    kind = KINDS.get(code) or _kind_from_label(label.upper())
    if agricultural and kind in {Kind.LYCEE, Kind.LYCEE_PRO}:
        return Kind.LYCEE_AGRI
    return kind


def _kind_from_label(label: str) -> Kind:
    if "PROFESSIONNEL" in label and label.startswith("LYCEE"):
        return Kind.LYCEE_PRO
    if label.startswith(("LYCEE", "LYCÉE")):
        return Kind.LYCEE
    if label.startswith(("COLLEGE", "COLLÈGE")):
        return Kind.COLLEGE
    return Kind.EREA if "ADAPTE" in label or label == "EREA" else Kind.OTHER
