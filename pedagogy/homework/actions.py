"""What is done with homework. Each function checks the right of `by`, and is atomic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.portal.rights import require
from establishments.files.actions import MAX_FILES, Examined, attach, new_among
from establishments.people.models import Group, Role, Subject, Teaching
from establishments.people.reach import reach_of
from pedagogy.homework.days import check_due
from pedagogy.homework.models import Homework, HomeworkFile, Progress, ProgressFile
from pedagogy.homework.querysets import is_over

OVER = gettext_lazy("L’année scolaire de cette classe est terminée : tout s’y lit encore, rien ne s’y change plus.")

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def give(
    *,
    group: Group,
    subject: Subject,
    by: User,
    title: str,
    due_on: date,
    instructions: str = "",
    expected_minutes: int | None = None,
    to_hand_in: bool = False,
    files: Sequence[Examined] = (),
) -> Homework:
    """Give homework to a class or group, in a subject that the teacher teaches it."""
    require(by, "pedagogy.class.read", group)
    refuse_if_over(group)
    teaching = Teaching.objects.filter(group=group, subject=subject, membership__user=by).first()
    if teaching is None:
        raise ValidationError({"subject": _("Vous n’enseignez pas cette matière à cette classe.")})
    check_due(due_on, timezone.localdate())
    homework = Homework(
        establishment_id=group.establishment_id,
        group=group,
        subject=subject,
        author_id=teaching.membership_id,
        title=title,
        instructions=instructions,
        due_on=due_on,
        expected_minutes=expected_minutes,
        to_hand_in=to_hand_in,
    )
    homework.full_clean(validate_unique=False)
    homework.save()
    _attach_to(homework, files)
    return homework


@transaction.atomic
def revise(
    *,
    homework: Homework,
    by: User,
    title: str,
    due_on: date,
    instructions: str,
    expected_minutes: int | None,
    to_hand_in: bool,
    files: Sequence[Examined] = (),
    remove_files: Sequence[HomeworkFile] = (),
) -> Homework:
    """Change what was given; what students have done or handed in stays."""
    require(by, "pedagogy.homework.teach", homework)
    refuse_if_over(homework)
    if not Homework.objects.filter(pk=homework.pk, due_on=due_on).exists():
        check_due(due_on, timezone.localdate())
    homework.title, homework.due_on, homework.instructions = title, due_on, instructions
    homework.expected_minutes, homework.to_hand_in = expected_minutes, to_hand_in
    homework.full_clean(validate_unique=False)
    homework.save(update_fields=["title", "due_on", "instructions", "expected_minutes", "to_hand_in"])
    HomeworkFile.objects.filter(homework=homework, pk__in=[file.pk for file in remove_files]).delete()
    _attach_to(homework, files)
    return homework


@transaction.atomic
def withdraw(*, homework: Homework, by: User) -> None:
    """Take homework back, unless a student has handed something in: their work is never thrown away."""
    require(by, "pedagogy.homework.teach", homework)
    refuse_if_over(homework)
    if homework.progress.filter(handed_in_at__isnull=False).exists():
        raise ValidationError(
            _("Des élèves ont déjà rendu leur travail : modifiez le devoir au lieu de le retirer."), code="handed_in"
        )
    homework.delete()


def set_done(*, homework: Homework, by: User, done: bool) -> Progress:
    """Mark done, or to do again. Saying it twice changes nothing."""
    progress = _progress_of(homework, by)
    if done and progress.done_at is None:
        progress.done_at = timezone.now()
        progress.save(update_fields=["done_at"])
    elif not done and progress.done_at is not None:
        progress.done_at = None
        progress.save(update_fields=["done_at"])
    return progress


@transaction.atomic
def hand_in(*, homework: Homework, by: User, text: str = "", files: Sequence[Examined] = ()) -> Progress:
    """Hand in a text and files; handing in again replaces the text and adds the files. Late is still accepted.

    A file whose content is there already is kept once: a double tap, or a form sent again, hands in nothing twice.
    """
    if not homework.to_hand_in:
        raise ValidationError(_("Ce devoir n’est pas à rendre dans l’ENT."), code="not_to_hand_in")
    progress = Progress.objects.select_for_update().get(pk=_progress_of(homework, by).pk)  # two taps at once
    held = list(progress.files.all())
    already, files = len(held), new_among(files, held)
    if not text.strip() and not files and not already:
        raise ValidationError(
            _("Rien à rendre : écris ta réponse, prends ta copie en photo ou choisis un fichier."), code="empty"
        )
    if already + len(files) > MAX_FILES:
        raise ValidationError(
            {"files": _("%(count)d fichiers au plus : retires-en avant d’en ajouter.") % {"count": MAX_FILES}}
        )
    progress.text = text
    progress.handed_in_at = timezone.now()
    progress.done_at = progress.done_at or progress.handed_in_at
    progress.save(update_fields=["text", "handed_in_at", "done_at"])
    for examined in files:
        attach(ProgressFile, examined=examined, establishment_id=homework.establishment_id, progress=progress)
    return progress


@transaction.atomic
def take_back_file(*, file: ProgressFile, by: User) -> None:
    """A student takes one of their own files back, to send a better one. With nothing left, nothing is handed in."""
    require(by, "pedagogy.homework.study", file.progress.homework)
    require(by, "pedagogy.progress.view", file.progress)
    refuse_if_over(file.progress.homework)
    progress = Progress.objects.select_for_update().get(pk=file.progress_id)  # two files taken back at once
    file.delete()
    if not progress.text.strip() and not progress.files.exists():
        # Done stays as it is: handing in has ticked it, and the student may have done the work all the same.
        progress.handed_in_at = None
        progress.save(update_fields=["handed_in_at"])


def refuse_if_over(row: Group | Homework) -> None:
    """Raise ValidationError in a class of a year that has ended: all of it is read, nothing is changed."""
    if is_over(row):
        raise ValidationError(OVER, code="over")


def _progress_of(homework: Homework, by: User) -> Progress:
    require(by, "pedagogy.homework.study", homework)
    refuse_if_over(homework)
    student = reach_of(by).membership(homework.establishment_id, Role.STUDENT)
    progress, _created = Progress.objects.get_or_create(
        homework=homework, student_id=student, defaults={"establishment_id": homework.establishment_id}
    )
    return progress


def _attach_to(homework: Homework, files: Sequence[Examined]) -> None:
    if homework.files.count() + len(files) > MAX_FILES:
        raise ValidationError({"files": _("%(count)d fichiers au plus par devoir.") % {"count": MAX_FILES}})
    for examined in files:
        attach(HomeworkFile, examined=examined, establishment_id=homework.establishment_id, homework=homework)
