"""Reads what comes in, deliveries of feeds or a school's own table, into the mirrors; changes nothing of a school.

It all stands or falls in one transaction, with the list of the schools that are then to be settled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.db import transaction

from ent.tenancy.gates import opened
from establishments.directory.export import Category, Delivery, Export
from establishments.directory.identifiers import IdentifierSet
from establishments.directory.mirror import Mirror, Said
from establishments.directory.models import GATE, AsideRecord, Feed, FeedRecord, ImportRun
from establishments.directory.receiving import PEOPLE, Progress, Reception, check_date, is_whole
from establishments.directory.report import Reason, RefusedFileError, Report
from establishments.directory.rows import insert
from establishments.directory.salvage import salvaged
from establishments.directory.schools import apart, ask, sparing_the_planner
from establishments.directory.structures import academy_of
from establishments.models import Establishment

TABLE = "tableau"  # the name of the feed that a school's own table is


def receive(export: Export, run: ImportRun, report: Report, progress: Progress) -> None:
    with opened(GATE), sparing_the_planner():
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
    ask(run, feed.realm, reception.touched)
    run.delivered = sorted({*run.delivered, *reception.schools.ids})
    ask(run, feed.realm, apart(reception.schools.ids, feed.realm, run.day))


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
        found = list(salvaged(file, report))
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


# --- A school's own table -------------------------------------------------------------------------------------


def receive_said(
    school: Establishment, said: Iterable[Said], spared: frozenset[str], run: ImportRun, report: Report
) -> None:
    with opened(GATE):
        if FeedRecord.objects.filter(schools__contains=[school.pk]).exclude(feed__realm=school.uai).exists():
            raise RefusedFileError(run.origin, Reason.FED, school=school)
        feed, _created = Feed.objects.get_or_create(realm=school.uai, name=TABLE)
        mirror = Mirror(feed=feed, run=run, has_old_links=False)
        said, here = list(said), frozenset({school.pk})
        for category in PEOPLE:
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
        ask(run, feed.realm, here)
        run.state, run.report, run.delivered = run.State.SETTLING, report.as_dict(), sorted(here)
        run.save(update_fields=["state", "report", "delivered"])


def _of_school(said: Said, here: frozenset[int]) -> frozenset[int]:
    """Guardians are of the schools of those who name them."""
    return frozenset() if said.category == Category.GUARDIAN else here
