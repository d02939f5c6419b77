"""Reads a category of a delivery: typed records, and a line in the report for each that cannot be taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def read_category(
    delivery: Delivery,
    category: Category,
    *,
    report: Report,
    seen: IdentifierSet | None = None,
    unreadable: IdentifierSet | None = None,
) -> Iterator[tuple[str, Any]]:
    """The category's records that can be taken, each with the name of its file; the others go to the report.

    `seen` holds the identifiers met so far, where several categories share theirs; `unreadable` receives
    those of the records that are there but cannot be taken.
    """
    wanted = frozenset({KEYS[category], *ATTRIBUTES[category].split()})
    seen = IdentifierSet() if seen is None else seen
    for file in delivery.of(category):
        for raw in read(file, wanted):
            report.read[category] += 1
            try:
                _check(raw, KEYS[category], seen)
                yield file.name, BUILDERS[category](raw, _noting(report, file.name, raw.id))
            except RefusedRecordError as refusal:
                report.rejected.add(refusal.reason, file.name, raw.id, **refusal.params)
                if unreadable is not None:
                    unreadable.add(raw.id)


def _check(raw: RawRecord, key: str, seen: IdentifierSet) -> None:
    if not raw.id:
        raise RefusedRecordError(Reason.NO_ID, line=raw.line)
    if raw.request != ADDITION:
        raise RefusedRecordError(Reason.NOT_AN_ADDITION, request=raw.request)
    if (other := raw.one(key)) and other != raw.id:
        raise RefusedRecordError(Reason.OTHER_ID, other=other)
    if raw.id in seen:
        raise RefusedRecordError(Reason.DUPLICATE)
    seen.add(raw.id)


def _noting(report: Report, file: str, record: str) -> Note:
    def note(reason: Reason, **params: object) -> None:
        notes = report.rejected if reason in {Reason.BAD_VALUE, Reason.TOO_LONG} else report.warnings
        notes.add(reason, file, record, **params)

    return note
