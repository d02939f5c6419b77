"""Settles a run school by school: which ones it concerns, what would change there, and whether it may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date

from django.conf import settings
from django.db import connection
from django.utils import timezone

from ent.tenancy.gates import opened
from ent.tenancy.scope import tenant_scope
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.models import GATE, ImportRun, SchoolRun
from establishments.directory.reactions import react_to_change
from establishments.directory.report import Reason, Report
from establishments.directory.settling import Settlement
from establishments.directory.states import Actual, Wanted
from establishments.directory.structures import structures_of
from establishments.doors.actions import apply_doors
from establishments.models import Establishment, SchoolYear


def ask(run: ImportRun, realm: str, schools: Iterable[int]) -> None:
    """Write down which schools are to be settled, with what was read: a run that stops is taken up from there."""
    ids = set(schools)
    with tenant_scope(ids):
        ids -= set(SchoolRun.objects.filter(run=run, realm=realm).values_list("establishment", flat=True))
        SchoolRun.objects.bulk_create(SchoolRun(establishment_id=pk, run=run, realm=realm) for pk in sorted(ids))


def apart(schools: Iterable[int], realm: str, day: date) -> set[int]:
    """Those that are not as the feed says, though it says nothing new: their last run was not applied, or was of
    another school year."""
    year = SchoolYear.containing(day)
    with tenant_scope(schools):
        latest = (
            SchoolRun.objects.filter(realm=realm)
            .exclude(state=SchoolRun.State.OUTDATED)
            .order_by("establishment_id", "-pk")
            .distinct("establishment_id")
            .select_related("run")
        )
        return {
            run.establishment_id
            for run in latest
            if run.state in SchoolRun.APART or not year.starts_on <= run.run.day <= year.ends_on
        }


def settle_school(
    *, pk: int, establishment: int, structures: dict[str, dict[str, int]], counted: IdentifierSet
) -> None:
    """Compare one school with what its feed says, and change it, or have somebody asked first."""
    with tenant_scope([establishment]), opened(GATE), sparing_the_planner():
        school_run = SchoolRun.objects.select_for_update().select_related("run").get(pk=pk)
        if school_run.state != SchoolRun.State.PENDING:
            return
        last = SchoolRun.objects.filter(realm=school_run.realm, pk__lt=pk).order_by("-pk").first()
        SchoolRun.objects.filter(
            realm=school_run.realm, pk__lt=pk, state__in=(SchoolRun.State.PENDING, *SchoolRun.WAITING)
        ).update(state=SchoolRun.State.OUTDATED)
        report = Report()
        settlement = settlement_of(school_run, report, structures, counted)
        school_run.state = _state_of(school_run, settlement, last, report)
        write(school_run, settlement, report)


def _state_of(school_run: SchoolRun, settlement: Settlement, last: SchoolRun | None, report: Report) -> str:
    if not settlement.differences:
        return SchoolRun.State.APPLIED
    if school_run.run.is_dry or (last and last.state in (SchoolRun.State.REJECTED, SchoolRun.State.UNDONE)):
        return SchoolRun.State.TO_REVIEW
    people, left = settlement.people, settlement.left
    if left > max(settings.ENT_FEED_LEAVERS_ALWAYS, people * settings.ENT_FEED_LEAVERS_SHARE / 100):
        report.warnings.add(Reason.HELD, "", str(school_run.establishment.uai), left=left, people=people)
        return SchoolRun.State.HELD
    return SchoolRun.State.APPLIED


def settlement_of(
    school_run: SchoolRun, report: Report, structures: dict[str, dict[str, int]], counted: IdentifierSet
) -> Settlement:
    establishment, realm, day = school_run.establishment_id, school_run.realm, school_run.run.day
    if realm not in structures:
        structures[realm] = structures_of(realm)
    year = SchoolYear.containing(day)
    return Settlement(
        establishment=establishment,
        realm=realm,
        year=year,
        day=day,
        wanted=Wanted.of(establishment=establishment, realm=realm, structures=structures[realm], report=report),
        actual=Actual.of(establishment=establishment, realm=realm, year=year, day=day),
        report=report,
        counted=counted,
    )


def write(school_run: SchoolRun, settlement: Settlement, report: Report) -> None:
    school_run.people, school_run.arrived, school_run.left = settlement.people, settlement.arrived, settlement.left
    school_run.changed = len(settlement.differences) - settlement.arrived - settlement.left
    if school_run.state == SchoolRun.State.APPLIED:
        settlement.apply()
        apply_doors(establishment_id=school_run.establishment_id)
        react_to_change(school_run.establishment_id)
        school_run.applied_at = timezone.now()
    school_run.changes.all().delete()
    settlement.record(school_run)
    school_run.counts = report.as_dict()
    school_run.save()


def whole_report(run: ImportRun) -> Report:
    """What was said of the files, and what was done in each school; those that nothing concerned are as they were."""
    report = Report()
    report.absorb(run.report)
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        own = list(SchoolRun.objects.filter(run=run))
        concerned = {(school_run.establishment_id, school_run.realm) for school_run in own}
        for school_run in own:
            report.absorb(school_run.counts)
        earlier = (
            SchoolRun.objects.filter(state=SchoolRun.State.APPLIED, run__lt=run, establishment__in=run.delivered)
            .order_by("establishment_id", "realm", "-pk")
            .distinct("establishment_id", "realm")
        )
        for school_run in earlier:
            if (school_run.establishment_id, school_run.realm) not in concerned:
                report.absorb_unchanged(school_run.counts)
    return report


@contextmanager
def sparing_the_planner() -> Iterator[None]:
    with connection.cursor() as cursor:
        # Checked by each statement: millions of deferred checks would wait for the end of the transaction.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # The tables grow within the transaction, their statistics do not: the planner would take them for small,
        # and read them whole for each batch.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL statement_timeout = '5min'")
    yield
    # After an exception the rollback has brought them back. A transaction that goes on must not keep them.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
