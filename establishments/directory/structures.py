"""Writes what the people stand on: establishments, subjects, classes and groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from establishments.directory import academies
from establishments.directory.aaf import stated_academy
from establishments.directory.differences import correct
from establishments.directory.export import Category, Delivery
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.labels import better, readable
from establishments.directory.models import FeedRecord
from establishments.directory.reading import Notebook, built, check_addition, check_identity, requests, silent
from establishments.directory.records import StructureRecord, SubjectRecord
from establishments.directory.report import Reason, RefusedFileError, RefusedRecordError, Report
from establishments.models import Authority, Establishment, Group, Subject
from establishments.territory.models import uai_is_valid

GIVEN = (
    "name",
    "kind",
    "ministry",
    "department",
    "address",
    "postal_code",
    "city",
    "academy_id",
    "structure_key",
)


UAI = re.compile(r"\d{7}[A-Z]")


class GroupKey(NamedTuple):
    establishment: int
    kind: str
    name: str


@dataclass(frozen=True)
class Schools:
    """The delivery's establishments; `by_structure` finds them by the feed's own keys."""

    by_structure: Mapping[str, int]

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(self.by_structure.values())


def academy_of(delivery: Delivery) -> str:
    """The code of the one academy that the delivery is of: the feed's keys are unique in it only."""
    file = delivery.of(Category.STRUCTURE)[0].name
    codes = set()
    for _file, raw in requests(delivery, Category.STRUCTURE, report=Report()):
        given = raw.one("ENTServAcCodeAcademie"), raw.one("ENTServAcAcademie")
        codes.add(academies.code_of(code=given[0], name=given[1]))
    codes.discard("")
    if len(codes) > 1:
        raise RefusedFileError(file, Reason.ACADEMIES, academies=", ".join(sorted(codes)))
    code = next(iter(codes), "") or stated_academy(delivery)
    if not code:
        raise RefusedFileError(file, Reason.NO_ACADEMY)
    return code


def is_table(realm: str) -> bool:
    """Is it a school's own table, rather than a feed of an academy?"""
    return UAI.fullmatch(realm) is not None


def structures_of(realm: str) -> dict[str, int]:
    """The establishments by the feed's own keys, sections included. In the open gate."""
    if is_table(realm):
        return dict(Establishment.objects.filter(uai=realm).values_list("uai", "pk"))
    schools = dict(
        Establishment.objects.filter(academy__kind="academy", academy__code=realm)
        .exclude(structure_key="")
        .values_list("structure_key", "pk")
    )
    rows = FeedRecord.objects.filter(feed__realm=realm, category=Category.STRUCTURE)
    for key, attributes in rows.values_list("key", "attributes"):
        record = built(Category.STRUCTURE, key, attributes, silent)
        if record.is_section and record.mother in schools:
            schools[key] = schools[record.mother]
    return schools


def settle_structures(
    *, found: list[tuple[str, StructureRecord]], academy: str, report: Report, is_dry: bool = False
) -> Schools:
    """Create and correct the establishments of these records, each with the name of its file.

    A dry run corrects none; those that are new are entered all the same, without anybody in them.
    """
    schools = _admitted([item for item in found if not item[1].is_section], academy, report, is_dry=is_dry)
    ids = _write([record for _file, record in schools], academy, report, is_dry=is_dry)
    by_structure = {record.id: ids[record.uai] for _file, record in schools}
    for file, record in found:
        if record.is_section:
            if record.mother in by_structure:
                by_structure[record.id] = by_structure[record.mother]
            else:
                report.rejected.add(Reason.LONELY_SECTION, file, record.id)
    return Schools(by_structure)


def declared_groups(
    found: Iterable[tuple[str, StructureRecord]], by_structure: Mapping[str, int]
) -> dict[GroupKey, str]:
    """The labels of the classes and groups that the structures declare."""
    return {
        GroupKey(by_structure[record.id], kind, group.name): group.label
        for _file, record in found
        if record.id in by_structure
        for kind, groups in ((Group.Kind.CLASS, record.classes), (Group.Kind.TEACHING, record.groups))
        for group in groups
    }


def _admitted(
    found: list[tuple[str, StructureRecord]], academy: str, report: Report, *, is_dry: bool
) -> list[tuple[str, StructureRecord]]:
    """Those whose UAI is theirs alone. A school that is known by its key takes its new UAI, if nobody has it.

    A school of another academy stays that academy's, whatever this feed says: with it would go all that its agents
    may do there, and the feed names its own head. Superusers move schools, in the administration.
    """
    held = dict(
        Establishment.objects.filter(
            academy__kind=Authority.Kind.ACADEMY,
            academy__code=academy,
            structure_key__in=[record.id for _file, record in found],
        ).values_list("structure_key", "uai")
    )
    taken = set(Establishment.objects.filter(uai__in=[r.uai for _f, r in found]).values_list("uai", flat=True))
    elsewhere = set(
        Establishment.objects.filter(uai__in=[r.uai for _f, r in found])
        .exclude(academy__kind=Authority.Kind.ACADEMY, academy__code=academy)
        .values_list("uai", flat=True)
    )
    admitted: dict[str, tuple[str, StructureRecord]] = {}
    for file, record in found:
        if record.uai in elsewhere:
            report.rejected.add(Reason.OTHER_ACADEMY, file, record.id, uai=record.uai)
            continue
        old = held.get(record.id, record.uai)
        if record.uai in admitted or (old != record.uai and record.uai in taken):
            other = record.uai if record.uai in admitted else old
            report.rejected.add(Reason.UAI_TWICE, file, record.id, uai=other)
            continue
        if old != record.uai:
            if is_dry:
                record = replace(record, uai=old)
            else:
                Establishment.objects.filter(uai=old).update(uai=record.uai)
            report.warnings.add(Reason.NEW_UAI, file, record.id, old=old, new=record.uai)
        if not uai_is_valid(record.uai):
            report.warnings.add(Reason.CHECKSUM, file, record.id, uai=record.uai)
        admitted[record.uai] = (file, record)
    return list(admitted.values())


def _write(found: list[StructureRecord], academy: str, report: Report, *, is_dry: bool) -> dict[str, int]:
    """The primary keys of these establishments by UAI."""
    authority, _created = Authority.objects.get_or_create(
        kind=Authority.Kind.ACADEMY, code=academy, defaults={"name": academies.name_of(academy)}
    )
    known = Establishment.objects.in_bulk([record.uai for record in found], field_name="uai")
    created, changed = [], []
    for record in found:
        wanted = {
            "name": record.name,
            "kind": record.kind,
            "ministry": record.ministry,
            "department": record.uai[:3],
            "address": record.address,
            "postal_code": record.postal_code,
            "city": record.city,
            "academy_id": authority.pk,
            "structure_key": record.id,
        }
        if record.uai not in known:
            created.append(Establishment(uai=record.uai, **wanted))
        elif correct(known[record.uai], wanted):
            changed.append(known[record.uai])
    Establishment.objects.bulk_create(created)
    # The feed's own key, which nobody sees, is needed to find the school's people.
    Establishment.objects.bulk_update(changed, ["structure_key"] if is_dry else GIVEN, batch_size=500)
    report.count(
        "establishments",
        created=len(created),
        updated=len(changed),
        unchanged=len(found) - len(created) - len(changed),
    )
    return {uai: school.pk for uai, school in known.items()} | {school.uai: school.pk for school in created}


def settle_subjects(*, delivery: Delivery, report: Report, is_dry: bool = False) -> None:
    """Create and correct the subjects."""
    seen = IdentifierSet()
    found: dict[str, SubjectRecord] = {}
    for file, raw in requests(delivery, Category.SUBJECT, report=report):
        notebook = Notebook(report, file, raw.id)
        try:
            check_identity(raw, Category.SUBJECT, seen)
            check_addition(raw)  # a delta has all of them too
            found[raw.id] = built(Category.SUBJECT, raw.id, raw.attributes, notebook)
        except RefusedRecordError as refusal:
            notebook.reject(refusal.reason, **refusal.params)
    known = Subject.objects.in_bulk(field_name="code")
    created = [Subject(code=code, name=readable(record.name)) for code, record in found.items() if code not in known]
    changed = [
        known[code]
        for code, record in found.items()
        if code in known and correct(known[code], {"name": better(known[code].name, record.name)})
    ]
    Subject.objects.bulk_create(created)
    if not is_dry:
        Subject.objects.bulk_update(changed, ["name"], batch_size=500)
    report.count(
        "subjects",
        created=len(created),
        updated=len(changed),
        unchanged=len(found) - len(created) - len(changed),
    )
