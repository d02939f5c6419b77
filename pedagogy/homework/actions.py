"""What is done with homework. Each function checks the right of `by`, and is atomic."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.portal.rights import require
from ent.portal.templatetags.portal import day as day_name
from ent.portal.versions import take_version
from establishments.files.actions import MAX_FILES, Examined, attach, new_among
from establishments.people.models import Group, Membership, Role, Subject, Teaching
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment
from pedagogy.homework.composer import lesson_on
from pedagogy.homework.days import check_due, check_own_days
from pedagogy.homework.models import (
    LONGEST,
    QUARTERS,
    CorrectionFile,
    DailyLoad,
    Draft,
    HandIn,
    Homework,
    HomeworkFile,
    LatePolicy,
    Marking,
    Progress,
    ProgressFile,
)
from pedagogy.homework.notifications import tell_reminder, tell_returned, tell_revised, tell_withdrawn
from pedagogy.homework.querysets import is_over, students_with_progress
from pedagogy.timetable.models import Lesson

if TYPE_CHECKING:
    from accounts.models import User

OVER = gettext_lazy("L’année scolaire de cette classe est terminée : tout s’y lit encore, rien ne s’y change plus.")
WITHDRAWN = gettext_lazy("Ce devoir a été retiré.")
# A slip of the pen seen at once is nobody's news.
UNNOTICED = timedelta(minutes=5)
LONGEST_DRAFT = 70_000  # characters, all its fields together


class Options(TypedDict, total=False):
    """What may be said of homework beside what everybody says."""

    hand_in_kind: str
    late_policy: str
    late_until: date | None
    marking: str
    scale: int
    published_at: datetime


class Target(TypedDict):
    """One of the classes that the same homework is given to, and its own day."""

    group: Group
    subject: Subject
    due_on: date


# --- The teacher ----------------------------------------------------------------------------------------------


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
    students: Collection[int] = (),
    own_days: Mapping[int, date] | None = None,
    for_some: bool = False,
    also: Sequence[Target] = (),
    **options: Unpack[Options],
) -> Homework:
    """Give homework to a class or group, in a subject that the teacher teaches it; and the same to others beside.

    For some `students` (memberships) of it only, when they are said; `own_days` are later days for some of them.
    With `for_some` and none said, nobody has it until `address` says whom it is for.
    """
    first: Target = {"group": group, "subject": subject, "due_on": due_on}
    series = uuid4() if also else None
    given = []
    for target in (first, *also):
        homework = Homework(
            title=title,
            instructions=instructions,
            expected_minutes=expected_minutes,
            to_hand_in=to_hand_in,
            series=series,
            for_some=for_some,
            **options,
        )
        _give_to(target, homework, by, files)
        given.append(homework)
    if students or own_days:
        _name(given[0], students, own_days or {}, for_some=bool(students))
    Draft.objects.of(by, Role.TEACHER).filter(homework=None, progress=None).delete()
    return given[0]


def _give_to(target: Target, homework: Homework, by: User, files: Sequence[Examined]) -> None:
    group = target["group"]
    require(by, "pedagogy.class.read", group)
    refuse_if_over(group)
    taught = Teaching.objects.filter(group=group, subject=target["subject"], membership__user=by)
    teaching = taught.select_related("membership").first()
    if teaching is None:
        raise ValidationError({"subject": _("Vous n’enseignez pas cette matière à cette classe.")})
    homework.establishment_id = group.establishment_id
    homework.group, homework.subject, homework.author = group, target["subject"], teaching.membership
    homework.due_on = target["due_on"]
    _check(homework)
    homework.lesson = lesson_on(group=group.pk, subject=homework.subject.pk, day=homework.due_on)
    homework.save()
    _attach_to(homework, files)


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
    students: Collection[int] | None = None,
    own_days: Mapping[int, date] | None = None,
    version: int | None = None,
    **options: Unpack[Options],
) -> Homework:
    """Change what was given; what students have done or handed in stays, and they are told that it was modified.

    `version` is the one that it was read at; without it, whatever it has become is replaced.
    """
    require(by, "pedagogy.homework.teach", homework)
    refuse_if_over(homework)
    if homework.withdrawn_at:
        raise ValidationError(WITHDRAWN, code="withdrawn")
    take_version(homework, homework.version if version is None else version)
    before = Homework.objects.get(pk=homework.pk)
    changes = {
        "title": title,
        "due_on": due_on,
        "instructions": instructions,
        "expected_minutes": expected_minutes,
        "to_hand_in": to_hand_in,
        **options,
    }
    for name, value in changes.items():
        setattr(homework, name, value)
    _check(homework, before)
    if before.due_on != due_on:
        homework.lesson = lesson_on(group=homework.group_id, subject=homework.subject_id, day=due_on)
    homework.save(update_fields=[*changes, "lesson"])
    HomeworkFile.objects.filter(homework=homework, pk__in=[file.pk for file in remove_files]).delete()
    _attach_to(homework, files)
    homework.progress.filter(due_on__lte=due_on).update(due_on=None)
    if students is not None:
        _name(homework, students, own_days or {}, for_some=bool(students))
    told = {"title", "due_on", "instructions", "to_hand_in", "hand_in_kind", "late_policy", "late_until"}
    is_news = (
        files or remove_files or any(getattr(before, name) != changes.get(name, getattr(before, name)) for name in told)
    )
    if is_news and _was_noticed(before):
        homework.revised_at = timezone.now()
        homework.save(update_fields=["revised_at"])
        done = homework.progress.exclude(done_at=None, handed_in_at=None)
        tell_revised(homework, done.values_list("student", flat=True))
    return homework


def _was_noticed(homework: Homework) -> bool:
    since = timezone.now() - homework.published_at
    done = homework.progress.exclude(done_at=None, handed_in_at=None)
    return since > UNNOTICED or (since > timedelta(0) and done.exists())


@transaction.atomic
def withdraw(*, homework: Homework, by: User) -> None:
    """Take homework back. Those who have handed something in keep it, with their copy: no work is thrown away."""
    require(by, "pedagogy.homework.teach", homework)
    refuse_if_over(homework)
    if handed_in := list(homework.progress.filter(handed_in_at__isnull=False).values_list("student", flat=True)):
        tell_withdrawn(homework, handed_in)
        homework.withdrawn_at = timezone.now()
        homework.save(update_fields=["withdrawn_at"])
    else:
        homework.delete()


def _check(homework: Homework, before: Homework | None = None) -> None:
    """What the form says too; here for whoever comes by the API, or at the same second."""
    today = timezone.localdate()
    if before is None or (before.due_on, before.published_at) != (homework.due_on, homework.published_at):
        check_due(homework.due_on, today)
        if homework.due_on < timezone.localdate(homework.published_at):
            message = _("Ce serait à rendre avant d’être donné. Choisissez un jour plus tard.")
            raise ValidationError({"due_on": message})
    if homework.late_policy == LatePolicy.UNTIL and homework.late_until is None:
        raise ValidationError({"late_until": _("Dites jusqu’à quel jour le retard est accepté.")})
    if homework.late_policy != LatePolicy.UNTIL:
        homework.late_until = None
    if before is not None and (before.marking, before.scale) != (homework.marking, homework.scale):
        marked = homework.progress.exclude(mark=None, level=None)
        if marked.exists():
            raise ValidationError({"marking": _("Des copies sont déjà évaluées : l’évaluation ne change plus.")})
    homework.full_clean(validate_unique=False)


@transaction.atomic
def address(
    *,
    homework: Homework,
    by: User,
    for_some: bool,
    students: Collection[int] = (),
    own_days: Mapping[int, date] | None = None,
) -> Homework:
    """Say for whom it is: the whole group, or these students of it; and who has until when."""
    require(by, "pedagogy.homework.teach", homework)
    refuse_if_over(homework)
    if for_some and not students:
        raise ValidationError({"students": _("Choisissez au moins un élève.")})
    _name(homework, students if for_some else (), own_days or {}, for_some=for_some)
    return homework


@transaction.atomic
def follow_lesson(*, lesson: Lesson) -> None:
    """Homework due at a lesson is due on its day, also when it is moved; called by whoever moves it."""
    for homework in Homework.objects.filter(lesson=lesson).exclude(due_on=lesson.on):
        homework.due_on, homework.revised_at = lesson.on, timezone.now()
        if homework.late_until and homework.late_until < lesson.on:
            homework.late_until = lesson.on
        homework.save(update_fields=["due_on", "revised_at", "late_until"])
        homework.progress.filter(due_on__lte=lesson.on).update(due_on=None)


@transaction.atomic
def set_daily_load(*, school: Establishment, by: User, minutes: int | None) -> None:
    """From how many minutes of homework for one day the school warns; None for what is usual."""
    require(by, "pedagogy.load.set", school)
    if minutes is None:
        DailyLoad.objects.filter(establishment=school).delete()
        return
    DailyLoad(establishment=school, minutes=minutes).full_clean(validate_unique=False, validate_constraints=False)
    if not 0 < minutes <= LONGEST:
        raise ValidationError({"minutes": _("Le seuil va de 1 minute à 10 heures.")})
    DailyLoad.objects.update_or_create(establishment=school, defaults={"minutes": minutes})


def _name(homework: Homework, students: Collection[int], own_days: Mapping[int, date], *, for_some: bool) -> None:
    """Write for whom it is, and who has a later day."""
    check_own_days(homework.due_on, own_days)
    asked = {*students, *own_days}
    found = set(Membership.objects.in_group(homework.group_id).filter(pk__in=asked).values_list("pk", flat=True))
    if found != asked:
        raise ValidationError({"students": _("Un des élèves désignés n’est pas dans cette classe.")})
    if students and not set(own_days) <= set(students):
        raise ValidationError({"students": _("Un élève a un délai sans avoir ce travail à faire.")})
    homework.for_some = for_some
    homework.save(update_fields=["for_some"])
    homework.progress.exclude(student__in=asked).update(is_named=False, due_on=None)
    for student in asked:
        said = {"is_named": student in students, "due_on": own_days.get(student)}
        Progress.objects.update_or_create(
            homework=homework, student_id=student, establishment_id=homework.establishment_id, defaults=said
        )


@transaction.atomic
def correct(
    *,
    progress: Progress,
    by: User,
    comment: str = "",
    mark: int | None = None,
    level: int | None = None,
    files: Sequence[Examined] = (),
    remove_files: Sequence[CorrectionFile] = (),
    hand_back: bool = False,
    version: int | None = None,
) -> Progress:
    """Write a correction, with a mark in quarters of a point or a level; the student has it when it is handed back."""
    require(by, "pedagogy.progress.correct", progress)
    take_version(progress, progress.version if version is None else version)
    homework = progress.homework
    _check_result(homework, mark, level)
    progress.comment, progress.mark, progress.level = comment, mark, level
    progress.corrected_at = timezone.now()
    progress.corrected_by_id = reach_of(by).membership(homework.establishment_id, Role.TEACHER)
    if hand_back:
        progress.returned_at = progress.returned_at or progress.corrected_at
    progress.full_clean(validate_unique=False, exclude=["homework", "student"])
    progress.save(
        update_fields=["comment", "mark", "level", "corrected_at", "corrected_by", "returned_at"],
    )
    CorrectionFile.objects.filter(progress=progress, pk__in=[file.pk for file in remove_files]).delete()
    if progress.correction_files.count() + len(files) > MAX_FILES:
        raise ValidationError({"files": _("%(count)d fichiers au plus par copie.") % {"count": MAX_FILES}})
    for examined in files:
        attach(CorrectionFile, examined=examined, establishment_id=homework.establishment_id, progress=progress)
    Draft.objects.of(by, Role.TEACHER).filter(progress=progress).delete()
    if progress.returned_at:
        tell_returned(homework, [progress.student_id])
    return progress


def _check_result(homework: Homework, mark: int | None, level: int | None) -> None:
    if mark is not None:
        if homework.marking != Marking.MARK:
            raise ValidationError({"mark": _("Ce travail n’est pas noté.")})
        if not 0 <= mark <= homework.scale * QUARTERS:
            raise ValidationError({"mark": _("La note va de 0 à %(scale)d.") % {"scale": homework.scale}})
    if level is not None and homework.marking != Marking.LEVEL:
        raise ValidationError({"level": _("Ce travail n’est pas évalué par niveau.")})


@transaction.atomic
def hand_back_all(*, homework: Homework, by: User) -> int:
    """Hand back all the copies that are corrected and were not yet; how many."""
    require(by, "pedagogy.homework.assess", homework)
    refuse_if_over(homework)
    rows = homework.progress.filter(handed_in_at__isnull=False, corrected_at__isnull=False, returned_at=None)
    students = list(rows.select_for_update(of=("self",)).values_list("student", flat=True))
    homework.progress.filter(student__in=students).update(returned_at=timezone.now())
    tell_returned(homework, students)
    return len(students)


@transaction.atomic
def remind(*, homework: Homework, by: User) -> list[int]:
    """Remind those who have not handed in, at most once a day; whom (memberships)."""
    require(by, "pedagogy.homework.teach", homework)
    refuse_if_over(homework)
    if not homework.to_hand_in or homework.withdrawn_at or homework.is_planned:
        raise ValidationError(_("Rien n’est à rendre ici pour ce travail."), code="not_to_hand_in")
    today = timezone.localdate()
    # Asked and written in one statement: two taps at once remind once.
    if not Homework.objects.filter(pk=homework.pk).exclude(reminded_on=today).update(reminded_on=today):
        raise ValidationError(_("Un rappel est déjà parti aujourd’hui."), code="reminded")
    homework.reminded_on = today
    listed = students_with_progress(homework)
    waited_for = [student.pk for student in listed if not student.handed_in_at and not student.has_left]
    tell_reminder(homework, waited_for)
    return waited_for


# --- The student ----------------------------------------------------------------------------------------------


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
def hand_in(
    *,
    homework: Homework,
    by: User,
    text: str = "",
    files: Sequence[Examined] = (),
    seen: datetime | None = None,
) -> Progress:
    """Hand in a text and files; handing in again replaces the text and adds the files.

    A file whose content is there already is kept once: a double tap, or a form sent again, hands in nothing twice.
    `seen` is when the copy that was on the page had been handed in: a text handed in since, on another device, is
    not replaced but kept after the new one.
    """
    if not homework.to_hand_in:
        raise ValidationError(_("Ce devoir n’est pas à rendre dans l’ENT."), code="not_to_hand_in")
    progress = _progress_of(homework, by)
    progress = Progress.objects.select_for_update(of=("self",)).get(pk=progress.pk)  # two at the same second
    _refuse_if_closed(homework, progress)
    _check_kind(homework, text, files)
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
    was_not_seen = seen is not None and progress.handed_in_at is not None and progress.handed_in_at != seen
    if was_not_seen and progress.text.strip() and progress.text.strip() not in text:
        text = f"{text}\n\n{progress.text}".strip()
    progress.text = text
    progress.handed_in_at = timezone.now()
    progress.done_at = progress.done_at or progress.handed_in_at
    progress.save(update_fields=["text", "handed_in_at", "done_at"])
    for examined in files:
        attach(ProgressFile, examined=examined, establishment_id=homework.establishment_id, progress=progress)
    Draft.objects.of(by, Role.STUDENT).filter(homework=homework).delete()
    return progress


def _refuse_if_closed(homework: Homework, progress: Progress) -> None:
    if progress.returned_at:
        raise ValidationError(_("Ta copie est corrigée : elle ne change plus."), code="returned")
    last = homework.last_day(progress.due_on)
    if last and timezone.localdate() > last:
        said = {"day": day_name(last, "full")}
        raise ValidationError(_("C’était à rendre jusqu’au %(day)s : ce n’est plus possible.") % said, code="closed")


def _check_kind(homework: Homework, text: str, files: Sequence[Examined]) -> None:
    kind = homework.hand_in_kind
    if kind == HandIn.TEXT and files:
        raise ValidationError({"files": _("Ce travail se rend en écrivant ta réponse, sans fichier.")})
    if kind in {HandIn.FILES, HandIn.PHOTO} and text.strip():
        raise ValidationError({"text": _("Ce travail se rend sous forme de fichiers : mets ta réponse dans le tien.")})
    if kind == HandIn.PHOTO:
        for examined in files:
            if not examined.content_type.startswith("image/"):
                said = {"name": examined.name}
                raise ValidationError({"files": _("« %(name)s » n’est pas une photo.") % said})


@transaction.atomic
def take_back_file(*, file: ProgressFile, by: User) -> None:
    """A student takes one of their own files back, to send a better one. With nothing left, nothing is handed in."""
    homework = file.progress.homework
    require(by, "pedagogy.homework.study", homework)
    require(by, "pedagogy.progress.view", file.progress)
    refuse_if_over(homework)
    progress = Progress.objects.select_for_update(of=("self",)).get(pk=file.progress_id)  # two files at once
    _refuse_if_closed(homework, progress)
    file.delete()
    if not progress.text.strip() and not progress.files.exists():
        # Done stays as it is: handing in has ticked it, and the student may have done the work all the same.
        progress.handed_in_at = None
        progress.save(update_fields=["handed_in_at"])


# --- Drafts ---------------------------------------------------------------------------------------------------


@transaction.atomic
def save_draft(
    *,
    by: User,
    content: Mapping[str, Any],
    homework: Homework | None = None,
    progress: Progress | None = None,
) -> Draft | None:
    """Keep what somebody is typing: the work that they give, or the copy of `homework`, or the correction of a copy.

    An empty one is thrown away. Nothing of it is checked but its length: what is half typed is never right.
    """
    if sum(len(str(value)) for value in content.values()) > LONGEST_DRAFT:
        raise ValidationError(_("Trop long pour être gardé : un fichier convient mieux."), code="too_long")
    if progress is not None:
        require(by, "pedagogy.progress.correct", progress)
        establishment, role = progress.establishment_id, Role.TEACHER
    elif homework is not None:
        require(by, "pedagogy.homework.study", homework)
        establishment, role = homework.establishment_id, Role.STUDENT
    else:
        memberships = reach_of(by).memberships(Role.TEACHER)
        if not memberships:
            raise PermissionDenied
        establishment, role = Membership.objects.get(pk=min(memberships)).establishment_id, Role.TEACHER
    membership = reach_of(by).membership(establishment, role)
    about: dict[str, Any] = {"membership_id": membership, "homework": homework, "progress": progress}
    if not any(str(value).strip() for value in content.values()):
        Draft.objects.filter(**about).delete()
        return None
    draft, _made = Draft.objects.update_or_create(
        establishment_id=establishment, **about, defaults={"content": dict(content), "saved_at": timezone.now()}
    )
    return draft


# --- Shared by the actions ------------------------------------------------------------------------------------


def refuse_if_over(row: Group | Homework) -> None:
    """Raise ValidationError in a class of a year that has ended: all of it is read, nothing is changed."""
    if is_over(row):
        raise ValidationError(OVER, code="over")


def _progress_of(homework: Homework, by: User) -> Progress:
    require(by, "pedagogy.homework.study", homework)
    refuse_if_over(homework)
    if homework.withdrawn_at:
        raise ValidationError(WITHDRAWN, code="withdrawn")
    student = reach_of(by).membership(homework.establishment_id, Role.STUDENT)
    progress, _created = Progress.objects.get_or_create(
        homework=homework, student_id=student, defaults={"establishment_id": homework.establishment_id}
    )
    return progress


def _attach_to(homework: Homework, files: Sequence[Examined]) -> None:
    if homework.files.count() + len(files) > MAX_FILES:
        raise ValidationError({"files": _("%(count)d fichiers au plus par devoir.") % {"count": MAX_FILES}})
    for examined in files:
        examined.upload.seek(0)  # read before, for another class
        attach(HomeworkFile, examined=examined, establishment_id=homework.establishment_id, homework=homework)
