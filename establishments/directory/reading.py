"""What each category of a feed holds, and whether a record of it can be taken."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any

from establishments.directory import records as builders
from establishments.directory.aaf import ADDITION, RawRecord, read
from establishments.directory.export import Category, Delivery
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.records import Note
from establishments.directory.report import Reason, RefusedRecordError, Report

BUILDERS: dict[Category, Callable[[RawRecord, Note], Any]] = {
    Category.STRUCTURE: builders.structure,
    Category.SUBJECT: builders.subject,
    Category.COURSE: builders.course,
    Category.STUDENT: builders.student,
    Category.GUARDIAN: builders.guardian,
    Category.STAFF: builders.staff,
}
# The attribute that says the identifier once more.
KEYS = {
    Category.STRUCTURE: "ENTStructureJointure",
    Category.SUBJECT: "ENTMatJointure",
    Category.COURSE: "ENTMefJointure",
    Category.STUDENT: "ENTPersonJointure",
    Category.GUARDIAN: "ENTPersonJointure",
    Category.STAFF: "ENTPersonJointure",
}
_PERSON = "sn ENTPersonNomPatro givenName personalTitle ENTPersonDateNaissance mail"
ATTRIBUTES = {
    Category.STRUCTURE: (
        "ENTStructureUAI ENTEtablissementUAI ENTStructureNomCourant ENTStructureTypeStruct"
        " ENTStructureCodeTypeStruct ENTEtablissementMinistereTutelle ENTEtablissementStructRattachFctl"
        " street postalCode l ENTServAcAcademie ENTServAcCodeAcademie ENTStructureClasses ENTStructureGroupes"
    ),
    Category.SUBJECT: "ENTLibelleMatiere",
    Category.COURSE: "ENTLibelleMef",
    Category.STUDENT: (f"{_PERSON} ENTPersonStructRattach ENTEleveClasses ENTEleveGroupes ENTElevePersRelEleve"),
    Category.GUARDIAN: _PERSON,
    Category.STAFF: (
        f"{_PERSON} ENTPersonStructRattach ENTPersonFonctions ENTPersonCategorieEnseignant"
        " PersEducNatPresenceDevantEleves ENTAuxEnsClassesMatieres ENTAuxEnsGroupesMatieres"
        " ENTAuxEnsClassesPrincipal"
    ),
}
NOWHERE: Container[int] = frozenset()


def requests(
    delivery: Delivery, category: Category, *, report: Report, known: Container[int] = NOWHERE
) -> Iterator[tuple[str, RawRecord]]:
    """The category's requests in order, each with the name of its file."""
    wanted = frozenset({KEYS[category], *ATTRIBUTES[category].split()})
    for file in delivery.of(category):
        for raw in read(file, wanted, known=known):
            report.read[category] += 1
            yield file.name, raw


def check_identity(raw: RawRecord, category: Category, seen: IdentifierSet) -> None:
    """Raises `RefusedRecordError` when the record has no identifier, two of them, or another's."""
    if not raw.id:
        raise RefusedRecordError(Reason.NO_ID, line=raw.line)
    if (other := raw.one(KEYS[category])) and other != raw.id:
        raise RefusedRecordError(Reason.OTHER_ID, other=other)
    if raw.id in seen:
        raise RefusedRecordError(Reason.DUPLICATE)
    seen.add(raw.id)


def check_addition(raw: RawRecord) -> None:
    if raw.request != ADDITION:
        raise RefusedRecordError(Reason.NOT_AN_ADDITION, request=raw.request)


def built(category: Category, key: str, attributes: Mapping[str, Any], note: Note) -> Any:
    """The typed record. Raises `RefusedRecordError`; tells `note` what it left out."""
    raw = RawRecord(key, 0, ADDITION, attributes)
    return BUILDERS[category](raw, note)


def silent(reason: Reason, **params: object) -> None:
    """For a record of which all was said when it came."""


class Notebook:
    """Writes what a record's builder says into the report, and remembers that something was said."""

    def __init__(self, report: Report, file: str, record: str) -> None:
        self.report, self.file, self.record = report, file, record
        self.has_said = False

    def __call__(self, reason: Reason, **params: object) -> None:
        self.has_said = True
        notes = self.report.rejected if reason in {Reason.BAD_VALUE, Reason.TOO_LONG} else self.report.warnings
        notes.add(reason, self.file, self.record, **params)

    def reject(self, reason: Reason, **params: object) -> None:
        self.has_said = True
        self.report.rejected.add(reason, self.file, self.record, **params)
