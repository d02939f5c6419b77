"""The import: deliveries are read into the mirror, then each school is brought to what its feed wants.

Each school is a transaction of its own. A run that was stopped, even by the loss of the machine, leaves schools that
are done and schools that are not; the next run takes the latter up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
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
from establishments.directory.export import Category, Delivery, Export
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.mirror import Mirror, Said
from establishments.directory.models import GATE, AsideRecord, Feed, FeedRecord, ImportRun, SchoolRun
from establishments.directory.receiving import Progress, Reception, check_date, is_whole
from establishments.directory.report import Reason, RefusedFileError, Report
from establishments.directory.rows import insert
from establishments.directory.salvage import salvaged
from establishments.directory.settling import Settlement, drop_links
from establishments.directory.states import GIVEN, Actual, State, Wanted
from establishments.directory.structures import academy_of, structures_of
from establishments.doors.actions import apply_doors
from establishments.models import Establishment, Membership, SchoolYear

if TYPE_CHECKING:
    from accounts.models import User

TABLE = "tableau"  # the name of the feed that a school's own table is
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
            _receive(export, run, report, progress)
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
            _receive_said(school, said, spared, run, report)
        except RefusedFileError as refusal:
            _refuse(run, refusal)
            raise
        return run, _settle(run, progress)


def _receive_said(
    school: Establishment, said: Iterable[Said], spared: frozenset[str], run: ImportRun, report: Report
) -> None:
    with opened(GATE):
        if FeedRecord.objects.filter(schools__contains=[school.pk]).exclude(feed__realm=school.uai).exists():
            raise RefusedFileError(run.origin, Reason.FED, school=school)
        feed, _created = Feed.objects.get_or_create(realm=school.uai, name=TABLE)
        mirror = Mirror(feed=feed, run=run, has_old_links=False)
        said, here = list(said), frozenset({school.pk})
        for category in (Category.STUDENT, Category.GUARDIAN, Category.STAFF):
            seen = IdentifierSet()
            for key in spared:
                seen.add(key)
            for each in said:
                if each.category == category:
                    seen.add(each.key)
                    mirror.keep(replace(each, file=run.origin[:120], schools=_of_school(each, here)))
            mirror.flush()
            mirror.forget_unseen(category, seen, delivered=here)
        feed.dated = run.day
        feed.save(update_fields=["dated"])
        _ask(run, feed.realm, here)
        run.state, run.report, run.delivered = run.State.SETTLING, report.as_dict(), sorted(here)
        run.save(update_fields=["state", "report", "delivered"])


def _refuse(run: ImportRun, refusal: RefusedFileError) -> None:
    run.state, run.report, run.ended_at = run.State.REFUSED, {"error": refusal.as_dict()}, timezone.now()
    run.save(update_fields=["state", "report", "ended_at"])


def _of_school(said: Said, here: frozenset[int]) -> frozenset[int]:
    """Guardians are of the schools of those who name them."""
    return frozenset() if said.category == Category.GUARDIAN else here


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
            _ask(again, realm, {school for school, of in schools if of == realm})
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


# --- Reading the files ----------------------------------------------------------------------------------------


def _receive(export: Export, run: ImportRun, report: Report, progress: Progress) -> None:
    with opened(GATE), _sparing_the_planner():
        for name in export.unknown:
            report.warnings.add(Reason.UNKNOWN_FILE, name, "")
        has_complete = any(not delivery.is_delta for delivery in export.deliveries)
        for delivery in export.deliveries:
            if delivery.is_delta:
                _receive_delta(delivery, run, report, progress, has_complete=has_complete)
            else:
                feed = _feed_of(delivery)
                check_date(feed, delivery)
                _warn_of_files(delivery, report)
                _take(delivery, feed, run, report, progress)
        run.state, run.report = run.State.SETTLING, report.as_dict()
        run.save(update_fields=["state", "report", "delivered"])


def _feed_of(delivery: Delivery) -> Feed:
    if delivery.is_delta:
        feeds = list(Feed.objects.filter(name=delivery.name[:80])[:2])
        if len(feeds) != 1:
            raise RefusedFileError(delivery.files[0].name, Reason.NO_FEED)
        return feeds[0]
    feed, _created = Feed.objects.get_or_create(realm=academy_of(delivery), name=delivery.name[:80])
    return feed


def _take(delivery: Delivery, feed: Feed, run: ImportRun, report: Report, progress: Progress) -> None:
    reception = Reception(delivery=delivery, feed=feed, run=run, report=report, progress=progress)
    reception.take()
    _ask(run, feed.realm, reception.touched)
    run.delivered = sorted({*run.delivered, *reception.schools.ids})
    _ask(run, feed.realm, _apart(reception.schools.ids, feed.realm, run.day))


def _receive_delta(
    delivery: Delivery, run: ImportRun, report: Report, progress: Progress, *, has_complete: bool
) -> None:
    """All of it, or nothing: what can be read beside what cannot is kept aside, until the next complete export.

    One that comes too early or too late is refused; beside a complete export, which stands without it, it is set aside.
    """
    try:
        feed = _feed_of(delivery)
        check_date(feed, delivery)
    except RefusedFileError as refusal:
        if not has_complete:
            raise
        report.rejected.add_text(refusal.file, refusal.reason)
        _set_aside(delivery, run, report)
        return
    if feed.waits_for_complete:
        report.warnings.add(Reason.WAITS, delivery.files[0].name, "")
        _set_aside(delivery, run, report)
        return
    try:
        with transaction.atomic():
            _take(delivery, feed, run, report, progress)
    except RefusedFileError as refusal:
        report.rejected.add_text(refusal.file, str(refusal))
        _set_aside(delivery, run, report)
        feed.refresh_from_db()
        feed.waits_for_complete = True
        feed.save(update_fields=["waits_for_complete"])


def _set_aside(delivery: Delivery, run: ImportRun, report: Report) -> None:
    for file in delivery.files:
        found = [raw for raw in salvaged(file, report) if raw is not None]
        insert(
            AsideRecord,
            ("run", "file", "line", "request", "category", "key", "attributes"),
            [
                (
                    run.pk,
                    file.name,
                    raw.line,
                    raw.request,
                    file.category.value,
                    raw.id[:64],
                    {name: list(values) for name, values in raw.attributes.items()},
                )
                for raw in found
            ],
        )
        report.warnings.add(Reason.ASIDE, file.name, "", count=len(found))


def _warn_of_files(delivery: Delivery, report: Report) -> None:
    for category in Category:
        if not delivery.of(category):
            report.warnings.add(Reason.NO_FILE, delivery.name, "", category=category.value)
        elif not is_whole(delivery, category):
            report.warnings.add(Reason.SLICE_MISSING, delivery.name, "", category=category.value)


@contextmanager
def _sparing_the_planner() -> Iterator[None]:
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


# --- The schools ----------------------------------------------------------------------------------------------


def _ask(run: ImportRun, realm: str, schools: Iterable[int]) -> None:
    """Write down which schools are to be settled, with what was read: a run that stops is taken up from there."""
    ids = set(schools)
    with tenant_scope(ids):
        ids -= set(SchoolRun.objects.filter(run=run, realm=realm).values_list("establishment", flat=True))
        SchoolRun.objects.bulk_create(SchoolRun(establishment_id=pk, run=run, realm=realm) for pk in sorted(ids))


def _apart(schools: Iterable[int], realm: str, day: date) -> set[int]:
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
    report = _whole_report(run)
    run.state, run.report, run.ended_at = run.State.DONE, report.as_dict(), timezone.now()
    run.save(update_fields=["state", "report", "ended_at"])
    return report


def settle_school(
    *, pk: int, establishment: int, structures: dict[str, dict[str, int]], counted: IdentifierSet
) -> None:
    """Compare one school with what its feed says, and change it, or have somebody asked first."""
    with tenant_scope([establishment]), opened(GATE), _sparing_the_planner():
        school_run = SchoolRun.objects.select_for_update().select_related("run").get(pk=pk)
        if school_run.state != SchoolRun.State.PENDING:
            return
        last = SchoolRun.objects.filter(realm=school_run.realm, pk__lt=pk).order_by("-pk").first()
        SchoolRun.objects.filter(
            realm=school_run.realm, pk__lt=pk, state__in=(SchoolRun.State.PENDING, *SchoolRun.WAITING)
        ).update(state=SchoolRun.State.OUTDATED)
        report = Report()
        settlement = _settlement(school_run, report, structures, counted)
        school_run.state = _state_of(school_run, settlement, last, report)
        _write(school_run, settlement, report)


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


def _settlement(
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


def _write(school_run: SchoolRun, settlement: Settlement, report: Report) -> None:
    school_run.people, school_run.arrived, school_run.left = settlement.people, settlement.arrived, settlement.left
    school_run.changed = len(settlement.differences) - settlement.arrived - settlement.left
    if school_run.state == SchoolRun.State.APPLIED:
        settlement.apply()
        apply_doors(establishment_id=school_run.establishment_id)
        school_run.applied_at = timezone.now()
    school_run.changes.all().delete()
    settlement.record(school_run)
    school_run.counts = report.as_dict()
    school_run.save()


def _whole_report(run: ImportRun) -> Report:
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


# --- What somebody decides ------------------------------------------------------------------------------------


@transaction.atomic
def accept(*, school_run: SchoolRun, by: User) -> None:
    """Apply what waits. It is compared once more: what was changed by hand meanwhile is seen."""
    school_run = _decided(school_run, by, SchoolRun.WAITING)
    with opened(GATE):
        report = Report()
        settlement = _settlement(school_run, report, {}, IdentifierSet())
        school_run.state = SchoolRun.State.APPLIED
        _write(school_run, settlement, report)
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
        raise ValidationError(_("Un import plus récent a changé cet établissement : annulez d’abord celui-là."))
    if school_run.applied_at is None or school_run.applied_at.date() < timezone.localdate() - grace():
        raise ValidationError(_("Le délai est passé : les personnes parties ont été retirées."))
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
    settlement.apply()
    apply_doors(establishment_id=school_run.establishment_id)
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
        raise ValidationError(_("Cet import n’en est plus là : %(state)s.") % {"state": locked.get_state_display()})
    locked.decided_by, locked.decided_at = by, timezone.now()
    return locked


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
