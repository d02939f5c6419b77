"""What is done with the lesson log. Each function checks the right of `by`, and is atomic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.portal import prose
from ent.portal.rights import require
from ent.portal.versions import StaleError, take_version
from establishments.files.actions import MAX_FILES, Examined, attach, attach_again, detach
from establishments.people.models import Role
from establishments.people.reach import reach_of
from pedagogy.lessons.models import Correction, LessonEntry, LessonFile, PrivateNote, State
from pedagogy.timetable.agenda import lesson_of, meetings
from pedagogy.timetable.models import Lesson, Slot

if TYPE_CHECKING:
    from accounts.models import User

OVER = gettext_lazy("L’année scolaire de ce cours est terminée : tout s’y lit encore, rien ne s’y change plus.")
CANCELLED = gettext_lazy("Ce cours est annulé : le cahier de textes n’a rien à en dire.")
FROZEN = gettext_lazy(
    "Les élèves voient déjà ce contenu : il ne se modifie plus. "
    "Copiez ce que vous avez écrit, et ajoutez une correction."
)
FURTHEST = timedelta(days=366)


def lesson_on(*, slot: Slot, on: date) -> Lesson:
    """The slot's lesson of that day, made if it was not.

    ValidationError when there is none: in the holidays, in a week of the other letter.
    """
    known = Lesson.objects.filter(slot=slot, slot_on=on).first()
    if known is not None:
        return known  # type: ignore[no-any-return]
    there = meetings(courses=[slot.course_id], first=on, last=on)
    if not any(meeting.slot == slot.pk for meeting in there):
        raise ValidationError(_("Il n’y a pas de cours ce jour-là à cette heure."), code="no_lesson")
    return lesson_of(slot=slot, on=on)


@transaction.atomic
def write(
    *,
    lesson: Lesson,
    by: User,
    version: int,
    title: str,
    content: str = "",
    visible_at: datetime | None = None,
    files: Sequence[Examined] = (),
    remove_files: Sequence[LessonFile] = (),
) -> LessonEntry:
    """Write what was done in a lesson, or write it anew as long as nobody has seen it.

    `content` is plain text or HTML: what `prose` lets in is kept. `version` is that of the entry that was on the page,
    0 when there was none. `visible_at` is when students see it, None for a draft; a moment that has passed is now, so
    that the log says the truth about it.
    """
    require(by, "pedagogy.lesson.write", lesson)
    lesson = Lesson.objects.select_for_update(of=("self",)).select_related("course__school_year").get(pk=lesson.pk)
    _refuse_if_over(lesson)
    if lesson.state == Lesson.State.CANCELLED:
        raise ValidationError(CANCELLED, code="cancelled")
    now = timezone.now()
    if visible_at is not None and visible_at > now + FURTHEST:
        raise ValidationError({"visible_on": _("Ce jour est à plus d’un an. Vérifiez l’année.")})
    entry = LessonEntry.objects.filter(lesson=lesson).first()
    if entry is None:
        entry = LessonEntry(
            establishment_id=lesson.establishment_id, lesson=lesson, course_id=lesson.course_id,
            author_id=_membership(by, lesson),
        )  # fmt: skip
    else:
        if entry.state == State.PUBLISHED:
            raise ValidationError(FROZEN, code="frozen")
        if version == 0:
            raise StaleError(entry)
        take_version(entry, version)
    entry.title, entry.content, entry.written_at, entry.visible_at = title, prose.clean(content), now, None
    entry.full_clean(validate_unique=False, validate_constraints=False)
    entry.save()
    # Its documents first: from the moment that it is visible, none is added to it.
    detach(LessonFile.objects.filter(entry=entry, correction=None, pk__in=[file.pk for file in remove_files]))
    _attach_to(entry, files)
    if visible_at is not None:
        entry.visible_at = max(visible_at, now)
        entry.save(update_fields=["visible_at"])
    return entry


@transaction.atomic
def discard(*, entry: LessonEntry, by: User) -> None:
    """Throw a draft away, or what nobody has seen yet."""
    require(by, "pedagogy.lesson.write", entry)
    entry = LessonEntry.objects.select_for_update(of=("self",)).select_related("lesson").get(pk=entry.pk)
    _refuse_if_over(entry.lesson)
    if entry.state == State.PUBLISHED:
        raise ValidationError(FROZEN, code="frozen")
    detach(LessonFile.objects.filter(entry=entry))
    entry.delete()


@transaction.atomic
def correct(*, entry: LessonEntry, by: User, text: str, files: Sequence[Examined] = ()) -> Correction:
    """Say something beside an entry that is visible; a document that was forgotten comes the same way."""
    require(by, "pedagogy.lesson.write", entry)
    _refuse_if_over(entry.lesson)
    if entry.state != State.PUBLISHED:
        raise ValidationError(_("Personne ne voit encore ce contenu : modifiez-le directement."), code="not_published")
    correction = Correction(
        establishment_id=entry.establishment_id, entry=entry, author_id=_membership(by, entry.lesson), text=text
    )
    correction.full_clean(validate_unique=False, validate_constraints=False)
    correction.save()
    for examined in files:
        attach(
            LessonFile,
            examined=examined,
            establishment_id=entry.establishment_id,
            entry=entry,
            correction=correction,
        )
    return correction


@transaction.atomic
def copy(*, entry: LessonEntry, to: Lesson, by: User) -> LessonEntry:
    """The same content and documents, as a draft of another lesson that has none."""
    require(by, "pedagogy.entry.read", entry)
    require(by, "pedagogy.lesson.write", to)
    if entry.establishment_id != to.establishment_id:
        raise ValidationError(_("Un contenu se reprend dans le même établissement."))
    if LessonEntry.objects.filter(lesson=to).exists():
        raise ValidationError(_("Cette séance a déjà son contenu."), code="taken")
    copied = write(lesson=to, by=by, version=0, title=entry.title, content=entry.content)
    for file in LessonFile.objects.filter(entry=entry).order_by("pk")[:MAX_FILES]:
        attach_again(LessonFile, of=file, entry=copied)
    return copied


@transaction.atomic
def note(*, lesson: Lesson, by: User, text: str) -> None:
    """Keep one's own note about a lesson; an empty one is none."""
    require(by, "pedagogy.note.write", lesson)
    own = {"lesson": lesson, "teacher_id": _membership(by, lesson)}
    if not text.strip():
        PrivateNote.objects.filter(**own).delete()
        return
    kept, _made = PrivateNote.objects.get_or_create(
        **own, defaults={"establishment_id": lesson.establishment_id, "text": text}
    )
    if kept.text != text:
        kept.text = text
        kept.full_clean(validate_unique=False, validate_constraints=False)
        kept.save(update_fields=["text"])


def is_over(lesson: Lesson | Slot) -> bool:
    return bool(lesson.course.school_year.ends_on < timezone.localdate())


def _refuse_if_over(lesson: Lesson) -> None:
    if is_over(lesson):
        raise ValidationError(OVER, code="over")


def _membership(by: User, lesson: Lesson) -> int:
    """Whose writing it is."""
    membership = reach_of(by).membership(lesson.establishment_id, Role.TEACHER)
    assert membership is not None  # noqa: S101 — the right was asked for
    return membership


def _attach_to(entry: LessonEntry, files: Sequence[Examined]) -> None:
    if LessonFile.objects.filter(entry=entry).count() + len(files) > MAX_FILES:
        raise ValidationError({"files": _("%(count)d documents au plus par séance.") % {"count": MAX_FILES}})
    for examined in files:
        attach(LessonFile, examined=examined, establishment_id=entry.establishment_id, entry=entry)
