"""The feed's records as values of their own types: what the import needs of each, checked.

A builder raises `RefusedRecordError` when the record cannot be taken, and tells `note` what it left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models

from accounts.models import Identifier, User
from establishments.directory import academies, values
from establishments.directory.aaf import RawRecord
from establishments.directory.report import Reason, RefusedRecordError
from establishments.directory.values import DeclaredGroup, Function, GroupRef, ParentLink, Taught
from establishments.models import Establishment, Group, Subject

T = TypeVar("T")
Note = Callable[..., None]

_UAI = re.compile(r"\d{7}[A-Z]")
_CIVILITIES = {"M.": "M.", "M": "M.", "MR": "M.", "MME": "Mme", "MLLE": "Mme", "MRS": "Mme"}


@dataclass(frozen=True)
class StructureRecord:
    id: str
    uai: str
    name: str
    kind: str
    ministry: str
    address: str
    postal_code: str
    city: str
    academy: str
    is_section: bool
    mother: str  # the structure that a section is part of
    classes: tuple[DeclaredGroup, ...]
    groups: tuple[DeclaredGroup, ...]


@dataclass(frozen=True)
class SubjectRecord:
    id: str
    name: str


@dataclass(frozen=True)
class CourseRecord:
    """A “MEF”: read and counted, nothing of it is kept yet."""

    id: str
    name: str


@dataclass(frozen=True)
class PersonRecord:
    id: str
    first_name: str
    last_name: str
    civility: str
    birth_date: date | None
    email: str


@dataclass(frozen=True)
class StudentRecord(PersonRecord):
    structure: str
    classes: tuple[GroupRef, ...]
    groups: tuple[GroupRef, ...]
    links: tuple[ParentLink, ...]

    @property
    def structures(self) -> tuple[str, ...]:
        return _distinct(self.structure, *(ref.structure for ref in (*self.classes, *self.groups)))


@dataclass(frozen=True)
class GuardianRecord(PersonRecord):
    pass


@dataclass(frozen=True)
class StaffRecord(PersonRecord):
    structure: str
    teaches: bool
    functions: tuple[Function, ...]
    classes: tuple[Taught, ...]
    groups: tuple[Taught, ...]
    form_classes: tuple[GroupRef, ...]

    @property
    def structures(self) -> tuple[str, ...]:
        taught = (taught.group.structure for taught in (*self.classes, *self.groups))
        answered = (ref.structure for ref in self.form_classes)
        return _distinct(self.structure, *(function.structure for function in self.functions), *taught, *answered)

    @property
    def headed(self) -> frozenset[str]:
        """The structures that the person is the head of."""
        return frozenset(f.structure for f in self.functions if f.code == values.HEAD_FUNCTION)


def _distinct(*structures: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, structures)))


def structure(raw: RawRecord, note: Note) -> StructureRecord:
    uai = raw.one("ENTStructureUAI", "ENTEtablissementUAI").upper()
    if not _UAI.fullmatch(uai):
        raise RefusedRecordError(Reason.BAD_UAI, uai=uai)
    ministry = raw.one("ENTEtablissementMinistereTutelle")
    agricultural = "AGRICULTURE" in ministry.upper()
    code = raw.one("ENTStructureCodeTypeStruct")
    name = values.school_name(raw.one("ENTStructureNomCourant")) or uai
    return StructureRecord(
        id=_fitting(Establishment, "structure_key", raw.id),
        uai=uai,
        name=_fitting(Establishment, "name", name),
        kind=values.school_kind(code=code, label=raw.one("ENTStructureTypeStruct"), agricultural=agricultural),
        ministry=Establishment.Ministry.AGRICULTURE if agricultural else Establishment.Ministry.EDUCATION,
        address=_fitting(Establishment, "address", raw.one("street")),
        postal_code=_fitting(Establishment, "postal_code", raw.one("postalCode")),
        city=_fitting(Establishment, "city", raw.one("l")),
        academy=academies.code_of(code=raw.one("ENTServAcCodeAcademie"), name=raw.one("ENTServAcAcademie")),
        is_section=code in values.SECTIONS,
        mother=raw.one("ENTEtablissementStructRattachFctl"),
        classes=_each(raw, "ENTStructureClasses", _declared_group, note),
        groups=_each(raw, "ENTStructureGroupes", _declared_group, note),
    )


def subject(raw: RawRecord, note: Note) -> SubjectRecord:
    name = raw.one("ENTLibelleMatiere")
    if not name:
        raise RefusedRecordError(Reason.NO_NAME)
    return SubjectRecord(id=_fitting(Subject, "code", raw.id), name=_fitting(Subject, "name", name))


def course(raw: RawRecord, note: Note) -> CourseRecord:
    return CourseRecord(id=raw.id, name=raw.one("ENTLibelleMef"))


def student(raw: RawRecord, note: Note) -> StudentRecord:
    return StudentRecord(
        **_identity(raw, note),
        structure=raw.one("ENTPersonStructRattach"),
        classes=_each(raw, "ENTEleveClasses", _group, note),
        groups=_each(raw, "ENTEleveGroupes", _group, note),
        links=_each(raw, "ENTElevePersRelEleve", values.parse_link, note),
    )


def guardian(raw: RawRecord, note: Note) -> GuardianRecord:
    return GuardianRecord(**_identity(raw, note))


def staff(raw: RawRecord, note: Note) -> StaffRecord:
    functions = _each(raw, "ENTPersonFonctions", values.parse_function, note)
    return StaffRecord(
        **_identity(raw, note),
        structure=raw.one("ENTPersonStructRattach"),
        teaches=values.is_teacher(
            category=raw.one("ENTPersonCategorieEnseignant"),
            presence=raw.one("PersEducNatPresenceDevantEleves"),
            functions=functions,
        ),
        functions=functions,
        classes=_each(raw, "ENTAuxEnsClassesMatieres", _taught, note),
        groups=_each(raw, "ENTAuxEnsGroupesMatieres", _taught, note),
        form_classes=_each(raw, "ENTAuxEnsClassesPrincipal", _group, note),
    )


def _identity(raw: RawRecord, note: Note) -> dict[str, Any]:
    last_name = raw.one("sn", "ENTPersonNomPatro")
    if not last_name:
        raise RefusedRecordError(Reason.NO_NAME)
    return {
        "id": _fitting(Identifier, "value", raw.id),
        "first_name": _fitting(User, "first_name", raw.one("givenName")),
        "last_name": _fitting(User, "last_name", last_name),
        "civility": _CIVILITIES.get(raw.one("personalTitle").upper(), ""),
        "birth_date": _birth_date(raw, note),
        "email": _email(raw, note),
    }


def _birth_date(raw: RawRecord, note: Note) -> date | None:
    value = raw.one("ENTPersonDateNaissance")
    if not value:
        return None
    try:
        return values.parse_date(value)
    except ValueError:
        note(Reason.BAD_DATE, value=value)
        return None


def _email(raw: RawRecord, note: Note) -> str:
    value = raw.one("mail")
    if not value:
        return ""
    try:
        validate_email(value)
        return _fitting(User, "email", value)
    except (ValidationError, RefusedRecordError):
        note(Reason.BAD_EMAIL, value=value)
        return ""


def _each(raw: RawRecord, attribute: str, parse: Callable[[str], T], note: Note) -> tuple[T, ...]:
    """The attribute's values that can be read, once each: feeds repeat them."""
    parsed: dict[T, None] = {}
    for value in raw.all(attribute):
        try:
            parsed[parse(value)] = None
        except ValueError:
            note(Reason.BAD_VALUE, attribute=attribute, value=value)
        except RefusedRecordError as refusal:  # only this value is too long
            note(refusal.reason, **refusal.params)
    return tuple(parsed)


def _group(value: str) -> GroupRef:
    ref = values.parse_group(value)
    _fitting(Group, "name", ref.name)
    return ref


def _taught(value: str) -> Taught:
    taught = values.parse_taught(value)
    _fitting(Group, "name", taught.group.name)
    return taught


def _declared_group(value: str) -> DeclaredGroup:
    group = values.parse_declared_group(value)
    _fitting(Group, "name", group.name)
    _fitting(Group, "label", group.label)
    return group


def _fitting(model: type[models.Model], field: str, value: str) -> str:
    """The value when the column can hold it: the database would otherwise end the whole run."""
    limit = _limit(model, field)
    if len(value) > limit:
        raise RefusedRecordError(Reason.TOO_LONG, attribute=_name(model, field), limit=limit)
    return value


@cache
def _limit(model: type[models.Model], field: str) -> int:
    return int(model._meta.get_field(field).max_length)  # type: ignore[union-attr, arg-type]


def _name(model: type[models.Model], field: str) -> str:
    return str(model._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
