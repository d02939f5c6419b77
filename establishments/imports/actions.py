"""Imports sent from the administration, and what somebody decides on many schools."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from ent.portal.rights import require
from ent.tenancy.scope import tenant_scope
from establishments.directory import actions as directory
from establishments.directory.export import Export, open_export
from establishments.directory.models import Feed, ImportRun, SchoolRun
from establishments.directory.report import Reason, RefusedFileError
from establishments.directory.structures import academy_of
from establishments.imports import tasks
from establishments.imports.models import Parcel
from establishments.people.models import Mandate
from establishments.territory.models import Authority, Establishment

if TYPE_CHECKING:
    from accounts.models import User

ENDINGS = (".zip", ".tgz", ".tar.gz")
PROGRESS_KEPT = 3600  # seconds

DECIDING_LOCK = 0x454E54_444543  # “ENT DEC”, among PostgreSQL's advisory locks
AT_A_STRETCH = 300  # seconds, of a task: the next one goes on
OVERDUE = timedelta(minutes=5)  # then the sweep sees whether anybody is at it

log = logging.getLogger(__name__)

UNDER_WAY = (ImportRun.State.READING, ImportRun.State.SETTLING)


# --- Sending --------------------------------------------------------------------------------------------------


@transaction.atomic
def send(*, archive: Any, day: date, is_dry: bool, by: User) -> ImportRun:
    """Keep an archive that was uploaded, and have it read by a task.

    Raises `ValidationError` when it is no archive of exports, or not of the sender's academy.
    """
    require(by, "establishments.imports.send", None)
    name = str(archive.name or "")
    if not name.lower().endswith(ENDINGS):
        raise ValidationError(_("Envoyez une archive .zip ou .tgz des fichiers de l’export."))
    _check(archive, name, by)
    run = ImportRun.objects.create(origin=name[:200], day=day, is_dry=is_dry, by=by)
    archive.seek(0)
    Parcel.objects.create(run=run, file=File(archive, name=name.lower()))
    transaction.on_commit(partial(tasks.take.delay, run=run.pk), robust=True)
    return run


def _check(archive: Any, name: str, by: User) -> None:
    own = frozenset(
        Mandate.objects.filter(user=by, authority__kind=Authority.Kind.ACADEMY).values_list(
            "authority__code", flat=True
        )
    )
    try:
        with _at_a_path(archive, name) as path, open_export(path) as export:
            others = _academies_of(export) - own
    except RefusedFileError as refusal:
        raise ValidationError(str(refusal)) from refusal
    if others:
        raise PermissionDenied(_("Cet export est celui d’une autre académie que la vôtre."))


def _academies_of(export: Export) -> set[str]:
    found = set()
    for delivery in export.deliveries:
        if delivery.is_delta:
            found |= set(Feed.objects.filter(name=delivery.name[:80]).values_list("realm", flat=True))
        else:
            found.add(academy_of(delivery))
    return found


class _at_a_path:  # noqa: N801  # used as a function
    """An uploaded file as one on the disk, whose name its reader goes by."""

    def __init__(self, archive: Any, name: str) -> None:
        self.archive, self.name = archive, Path(name).name

    def __enter__(self) -> Path:
        self._folder = TemporaryDirectory(prefix="ent-parcel-")
        path = Path(self._folder.name) / self.name
        self.archive.seek(0)
        with path.open("wb") as target:
            for chunk in self.archive.chunks():
                target.write(chunk)
        return path

    def __exit__(self, *_error: object) -> None:
        self._folder.cleanup()


def take(*, run_id: int) -> None:
    """Read the archive of a run, or go on with the schools that it has left. Given out twice, it is done once."""
    run = ImportRun.objects.filter(pk=run_id, state__in=UNDER_WAY).first()
    if run is None:
        return
    # Refused because another import is under way: the sweep comes back. Refused for its files: the run says so.
    with suppress(RefusedFileError):
        if run.state == ImportRun.State.SETTLING:
            directory.resume(run=run)
        else:
            _read(run)
    if not ImportRun.objects.filter(pk=run.pk, state__in=UNDER_WAY).exists():
        throw_away(run=run)


def _read(run: ImportRun) -> None:
    parcel = Parcel.objects.filter(run=run).first()
    if parcel is None:
        return
    with parcel.file.open("rb") as file, _at_a_path(file, run.origin) as path, ExitStack() as stack:
        try:
            export = stack.enter_context(open_export(path))
        except RefusedFileError as refusal:
            close(run=run, refusal=refusal)
            raise
        directory.import_export(
            export=export, day=run.day, by=run.by, is_dry=run.is_dry, run=run, progress=partial(_note, run.pk)
        )


def close(*, run: ImportRun, refusal: RefusedFileError) -> None:
    """Say why a run ends without anything."""
    run.state, run.report, run.ended_at = run.State.REFUSED, {"error": refusal.as_dict()}, timezone.now()
    run.save(update_fields=["state", "report", "ended_at"])


def throw_away(*, run: ImportRun) -> None:
    """The archive has been read: what it says of people is not kept twice."""
    for parcel in Parcel.objects.filter(run=run):
        parcel.file.delete(save=False)
        parcel.delete()


def sweep() -> None:
    """Take up what a lost worker, or a lost command, has left. Another import that is at work is left alone."""
    for run in ImportRun.objects.filter(state__in=UNDER_WAY).order_by("pk"):
        if run.state == ImportRun.State.READING and not Parcel.objects.filter(run=run).exists():
            _give_up(run)
        else:
            tasks.take.delay(run=run.pk)


def _give_up(run: ImportRun) -> None:
    """A command that was stopped while it read: its files are not here, and nothing of it was written."""
    with suppress(RefusedFileError), directory.alone():
        if ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.READING).exists():
            close(run=run, refusal=RefusedFileError("", Reason.STOPPED))


def _note(run: int, what: str, count: int) -> None:
    """How far the reading is. It is one transaction, so that its rows say nothing before the end."""
    with suppress(RedisError):
        cache.set(_progress_key(run), f"{what} : {count}", PROGRESS_KEPT)


def progress_of(run: ImportRun) -> str:
    if run.state != ImportRun.State.READING:
        return str(run.progress)
    try:
        return str(cache.get(_progress_key(run.pk), ""))
    except RedisError:
        return ""


def _progress_key(run: int) -> str:
    return f"directory-run-{run}"


# --- Deciding -------------------------------------------------------------------------------------------------


def accept(*, school_run: SchoolRun, by: User) -> None:
    """Apply what waits in one school."""
    with tenant_scope([school_run.establishment_id]):
        directory.accept(school_run=school_run, by=by)


def reject(*, school_run: SchoolRun, by: User, reason: str) -> None:
    with tenant_scope([school_run.establishment_id]):
        directory.reject(school_run=school_run, by=by, reason=reason)


def undo(*, school_run: SchoolRun, by: User, reason: str) -> None:
    with tenant_scope([school_run.establishment_id]):
        directory.undo(school_run=school_run, by=by, reason=reason)


# --- Deciding on many -----------------------------------------------------------------------------------------

STATES = {
    SchoolRun.Decision.ACCEPT: SchoolRun.WAITING,
    SchoolRun.Decision.REJECT: SchoolRun.WAITING,
    SchoolRun.Decision.UNDO: (SchoolRun.State.APPLIED,),
}


@transaction.atomic
def ask(*, school_runs: Iterable[SchoolRun], what: str, by: User, reason: str = "") -> int:
    """Leave a decision on many schools to a task; how many. Asked twice, it is done once."""
    chosen = list(school_runs)
    for row in chosen:
        require(by, "establishments.directory.decide", row)
    count: int = SchoolRun.objects.filter(
        pk__in=[row.pk for row in chosen], state__in=STATES[SchoolRun.Decision(what)], asked=""
    ).update(asked=what, asked_by=by, asked_at=timezone.now(), asked_reason=reason[:300], refusal="")
    transaction.on_commit(tasks.decide.delay, robust=True)
    return count


def decide_asked(*, seconds: float = AT_A_STRETCH) -> None:
    """Do what was asked, school by school: one that refuses, or fails, does not hold up the rest.

    A worker that is lost leaves schools that are done and schools that are asked; the sweep has another go on.
    """
    until, tried = time.monotonic() + seconds, set[tuple[int, int]]()
    # Whoever asks while a task is about to end is not left waiting: it looks again once it has let go.
    while rows := [row for row in _asked() if row not in tried]:
        with _deciding() as is_mine:
            if not is_mine:
                return
            for row in rows:
                if time.monotonic() > until:
                    tasks.decide.apply_async(countdown=1)
                    return
                tried.add(row)
                _decide(*row)


def _asked() -> list[tuple[int, int]]:
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        return list(SchoolRun.objects.asked().order_by("asked_at", "pk").values_list("pk", "establishment"))


@contextmanager
def _deciding() -> Iterator[bool]:
    """One task at a time: two schools of one teacher would wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [DECIDING_LOCK])
        is_mine = cursor.fetchone() == (True,)
    try:
        yield is_mine
    finally:
        if is_mine:
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [DECIDING_LOCK])


def _decide(pk: int, establishment: int) -> None:
    try:
        with tenant_scope([establishment]):
            rows = SchoolRun.objects.asked().select_related("establishment", "asked_by")
            row: SchoolRun | None = rows.select_for_update(of=("self",)).filter(pk=pk).first()
            if row is not None:
                SchoolRun.objects.filter(pk=pk).update(refusal=_refusal_of(row)[:300], asked="")
    except DatabaseError:  # a deadlock, a statement that took too long: it stays asked, and the sweep comes back
        log.exception("decision on the import of a school is put off: %s", pk)


def _refusal_of(row: SchoolRun) -> str:
    """Take the decision; why it could not be taken."""
    act: Callable[..., None] = getattr(directory, row.asked)
    more = {} if row.asked == SchoolRun.Decision.ACCEPT else {"reason": row.asked_reason}
    try:
        if row.asked_by is None or not row.asked_by.is_active:
            raise PermissionDenied
        with transaction.atomic():
            act(school_run=row, by=row.asked_by, **more)
    except ValidationError as refused:
        return " ".join(refused.messages)
    except PermissionDenied:
        return _("Qui l’a demandé n’en a plus le droit.")
    except DatabaseError:
        raise
    except Exception:
        log.exception("decision on the import of a school failed: %s", row.pk)
        return _("Une erreur est survenue : rien n’a changé. Prévenez l’exploitant du portail.")
    return ""


def sweep_asked() -> None:
    """Take up the decisions that a lost worker has left; one statement when there are none."""
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        late = SchoolRun.objects.asked().filter(asked_at__lt=timezone.now() - OVERDUE).exists()
    if late:
        tasks.decide.delay()
