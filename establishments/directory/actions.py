"""Imports a complete export: check every file, then write what changed, all of it or nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import connection, transaction

from ent.tenancy.scope import tenant_scope
from establishments.directory.aaf import read
from establishments.directory.export import Category, Delivery, Export
from establishments.directory.families import import_guardians, import_guardianships, import_students
from establishments.directory.links import Links
from establishments.directory.people import People, Source
from establishments.directory.reading import read_category
from establishments.directory.report import Reason, RefusedFileError, Report
from establishments.directory.run import BATCH, Progress, Run, batched
from establishments.directory.staff import import_staff
from establishments.directory.structures import Groups, academy_of, settle_structures, settle_subjects
from establishments.doors.actions import apply_doors
from establishments.models import Role, SchoolYear

IMPORT_LOCK = 0x454E54_414146  # “ENT AAF”, among PostgreSQL's advisory locks


def silent(what: str, count: int) -> None:
    """Progress that nobody watches."""


def import_complete(*, export: Export, day: date, progress: Progress = silent) -> Report:
    """Bring the establishments of the export, and the people in them, to what its files say.

    `day` decides the school year, and when those who left did so (the day before). A membership that the
    export no longer gives is ended, and the year's links that it no longer gives are removed; one that it
    gives again is taken up. What was made by hand stays: local administrators, and people without an
    identifier of the feed. Raises `RefusedFileError`, before any writing, when a file cannot be trusted.
    """
    report = Report()
    academies = {delivery.name: _check(delivery, progress) for delivery in export.deliveries}
    _warn_of_files(export, report)
    with transaction.atomic():
        _prepare_transaction()
        for delivery in export.deliveries:
            _import(delivery, academy=academies[delivery.name], day=day, report=report, progress=progress)
    return report


def _check(delivery: Delivery, progress: Progress) -> str:
    """Read every file to its end; return the academy."""
    for file in delivery.files:
        for count, _record in enumerate(read(file), start=1):
            if count % BATCH == 0:
                progress(file.name, count)
    return academy_of(delivery)


def _warn_of_files(export: Export, report: Report) -> None:
    for name in export.deltas:
        report.warnings.add(Reason.DELTA, name, "")
    for name in export.unknown:
        report.warnings.add(Reason.UNKNOWN_FILE, name, "")
    for delivery in export.deliveries:
        for category in Category:
            if not delivery.of(category):
                report.warnings.add(Reason.NO_FILE, delivery.name, "", category=category.value)
            elif delivery.lacks_a_slice(category):
                report.warnings.add(Reason.SLICE_MISSING, delivery.name, "", category=category.value)


def _prepare_transaction() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [IMPORT_LOCK])
        if cursor.fetchone() != (True,):
            raise RefusedFileError("", Reason.BUSY)
        # Checked by each statement: millions of deferred checks would wait for the end of the transaction.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # The tables grow within the transaction, their statistics do not: the planner would take them for small,
        # and read them whole for each batch.
        cursor.execute("SET LOCAL enable_seqscan = off")


def _import(delivery: Delivery, *, academy: str, day: date, report: Report, progress: Progress) -> None:
    schools = settle_structures(delivery=delivery, academy=academy, report=report)
    subjects = settle_subjects(delivery=delivery, report=report)
    for _course in read_category(delivery, Category.COURSE, report=report):
        pass  # read so that they are checked and counted
    year = SchoolYear.containing(day)
    source = Source(realm=academy)
    with tenant_scope(schools.ids):
        groups = Groups(year=year, report=report)
        run = Run(
            delivery=delivery,
            schools=schools,
            subjects=subjects,
            people=People(source=source, day=day, report=report),
            groups=groups,
            links=Links(source=source, groups=groups, report=report),
            report=report,
            progress=progress,
        )
        run.groups.settle_declared(schools.declared)
        import_students(run)
        import_guardians(run)
        import_staff(run)
        import_guardianships(run)
        _end_leavers(run)
        for establishment in schools.ids:
            apply_doors(establishment_id=establishment)


def _end_leavers(run: Run) -> None:
    """Only where the files are all there: half a category would end the other half's people."""
    if _is_whole(run.delivery, Category.STUDENT):
        _end_others(run, (Role.STUDENT, Role.GUARDIAN))
    if _is_whole(run.delivery, Category.STAFF):
        _end_others(run, (Role.TEACHER, Role.STAFF, Role.HEAD))


def _end_others(run: Run, roles: Collection[Role]) -> None:
    for leavers in batched(run.people.others(roles, spared=run.unreadable)):
        run.links.drop(leavers)
        run.people.end(leavers)


def _is_whole(delivery: Delivery, category: Category) -> bool:
    return bool(delivery.of(category)) and not delivery.lacks_a_slice(category)
