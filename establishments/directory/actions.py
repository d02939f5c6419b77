"""The import: deliveries are read into the mirror, then each school is brought to what its feed wants.

Each school is a transaction of its own. A run that was stopped, even by the loss of the machine, leaves schools that
are done and schools that are not; the next run takes the latter up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit.actions import record as audit
from ent.portal.rights import require
from ent.tenancy.gates import opened
from ent.tenancy.scope import tenant_scope
from establishments.directory.export import Export
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.intake import receive, receive_said
from establishments.directory.links import drop_links
from establishments.directory.mirror import Said
from establishments.directory.models import GATE, ImportRun, SchoolRun
from establishments.directory.reactions import react_to_change
from establishments.directory.receiving import Progress
from establishments.directory.report import Reason, RefusedFileError, Report
from establishments.directory.rows import measure_tables
from establishments.directory.schools import ask, settle_school, settlement_of, whole_report, write
from establishments.directory.settling import Settlement
from establishments.directory.states import GIVEN, Actual, State, Wanted
from establishments.doors.actions import apply_doors
from establishments.models import Establishment, Membership, Role, SchoolYear
from establishments.people.reach import ACADEMY_AGENT, reach_of

if TYPE_CHECKING:
    from accounts.models import User

MANY = 0.02  # new rows, for each that was there, that the planner must hear of at once
IMPORT_LOCK = 0x454E54_414146  # “ENT AAF”, among PostgreSQL's advisory locks


def unwatched(what: str, count: int) -> None:
    """Progress that nobody watches."""


def import_export(
    *,
    export: Export,
    day: date,
    by: User | None = None,
    is_dry: bool = False,
    run: ImportRun | None = None,
    progress: Progress = unwatched,
) -> tuple[ImportRun, Report]:
    """Read the export, and bring the schools that it concerns to what it says.

    `day` decides the school year, and when those who left did so (the day before). Whoever the feed no longer gives
    is suspended, and comes back as they were if it gives them again within the grace (`end_grace`). What was made by
    hand stays: local administrators, and people without an identifier of the feed. A school that would lose more
    than its share of people, or of which somebody refused or undid the last run, waits for `accept`; with `is_dry`,
    every school does. `run` is there when it was asked for beforehand, in the administration. Raises
    `RefusedFileError`, before any writing, when a file cannot be trusted.
    """
    with alone():
        run = run or ImportRun.objects.create(origin=export.origin[:200], day=day, by=by, is_dry=is_dry)
        report = Report()
        try:
            receive(export, run, report, progress)
        except RefusedFileError as refusal:
            _refuse(run, refusal)
            raise
        return run, _settle(run, progress)


def import_said(
    *,
    school: Establishment,
    said: Iterable[Said],
    spared: frozenset[str],
    run: ImportRun,
    report: Report,
    progress: Progress = unwatched,
) -> tuple[ImportRun, Report]:
    """What a source of the school's own says of its people, in the realm of its UAI: complete, but for the `spared`."""
    with alone():
        run.save()
        try:
            receive_said(school, said, spared, run, report)
        except RefusedFileError as refusal:
            _refuse(run, refusal)
            raise
        return run, _settle(run, progress)


def _refuse(run: ImportRun, refusal: RefusedFileError) -> None:
    run.state, run.report, run.ended_at = run.State.REFUSED, {"error": refusal.as_dict()}, timezone.now()
    run.save(update_fields=["state", "report", "ended_at"])


def resume(*, run: ImportRun, progress: Progress = unwatched) -> Report:
    """Settle the schools that the run has left, when it was stopped."""
    with alone():
        return _settle(run, progress)


def replay(*, run: ImportRun, by: User | None = None, progress: Progress = unwatched) -> tuple[ImportRun, Report]:
    """Compare the schools of that run with what their feed said last, whatever was changed by hand since."""
    with alone(), transaction.atomic():
        again = ImportRun.objects.create(origin=run.origin, day=timezone.localdate(), by=by, state=run.State.SETTLING)
        with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
            schools = set(SchoolRun.objects.filter(run=run).values_list("establishment", "realm"))
        for realm in {realm for _school, realm in schools}:
            ask(again, realm, {school for school, of in schools if of == realm})
    with alone():
        return again, _settle(again, progress)


@contextmanager
def alone() -> Iterator[None]:
    """One import at a time, for as long as its connection lives. Raises `RefusedFileError`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [IMPORT_LOCK])
        if cursor.fetchone() != (True,):
            raise RefusedFileError("", Reason.BUSY)
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [IMPORT_LOCK])


def _settle(run: ImportRun, progress: Progress) -> Report:
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        pending = list(
            SchoolRun.objects.filter(run=run, state=SchoolRun.State.PENDING)
            .order_by("establishment_id")
            .values_list("pk", "establishment")
        )
    counted = IdentifierSet()
    structures: dict[str, dict[str, int]] = {}
    for count, (pk, establishment) in enumerate(pending, start=1):
        settle_school(pk=pk, establishment=establishment, structures=structures, counted=counted)
        progress(_("Établissements, sur %(total)d") % {"total": len(pending)}, count)
        ImportRun.objects.filter(pk=run.pk).update(progress=f"{count}/{len(pending)}")
    report = whole_report(run)
    if report.created.total() > report.unchanged.total() * MANY:
        measure_tables()
    run.state, run.report, run.ended_at = run.State.DONE, report.as_dict(), timezone.now()
    run.save(update_fields=["state", "report", "ended_at"])
    return report


# --- What somebody decides ------------------------------------------------------------------------------------


@transaction.atomic
def accept(*, school_run: SchoolRun, by: User) -> None:
    """Apply what waits. It is compared once more: what was changed by hand meanwhile is seen."""
    school_run = _decided(school_run, by, SchoolRun.WAITING)
    with opened(GATE):
        report = Report()
        settlement = settlement_of(school_run, report, {}, IdentifierSet())
        _refuse_another_head(settlement, school_run, by)
        school_run.state = SchoolRun.State.APPLIED
        write(school_run, settlement, report)
    _audit("directory.accept", school_run, by)


@transaction.atomic
def reject(*, school_run: SchoolRun, by: User, reason: str) -> None:
    """Leave the school as it is; the next run asks again."""
    school_run = _decided(school_run, by, SchoolRun.WAITING)
    school_run.state = SchoolRun.State.REJECTED
    school_run.save()
    _audit("directory.reject", school_run, by, reason=reason)


@transaction.atomic
def undo(*, school_run: SchoolRun, by: User, reason: str) -> None:
    """Bring those whom the run changed back to what they were. The next run asks before it changes the school."""
    school_run = _decided(school_run, by, (SchoolRun.State.APPLIED,))
    later = SchoolRun.objects.filter(
        establishment=school_run.establishment_id,
        realm=school_run.realm,
        pk__gt=school_run.pk,
        state=SchoolRun.State.APPLIED,
    )
    if later.filter(changes__isnull=False).exists():
        raise ValidationError(_("Un import plus récent a changé cet établissement : annulez d’abord celui-là."))
    if school_run.applied_at is None or school_run.applied_at.date() < timezone.localdate() - grace():
        raise ValidationError(_("Le délai est passé : les personnes parties ont été retirées."))
    year, day = SchoolYear.containing(school_run.run.day), timezone.localdate()
    actual = Actual.of(establishment=school_run.establishment_id, realm=school_run.realm, year=year, day=day)
    settlement = Settlement(
        establishment=school_run.establishment_id,
        realm=school_run.realm,
        year=year,
        day=day,
        wanted=_as_before(school_run, actual),
        actual=actual,
        report=Report(),
        is_exact=True,
    )
    _refuse_another_head(settlement, school_run, by)
    settlement.apply()
    apply_doors(establishment_id=school_run.establishment_id)
    react_to_change(school_run.establishment_id)
    school_run.state = SchoolRun.State.UNDONE
    school_run.save()
    _audit("directory.undo", school_run, by, reason=reason)


def _as_before(school_run: SchoolRun, actual: Actual) -> Wanted:
    """Everybody as they are, but those whom the run changed.

    Each by account and role, not by the feed's keys: a merged account has several of these, and the run may have
    given one to somebody else.
    """
    wanted = Wanted()
    for (user, role), known in actual.members.items():
        actual.users[key := f"{user} {role}"] = user
        if known.is_current:
            wanted.states[key] = known.state
    for change in school_run.changes.all():
        if change.after:
            wanted.states.pop(f"{change.user_id} {change.after['role']}", None)
        if change.before and change.user_id:
            actual.users[key := f"{change.user_id} {change.before['role']}"] = change.user_id
            wanted.states[key] = _taken_back(change.before, change.after, actual.facts.get(change.user_id))
    return wanted


def _taken_back(was: dict[str, Any], became: dict[str, Any] | None, held: tuple[Any, ...] | None) -> State:
    """What was before the run, but for the facts that somebody has corrected since."""
    before, after = State.from_json(was), State.from_json(became or was)
    if held is None:
        return before
    kept = {name: now for name, now in zip(GIVEN, held, strict=True) if now != getattr(after, name)}
    return before._replace(**kept)


def _decided(school_run: SchoolRun, by: User, states: Iterable[str]) -> SchoolRun:
    require(by, "establishments.directory.decide", school_run)
    locked: SchoolRun = (
        SchoolRun.objects.select_for_update(of=("self",)).select_related("run", "establishment").get(pk=school_run.pk)
    )
    if locked.state not in states:
        raise ValidationError(_("Cet import n’en est plus là : %(state)s.") % {"state": locked.get_state_display()})
    locked.decided_by, locked.decided_at = by, timezone.now()
    return locked


def _refuse_another_head(settlement: Settlement, school_run: SchoolRun, by: User) -> None:
    """A local administrator brings their school's table, and would make a head of themself by one word in it."""
    if by.is_superuser or reach_of(by).has(school_run.establishment_id, {Role.HEAD, ACADEMY_AGENT}):
        return
    for difference in settlement.differences:
        roles = [state.role if state else "" for state in (difference.before, difference.after)]
        if Role.HEAD in roles and len(set(roles)) > 1:
            raise ValidationError(
                _("La direction de l’établissement y change (%(name)s) : la direction ou le rectorat en décide.")
                % {"name": (difference.after or difference.before).name}  # type: ignore[union-attr]
            )


def _audit(verb: str, school_run: SchoolRun, by: User, *, reason: str = "") -> None:
    audit(
        verb=verb,
        by=by,
        establishment_id=school_run.establishment_id,
        reason=reason,
        run=school_run.run_id,
        arrived=school_run.arrived,
        changed=school_run.changed,
        left=school_run.left,
    )


# --- After the grace ------------------------------------------------------------------------------------------


def grace() -> timedelta:
    return timedelta(days=settings.ENT_FEED_GRACE_DAYS)


@transaction.atomic
def end_grace(*, establishment_id: int, day: date) -> int:
    """Remove the links of those who have been missing for long; in a scope that holds the school. How many."""
    missing = Membership.objects.filter(establishment=establishment_id, missing_since__lte=day - grace())
    pks = list(missing.values_list("pk", flat=True))
    if pks:
        drop_links(pks, year=SchoolYear.containing(day))
        Membership.objects.filter(pk__in=pks).update(missing_since=None)
    return len(pks)
